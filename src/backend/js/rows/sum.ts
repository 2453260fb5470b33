// The order of summation (assembly/README.md, "One order of summation"): assembly/sum.ts in plain TypeScript. The sums of
// exponentials leave out those at or above a limit. A NaN is below every limit, so that the sum is NaN.

import type { FloatArray } from "../../../floatType.js";
import { finite, twoSumError } from "./errorFree.js";

const f = Math.fround;

/** The element, or +0 where it is at or above the limit or after the end of the row: adding +0 changes nothing. */
function below(heap: FloatArray, i: number, end: number, limit: number): number {
  return i < end && !(heap[i] >= limit) ? heap[i] : 0;
}

/** Four lanes, blocks of four pairs a lane in f32, blocks in f64. */
export function sumBelow(heap: Float32Array, exponentials: number, cols: number, limit: number): number {
  const end = exponentials + cols;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let block = exponentials; block < end; block += 32) {
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    const blockEnd = Math.min(block + 32, end);
    for (let i = block; i < blockEnd; i += 8) {
      b0 = f(b0 + f(below(heap, i, end, limit) + below(heap, i + 4, end, limit)));
      b1 = f(b1 + f(below(heap, i + 1, end, limit) + below(heap, i + 5, end, limit)));
      b2 = f(b2 + f(below(heap, i + 2, end, limit) + below(heap, i + 6, end, limit)));
      b3 = f(b3 + f(below(heap, i + 3, end, limit) + below(heap, i + 7, end, limit)));
    }
    sum0 += b0;
    sum1 += b1;
    sum2 += b2;
    sum3 += b3;
  }
  return sum0 + sum2 + (sum1 + sum3);
}

/** Two lanes, blocks of two pairs a lane; blocks are added by two-sum, and their errors beside them. */
export function sumBelowF64(heap: Float64Array, exponentials: number, cols: number, limit: number): number {
  const end = exponentials + cols;
  let sum0 = 0;
  let sum1 = 0;
  let error0 = 0;
  let error1 = 0;
  for (let block = exponentials; block < end; block += 8) {
    let b0 = 0;
    let b1 = 0;
    const blockEnd = Math.min(block + 8, end);
    for (let i = block; i < blockEnd; i += 4) {
      b0 += below(heap, i, end, limit) + below(heap, i + 2, end, limit);
      b1 += below(heap, i + 1, end, limit) + below(heap, i + 3, end, limit);
    }
    error0 += twoSumError(sum0, b0);
    error1 += twoSumError(sum1, b1);
    sum0 += b0;
    sum1 += b1;
  }
  return endF64(sum0, sum1, error0 + error1);
}

/** A sum of values in f64 over the classes of a position, lane by lane; each value is a block of its own. */
export function sumOfValues(lanes: number, cols: number, valueOf: (c: number) => number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let c = 0; c < cols; c += lanes) {
    const a = valueOf(c);
    const b = c + 1 < cols ? valueOf(c + 1) : 0;
    // In f64 the other two sums take the rounding errors.
    if (lanes === 2) sum2 += twoSumError(sum0, a);
    else if (c + 2 < cols) sum2 += valueOf(c + 2);
    if (lanes === 2) sum3 += twoSumError(sum1, b);
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
