import { replace, subtract } from "./elementwise";
import { across, begin, next, offset } from "./groups";
import { allTrue, narrow } from "./lanes";
import { maxOf } from "./max";
import { expStore, findLogSum, logSumHigh, logSumLow, secondHalf } from "./terms";
import { toLanes, toPositions } from "./transpose";

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
    let max: v128;
    if (across) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
      terms = secondHalf(scratch);
    } else max = maxOf<T>(from);
    logSoftmaxOfGroup<T>(from, to, terms, max);
    if (across) toPositions<T>(scratch, out + offset, cols, v128.splat<T>(1));
  }
}

function logSoftmaxOfGroup<T>(x: usize, out: usize, terms: usize, max: v128): void {
  expStore<T>(x, terms, max, true);
  findLogSum<T>(terms);
  const logSum = narrow<T>(logSumLow, logSumHigh);
  subtract<T>(x, out, max, logSum);
  const keep = v128.eq<T>(logSum, logSum);
  if (!allTrue<T>(keep)) replace<T>(out, 16, keep, v128.splat<T>(<T>NaN));
}
