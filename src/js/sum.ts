// The sum of the terms of a row that are below `top`, in the one order of summation (assembly/README.md). A NaN is below
// everything, so that the sum is NaN.

import { finite, lostInSum } from "./exact.js";

const f = Math.fround;

function below(term: number, top: number): number {
  return term >= top ? 0 : term;
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
    let i = block;
    for (; i + 8 <= blockEnd; i += 8) {
      b0 = f(b0 + f(below(heap[i], top) + below(heap[i + 4], top)));
      b1 = f(b1 + f(below(heap[i + 1], top) + below(heap[i + 5], top)));
      b2 = f(b2 + f(below(heap[i + 2], top) + below(heap[i + 6], top)));
      b3 = f(b3 + f(below(heap[i + 3], top) + below(heap[i + 7], top)));
    }
    if (i < blockEnd) {
      // The row's last pair, with +0 where there is no element: adding it changes nothing.
      b0 = f(b0 + f(below(heap[i], top) + (i + 4 < end ? below(heap[i + 4], top) : 0)));
      if (i + 1 < end) b1 = f(b1 + f(below(heap[i + 1], top) + (i + 5 < end ? below(heap[i + 5], top) : 0)));
      if (i + 2 < end) b2 = f(b2 + f(below(heap[i + 2], top) + (i + 6 < end ? below(heap[i + 6], top) : 0)));
      if (i + 3 < end) b3 = f(b3 + below(heap[i + 3], top));
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
      b0 += below(heap[i], top) + (i + 2 < end ? below(heap[i + 2], top) : 0);
      if (i + 1 < end) b1 += below(heap[i + 1], top) + (i + 3 < end ? below(heap[i + 3], top) : 0);
    }
    const next0 = sum0 + b0;
    const next1 = sum1 + b1;
    const added0 = next0 - sum0;
    const added1 = next1 - sum1;
    lost0 += sum0 - (next0 - added0) + (b0 - added0);
    lost1 += sum1 - (next1 - added1) + (b1 - added1);
    sum0 = next0;
    sum1 = next1;
  }
  return endF64(sum0, sum1, lost0 + lost1);
}

/** A sum of values in f64 over the classes of a position: lane by lane, each value a block of its own. */
export function sumOfValues(lanes: number, cols: number, valueOf: (c: number) => number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  if (lanes === 4) {
    for (let c = 0; c < cols; c++) {
      const value = valueOf(c);
      if ((c & 3) === 0) sum0 += value;
      else if ((c & 3) === 1) sum1 += value;
      else if ((c & 3) === 2) sum2 += value;
      else sum3 += value;
    }
    return sum0 + sum2 + (sum1 + sum3);
  }
  // In f64 what the roundings lose, by two-sum, goes to the other two.
  for (let c = 0; c < cols; c++) {
    const value = valueOf(c);
    if ((c & 1) === 0) {
      const next = sum0 + value;
      const added = next - sum0;
      sum2 += sum0 - (next - added) + (value - added);
      sum0 = next;
    } else {
      const next = sum1 + value;
      const added = next - sum1;
      sum3 += sum1 - (next - added) + (value - added);
      sum1 = next;
    }
  }
  // Of an infinite sum nothing is lost, and not NaN.
  return endF64(sum0, sum1, finite(sum2) + finite(sum3));
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
