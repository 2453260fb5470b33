import { fill, scale } from "./elementwise";
import { maxOf } from "./max";
import { expStore } from "./terms";

/**
 * out[r, c] = e^x[r, c] / Σ_j e^x[r, j], for `rows` adjacent rows.
 *
 * `out` is `x` or disjoint from it. A row with NaN or +∞, or of nothing but −∞, comes out as NaN.
 */
export function softmax<T>(x: usize, out: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << alignof<T>();
  for (; rows > 0; --rows, x += bytes, out += bytes) {
    const max = maxOf<T>(x, cols);
    const sum = abs(max) < Infinity ? expStore<T>(x, out, cols, max) : NaN;
    if (sum == sum) scale<T>(out, cols, <T>(1 / sum));
    else fill<T>(out, cols, <T>NaN);
  }
}
