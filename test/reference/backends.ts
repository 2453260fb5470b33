import { type FloatArray, type Instance, instantiate } from "../../src/index.js";

/** Both backends, each an instance of its own: every promise is made of both. */
export const BACKENDS: readonly (readonly [string, Instance])[] = [
  ["wasm", instantiate({ backend: "wasm" })],
  ["js", instantiate({ backend: "js" })],
];

/** The bits of an array, for comparisons that tell −0 from +0 and one NaN from another. */
export function bitsOf(array: FloatArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex");
}
