/**
 * Softmax, related functions and the cross entropy, on a default instance that is created at the first call. The
 * entries `softmax-wasm/js`, `softmax-wasm/relaxed` and, in workerd, `softmax-wasm` itself export the same functions.
 *
 * A shape lists sizes, slowest first. A row consists of the elements along the axis of the classes, the last axis by
 * default; a position is the place of a row. Losses are in nats. Errors are TypeError or RangeError with a `code`
 * ({@link ErrorCode}); a call that throws has changed no byte of any output.
 *
 * @module softmax-wasm
 */

import type { Logits, Out, ResultOf, Rows, ValuesOf, Written } from "./arguments/arrays.js";
import type { BackendChoice, Reduction } from "./arguments/options.js";
import type { BinaryTargets, Targets, Tokens } from "./arguments/targets.js";
import { lastingEngine } from "./backend/createEngine.js";
import type { Backend, Engine } from "./backend/engine.js";
import type { LastingEngine } from "./backend/standIn.js";
import { answer } from "./execute.js";
import type { NewFloat32Array, NewFloat64Array } from "./floatType.js";
import { newInstance } from "./instance.js";
import { alloc as allocate, type WasmArray } from "./memory/wasmArray.js";
import type { BackwardOptions } from "./operations/backward.js";
import type { ArgmaxOptions } from "./operations/argmax.js";
import * as argmaxOperation from "./operations/argmax.js";
import type { BinaryOptions } from "./operations/binary.js";
import * as binaryCrossEntropyOperation from "./operations/binaryCrossEntropy.js";
import type { BinaryGradOptions } from "./operations/binaryCrossEntropyGrad.js";
import * as binaryCrossEntropyGradOperation from "./operations/binaryCrossEntropyGrad.js";
import * as crossEntropyOperation from "./operations/crossEntropy.js";
import type { GradOptions, LossAndGrad } from "./operations/crossEntropyGrad.js";
import * as crossEntropyGradOperation from "./operations/crossEntropyGrad.js";
import * as crossEntropyHvpOperation from "./operations/crossEntropyHvp.js";
import * as entropyOperation from "./operations/entropy.js";
import * as logSoftmaxOperation from "./operations/logSoftmax.js";
import * as logSoftmaxBackwardOperation from "./operations/logSoftmaxBackward.js";
import * as logSumExpOperation from "./operations/logSumExp.js";
import type { LossParts } from "./call.js";
import type { LossOptions, PartsOptions } from "./operations/loss.js";
import type { RowOptions } from "./operations/rows.js";
import type { Sample, SampleOptions, Samples } from "./operations/sample.js";
import * as sampleOperation from "./operations/sample.js";
import type { SigmoidOptions } from "./operations/sigmoid.js";
import * as sigmoidOperation from "./operations/sigmoid.js";
import * as softmaxOperation from "./operations/softmax.js";
import * as softmaxBackwardOperation from "./operations/softmaxBackward.js";
import type { IndicesOf, TopK, TopKOptions } from "./operations/topK.js";
import * as topKOperation from "./operations/topK.js";
import type { TokenOptions } from "./operations/tokenLogProbs.js";
import * as tokenLogProbsOperation from "./operations/tokenLogProbs.js";

export type { Floats, Logits, Out, ResultOf, Rows, ValuesOf, Written } from "./arguments/arrays.js";
export type { Lengths, Mask } from "./arguments/mask.js";
export type { BackendChoice, Reduction } from "./arguments/options.js";
export type { Of, Random } from "./arguments/selection.js";
export type { BinaryTargets, Labels, Targets, Tokens } from "./arguments/targets.js";
export type { Backend } from "./backend/engine.js";
export type { ErrorCode } from "./errors.js";
export type { Float16, FloatArray, NewFloat16Array, NewFloat32Array, NewFloat64Array } from "./floatType.js";
export type { WasmArray } from "./memory/wasmArray.js";
export type { ArgmaxOptions } from "./operations/argmax.js";
export type { BackwardOptions } from "./operations/backward.js";
export type { BinaryOptions } from "./operations/binary.js";
export type { BinaryGradOptions } from "./operations/binaryCrossEntropyGrad.js";
export type { GradOptions, LossAndGrad } from "./operations/crossEntropyGrad.js";
export type { LossParts } from "./call.js";
export type { LossOptions, PartsOptions } from "./operations/loss.js";
export type { RowOptions } from "./operations/rows.js";
export type { Sample, SampleOptions, Samples } from "./operations/sample.js";
export type { IndicesOf, TopK, TopKOptions } from "./operations/topK.js";
export type { TokenOptions } from "./operations/tokenLogProbs.js";
export type { SigmoidOptions } from "./operations/sigmoid.js";
export { softmaxJacobian } from "./operations/softmaxJacobian.js";

let lasting: LastingEngine | undefined;
/** The engine that `lasting` gives, once it is final. */
let engine: Engine | undefined;

function defaultEngine(): Engine {
  return engine ?? engineNow();
}

