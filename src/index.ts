// The public surface: the functions of a default instance, which comes to be at the first call.

import { type CrossEntropy, crossEntropy as crossEntropyOf } from "./crossEntropy.js";
import { type CrossEntropyGrad, crossEntropyGrad as crossEntropyGradOf } from "./crossEntropyGrad.js";
import { type Backend, createEngine, type Engine } from "./engine.js";
import { logSoftmax as logSoftmaxOf } from "./logSoftmax.js";
import { logSumExp as logSumExpOf } from "./logSumExp.js";
import type { RowFunction } from "./rowFunction.js";
import { softmax as softmaxOf } from "./softmax.js";
import { type Alloc, alloc as allocOf } from "./wasmArray.js";

export type { Floats, Logits, ResultOf } from "./arrays.js";
export type { CrossEntropy } from "./crossEntropy.js";
export type { CrossEntropyGrad, LossAndGrad } from "./crossEntropyGrad.js";
export type { Backend, BackendChoice } from "./engine.js";
export type { ErrorCode } from "./errors.js";
export { type Instance, type InstantiateOptions, instantiate } from "./instantiate.js";
export type { FloatArray } from "./floatType.js";
export type { Labels } from "./labels.js";
export type { LossOptions } from "./loss.js";
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
 * Probabilities: p_i = e^(x_i − m) / Σ_j e^(x_j − m), m the maximum, for each row along the last axis.
 *
 * A row that holds NaN or +∞, or nothing but −∞, is NaN; no other row is touched by it. Each element is within 4 ulp,
 * whatever the spread and the length of the row.
 *
 * @param x Logits, rows of classes, computed in their own precision; numbers of plain arrays in f64. A `WasmArray`, or a
 *   view of its memory, is used where it is.
 * @returns An array like x, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 */
export const softmax = ((x: unknown, options?: unknown) => softmaxOf(defaultEngine(), x, options)) as RowFunction;

/**
 * Logarithms of the probabilities: x_i − m − log Σ_j e^(x_j − m), for each row along the last axis.
 *
 * Within 3 ulp (4 in f64), for a class that is all but certain too: its logarithm is −1e-30 where it should be, and not 0.
 *
 * @param x Logits, rows of classes.
 * @returns An array like x, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 */
export const logSoftmax = ((x: unknown, options?: unknown) => logSoftmaxOf(defaultEngine(), x, options)) as RowFunction;

/**
 * m + log Σ_j e^(x_j − m), m the maximum: one value for each row along the last axis.
 *
 * A row with NaN gives NaN, with +∞ gives +∞, with nothing but −∞, or with nothing, gives −∞.
 *
 * @param x Logits, rows of classes.
 * @returns An array with the last axis removed, or `out`.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 */
export const logSumExp = ((x: unknown, options?: unknown) => logSumExpOf(defaultEngine(), x, options)) as RowFunction;

/**
 * The cross entropy of each row's softmax with its label, in nats: −log p_y = (m − x_y) + log Σ_j e^(x_j − m).
 *
 * Reduced by `"mean"` over the positions that are not ignored (NaN where all are), by `"sum"`, or not at all: with
 * `"none"` the result is an array of one loss a position, 0 where ignored. Within 3 ulp (4 in f64), down to losses of 1e-38.
 *
 * @param logits Rows of classes along the last axis.
 * @param labels Integers in [0, C), or `ignoreIndex`: one a row.
 * @throws TypeError and RangeError with a `code`; a label out of range is never wrapped, clamped or skipped.
 */
export const crossEntropy = ((logits: unknown, labels: unknown, options?: unknown) =>
  crossEntropyOf(defaultEngine(), logits, labels, options)) as CrossEntropy;

/**
 * The cross entropy and its gradient with respect to the logits, with one exponential an element:
 * (softmax(X) − onehot(y)) / m for m positions under `"mean"`, without the division under `"sum"` and `"none"`.
 *
 * The gradient of an ignored row is +0, and the row is not read. `out` may be the logits: the gradient overwrites them.
 * Each entry is within 4 ulp, the label's too, which never becomes 0 by cancellation.
 *
 * @param logits Rows of classes along the last axis.
 * @param labels Integers in [0, C), or `ignoreIndex`: one a row.
 * @throws TypeError and RangeError with a `code`, before any byte of `out` changes.
 */
export const crossEntropyGrad = ((logits: unknown, labels: unknown, options?: unknown) =>
  crossEntropyGradOf(defaultEngine(), logits, labels, options)) as CrossEntropyGrad;

/**
 * An array of zeros that lives in the default instance's linear memory, where functions use it without a copy.
 *
 * @throws RangeError ERR_OUT_OF_MEMORY where there is no room; nothing else changes then.
 */
export const alloc = ((type: unknown, length: unknown) => allocOf(defaultEngine(), type, length)) as Alloc;

/** What the default instance runs on, and why where it is not WebAssembly. */
export function backend(): Backend {
  return defaultEngine().backend;
}
