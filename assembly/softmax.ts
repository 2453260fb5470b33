import { fill, scale } from "./elementwise";
import { maxOf } from "./max";
import { expStore } from "./terms";

/**
 * out[r, c] = e^x[r, c] / Σ_j e^x[r, j], for `rows` adjacent rows.
 *
 * `out` is `x` or disjoint from it. A row with NaN or +∞, or of nothing but −∞, comes out as NaN.
 */
export function softmax(x: usize, out: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; --rows, x += bytes, out += bytes) {
    const max = maxOf(x, cols);
    const sum = abs(max) < Infinity ? expStore(x, out, cols, max) : NaN;
    if (sum == sum) scale(out, cols, <f32>(1 / sum));
    else fill(out, cols, NaN);
  }
}