function engineNow(): Engine {
  lasting ??= lastingEngine("auto");
  const now = lasting.now();
  if (now.lacks === null) engine = now;
  return now;
}

/**
 * Probabilities: p_i = e^(x_i − m) / Σ_j e^(x_j − m), m the maximum, for each row along the axis.
 *
 * A row that holds NaN or +∞, or nothing but −∞, becomes NaN; other rows are not affected.
 *
 * @param x Logits, in rows of classes: a typed array of floats, which is computed in its own precision; or a plain
 *   array of numbers or of rows of numbers, which is computed in f64. A `WasmArray`, or a view of its memory, is used
 *   in place.
 * @returns An array of the same kind as x: typed, of numbers, or of rows of numbers; or `out`.
 * @throws TypeError with the code ERR_DTYPE, ERR_DETACHED, ERR_OUT, ERR_SHAPE, ERR_AXIS or ERR_OPTION; RangeError with
 *   ERR_SHAPE, ERR_AXIS, ERR_OPTION, ERR_OUT, ERR_OVERLAP, ERR_DISPOSED or ERR_OUT_OF_MEMORY.
 * @see Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal.
 *   41 (2021): why the maximum is subtracted, and what it costs.
 * @example
 * ```ts
 * import { softmax } from "softmax-wasm";
 *
 * softmax([2, 1, 0.1]); // → 0.659, 0.242, 0.099
 * softmax([[2, 1, 0.1], [0, 0, 0]])[1]; // → 0.333, 0.333, 0.333
 * softmax(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }); // → 0.269, 0.731, 0.269, 0.731
 * ```
 */
export function softmax<O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): O;
export function softmax<X extends Logits>(x: X, options?: RowOptions<undefined>): ResultOf<X>;
export function softmax<X extends Logits, O extends Out | undefined>(
  x: X,
  options: RowOptions<O> | undefined,
): Written<X, O>;
export function softmax(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, softmaxOperation.callOf(engine, x, options));
}

/**
 * Logarithms of the probabilities: x_i − m − log Σ_j e^(x_j − m), m the maximum, for each row along the axis.
 *
 * The logarithm of an almost certain class keeps its digits: it can be −1e-30, and does not round to 0.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns An array like x, or `out`.
 * @throws As {@link softmax}.
 * @see Blanchard, Higham and Higham (2021), as for {@link softmax}.
 * @example
 * ```ts
 * import { logSoftmax } from "softmax-wasm";
 *
 * logSoftmax([20, 0]); // → -2.06e-9, -20
 * ```
 */
export function logSoftmax<O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): O;
export function logSoftmax<X extends Logits>(x: X, options?: RowOptions<undefined>): ResultOf<X>;
export function logSoftmax<X extends Logits, O extends Out | undefined>(
  x: X,
  options: RowOptions<O> | undefined,
): Written<X, O>;
export function logSoftmax(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, logSoftmaxOperation.callOf(engine, x, options));
}

/**
 * m + log Σ_j e^(x_j − m), m the maximum: one value for each row along the axis.
 *
 * A row with NaN gives NaN, and one with +∞ gives +∞. A row of nothing but −∞, or without classes, gives −∞.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A number; with a `shape`, an array like x without the axis; for rows, an array of numbers; or `out`.
 * @throws As {@link softmax}.
 * @see Blanchard, Higham and Higham (2021), as for {@link softmax}.
 * @example
 * ```ts
 * import { logSumExp } from "softmax-wasm";
 *
 * logSumExp([1000, 1000]); // → 1000.693
 * ```
 */
export function logSumExp<O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): O;
export function logSumExp(x: Rows, options?: RowOptions<undefined>): number[];
export function logSumExp(
  x: Exclude<Logits, Rows>,
  options?: RowOptions<undefined> & { readonly shape?: undefined },
): number;
export function logSumExp<X extends Logits>(
  x: X,
  options: RowOptions<undefined> & { readonly shape: readonly number[] },
): ValuesOf<X>;
export function logSumExp<X extends Logits>(x: X, options?: RowOptions<undefined>): number | ValuesOf<X>;
export function logSumExp<X extends Logits, O extends Out | undefined>(
  x: X,
  options: RowOptions<O> | undefined,
): (O extends Out ? O : never) | number | ValuesOf<X>;
export function logSumExp(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, logSumExpOperation.callOf(engine, x, options));
}

