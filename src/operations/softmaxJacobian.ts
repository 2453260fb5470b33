import { type Logits, readFloats, type ResultOf } from "../arguments/arrays.js";
import { type OptionName, readOptions } from "../arguments/options.js";
import { writeJacobian } from "../backend/js/softmaxJacobian.js";
import { rangeError } from "../errors.js";
import { newFloats } from "../floatType.js";
import { formed, isRows } from "../form.js";

// To pass over a temperature would give another derivative than the one asked for.
const NO_OPTIONS: readonly OptionName[] = [];

/**
 * The derivative of softmax, ∂p_i/∂x_j = p_i·(δ_ij − p_j), for one row.
 *
 * Each p is computed as a sum of two doubles, and the entry is rounded at the end: a product of two rounded probabilities
 * would carry the errors of both. On the diagonal 1 − p_i is the sum of the others, which does not cancel.
 *
 * It takes no options: with a temperature τ the derivative is the matrix of x/τ, divided by τ.
 *
 * @param x Logits of C classes.
 * @returns A C × C matrix, row by row, of the type of x.
 * @throws TypeError with the code ERR_DTYPE, ERR_OPTION or ERR_DETACHED; RangeError with ERR_SHAPE, ERR_DISPOSED or
 * ERR_OUT_OF_MEMORY.
 * @see Bishop, "Pattern Recognition and Machine Learning" (2006), (4.106).
 * @example
 * ```ts
 * import { softmaxJacobian } from "softmax-wasm";
 *
 * softmaxJacobian([0, 0]); // → 0.25, -0.25, -0.25, 0.25
 * ```
 */
export function softmaxJacobian<X extends Logits>(x: X): ResultOf<X>;
export function softmaxJacobian(x: unknown, options?: unknown): unknown {
  readOptions(options, NO_OPTIONS);
  const { array, type, length, form } = readFloats({ buffer: null }, "x", x);
  if (isRows(form)) throw rangeError("ERR_SHAPE", `x: expected logits of one row, got ${form.count} rows`);
  const jacobian = newFloats("result", type, length * length);
  writeJacobian(array, jacobian);
  return form === null ? jacobian : formed(jacobian, 0, length * length, form);
}
