/**
 * The library: its functions, on a default instance that comes to be at the first call. The entries `softmax-wasm/js`,
 * `softmax-wasm/relaxed` and, in workerd, `softmax-wasm` itself have the same ones.
 *
 * Shapes are lists of sizes, slowest first; a row is the elements along the axis of the classes, the last one by default,
 * and a position is a row's place among the others. Losses are in nats. Errors are TypeError or RangeError with a `code`
 * ({@link ErrorCode}).
 *
 * @module softmax-wasm
 */

// First, so that the module's bytes stand at the beginning of the bundle: what compresses the rest looks back 32 KB only.
import { type Backend, createEngine, type Engine } from "./engine.js";
import { type CrossEntropy, crossEntropy as crossEntropyOf } from "./crossEntropy.js";
import {
  type Backward,
  logSoftmaxBackward as logSoftmaxBackwardOf,
  softmaxBackward as softmaxBackwardOf,
} from "./backward.js";
import { type CrossEntropyGrad, crossEntropyGrad as crossEntropyGradOf } from "./crossEntropyGrad.js";
import { type CrossEntropyHvp, crossEntropyHvp as crossEntropyHvpOf } from "./crossEntropyHvp.js";
import { logSoftmax as logSoftmaxOf } from "./logSoftmax.js";
import { logSumExp as logSumExpOf } from "./logSumExp.js";
import type { RowFunction } from "./rowFunction.js";
import { softmax as softmaxOf } from "./softmax.js";
import { type Alloc, alloc as allocOf } from "./wasmArray.js";

export type { Floats, Logits, Out, ResultOf } from "./arrays.js";
export type { Backward, BackwardOptions } from "./backward.js";
export type { CrossEntropy } from "./crossEntropy.js";
export type { CrossEntropyGrad, GradOptions, LossAndGrad } from "./crossEntropyGrad.js";
export type { CrossEntropyHvp } from "./crossEntropyHvp.js";
export type { Backend, BackendChoice } from "./engine.js";
export type { ErrorCode } from "./errors.js";
export { type Instance, type InstantiateOptions, instantiate } from "./instantiate.js";
export type { Float16, FloatArray } from "./floatType.js";
export type { Labels } from "./labels.js";
export type { LossOptions, Targets } from "./loss.js";
export type { Reduction } from "./options.js";
export type { RowFunction, RowOptions } from "./rowFunction.js";
export { softmaxJacobian } from "./softmaxJacobian.js";
export type { Alloc, WasmArray } from "./wasmArray.js";

let engine: Engine | undefined;

function defaultEngine(): Engine {
  engine ??= createEngine("auto");
  return engine;
}

/**
 * Probabilities: p_i = e^(x_i − m) / Σ_j e^(x_j − m), m the maximum, for each row along the axis.
 *
 * A row that holds NaN or +∞, or nothing but −∞, is NaN; no other row is touched by it. Each element is within 4 ulp,
 * whatever the spread and the length of the row.
 *
 * @param x Logits, rows of classes, computed in their own precision; numbers of plain arrays in f64. A `WasmArray`, or a
 *   view of its memory, is used where it is.
 * @returns An array like x, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal.
 *   41 (2021): why the maximum is subtracted, and what it costs.
 * @function
 */
export const softmax = ((x: unknown, options?: unknown) => softmaxOf(defaultEngine(), x, options)) as RowFunction;

/**
 * Logarithms of the probabilities: x_i − m − log Σ_j e^(x_j − m), for each row along the axis.
 *
 * Within 3 ulp (4 in f64), for a class that is all but certain too: its logarithm is −1e-30 where it should be, and not 0.
 *
 * @param x Logits, rows of classes.
 * @returns An array like x, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Blanchard, Higham and Higham (2021), as for {@link softmax}.
 * @function
 */
export const logSoftmax = ((x: unknown, options?: unknown) => logSoftmaxOf(defaultEngine(), x, options)) as RowFunction;

/**
 * m + log Σ_j e^(x_j − m), m the maximum: one value for each row along the axis.
 *
 * A row with NaN gives NaN, with +∞ gives +∞, with nothing but −∞, or with nothing, gives −∞.
 *
 * @param x Logits, rows of classes.
 * @returns An array like x with the axis removed, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Blanchard, Higham and Higham (2021), as for {@link softmax}.
 * @function
 */
export const logSumExp = ((x: unknown, options?: unknown) => logSumExpOf(defaultEngine(), x, options)) as RowFunction;

