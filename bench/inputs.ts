// What is measured on: shapes and seeded logits, the same on every run.

import { mulberry32, normals } from "../test/random.js";

export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/** A row of digits, batches of classifiers, attention rows, a language model's vocabulary. */
export const SHAPES = [
  "1x10",
  "64x10",
  "1x1000",
  "32x1000",
  "64x1000",
  "128x1000",
  "4096x128",
  "100000x10",
  "1x128256",
  "32x50257",
] as const;

export function shapeOf(name: string): Shape {
  const match = /^(\d+)x(\d+)$/.exec(name);
  if (match === null) throw new RangeError(`shapes: expected rows x classes such as 64x1000, got ${name}`);
  return { rows: Number(match[1]), cols: Number(match[2]) };
}

/** Logits of deviation 3, as a classifier gives them. */
export function logitsOf({ rows, cols }: Shape): Float32Array {
  const normal = normals(mulberry32(rows * 31 + cols));
  return Float32Array.from({ length: rows * cols }, () => 3 * normal());
}

export function labelsOf({ rows, cols }: Shape): Int32Array {
  const random = mulberry32(rows + cols);
  return Int32Array.from({ length: rows }, () => Math.floor(random() * cols));
}
