// One operation on every element of a row: assembly/elementwise.ts in plain TypeScript. Stores round to the heap's type.

import type { FloatArray, KernelType } from "../../../floatType.js";
import { quotientError } from "./errorFree.js";

/** out_c = out_c·factor. */
export function scale(heap: FloatArray, out: number, cols: number, factor: number): void {
  for (let i = out; i < out + cols; i++) heap[i] *= factor;
}

/**
 * The factor a/total for stored exponentials, which carry 2^64; where it would be subnormal they are multiplied by 2^-64, and it is
 * larger by 2^64. In f64 a and total come with their errors.
 */
export function factorFor(
  type: KernelType,
  heap: FloatArray,
  out: number,
  cols: number,
  a: number,
  aError: number,
  total: number,
  totalError: number,
): number {
  let factor = a / total;
  let error = 0;
  if (Math.abs(factor) < (type.key === "f32" ? 2 ** -126 : 2 ** -1022)) {
    scale(heap, out, cols, 2 ** -64);
    factor = a / (total * 2 ** -64);
  } else if (type.key === "f64") {
    error = quotientError(a, aError, factor, total, totalError);
  }
  if (type.key === "f64") factor += error;
  return type.round(factor);
}

/** out_c = out_c·(a/total) for stored exponentials. */
export function scaleExponentials(
  type: KernelType,
  heap: FloatArray,
  out: number,
  cols: number,
  a: number,
  aError: number,
  total: number,
  totalError: number,
): void {
  scale(heap, out, cols, factorFor(type, heap, out, cols, a, aError, total, totalError));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract(heap: FloatArray, x: number, out: number, cols: number, a: number, b: number): void {
  for (let i = 0; i < cols; i++) heap[out + i] = heap[x + i] - a;
  for (let i = out; i < out + cols; i++) heap[i] -= b;
}

/** y·(a·v + b), computed in f64. */
export function multiplyLinear(y: number, v: number, a: number, b: number): number {
  return canonical(y * (a * v + b));
}

/** The canonical NaN for every NaN: which NaN an operation gives differs between processors. */
export function canonical(value: number): number {
  return value === value ? value : NaN;
}