/**
 * The cross entropy of each position's softmax p with its target, in nats: −log p_y for a label y.
 *
 * With s = log Σ_j e^x_j, weights w, label smoothing ε and the coefficient λ of `zLoss`, a label y costs
 * (1−ε)·w_y·(s − x_y) + (ε/C)·Σ_c w_c·(s − x_c) + λ·s², and probabilities q cost
 * Σ_c w_c·((1−ε)·q_c + ε/C)·(s − x_c) + λ·s². A coefficient of 0 makes its term 0, even where the term is infinite.
 *
 * `reduction: "mean"` divides the sum by the weights of the labels that are not ignored, or, if the targets are
 * probabilities, by the number of positions. The z-loss is always divided by the number of positions that are not
 * ignored. The mean of nothing is NaN. `"sum"` does not divide. `"none"` gives one loss per position, 0 for ignored
 * ones. `"parts"` gives the sum and its divisor: add both up over batches or machines, and their quotient is the mean.
 *
 * @param logits Logits, with the classes along an axis, the last one by default.
 * @param targets Labels, one per position: integers in [0, C), or `ignoreIndex`; a single number for one position. Or
 *   probabilities, one per logit: floats of the logits' type, rows of numbers, or, with a `shape`, numbers.
 * @returns A number, in nats. With `"none"`, one per position: a number if the label is a single number, else an array
 *   like the logits without the axis, or `out`. With `"parts"`, the sum and its divisor.
 * @throws As {@link softmax}; and RangeError or TypeError with the code ERR_LABEL: a label out of range is never wrapped,
 *   clamped or skipped.
 * @see Bishop, "Pattern Recognition and Machine Learning" (2006), (4.108): the loss. Szegedy et al., "Rethinking the
 *   Inception architecture for computer vision" (2016), section 7: label smoothing. Chowdhery et al., "PaLM" (2022),
 *   section 5: the z-loss.
 * @example
 * ```ts
 * import { crossEntropy } from "softmax-wasm";
 *
 * crossEntropy([2, 1, 0.1, 0, 3, 1], [0, 1], { reduction: "none" }); // → 0.417, 0.17
 * crossEntropy(Float32Array.of(2, 1, 0.1), Float32Array.of(0.7, 0.2, 0.1), { labelSmoothing: 0.1 }); // → 0.865
 * const { sum, weight } = crossEntropy([2, 1, 0.1, 0, 3, 1], [0, 1], { reduction: "parts" });
 * sum; // → 0.587
 * weight; // → 2
 * ```
 */
export function crossEntropy<O extends Out>(
  logits: Logits,
  targets: Targets,
  options: LossOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
): O;
export function crossEntropy(
  logits: Logits,
  targets: number | bigint,
  options: LossOptions<"none", undefined> & { readonly reduction: "none"; readonly shape?: undefined },
): number;
export function crossEntropy<X extends Logits>(
  logits: X,
  targets: Targets,
  options: LossOptions<"none", undefined> & { readonly reduction: "none" },
): ValuesOf<X>;
export function crossEntropy(logits: Logits, targets: Targets, options: PartsOptions): LossParts;
export function crossEntropy(
  logits: Logits,
  targets: Targets,
  options?: LossOptions<"mean" | "sum", undefined>,
): number;
export function crossEntropy<X extends Logits, R extends Reduction>(
  logits: X,
  targets: Targets,
  options: LossOptions<R, undefined> | undefined,
): R extends "none" ? ValuesOf<X> : number;
export function crossEntropy<
  X extends Logits,
  R extends Reduction = "mean",
  O extends (R extends "none" ? Out : never) | undefined = undefined,
>(
  logits: X,
  targets: Targets,
  options: LossOptions<R, O> | undefined,
): R extends "none" ? (O extends Out ? O : ValuesOf<X>) : number;
export function crossEntropy(logits: unknown, targets: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, crossEntropyOperation.callOf(engine, logits, targets, options));
}

/**
 * The cross entropy and its gradient with respect to the logits, from one exponential per element. For labels the
 * gradient is (softmax(X) − onehot(y)) / m over m positions with `reduction: "mean"`; `"sum"` and `"none"` do not
 * divide.
 *
 * Let a_c be the coefficient of s − x_c in the loss, and A the sum of all a_c. Then the gradient is A·p_c − a_c +
 * 2·λ·s·p_c, divided by the temperature and multiplied by `upstream`. The gradient of an ignored position is +0, and
 * the position is not read. `out` may be the logits, which the gradient then overwrites; with `accumulate` the gradient
 * is added to `out`. The label's entry, −(1 − p_y), is computed without cancellation: it does not become 0 where p_y
 * rounds to 1.
 *
 * @param logits Logits, with the classes along an axis, the last one by default.
 * @param targets Labels, one per position: integers in [0, C), or `ignoreIndex`; a single number for one position. Or
 *   probabilities, one per logit: floats of the logits' type, rows of numbers, or, with a `shape`, numbers.
 * @returns The loss, as {@link crossEntropy} gives it, and the gradient: an array like the logits, or `out`.
 * @throws As {@link crossEntropy}.
 * @see Bishop (2006), (4.109), as for {@link crossEntropy}.
 * @example
 * ```ts
 * import { crossEntropyGrad } from "softmax-wasm";
 *
 * const { loss, grad } = crossEntropyGrad([2, 1, 0.1], [0]);
 * loss; // → 0.417
 * grad; // → -0.341, 0.242, 0.099
 * ```
 */
