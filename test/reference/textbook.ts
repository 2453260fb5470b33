// Softmax and cross entropy as a textbook writes them: the formula, a loop, Math.exp. What the kernels compute, in the
// fewest lines. The tests hold the library against these, and the benchmark calls them naive JavaScript.
//
// x holds `rows` rows of `cols` logits. Each function writes into the array it is given.

export type Reals = Float32Array | Float64Array;

/** softmax(a)_i = e^{a_i} / Σ_k e^{a_k}. Overflows: one logit above 709 makes NaN of its row. */
export function unstableSoftmax(x: Reals, out: Reals, rows: number, cols: number): void {
  for (let row = 0; row < rows * cols; row += cols) {
    let sum = 0;
    for (let i = row; i < row + cols; i++) sum += Math.exp(x[i]);
    for (let i = row; i < row + cols; i++) out[i] = Math.exp(x[i]) / sum;
  }
}

/** softmax(a)_i = e^{a_i − m} / Σ_k e^{a_k − m}, m = max a: the same number, and nothing overflows. */
export function softmax(x: Reals, out: Reals, rows: number, cols: number): void {
  for (let row = 0; row < rows * cols; row += cols) {
    let max = -Infinity;
    for (let i = row; i < row + cols; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = row; i < row + cols; i++) sum += out[i] = Math.exp(x[i] - max);
    for (let i = row; i < row + cols; i++) out[i] /= sum;
  }
}

/** The Jacobian of one row's softmax p: ∂p_i/∂a_j = p_i·(δ_ij − p_j). */
export function softmaxJacobian(p: Reals, out: Reals): void {
  const cols = p.length;
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j < cols; j++) out[i * cols + j] = p[i] * ((i === j ? 1 : 0) - p[j]);
  }
}

/** The mean over the rows of −log p_y. A probability that rounds to 1 has a loss of 0, however wrong that is. */
export function crossEntropy(p: Reals, labels: ArrayLike<number>, rows: number, cols: number): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) sum -= Math.log(p[r * cols + labels[r]]);
  return sum / rows;
}

/** The mean cross entropy of softmax(X), and its gradient (softmax(X) − onehot(y)) / m for m rows. */
export function crossEntropyGrad(x: Reals, labels: ArrayLike<number>, grad: Reals, rows: number, cols: number): number {
  softmax(x, grad, rows, cols);
  const loss = crossEntropy(grad, labels, rows, cols);
  for (let r = 0; r < rows; r++) grad[r * cols + labels[r]] -= 1;
  for (let i = 0; i < rows * cols; i++) grad[i] /= rows;
  return loss;
}
