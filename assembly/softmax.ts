import { makeCertain, replace, scale } from "./elementwise";
import { across, begin, next, offset } from "./groups";
import { allTrue, high, low, narrow, narrowMask } from "./lanes";
import { maxOf } from "./max";
import { sumHigh, sumLow } from "./sum";
import { expStore, findTop, top } from "./terms";
import { toLanes, toPositions } from "./transpose";

/**
 * out_c = e^x_c / Σ_j e^x_j for each position.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or of nothing but −∞, comes out as NaN.
 */
export function softmax<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, inner: i32, stride: i32): void {
  begin<T>(rows, cols, inner, stride, true);
  while (next()) {
    const from = x + offset;
    const to = out + offset;
    if (across) {
      const max = toLanes<T>(from, scratch, cols);
      expStore<T>(scratch, scratch, max, false);
      toPositions<T>(scratch, to, cols, factorOf<T>(scratch));
    } else {
      const max = maxOf<T>(from);
      expStore<T>(from, to, max, false);
      scale<T>(to, factorOf<T>(to));
    }
  }
}

/**
 * What makes probabilities of the terms, multiplied. Terms of which it cannot are changed so that it does. The sums are
 * those of expStore, before it hands them on: what waits to be stored and loaded once more costs ten classes 2 %.
 */
function factorOf<T>(terms: usize): v128 {
  const one = f64x2.splat(1);
  const totalLow = sumLow;
  const totalHigh = sumHigh;
  const factor = narrow<T>(f64x2.div(one, totalLow), f64x2.div(one, totalHigh));
  // Where a term is the sum its probability is 1, and not the product with a rounded reciprocal. Such a sum is in T, and
  // no larger than a term can be, √2·2^64 (exp.ts): few sums are both, so that the branch is foreseen.
  const total = narrow<T>(totalLow, totalHigh);
  const exact = narrowMask<T>(f64x2.eq(low<T>(total), totalLow), f64x2.eq(high<T>(total), totalHigh));
  const small = v128.lt<T>(total, v128.splat<T>(<T>2.61e19));
  const isSpecial = v128.or(v128.and(exact, small), v128.ne<T>(total, total));
  return v128.any_true(isSpecial) ? specialFactor<T>(terms, factor, total, exact) : factor;
}

/** The same where a position may have a certain class, or has no number for its sum. */
function specialFactor<T>(terms: usize, factor: v128, total: v128, exact: v128): v128 {
  findTop<T>();
  const only = v128.and(exact, v128.eq<T>(total, top));
  if (v128.any_true(only)) {
    const ones = v128.splat<T>(1);
    scale<T>(terms, v128.bitselect(factor, ones, only));
    makeCertain<T>(terms, only);
    factor = v128.bitselect(ones, factor, only);
  }
  const keep = v128.eq<T>(factor, factor);
  if (!allTrue<T>(keep)) {
    replace<T>(terms, 16, keep, v128.splat<T>(0));
    factor = v128.bitselect(factor, v128.splat<T>(<T>NaN), keep);
  }
  return factor;
}
