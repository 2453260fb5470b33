// What is measured on: shapes and seeded logits, the same on every run.

import { mulberry32, normals } from "../../test/reference/random.js";

/** Rows of logits with a label each. */
export interface Problem {
  readonly rows: number;
  readonly cols: number;
  readonly x: Float32Array;
  readonly labels: Int32Array;
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

const ROWS_X_COLS = /^([1-9]\d*)x([1-9]\d*)$/;

/** Refuses what is no shape: before the first one is measured, and not minutes later. */
export function checkShape(name: string): void {
  if (!ROWS_X_COLS.test(name)) throw new RangeError(`--shapes: expected rows x classes such as 64x1000, got "${name}"`);
}

/** Logits of deviation 3, as a classifier gives them, and any labels. */
export function problemOf(shape: string): Problem {
  const [rows, cols] = shape.split("x").map(Number);
  // Loops of their own: V8 compiles a long loop while it runs, sizes that live beside it come out as doubles, and then
  // every index of the JavaScript competitors is one, which costs them a quarter.
  return { rows, cols, x: logitsOf(rows, cols), labels: labelsOf(rows, cols) };
}

/** Rows of which all results but the largest are below the smallest normal number of f32, or with `isF64` of f64. */
export function subnormalProblemOf(shape: string, isF64: boolean): Problem {
  const problem = problemOf(shape);
  const [low, high] = isF64 ? [-744, -709] : [-103, -88];
  fillSubnormal(problem, low, high);
  return problem;
}

function fillSubnormal({ rows, cols, x, labels }: Problem, low: number, high: number): void {
  const random = mulberry32(rows);
  for (let i = 0; i < x.length; i++) x[i] = low + (high - low) * random();
  for (let r = 0; r < rows; r++) x[r * cols + labels[r]] = 0;
}

function logitsOf(rows: number, cols: number): Float32Array {
  const normal = normals(mulberry32(rows * 31 + cols));
  const x = new Float32Array(rows * cols);
  for (let i = 0; i < x.length; i++) x[i] = 3 * normal();
  return x;
}

function labelsOf(rows: number, cols: number): Int32Array {
  const random = mulberry32(rows + cols);
  return Int32Array.from({ length: rows }, () => Math.floor(random() * cols));
}
