import { lossOf } from "./crossEntropy";
import { fill, scaleTerms } from "./elementwise";
import { maxOf } from "./max";
import { expStore, restOf, topOf } from "./terms";

/**
 * losses[r] = −log p[labels[r]] and grad[r, c] = factor·(p_c − [c = labels[r]]), p = softmax(x[r, :]), for `rows`
 * adjacent rows, with one exponential an element; a negative label is an ignored row.
 *
 * labels: i32, below cols. losses: T. `grad` is `x` or disjoint from it. An ignored row is not read; its loss and
 * its gradient are 0. A row with NaN or +∞, or of nothing but −∞, has loss and gradient NaN.
 */
export function crossEntropyGrad<T>(
  x: usize,
  labels: usize,
  losses: usize,
  grad: usize,
  factor: f64,
  rows: i32,
  cols: i32,
): void {
  const bytes = (<usize>cols) << alignof<T>();
  for (; rows > 0; --rows, x += bytes, grad += bytes, labels += 4, losses += sizeof<T>()) {
    const label = load<i32>(labels);
    if (label < 0) {
      fill<T>(grad, cols, <T>0);
      store<T>(losses, <T>0);
      continue;
    }
    const at = (<usize>label) << alignof<T>();
    const max = maxOf<T>(x, cols);
    const labelled = load<T>(x + at); // before the terms may overwrite it
    const sum = abs(max) < Infinity ? expStore<T>(x, grad, cols, max) : NaN;
    if (sum == sum) {
      const top = topOf<T>(max);
      const rest = restOf<T>(grad, cols, sum, top);
      const term = load<T>(grad + at);
      scaleTerms<T>(grad, cols, factor / sum);
      // p_y − 1 as minus the others' share, which does not cancel; 0 − … because an only class has +0.
      const others = term == top ? rest : sum - <f64>term;
      store<T>(grad + at, <T>(0 - factor * (others / sum)));
      store<T>(losses, lossOf<T>(max, labelled, rest, top));
    } else {
      fill<T>(grad, cols, <T>NaN);
      store<T>(losses, <T>NaN);
    }
  }
}
