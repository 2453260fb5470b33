// The sum of the terms of a row that are below `top`, in the one order of summation (assembly/README.md). A NaN is below
// everything, so that the sum is NaN.

import type { FloatArray } from "../floatType.js";
import { finite, lostInSum } from "./exact.js";

const f = Math.fround;

/** +0 for a term that is not below, and where the row has none any more: adding it changes nothing. */
function below(heap: FloatArray, i: number, end: number, top: number): number {
  return i < end && !(heap[i] >= top) ? heap[i] : 0;
}

/** Four lanes, blocks of four pairs a lane in f32, blocks in f64. */
export function sumBelow(heap: Float32Array, terms: number, cols: number, top: number): number {
  const end = terms + cols;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let block = terms; block < end; block += 32) {
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    const blockEnd = Math.min(block + 32, end);
    for (let i = block; i < blockEnd; i += 8) {
      b0 = f(b0 + f(below(heap, i, end, top) + below(heap, i + 4, end, top)));
      b1 = f(b1 + f(below(heap, i + 1, end, top) + below(heap, i + 5, end, top)));
      b2 = f(b2 + f(below(heap, i + 2, end, top) + below(heap, i + 6, end, top)));
      b3 = f(b3 + f(below(heap, i + 3, end, top) + below(heap, i + 7, end, top)));
    }
    sum0 += b0;
    sum1 += b1;
    sum2 += b2;
    sum3 += b3;
  }
  return sum0 + sum2 + (sum1 + sum3);
}

/** Two lanes, blocks of two pairs a lane; blocks by two-sum, and what that lost beside. */
export function sumBelowF64(heap: Float64Array, terms: number, cols: number, top: number): number {
  const end = terms + cols;
  let sum0 = 0;
  let sum1 = 0;
  let lost0 = 0;
  let lost1 = 0;
  for (let block = terms; block < end; block += 8) {
    let b0 = 0;
    let b1 = 0;
    const blockEnd = Math.min(block + 8, end);
    for (let i = block; i < blockEnd; i += 4) {
      b0 += below(heap, i, end, top) + below(heap, i + 2, end, top);
      b1 += below(heap, i + 1, end, top) + below(heap, i + 3, end, top);
    }
    lost0 += lostInSum(sum0, b0);
    lost1 += lostInSum(sum1, b1);
    sum0 += b0;
    sum1 += b1;
  }
  return endF64(sum0, sum1, lost0 + lost1);
}

/** A sum of values in f64 over the classes of a position: lane by lane, each value a block of its own. */
export function sumOfValues(lanes: number, cols: number, valueOf: (c: number) => number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let c = 0; c < cols; c += lanes) {
    const a = valueOf(c);
    const b = c + 1 < cols ? valueOf(c + 1) : 0;
    // In f64 what the roundings lose goes to the other two.
    if (lanes === 2) sum2 += lostInSum(sum0, a);
    else if (c + 2 < cols) sum2 += valueOf(c + 2);
    if (lanes === 2) sum3 += lostInSum(sum1, b);
    else if (c + 3 < cols) sum3 += valueOf(c + 3);
    sum0 += a;
    sum1 += b;
  }
  // Of an infinite sum nothing is lost, and not NaN.
  return lanes === 4 ? sum0 + sum2 + (sum1 + sum3) : endF64(sum0, sum1, finite(sum2) + finite(sum3));
}

/** What the rounding of the last sum in f64 lost. */
export let sumLost = 0;

/** a + b + lost, rounded once; an infinite sum has lost nothing. */
function endF64(a: number, b: number, lost: number): number {
  const sum = a + b;
  const small = lostInSum(a, b) + lost;
  const total = sum + small;
  sumLost = finite(sum - total + small);
  return total;
}
