import { fill, subtract } from "./elementwise";
import { maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/**
 * out[r, c] = x[r, c] − max − log Σ_j e^(x[r, j] − max), for `rows` adjacent rows.
 *
 * `out` is `x` or disjoint from it; `scratch` has room for one row and is neither. A row with NaN or +∞, or of nothing
 * but −∞, comes out as NaN.
 */
export function logSoftmax(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; --rows, x += bytes, out += bytes) {
    const max = maxOf(x, cols);
    const sum = abs(max) < Infinity ? expStore(x, scratch, cols, max) : NaN;
    if (sum == sum) {
      const top = topOf(max);
      subtract(x, out, cols, max, <f32>logSum(restOf(scratch, cols, sum, top), top));
    } else {
      fill(out, cols, NaN);
    }
  }
}
