// Vector-Jacobian products of the plain functions, from what the functions gave.

import { factorFor, multiplyLinear, replace, scale, scaleDifference } from "./elementwise";
import { unitOf } from "./exp";
import { across, begin, next, offset, step } from "./groups";
import { allTrue, high, low } from "./lanes";
import { hasNaN, maxOf } from "./max";
import { dot } from "./products";
import { sumHigh, sumLow } from "./sum";
import { exponent, expStore, isFar, secondHalf } from "./terms";
import { toLanes } from "./transpose";

/**
 * out_c = factor·y_c·(dy_c − Σ_j y_j·dy_j) for each position, y = softmax(x).
 *
 * `out` may be `y` or `dy`, or is disjoint from them.
 */
export function softmaxBackward<T>(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, false);
  const f = f64x2.splat(factor);
  while (next()) {
    dot<T>(y + offset, step, dy + offset, step);
    const down = f64x2.splat(-factor);
    const tLow = f64x2.mul(down, sumLow);
    const tHigh = f64x2.mul(down, sumHigh);
    multiplyLinear<T>(y + offset, step, dy + offset, step, out + offset, step, f, f, tLow, tHigh);
  }
}

/**
 * out_c = factor·(dy_c − e^y_c·Σ_j dy_j) for each position, y = log softmax(x).
 *
 * `out` may be `y` or `dy`, or is disjoint from them.
 */
export function logSoftmaxBackward<T>(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, false);
  while (next()) {
    const from = across ? secondHalf(scratch) : y + offset;
    const max = across ? toLanes<T>(y + offset, from, cols) : maxOf<T>(from);
    expStore<T>(from, scratch, max, false);
    dot<T>(dy + offset, step, 0, 0);
    const one = f64x2.splat(1);
    scale<T>(
      scratch,
      factorFor<T>(
        scratch,
        scaled(sumLow, low<T>(exponent)),
        scaled(sumHigh, high<T>(exponent)),
        f64x2.splat(0),
        one,
        one,
        f64x2.splat(0),
      ),
    );
    // No logarithm of a probability is as large; e^max is 0 or overflows there.
    const keep = v128.not(isFar<T>(max));
    if (!allTrue<T>(keep)) {
      const zero = v128.andnot(v128.lt<T>(max, v128.splat<T>(0)), hasNaN<T>(from));
      replace<T>(scratch, 16, keep, v128.andnot(v128.splat<T>(<T>NaN), zero));
    }
    scaleDifference<T>(dy + offset, step, scratch, 16, out + offset, step, v128.splat<T>(<T>factor));
  }
}

/** sum·2^(k − 64): what makes e^x·sum of a term. */
@inline
function scaled(sum: v128, k: v128): v128 {
  return f64x2.mul(sum, unitOf(k));
}
