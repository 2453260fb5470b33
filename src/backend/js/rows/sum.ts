// The order of summation (assembly/README.md, "One order of summation"): assembly/sum.ts in plain TypeScript. The sums of
// exponentials leave out those at or above a limit. A NaN is below every limit, so that the sum is NaN.

import type { FloatArray } from "../../../floatType.js";
import { finite, twoSumError } from "./errorFree.js";

/** The element, or +0 where it is at or above the limit. */
const below = (heap: FloatArray, i: number, limit: number): number => (heap[i] >= limit ? 0 : heap[i]);

/** Σ of the stored exponentials below the limit: four lanes. */
export function sumBelow(heap: Float32Array, exponentials: number, cols: number, limit: number): number {
  return sumOfValues(4, cols, (c) => below(heap, exponentials + c, limit));
}

/** The same in f64: two lanes. */
export function sumBelowF64(heap: Float64Array, exponentials: number, cols: number, limit: number): number {
  return sumOfValues(2, cols, (c) => below(heap, exponentials + c, limit));
}

/**
 * Σ of all stored exponentials in f64: two lanes, which begin with 2^65. That is as large as any exponential, so that a fast
 * two-sum gives each addition's error.
 */
export function sumAllF64(heap: Float64Array, exponentials: number, cols: number): number {
  let sum0 = 2 ** 65;
  let sum1 = 2 ** 65;
  let error0 = 0;
  let error1 = 0;
  for (let c = 0; c < cols; c += 2) {
    const a = heap[exponentials + c];
    const b = c + 1 < cols ? heap[exponentials + c + 1] : 0;
    const nextA = sum0 + a;
    const nextB = sum1 + b;
    error0 += a - (nextA - sum0);
    error1 += b - (nextB - sum1);
    sum0 = nextA;
    sum1 = nextB;
  }
  return endF64(sum0 - 2 ** 65, sum1 - 2 ** 65, error0 + error1);
}

/**
 * A sum of values in f64 over the classes of a position: four lanes, or two in f64, whose rounding errors are added too, and
 * those of the values where they are given.
 */
export function sumOfValues(
  lanes: number,
  cols: number,
  valueOf: (c: number) => number,
  errorOf: ((c: number) => number) | null = null,
): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let c = 0; c < cols; c += lanes) {
    const a = valueOf(c);
    const b = c + 1 < cols ? valueOf(c + 1) : 0;
    // In f64 the other two sums take the rounding errors.
    if (lanes === 2) sum2 += errorOf === null ? twoSumError(sum0, a) : twoSumError(sum0, a) + errorOf(c);
    else if (c + 2 < cols) sum2 += valueOf(c + 2);
    if (lanes === 2)
      sum3 += errorOf === null || c + 1 >= cols ? twoSumError(sum1, b) : twoSumError(sum1, b) + errorOf(c + 1);
    else if (c + 3 < cols) sum3 += valueOf(c + 3);
    sum0 += a;
    sum1 += b;
  }
  // The error of an infinite sum is 0, not NaN.
  return lanes === 4 ? sum0 + sum2 + (sum1 + sum3) : endF64(sum0, sum1, finite(sum2) + finite(sum3));
}

/** The rounding error of the last sum in f64. */
export let sumError = 0;

/** a + b + error, rounded once. The error of an infinite sum is 0. */
function endF64(a: number, b: number, error: number): number {
  const sum = a + b;
  const small = twoSumError(a, b) + error;
  const total = sum + small;
  sumError = finite(sum - total + small);
  return total;
}
