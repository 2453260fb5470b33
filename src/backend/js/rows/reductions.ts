// Sums over the classes of a position: assembly/reductions.ts in plain TypeScript. Functions of their own, so that the engine
// inlines what they sum.

import type { FloatArray, KernelType } from "../../../floatType.js";
import { finite, twoProductError, twoSumError } from "./errorFree.js";
import { sumOfValues } from "./sum.js";
import type { Temperature } from "./temperature.js";

/** Σ a_c·b_c. In f32 every product is exact in f64; in f64 the errors of products are added too. */
export function dot(
  type: KernelType,
  cols: number,
  a: FloatArray,
  aAt: number,
  aStride: number,
  b: FloatArray,
  bAt: number,
  bStride: number,
): number {
  const product = (c: number) => a[aAt + c * aStride] * b[bAt + c * bStride];
  if (type.key === "f32") return sumOfValues(4, cols, product);
  return sumOfValues(2, cols, product, (c) => twoProductError(a[aAt + c * aStride], b[bAt + c * bStride]));
}

/** Σ b_c. */
export function sumOf(lanes: number, cols: number, b: FloatArray, at: number, stride: number): number {
  return sumOfValues(lanes, cols, (c) => b[at + c * stride]);
}

/** Σ b_c·(max − x_c) over the classes whose b_c is not 0, times `unit` (temperature.ts). */
export function sumOfDistances(
  lanes: number,
  cols: number,
  heap: FloatArray,
  x: number,
  max: number,
  b: Float64Array,
  at: number,
  stride: number,
  unit: number,
): number {
  return sumOfValues(lanes, cols, (c) => {
    const target = b[at + c * stride];
    return target === 0 ? 0 : target * (max * unit - heap[x + c] * unit);
  });
}

/**
 * Σ e_c·(max − x_c) over stored exponentials, of term distances (temperature.ts). What is 0 adds nothing. In f64 each product
 * comes with its error.
 */
export function sumOfTermDistances(
  heap: FloatArray,
  x: number,
  max: number,
  exponentials: number,
  cols: number,
  temperature: Temperature | null,
): number {
  const isF32 = heap instanceof Float32Array;
  const unit = temperature === null ? 1 : temperature.distanceUnit;
  const termUnit = temperature === null ? 1 : temperature.termUnit;
  const scaledMax = max * unit;
  const scaled = (c: number) => heap[x + c] * unit;
  const valueOf = (c: number): number => {
    const term = heap[exponentials + c];
    return term === 0 ? 0 : term * ((scaledMax - scaled(c)) * termUnit);
  };
  if (isF32) return sumOfValues(4, cols, valueOf);
  return sumOfValues(2, cols, valueOf, (c) => {
    const term = heap[exponentials + c];
    const distance = (scaledMax - scaled(c)) * termUnit;
    const distanceError = twoSumError(scaledMax, -scaled(c)) * termUnit;
    return finite(twoProductError(term, distance) + term * distanceError);
  });
}
