import { lossOf } from "./crossEntropy";
import { fill, scaleTerms } from "./elementwise";
import { maxOf } from "./max";
import { expStore, restOf, topOf } from "./terms";

/**
 * losses[r] = −log p[labels[r]] and grad[r, c] = factor·(p_c − [c = labels[r]]), p = softmax(x[r, :]), for `rows`
 * adjacent rows, with one exponential an element; a negative label is an ignored row.
 *
 * labels: i32, below cols. losses: f32. `grad` is `x` or disjoint from it. An ignored row is not read; its loss and
 * its gradient are 0. A row with NaN or +∞, or of nothing but −∞, has loss and gradient NaN.
 */
export function crossEntropyGrad(
  x: usize,
  labels: usize,
  losses: usize,
  grad: usize,
  factor: f64,
  rows: i32,
  cols: i32,
): void {
  const bytes = (<usize>cols) << 2;
  for (; rows > 0; --rows, x += bytes, grad += bytes, labels += 4, losses += 4) {
    const label = load<i32>(labels);
    if (label < 0) {
      fill(grad, cols, 0);
      store<f32>(losses, 0);
      continue;
    }
    const at = (<usize>label) << 2;
    const max = maxOf(x, cols);
    const labelled = load<f32>(x + at); // before the terms may overwrite it
    const sum = abs(max) < Infinity ? expStore(x, grad, cols, max) : NaN;
    if (sum == sum) {
      const top = topOf(max);
      const rest = restOf(grad, cols, sum, top);
      const term = load<f32>(grad + at);
      scaleTerms(grad, cols, factor / sum);
      // p_y − 1 as minus the others' share, which does not cancel; 0 − … because an only class has +0.
      const others = term == top ? rest : sum - <f64>term;
      store<f32>(grad + at, <f32>(0 - factor * (others / sum)));
      store<f32>(losses, lossOf(max, labelled, rest, top));
    } else {
      fill(grad, cols, NaN);
      store<f32>(losses, NaN);
    }
  }
}
