// One operation on every element of a row. What is stored is rounded to the precision of the heap.

import type { FloatArray, KernelType } from "../floatType.js";
import { lostInQuotient } from "./exact.js";

/** out_c = out_c·factor. */
export function scale(heap: FloatArray, out: number, cols: number, factor: number): void {
  for (let i = out; i < out + cols; i++) heap[i] *= factor;
}

/**
 * out_c = out_c·(a/total), for terms, which carry 2^64: in two steps where the quotient is too small for a normal number.
 * In f64 a has lost `aLost`, and total `totalLost`.
 */
export function scaleTerms(
  type: KernelType,
  heap: FloatArray,
  out: number,
  cols: number,
  a: number,
  aLost: number,
  total: number,
  totalLost: number,
): void {
  let factor = a / total;
  let lost = 0;
  if (Math.abs(factor) < (type.key === "f32" ? 2 ** -126 : 2 ** -1022)) {
    scale(heap, out, cols, 2 ** -64);
    factor = a / (total * 2 ** -64);
  } else if (type.key === "f64") {
    lost = lostInQuotient(a, aLost, factor, total, totalLost);
  }
  if (type.key === "f64") factor += lost;
  scale(heap, out, cols, type.round(factor));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract(heap: FloatArray, x: number, out: number, cols: number, a: number, b: number): void {
  for (let i = 0; i < cols; i++) heap[out + i] = heap[x + i] - a;
  for (let i = out; i < out + cols; i++) heap[i] -= b;
}

/** y·(a·v + b), worked in f64. */
export function multiplyLinear(y: number, v: number, a: number, b: number): number {
  return canonical(y * (a * v + b));
}

/** The one NaN for every NaN: which one an operation gives differs between processors. */
export function canonical(value: number): number {
  return value === value ? value : NaN;
}
