import { lostInSum } from "./exact";
import { across, begin, count, next, offset, position } from "./groups";
import { allTrue, high, lanes, low, narrow, storeTail } from "./lanes";
import { logLost } from "./log1p";
import { hasNaN, maxOf } from "./max";
import { expStore, findLogSum, isFinite, logSumHigh, logSumLow, secondHalf } from "./terms";
import { toLanes } from "./transpose";

/**
 * values = max + log Σ_j e^(x_j − max), one for each position.
 *
 * A position with a NaN gives NaN, else one with +∞ gives +∞, and one of nothing but −∞ gives −∞.
 */
export function logSumExp<T>(
  x: usize,
  values: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, true);
  while (next()) {
    let from = x + offset;
    let terms = scratch;
    let max: v128;
    if (across) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      terms = secondHalf(scratch);
    } else max = maxOf<T>(from);
    storeValues<T>(values, logSumExpOfGroup<T>(from, terms, max));
  }
}

function logSumExpOfGroup<T>(x: usize, terms: usize, max: v128): v128 {
  const finite = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  expStore<T>(x, terms, max, true);
  findLogSum<T>(terms);
  let sumLow = f64x2.add(low<T>(max), logSumLow);
  if (sizeof<T>() == 8) sumLow = f64x2.add(sumLow, f64x2.add(lostInSum(max, logSumLow), logLost));
  const sum = narrow<T>(sumLow, f64x2.add(high<T>(max), logSumHigh));
  let value = v128.bitselect(v128.bitselect(sum, nan, v128.eq<T>(sum, sum)), max, finite);
  if (!allTrue<T>(finite)) value = v128.bitselect(nan, value, v128.andnot(hasNaN<T>(x), finite));
  return value;
}

/** Stores a value for each position of the group. */
@inline
export function storeValues<T>(values: usize, v: v128): void {
  const at = values + ((<usize>position) << alignof<T>());
  if (count == lanes<T>()) v128.store(at, v);
  else storeTail<T>(at, count, v);
}
