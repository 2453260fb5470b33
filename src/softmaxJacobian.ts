import { type Floats, readFloats } from "./arrays.js";
import { expF64 } from "./js/expF64.js";
import { newFloats } from "./memory.js";
import { lengthOf } from "./typedArray.js";

/**
 * The derivative of softmax, ∂p_i/∂x_j = p_i·(δ_ij − p_j), for one row.
 *
 * Worked in f64 and rounded once: a product of two rounded probabilities would be off by the errors of both. On the
 * diagonal 1 − p_i is the sum of the others, which does not cancel.
 */
export function softmaxJacobian(x: Floats): Float32Array {
  const logits = readFloats("x", x);
  const cols = lengthOf(logits);
  const jacobian = newFloats("result", cols * cols);
  let max = -Infinity;
  for (let i = 0; i < cols; i++) if (logits[i] > max) max = logits[i];
  const p = new Float64Array(cols);
  for (let i = 0; i < cols; i++) p[i] = expF64(logits[i] - max);

  // others[i] = Σ_{j≠i} p_j, from the sums before and after i.
  const others = new Float64Array(cols);
  let before = 0;
  for (let i = 0; i < cols; i++) {
    others[i] = before;
    before += p[i];
  }
  let after = 0;
  for (let i = cols - 1; i >= 0; i--) {
    others[i] += after;
    after += p[i];
  }

  const sum = before;
  for (let i = 0; i < cols; i++) p[i] /= sum;
  for (let i = 0; i < cols; i++) {
    // 0 − …, so that an impossible class has +0 everywhere.
    for (let j = 0; j < cols; j++) jacobian[i * cols + j] = 0 - p[i] * p[j];
    jacobian[i * cols + i] = p[i] * (others[i] / sum);
  }
  return jacobian;
}