export function crossEntropyGrad<X extends Logits, O extends Out>(
  logits: X,
  targets: Targets,
  options: GradOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
): LossAndGrad<ValuesOf<X>, O>;
export function crossEntropyGrad<X extends Logits>(
  logits: X,
  targets: number | bigint,
  options: GradOptions<"none", undefined> & { readonly reduction: "none"; readonly shape?: undefined },
): LossAndGrad<number, ResultOf<X>>;
export function crossEntropyGrad<X extends Logits>(
  logits: X,
  targets: Targets,
  options: GradOptions<"none", undefined> & { readonly reduction: "none" },
): LossAndGrad<ValuesOf<X>, ResultOf<X>>;
export function crossEntropyGrad<O extends Out>(
  logits: Logits,
  targets: Targets,
  options: GradOptions<"mean" | "sum", O> & { readonly out: O },
): LossAndGrad<number, O>;
export function crossEntropyGrad<X extends Logits>(
  logits: X,
  targets: Targets,
  options?: GradOptions<"mean" | "sum", undefined>,
): LossAndGrad<number, ResultOf<X>>;
export function crossEntropyGrad<X extends Logits, R extends Reduction = "mean", O extends Out | undefined = undefined>(
  logits: X,
  targets: Targets,
  options: GradOptions<R, O> | undefined,
): LossAndGrad<R extends "none" ? ValuesOf<X> : number, Written<X, O>>;
export function crossEntropyGrad(logits: unknown, targets: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, crossEntropyGradOperation.callOf(engine, logits, targets, options));
}

/**
 * The Hessian of the cross entropy with respect to the logits, times an array: with p, A, λ and s as in the gradient and
 * t = Σ_j p_j·v_j, (H·v)_c = p_c·((A + 2·λ·s)·(v_c − t) + 2·λ·t), divided by the temperature twice.
 *
 * It is the Hessian of the reduced loss; with `reduction: "none"`, that of the sum.
 *
 * @param logits Logits, with the classes along an axis, the last one by default.
 * @param targets Labels, one per position: integers in [0, C), or `ignoreIndex`; a single number for one position. Or
 *   probabilities, one per logit: floats of the logits' type, rows of numbers, or, with a `shape`, numbers.
 * @param v The direction, an array like the logits.
 * @returns An array like the logits, or `out`.
 * @throws As {@link crossEntropy}.
 * @see Bishop (2006), (4.110), as for {@link crossEntropy}.
 * @example
 * ```ts
 * import { crossEntropyHvp } from "softmax-wasm";
 *
 * crossEntropyHvp([0, 0], [0], [1, 0]); // → 0.25, -0.25
 * ```
 */
export function crossEntropyHvp<O extends Out>(
  logits: Logits,
  targets: Targets,
  v: Logits,
  options: LossOptions<Reduction, O> & { readonly out: O },
): O;
export function crossEntropyHvp<X extends Logits>(
  logits: X,
  targets: Targets,
  v: Logits,
  options?: LossOptions<Reduction, undefined>,
): ResultOf<X>;
export function crossEntropyHvp<X extends Logits, O extends Out | undefined>(
  logits: X,
  targets: Targets,
  v: Logits,
  options: LossOptions<Reduction, O> | undefined,
): Written<X, O>;
export function crossEntropyHvp(logits: unknown, targets: unknown, v: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, crossEntropyHvpOperation.callOf(engine, logits, targets, v, options));
}

/**
 * The vector-Jacobian product of softmax, from its result y: y_c·(dy_c − Σ_j y_j·dy_j), divided by the temperature.
 *
 * @param y A result of softmax.
 * @param dy The upstream gradient, with respect to y: an array like y.
 * @returns The gradient with respect to the logits: an array like y, or `out`.
 * @throws As {@link softmax}.
 * @see Bishop (2006), (4.106): the derivative of softmax.
 * @example
 * ```ts
 * import { softmaxBackward } from "softmax-wasm";
 *
 * softmaxBackward([0.5, 0.5], [1, 0]); // → 0.25, -0.25
 * ```
 */
export function softmaxBackward<O extends Out>(
  y: Logits,
  dy: Logits,
  options: BackwardOptions<O> & { readonly out: O },
): O;
export function softmaxBackward<Y extends Logits>(y: Y, dy: Logits, options?: BackwardOptions<undefined>): ResultOf<Y>;
export function softmaxBackward<Y extends Logits, O extends Out | undefined>(
  y: Y,
  dy: Logits,
  options: BackwardOptions<O> | undefined,
): Written<Y, O>;
export function softmaxBackward(y: unknown, dy: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, softmaxBackwardOperation.callOf(engine, y, dy, options));
}

