import { across, begin, next, offset } from "./groups";
import { lossOfGroup, noLosses, readLabels } from "./loss";
import { maxOf } from "./max";
import { toLanes } from "./transpose";

/**
 * losses = share·w_y·(s − x_y) + Σ_c b_c·(s − x_c) + λ·s², s = log Σ e^x_c, one for each position.
 *
 * labels: i32, below cols; −1 an ignored position (not read, loss 0), −2 one without a label. weights: a w for each class,
 * f64; 0 for weights of 1. b: f64, laid out like x; 0 for none. A position with NaN or +∞, or of nothing but −∞, has
 * loss NaN.
 */
export function crossEntropy<T>(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, b == 0);
  while (next()) {
    let from = x + offset;
    let max = f64x2.splat(0);
    if (across) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
    }
    if (!readLabels<T>(from, labels, weights, share)) {
      noLosses<T>(losses);
      continue;
    }
    if (!across) max = maxOf<T>(from);
    lossOfGroup<T>(from, max, scratch, b ? b + offset * (8 / sizeof<T>()) : 0, lambda, losses);
  }
}
