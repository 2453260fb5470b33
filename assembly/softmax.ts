import { makeCertain, replace, scale } from "./elementwise";
import { begin, next, offset, step, transposed } from "./groups";
import { allTrue, high, low, narrow, narrowMask } from "./lanes";
import { maxOf } from "./max";
import { expStore, findTop, isFinite, top, totalHigh, totalLow } from "./terms";
import { toLanes, toRows } from "./transpose";

/**
 * out_c = e^x_c / Σ_j e^x_j for each position.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or of nothing but −∞, comes out as NaN.
 */
export function softmax<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, inner: i32, stride: i32): void {
  begin<T>(rows, cols, inner, stride, true);
  while (next()) {
    let from = x + offset;
    let to = out + offset;
    if (transposed) {
      toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
    }
    softmaxOfGroup<T>(from, to);
    if (transposed) toRows<T>(scratch, out + offset, cols);
  }
}

function softmaxOfGroup<T>(x: usize, out: usize): void {
  const max = maxOf<T>(x, step);
  let keep = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  if (!v128.any_true(keep)) {
    replace<T>(out, step, f64x2.splat(0), nan);
    return;
  }
  expStore<T>(x, step, out, step, max);
  const one = f64x2.splat(1);
  const factor = narrow<T>(f64x2.div(one, totalLow), f64x2.div(one, totalHigh));
  scale<T>(out, step, factor);
  // Where a term is the sum its probability is 1, and not the product with a rounded reciprocal. Few sums are in T.
  const total = narrow<T>(totalLow, totalHigh);
  const exact = narrowMask<T>(f64x2.eq(low<T>(total), totalLow), f64x2.eq(high<T>(total), totalHigh));
  if (v128.any_true(exact)) {
    findTop<T>();
    const only = v128.and(exact, v128.eq<T>(total, top));
    if (v128.any_true(only)) makeCertain<T>(out, step, only);
  }
  keep = v128.and(keep, v128.eq<T>(factor, factor));
  if (!allTrue<T>(keep)) replace<T>(out, step, keep, nan);
}
