import { maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/** −log p_y = (max − x_y) + log Σ e^(x − max), rounded once, so that no offset common to the row costs a digit. */
@inline
export function lossOf(max: f32, labelled: f32, rest: f64, top: f32): f32 {
  return <f32>(<f64>max - <f64>labelled + logSum(rest, top));
}

/**
 * losses[r] = −log softmax(x[r, :])[labels[r]], for `rows` adjacent rows; a negative label is an ignored row.
 *
 * labels: i32, below cols. losses: f32. `scratch` has room for one row (it may be `x`, which then is lost). An ignored
 * row is not read and has loss 0. A row with NaN or +∞, or of nothing but −∞, has loss NaN.
 */
export function crossEntropy(x: usize, labels: usize, losses: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; --rows, x += bytes, labels += 4, losses += 4) {
    const label = load<i32>(labels);
    let loss: f32 = 0;
    if (label >= 0) {
      loss = NaN;
      const max = maxOf(x, cols);
      if (abs(max) < Infinity) {
        const labelled = load<f32>(x + ((<usize>label) << 2)); // before the terms may overwrite it
        const sum = expStore(x, scratch, cols, max);
        const top = topOf(max);
        if (sum == sum) loss = lossOf(max, labelled, restOf(scratch, cols, sum, top), top);
      }
    }
    store<f32>(losses, loss);
  }
}
