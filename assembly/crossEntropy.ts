import { maxOf } from "./max";
import { expStore, logSum, restOf, topOf } from "./terms";

/** −log p_y = (max − x_y) + log Σ e^(x − max), rounded once, so that no offset common to the row costs a digit. */
@inline
export function lossOf<T>(max: T, labelled: T, rest: f64, top: T): T {
  return <T>(<f64>max - <f64>labelled + logSum<T>(rest, top));
}

/**
 * losses[r] = −log softmax(x[r, :])[labels[r]], for `rows` adjacent rows; a negative label is an ignored row.
 *
 * labels: i32, below cols. losses: T. `scratch` has room for one row (it may be `x`, which then is lost). An ignored
 * row is not read and has loss 0. A row with NaN or +∞, or of nothing but −∞, has loss NaN.
 */
export function crossEntropy<T>(x: usize, labels: usize, losses: usize, scratch: usize, rows: i32, cols: i32): void {
  const bytes = (<usize>cols) << alignof<T>();
  for (; rows > 0; --rows, x += bytes, labels += 4, losses += sizeof<T>()) {
    const label = load<i32>(labels);
    let loss: T = 0;
    if (label >= 0) {
      loss = <T>NaN;
      const max = maxOf<T>(x, cols);
      if (abs(max) < Infinity) {
        const labelled = load<T>(x + ((<usize>label) << alignof<T>())); // before the terms may overwrite it
        const sum = expStore<T>(x, scratch, cols, max);
        const top = topOf<T>(max);
        if (sum == sum) loss = lossOf<T>(max, labelled, restOf<T>(scratch, cols, sum, top), top);
      }
    }
    store<T>(losses, loss);
  }
}
