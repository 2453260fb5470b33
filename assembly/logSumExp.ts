import { hasNaN, maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/**
 * out[r] = max + log Σ_j e^(x[r, j] − max), for `rows` adjacent rows.
 *
 * `out` is disjoint from `x`; `scratch` has room for one row and is not `out` (it may be `x`, which then is lost).
 * A row with a NaN gives NaN, else one with +∞ gives +∞, and one of nothing but −∞ gives −∞.
 */
export function logSumExp<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << alignof<T>();
  for (; rows > 0; --rows, x += bytes, out += sizeof<T>()) {
    const max = maxOf<T>(x, cols);
    let value = max;
    if (abs(max) < Infinity) {
      const sum = expStore<T>(x, scratch, cols, max);
      const top = topOf<T>(max);
      value = sum == sum ? <T>(<f64>max + logSum<T>(restOf<T>(scratch, cols, sum, top), top)) : <T>NaN;
    } else if (hasNaN<T>(x, cols)) {
      value = <T>NaN;
    }
    store<T>(out, value);
  }
}
