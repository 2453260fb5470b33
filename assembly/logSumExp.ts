import { hasNaN, maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/**
 * out[r] = max + log Σ_j e^(x[r, j] − max), for `rows` adjacent rows.
 *
 * `out` is disjoint from `x`; `scratch` has room for one row and is not `out` (it may be `x`, which then is lost).
 * A row with a NaN gives NaN, else one with +∞ gives +∞, and one of nothing but −∞ gives −∞.
 */
export function logSumExp(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; --rows, x += bytes, out += 4) {
    const max = maxOf(x, cols);
    let value = max;
    if (abs(max) < Infinity) {
      const sum = expStore(x, scratch, cols, max);
      const top = topOf(max);
      value = sum == sum ? <f32>(<f64>max + logSum(restOf(scratch, cols, sum, top), top)) : NaN;
    } else if (hasNaN(x, cols)) {
      value = NaN;
    }
    store<f32>(out, value);
  }
}