/**
 * The vector-Jacobian product of log-softmax, from its result y: dy_c − e^y_c·Σ_j dy_j, divided by the temperature.
 *
 * @param y A result of logSoftmax.
 * @param dy The upstream gradient, with respect to y: an array like y.
 * @returns The gradient with respect to the logits: an array like y, or `out`.
 * @throws As {@link softmax}.
 * @see Bishop (2006), (4.106), and the derivative 1/y of the logarithm.
 * @example
 * ```ts
 * import { logSoftmaxBackward } from "softmax-wasm";
 *
 * logSoftmaxBackward([Math.log(0.5), Math.log(0.5)], [1, 0]); // → 0.5, -0.5
 * ```
 */
export function logSoftmaxBackward<O extends Out>(
  y: Logits,
  dy: Logits,
  options: BackwardOptions<O> & { readonly out: O },
): O;
export function logSoftmaxBackward<Y extends Logits>(
  y: Y,
  dy: Logits,
  options?: BackwardOptions<undefined>,
): ResultOf<Y>;
export function logSoftmaxBackward<Y extends Logits, O extends Out | undefined>(
  y: Y,
  dy: Logits,
  options: BackwardOptions<O> | undefined,
): Written<Y, O>;
export function logSoftmaxBackward(y: unknown, dy: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, logSoftmaxBackwardOperation.callOf(engine, y, dy, options));
}

/**
 * The class of the largest logit of each row; of equal logits, the lowest class. A row with NaN gives the class of its
 * first NaN. A row of nothing but −∞ or absent classes gives 0.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A number; with a `shape` or for rows, an Int32Array of one class per row.
 * @throws As {@link softmax}; RangeError with the code ERR_SHAPE for rows without classes.
 * @see {@link topK} for several classes and their probabilities.
 * @example
 * ```ts
 * import { argmax } from "softmax-wasm";
 *
 * argmax([2, 3, 0.1]); // → 1
 * argmax(Float32Array.of(1, 2, 4, 3), { shape: [2, 2] }); // → 1, 0
 * ```
 */
export function argmax(x: Logits, options: ArgmaxOptions & { readonly shape: readonly number[] }): Int32Array;
export function argmax<X extends Logits>(
  x: X,
  options?: ArgmaxOptions & { readonly shape?: undefined },
): X extends readonly number[] ? number : X extends Rows ? Int32Array : number;
export function argmax<X extends Logits>(
  x: X,
  options: ArgmaxOptions | undefined,
): (X extends Rows ? never : number) | Int32Array;
export function argmax(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, argmaxOperation.callOf(engine, x, options));
}

/**
 * The k classes with the largest logits of each row, and their probabilities. Larger logits come first, and of equal
 * logits the lower class. `values[i]` has the bits of `softmax(x)[indices[i]]`; the option `of` asks for logSoftmax or
 * x instead. The row is not sorted.
 *
 * NaN counts as the largest. The values of a row whose softmax is NaN are NaN. Absent classes come last.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns Two arrays like x, with k classes along the axis.
 * @throws As {@link softmax}.
 * @see Holtzman et al., "The curious case of neural text degeneration" (2020): the text that results from always taking
 *   the most probable classes.
 * @example
 * ```ts
 * import { topK } from "softmax-wasm";
 *
 * const { values, indices } = topK([2, 1, 0.1, 3], { k: 2 });
 * values; // → 0.642, 0.236
 * indices; // → 3, 0
 * ```
 */
export function topK<X extends Logits>(x: X, options: TopKOptions): TopK<ResultOf<X>, IndicesOf<X>>;
export function topK(x: unknown, options: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, topKOperation.callOf(engine, x, options));
}

/**
 * Draws a class of each row from the softmax of the logits divided by the temperature, after three filters, in this
 * order: `topK` keeps the k largest logits; `topP` keeps the fewest of the remaining classes, most probable first,
 * whose probabilities add up to it; `minP` keeps the remaining classes whose probability is at least `minP` times the
 * largest.
 *
 * Let u be the row's random number. The probabilities of the remaining classes are added up in the order of the
 * classes, and the first class where the running sum exceeds u times the total is drawn. The same u gives the same
 * class on every engine and backend.
 *
 * @param logits Logits, as for {@link softmax}, with the classes along the last axis.
 * @returns A class and the logarithm of its probability; with a `shape` or for rows, arrays of them.
 * @throws As {@link softmax}; RangeError with the code ERR_VALUE, before anything is drawn, for a row with NaN or +∞,
 *   or without a present class above −∞.
 * @see Holtzman et al. (2020), as for {@link topK}: top-p. Nguyen et al., "Turning up the heat: min-p sampling" (2025).
 * @example
 * ```ts
 * import { sample } from "softmax-wasm";
 *
 * const { token, logProb } = sample([2, 1, 0.1], { temperature: 0.7, topP: 0.9, random: 0.5 });
 * token; // → 0
 * logProb; // → -0.215
 * ```
 */
