import { replace, subtract } from "./elementwise";
import { begin, next, offset, step, transposed } from "./groups";
import { allTrue, narrow } from "./lanes";
import { maxOf } from "./max";
import { expStore, findLogSum, isFinite, logSumHigh, logSumLow } from "./terms";
import { toLanes, toRows } from "./transpose";

/**
 * out_c = x_c − max − log Σ_j e^(x_j − max) for each position.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or of nothing but −∞, comes out as NaN.
 */
export function logSoftmax<T>(
  x: usize,
  out: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, true);
  while (next()) {
    let from = x + offset;
    let to = out + offset;
    let terms = scratch;
    if (transposed) {
      toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
      terms = scratch + ((<usize>cols) << 4);
    }
    logSoftmaxOfGroup<T>(from, to, terms);
    if (transposed) toRows<T>(scratch, out + offset, cols);
  }
}

function logSoftmaxOfGroup<T>(x: usize, out: usize, terms: usize): void {
  const max = maxOf<T>(x, step);
  let keep = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  if (!v128.any_true(keep)) {
    replace<T>(out, step, f64x2.splat(0), nan);
    return;
  }
  expStore<T>(x, step, terms, 16, max);
  findLogSum<T>(terms, 16);
  const logSum = narrow<T>(logSumLow, logSumHigh);
  subtract<T>(x, step, out, step, max, logSum);
  keep = v128.and(keep, v128.eq<T>(logSum, logSum));
  if (!allTrue<T>(keep)) replace<T>(out, step, keep, nan);
}
