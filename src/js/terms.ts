// The terms of a row, e^(x_c − max), and their sums: assembly/terms.ts in plain TypeScript.

import { subtract } from "./elementwise.js";
import { CHUNK, exp, rowExponent, SHIFT_FROM } from "./exp.js";
import { log1p } from "./log1p.js";

const f = Math.fround;

/** Stores the terms of a row whose maximum is `max`, finite; gives their sum, NaN if one is. `out` may be `x`. */
export function expStore(heap: Float32Array, x: number, out: number, cols: number, max: number): number {
  let from = x;
  let base = max;
  if (!(Math.abs(max) < SHIFT_FROM)) {
    subtract(heap, x, out, cols, max, 0);
    from = out;
    base = 0;
  }
  const k = rowExponent(base);
  for (let c = 0; c < cols; c += CHUNK) exp(heap, from + c, out + c, Math.min(CHUNK, cols - c), k);
  return sumBelow(heap, out, cols, Infinity);
}

/** The sum of the stored terms without the maximum's own. */
export function restOf(heap: Float32Array, terms: number, cols: number, sum: number, top: number): number {
  return sum < 2 * top ? sumBelow(heap, terms, cols, top) : sum - top;
}

/** log Σ e^(x_c − max). */
export function logSum(rest: number, top: number): number {
  return log1p(rest / top);
}

/**
 * The sum of the terms below `top`, in the one order of summation (assembly/README.md): four lanes, blocks of four
 * pairs a lane in f32, blocks in f64. A NaN is below everything, so that the sum is NaN.
 */
function sumBelow(heap: Float32Array, terms: number, cols: number, top: number): number {
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

function below(term: number, top: number): number {
  return term >= top ? 0 : term;
}