export function sample<X extends Logits>(
  logits: X,
  options: SampleOptions & { readonly shape: readonly number[] },
): Samples<ValuesOf<X>>;
export function sample<X extends Logits>(
  logits: X,
  options?: SampleOptions & { readonly shape?: undefined },
): X extends readonly number[] ? Sample : X extends Rows ? Samples<number[]> : Sample;
export function sample<X extends Logits>(
  logits: X,
  options: SampleOptions | undefined,
): (X extends Rows ? never : Sample) | Samples<ValuesOf<X>>;
export function sample(logits: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, sampleOperation.callOf(engine, logits, options));
}

/**
 * The logistic function of each element: σ(x) = 1/(1 + e^−x), the probability of a class that excludes no other.
 *
 * Elements are independent, so there is no shape. A small σ keeps all its digits, even where it is subnormal: for 1 −
 * σ(x), compute σ(−x). ±∞ give 1 and 0, NaN gives NaN. A larger x never has a smaller σ.
 *
 * @param x Logits, as for {@link softmax}; each element is a class of its own.
 * @returns An array like x, or `out`.
 * @throws TypeError with the code ERR_DTYPE, ERR_DETACHED, ERR_OUT or ERR_OPTION; RangeError with ERR_OUT, ERR_OVERLAP,
 *   ERR_DISPOSED or ERR_OUT_OF_MEMORY.
 * @see Bishop, "Pattern Recognition and Machine Learning" (2006), (4.59): the softmax of two logits, x and 0.
 * @example
 * ```ts
 * import { sigmoid } from "softmax-wasm";
 *
 * sigmoid([0, 2, -2]); // → 0.5, 0.881, 0.119
 * sigmoid([40, -40]); // → 1, 4.248e-18
 * ```
 */
export function sigmoid<O extends Out>(x: Logits, options: SigmoidOptions<O> & { readonly out: O }): O;
export function sigmoid<X extends Logits>(x: X, options?: SigmoidOptions<undefined>): ResultOf<X>;
export function sigmoid<X extends Logits, O extends Out | undefined>(
  x: X,
  options: SigmoidOptions<O> | undefined,
): Written<X, O>;
export function sigmoid(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, sigmoidOperation.callOf(engine, x, options));
}

/**
 * The binary cross entropy of each element's σ(x) with its target t, in nats: for classes that do not exclude each other.
 *
 * With weights w (`weight`) and P (`posWeight`), the loss of an element is w·(P·t·log(1 + e^−x) + (1 − t)·log(1 +
 * e^x)). A coefficient of 0 makes its term 0, even where the term is infinite. A NaN affects the loss of its own
 * element, and so the mean and the sum.
 *
 * @param logits Logits, as for {@link softmax}, one for each class of each row.
 * @param targets One per logit: 1 for a class that is present, 0 for one that is absent, or a probability in between.
 *   An array of the logits' type, of integers, numbers or booleans, or rows of these. The library does not check that
 *   they lie in [0, 1].
 * @returns A number, the mean over all elements or their sum; with `"none"` an array like the logits, or `out`.
 * @throws As {@link softmax}.
 * @see Bishop, "Pattern Recognition and Machine Learning" (2006), (4.90).
 * @example
 * ```ts
 * import { binaryCrossEntropy } from "softmax-wasm";
 *
 * binaryCrossEntropy([2, -1, 0.5], [1, 0, 1]); // → 0.305
 * binaryCrossEntropy([2, -1, 0.5], [true, false, true], { posWeight: 3, reduction: "none" }); // → 0.381, 0.313, 1.422
 * ```
 */
export function binaryCrossEntropy<O extends Out>(
  logits: Logits,
  targets: BinaryTargets,
  options: BinaryOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
): O;
export function binaryCrossEntropy<X extends Logits>(
  logits: X,
  targets: BinaryTargets,
  options: BinaryOptions<"none", undefined> & { readonly reduction: "none" },
): ResultOf<X>;
export function binaryCrossEntropy(
  logits: Logits,
  targets: BinaryTargets,
  options?: BinaryOptions<"mean" | "sum", undefined>,
): number;
export function binaryCrossEntropy<
  X extends Logits,
  R extends Reduction = "mean",
  O extends (R extends "none" ? Out : never) | undefined = undefined,
>(
  logits: X,
  targets: BinaryTargets,
  options: BinaryOptions<R, O> | undefined,
): R extends "none" ? (O extends Out ? O : ResultOf<X>) : number;
export function binaryCrossEntropy(logits: unknown, targets: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, binaryCrossEntropyOperation.callOf(engine, logits, targets, options));
}

/**
 * The binary cross entropy and its gradient with respect to the logits, from one exponential per element. The gradient
 * is w·((1 − t)·σ(x) − P·t·σ(−x)), divided by the number of elements with `reduction: "mean"`, and multiplied by
 * `upstream`.
 *
 * For t = 1 it is −w·P·σ(−x), computed without cancellation: it does not become 0 where σ(x) rounds to 1. `out` may be
 * the logits, which the gradient then overwrites; with `accumulate` the gradient is added to `out`.
 *
 * @param logits Logits, as for {@link binaryCrossEntropy}.
 * @param targets One per logit, as for {@link binaryCrossEntropy}.
 * @returns The loss, as {@link binaryCrossEntropy} gives it, and the gradient: an array like the logits, or `out`.
 * @throws As {@link softmax}.
 * @see Bishop (2006), (4.91), as for {@link binaryCrossEntropy}.
 * @example
 * ```ts
 * import { binaryCrossEntropyGrad } from "softmax-wasm";
 *
 * const { loss, grad } = binaryCrossEntropyGrad([2, -1, 0.5], [1, 0, 1]);
 * loss; // → 0.305
 * grad; // → -0.0397, 0.0896, -0.126
 * ```
 */
