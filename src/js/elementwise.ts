// One operation on every element of a row. What is stored is rounded to the precision of the heap.

import type { FloatArray, FloatType } from "../floatType.js";

/** out_c = out_c·factor. */
export function scale(heap: FloatArray, out: number, cols: number, factor: number): void {
  for (let i = out; i < out + cols; i++) heap[i] *= factor;
}

/** out_c = out_c·factor, for terms, which carry 2^64: in two steps where the factor is too small for a normal number. */
export function scaleTerms(type: FloatType, heap: FloatArray, out: number, cols: number, factor: number): void {
  let rest = factor;
  if (Math.abs(rest) < (type.key === "f32" ? 2 ** -126 : 2 ** -1022)) {
    scale(heap, out, cols, 2 ** -64);
    rest *= 2 ** 64;
  }
  scale(heap, out, cols, type.round(rest));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract(heap: FloatArray, x: number, out: number, cols: number, a: number, b: number): void {
  for (let i = 0; i < cols; i++) heap[out + i] = heap[x + i] - a;
  for (let i = out; i < out + cols; i++) heap[i] -= b;
}

/** out_i = x_i / divisor. */
export function divide(heap: FloatArray, x: number, out: number, count: number, divisor: number): void {
  for (let i = 0; i < count; i++) heap[out + i] = heap[x + i] / divisor;
}
