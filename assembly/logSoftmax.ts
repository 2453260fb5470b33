import { fill, subtract } from "./elementwise";
import { maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/**
 * out[r, c] = x[r, c] − max − log Σ_j e^(x[r, j] − max), for `rows` adjacent rows.
 *
 * `out` is `x` or disjoint from it; `scratch` has room for one row and is neither. A row with NaN or +∞, or of nothing
 * but −∞, comes out as NaN.
 */
export function logSoftmax<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << alignof<T>();
  for (; rows > 0; --rows, x += bytes, out += bytes) {
    const max = maxOf<T>(x, cols);
    const sum = abs(max) < Infinity ? expStore<T>(x, scratch, cols, max) : NaN;
    if (sum == sum) {
      const top = topOf<T>(max);
      subtract<T>(x, out, cols, max, <T>logSum<T>(restOf<T>(scratch, cols, sum, top), top));
    } else {
      fill<T>(out, cols, <T>NaN);
    }
  }
}