export function binaryCrossEntropyGrad<X extends Logits, O extends Out>(
  logits: X,
  targets: BinaryTargets,
  options: BinaryGradOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
): LossAndGrad<ResultOf<X>, O>;
export function binaryCrossEntropyGrad<X extends Logits>(
  logits: X,
  targets: BinaryTargets,
  options: BinaryGradOptions<"none", undefined> & { readonly reduction: "none" },
): LossAndGrad<ResultOf<X>, ResultOf<X>>;
export function binaryCrossEntropyGrad<O extends Out>(
  logits: Logits,
  targets: BinaryTargets,
  options: BinaryGradOptions<"mean" | "sum", O> & { readonly out: O },
): LossAndGrad<number, O>;
export function binaryCrossEntropyGrad<X extends Logits>(
  logits: X,
  targets: BinaryTargets,
  options?: BinaryGradOptions<"mean" | "sum", undefined>,
): LossAndGrad<number, ResultOf<X>>;
export function binaryCrossEntropyGrad<
  X extends Logits,
  R extends Reduction = "mean",
  O extends Out | undefined = undefined,
>(
  logits: X,
  targets: BinaryTargets,
  options: BinaryGradOptions<R, O> | undefined,
): LossAndGrad<R extends "none" ? ResultOf<X> : number, Written<X, O>>;
export function binaryCrossEntropyGrad(logits: unknown, targets: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, binaryCrossEntropyGradOperation.callOf(engine, logits, targets, options));
}

/**
 * The entropy of the probabilities, −Σ_i p_i·log p_i in nats, for each row along the axis: 0 where one class is certain,
 * log C where all C are equal.
 *
 * It is computed as log S + Σ_i p_i·(m − x_i), where m is the maximum and S = Σ_j e^(x_j − m). No term is below 0, so a
 * confident row keeps its digits. A probability of 0 adds 0. A row with NaN or +∞, or with nothing but −∞, gives NaN; a
 * row without classes gives 0.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A number; with a `shape`, an array like x without the axis; for rows, an array of numbers; or `out`.
 * @throws As {@link softmax}.
 * @see Shannon, "A mathematical theory of communication" (1948), section 6.
 * @example
 * ```ts
 * import { entropy } from "softmax-wasm";
 *
 * entropy([1, 1, 1, 1]); // → 1.386
 * entropy([20, 0]); // → 4.33e-8
 * ```
 */
export function entropy<O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): O;
export function entropy(x: Rows, options?: RowOptions<undefined>): number[];
export function entropy(
  x: Exclude<Logits, Rows>,
  options?: RowOptions<undefined> & { readonly shape?: undefined },
): number;
export function entropy<X extends Logits>(
  x: X,
  options: RowOptions<undefined> & { readonly shape: readonly number[] },
): ValuesOf<X>;
export function entropy<X extends Logits>(x: X, options?: RowOptions<undefined>): number | ValuesOf<X>;
export function entropy<X extends Logits, O extends Out | undefined>(
  x: X,
  options: RowOptions<O> | undefined,
): (O extends Out ? O : never) | number | ValuesOf<X>;
export function entropy(x: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, entropyOperation.callOf(engine, x, options));
}

/**
 * The log-probability of one given token per position: log p_y = x_y − m − log Σ_j e^(x_j − m).
 *
 * It is {@link crossEntropy} with reduction `"none"`, times −1, and keeps its digits where p_y rounds to 1. An ignored
 * position gives 0.
 *
 * @param logits Logits, with the tokens along an axis, the last one by default.
 * @param tokens One per position: integers in [0, C), or `ignoreIndex`; a single number for one position.
 * @returns A number if the token is a single number, else an array like the logits without the axis; or `out`.
 * @throws As {@link crossEntropy}.
 * @example
 * ```ts
 * import { tokenLogProbs } from "softmax-wasm";
 *
 * tokenLogProbs([2, 1, 0.1, 0, 3, 1], [0, 1]); // → -0.417, -0.17
 * tokenLogProbs(Float32Array.of(20, 0), [0]); // → -2.061e-9
 * ```
 */
