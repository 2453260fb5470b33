// Compares the weights of two trainings.

import { createHash } from "node:crypto";
import type { Model } from "./softmaxRegression.js";

/** The bytes of W, and then of b. */
export function bytesOf({ weight, bias }: Model): Buffer {
  return Buffer.concat([weight, bias].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** max |a − b| over W and b. */
export function largestDifference(a: Model, b: Model): number {
  const apart = (x: Float32Array, y: Float32Array) =>
    x.reduce((largest, value, i) => Math.max(largest, Math.abs(value - y[i])), 0);
  return Math.max(apart(a.weight, b.weight), apart(a.bias, b.bias));
}