/**
 * The cross entropy of each position's softmax p with its target, in nats; for a label y, −log p_y.
 *
 * With s = log Σ_j e^x_j, weights w and label smoothing ε it is (1−ε)·w_y·(s − x_y) + (ε/C)·Σ_c w_c·(s − x_c) + λ·s² for a
 * label, λ being `zLoss`; for probabilities q, Σ_c w_c·((1−ε)·q_c + ε/C)·(s − x_c) + λ·s². A coefficient of 0 makes its
 * term 0, even an infinite one.
 *
 * Reduced by `"mean"`: divided by the labels' weights over the positions that are not ignored, by the number of positions
 * for probabilities, NaN where that is nothing; by `"sum"`; or not at all: `"none"` gives an array of one loss a position,
 * 0 where ignored. Within 3 ulp (4 in f64), down to losses of 1e-38.
 *
 * @param logits Classes along an axis, the last one by default.
 * @param targets Integers in [0, C), or `ignoreIndex`: one a position. Or probabilities, an array as the logits.
 * @returns A number, in nats; under `"none"` an array like the logits with the axis removed, or `out`.
 * @throws TypeError and RangeError with a `code`; a label out of range is never wrapped, clamped or skipped.
 * @see Bishop, "Pattern Recognition and Machine Learning" (2006), (4.108): the loss. Szegedy et al., "Rethinking the
 *   Inception architecture for computer vision" (2016), section 7: label smoothing. Chowdhery et al., "PaLM" (2022),
 *   section 5: the z-loss.
 * @function
 */
export const crossEntropy = ((logits: unknown, targets: unknown, options?: unknown) =>
  crossEntropyOf(defaultEngine(), logits, targets, options)) as CrossEntropy;

/**
 * The cross entropy and its gradient with respect to the logits, with one exponential an element: for labels
 * (softmax(X) − onehot(y)) / m over m positions under `"mean"`, without the division under `"sum"` and `"none"`.
 *
 * With a_c the coefficient of s − x_c in the loss, A their sum: A·p_c − a_c + 2·λ·s·p_c, divided by the temperature, and
 * multiplied by `upstream`. The gradient of an ignored position is +0, and the position is not read. `out` may be the
 * logits: the gradient overwrites them; with `accumulate` it is added to `out`. In f32 each entry is within 4 ulp with
 * labels alone, the label's too, which never becomes 0 by cancellation, and else within 5 ulp of the larger of its terms
 * (README, "Accuracy", has what f64 reaches).
 *
 * @param logits Classes along an axis, the last one by default.
 * @param targets Integers in [0, C), or `ignoreIndex`: one a position. Or probabilities, an array as the logits.
 * @returns The loss as {@link crossEntropy} gives it, and the gradient: an array like the logits, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Bishop (2006), (4.109), as for {@link crossEntropy}.
 * @function
 */
export const crossEntropyGrad = ((logits: unknown, targets: unknown, options?: unknown) =>
  crossEntropyGradOf(defaultEngine(), logits, targets, options)) as CrossEntropyGrad;

/**
 * The Hessian of the cross entropy with respect to the logits, times an array: with p, A, λ and s as in the gradient and
 * t = Σ_j p_j·v_j, (H·v)_c = p_c·((A + 2·λ·s)·(v_c − t) + 2·λ·t), divided by the temperature twice.
 *
 * Of the reduced loss; under `"none"` of the sum.
 *
 * @param logits Classes along an axis, the last one by default.
 * @param targets Integers in [0, C), or `ignoreIndex`: one a position. Or probabilities, an array as the logits.
 * @param v An array as the logits.
 * @returns An array like the logits, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Bishop (2006), (4.110), as for {@link crossEntropy}.
 * @function
 */
export const crossEntropyHvp = ((logits: unknown, targets: unknown, v: unknown, options?: unknown) =>
  crossEntropyHvpOf(defaultEngine(), logits, targets, v, options)) as CrossEntropyHvp;

/**
 * The vector-Jacobian product of softmax, from its result y: y_c·(dy_c − Σ_j y_j·dy_j), divided by the temperature.
 *
 * @param y What softmax gave.
 * @param dy The gradient with respect to y, an array as y.
 * @returns The gradient with respect to the logits: an array like y, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Bishop (2006), (4.106): the derivative of softmax.
 * @function
 */
export const softmaxBackward = ((y: unknown, dy: unknown, options?: unknown) =>
  softmaxBackwardOf(defaultEngine(), y, dy, options)) as Backward;

/**
 * The vector-Jacobian product of log-softmax, from its result y: dy_c − e^y_c·Σ_j dy_j, divided by the temperature.
 *
 * @param y What logSoftmax gave.
 * @param dy The gradient with respect to y, an array as y.
 * @returns The gradient with respect to the logits: an array like y, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 * @see Bishop (2006), (4.106), by which the logarithm's derivative is 1/y.
 * @function
 */
export const logSoftmaxBackward = ((y: unknown, dy: unknown, options?: unknown) =>
  logSoftmaxBackwardOf(defaultEngine(), y, dy, options)) as Backward;

/**
 * An array of zeros that lives in the default instance's linear memory, where functions use it without a copy.
 *
 * @param type The constructor Float32Array or Float64Array.
 * @param length How many elements.
 * @throws RangeError ERR_OUT_OF_MEMORY where there is no room; nothing else changes then.
 * @function
 */
export const alloc = ((type: unknown, length: unknown) => allocOf(defaultEngine(), type, length)) as Alloc;

/** What the default instance runs on, and why where it is not WebAssembly. */
export function backend(): Backend {
  return defaultEngine().backend;
}
