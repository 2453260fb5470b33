// Sums over the classes of a position: assembly/reductions.ts in plain TypeScript. Functions of their own, so that the engine
// inlines what they sum.

import type { FloatArray, KernelType } from "../../../floatType.js";
import { sumOfProducts, sumOfValues } from "./sum.js";

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
  if (type.key === "f32") return sumOfValues(4, cols, (c) => a[aAt + c * aStride] * b[bAt + c * bStride]);
  return sumOfProducts(
    cols,
    (c) => a[aAt + c * aStride],
    (c) => b[bAt + c * bStride],
  );
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