export function tokenLogProbs<O extends Out>(
  logits: Logits,
  tokens: Tokens,
  options: TokenOptions<O> & { readonly out: O },
): O;
export function tokenLogProbs(
  logits: Logits,
  tokens: number | bigint,
  options?: TokenOptions<undefined> & { readonly shape?: undefined },
): number;
export function tokenLogProbs<X extends Logits>(
  logits: X,
  tokens: Tokens,
  options?: TokenOptions<undefined>,
): ValuesOf<X>;
export function tokenLogProbs<X extends Logits, Y extends Tokens, O extends Out | undefined>(
  logits: X,
  tokens: Y,
  options: TokenOptions<O> | undefined,
): O extends Out ? O : (Y extends number | bigint ? number : never) | ValuesOf<X>;
export function tokenLogProbs(logits: unknown, tokens: unknown, options?: unknown): unknown {
  const engine = defaultEngine();
  return answer(engine, tokenLogProbsOperation.callOf(engine, logits, tokens, options));
}

/**
 * An array of zeros in the default instance's linear memory, where functions use it without a copy.
 *
 * @param type The constructor Float32Array or Float64Array.
 * @param length How many elements.
 * @throws TypeError with the code ERR_DTYPE or ERR_SHAPE; RangeError with ERR_SHAPE, or with ERR_OUT_OF_MEMORY if there
 *   is no room; nothing else changes.
 * @example
 * ```ts
 * import { alloc, softmax } from "softmax-wasm";
 *
 * const x = alloc(Float32Array, 2);
 * x.view.set([1, 2]);
 * softmax(x, { out: x }).view; // → 0.269, 0.731
 * x.free();
 * ```
 */
export function alloc(type: typeof Float32Array, length: number): WasmArray<NewFloat32Array>;
export function alloc(type: typeof Float64Array, length: number): WasmArray<NewFloat64Array>;
export function alloc(type: unknown, length: unknown): WasmArray {
  return allocate(defaultEngine().newArray, type, length);
}

/**
 * What the default instance runs on; and if that is not WebAssembly, why not.
 *
 * @example
 * ```ts
 * import { backend } from "softmax-wasm";
 *
 * backend().kind; // → "wasm"
 * ```
 */
export function backend(): Backend {
  return defaultEngine().backend;
}

/** Options of `instantiate`. */
export interface InstantiateOptions {
  /**
   * `"auto"`: WebAssembly if it is available, else JavaScript. `"wasm"`: WebAssembly, or an error that says why it is
   * not available. `"js"`: JavaScript.
   */
  readonly backend?: BackendChoice | undefined;
}

/** The library's functions, bound to an instance of their own with a memory of its own. */
export interface Instance {
  /** As the library's `softmax`. */
  readonly softmax: typeof softmax;
  /** As the library's `logSoftmax`. */
  readonly logSoftmax: typeof logSoftmax;
  /** As the library's `logSumExp`. */
  readonly logSumExp: typeof logSumExp;
  /** As the library's `crossEntropy`. */
  readonly crossEntropy: typeof crossEntropy;
  /** As the library's `crossEntropyGrad`. */
  readonly crossEntropyGrad: typeof crossEntropyGrad;
  /** As the library's `crossEntropyHvp`. */
  readonly crossEntropyHvp: typeof crossEntropyHvp;
  /** As the library's `softmaxBackward`. */
  readonly softmaxBackward: typeof softmaxBackward;
  /** As the library's `logSoftmaxBackward`. */
  readonly logSoftmaxBackward: typeof logSoftmaxBackward;
  /** As the library's `argmax`. */
  readonly argmax: typeof argmax;
  /** As the library's `topK`. */
  readonly topK: typeof topK;
  /** As the library's `sample`. */
  readonly sample: typeof sample;
  /** As the library's `binaryCrossEntropy`. */
  readonly binaryCrossEntropy: typeof binaryCrossEntropy;
  /** As the library's `binaryCrossEntropyGrad`. */
  readonly binaryCrossEntropyGrad: typeof binaryCrossEntropyGrad;
  /** As the library's `entropy`. */
  readonly entropy: typeof entropy;
  /** As the library's `tokenLogProbs`. */
  readonly tokenLogProbs: typeof tokenLogProbs;
  /** As the library's `sigmoid`. */
  readonly sigmoid: typeof sigmoid;
  /** As the library's `alloc`, in this instance's memory. Other instances copy such an array like any other. */
  readonly alloc: typeof alloc;
  /** What this instance runs on; and if that is not WebAssembly, why not. */
  readonly backend: typeof backend;
}

/**
 * The same functions, bound to an instance of their own. Its memory is freed with the instance.
 *
 * @param options The backend; `"auto"` by default.
 * @throws RangeError with the code ERR_BACKEND, and the reason, if `"wasm"` is asked for and not available; TypeError
 *   or RangeError with ERR_OPTION.
 * @example
 * ```ts
 * import { instantiate } from "softmax-wasm";
 *
 * const { softmax, backend } = instantiate({ backend: "js" });
 * softmax([1, 1]); // → 0.5, 0.5
 * backend().reason; // → "asked for"
 * ```
 */
export function instantiate(options?: InstantiateOptions): Instance {
  return newInstance(options) as unknown as Instance;
}
