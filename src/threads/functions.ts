// The types of the pool's functions: those of the library, with promises.

import type { Logits, Out, ResultOf, Rows, ValuesOf, Written } from "../arguments/arrays.js";
import type { Reduction } from "../arguments/options.js";
import type { BinaryTargets, Targets, Tokens } from "../arguments/targets.js";
import type { BackwardOptions } from "../operations/backward.js";
import type { BinaryOptions } from "../operations/binary.js";
import type { BinaryGradOptions } from "../operations/binaryCrossEntropyGrad.js";
import type { GradOptions, LossAndGrad } from "../operations/crossEntropyGrad.js";
import type { LossParts } from "../call.js";
import type { LossOptions, PartsOptions } from "../operations/loss.js";
import type { ArgmaxOptions } from "../operations/argmax.js";
import type { RowOptions } from "../operations/rows.js";
import type { Sample, SampleOptions, Samples } from "../operations/sample.js";
import type { IndicesOf, TopK, TopKOptions } from "../operations/topK.js";
import type { SigmoidOptions } from "../operations/sigmoid.js";
import type { TokenOptions } from "../operations/tokenLogProbs.js";

/**
 * The functions of a pool: those of `softmax-wasm`, with promises. A promise rejects with the error that the function
 * would throw; or with ERR_WORKER, ERR_TERMINATED, or ERR_DETACHED for an array that lost its memory before its call
 * was executed.
 */
export interface PoolFunctions {
  /** Probabilities. */
  readonly softmax: PoolRowFunction;
  /** Logarithms of the probabilities. */
  readonly logSoftmax: PoolRowFunction;
  /** log Σ e^x of each position. */
  readonly logSumExp: PoolRowReduction;
  /** The classes of the largest logits. */
  readonly argmax: PoolArgmax;
  /** The classes with the largest logits, and their probabilities. */
  readonly topK: PoolTopK;
  /** Classes drawn from the probabilities. */
  readonly sample: PoolSample;
  /** The cross entropy of logits and targets. */
  readonly crossEntropy: PoolCrossEntropy;
  /** The cross entropy and its gradient. */
  readonly crossEntropyGrad: PoolCrossEntropyGrad;
  /** The Hessian of the cross entropy times a vector. */
  readonly crossEntropyHvp: PoolCrossEntropyHvp;
  /** From the gradient of probabilities to that of their logits. */
  readonly softmaxBackward: PoolBackward;
  /** From the gradient of log-probabilities to that of their logits. */
  readonly logSoftmaxBackward: PoolBackward;
  /** The logistic function of each element. */
  readonly sigmoid: PoolSigmoid;
  /** The binary cross entropy of logits and targets. */
  readonly binaryCrossEntropy: PoolBinaryCrossEntropy;
  /** The binary cross entropy and its gradient. */
  readonly binaryCrossEntropyGrad: PoolBinaryCrossEntropyGrad;
  /** The entropy of the probabilities of each position. */
  readonly entropy: PoolRowReduction;
  /** The log-probability of one token per position. */
  readonly tokenLogProbs: PoolTokenLogProbs;
}

/** A function of rows, that gives a new array or `out`. */
export type PoolRowFunction = <X extends Logits, O extends Out | undefined = undefined>(
  x: X,
  options?: RowOptions<O>,
) => Promise<Written<X, O>>;

/** A function of rows that gives one value each: a number, or with a shape or rows an array, new or `out`. */
export type PoolRowReduction = <
  X extends Logits,
  O extends Out | undefined = undefined,
  S extends readonly number[] | undefined = undefined,
>(
  x: X,
  options?: RowOptions<O> & { readonly shape?: S },
) => Promise<O extends Out ? O : S extends readonly number[] ? ValuesOf<X> : X extends Rows ? number[] : number>;

/** The class of the largest logit: a number, or with a shape one per row. */
export type PoolArgmax = {
  (x: Logits, options: ArgmaxOptions & { readonly shape: readonly number[] }): Promise<Int32Array>;
  <X extends Logits>(
    x: X,
    options?: ArgmaxOptions & { readonly shape?: undefined },
  ): Promise<X extends readonly number[] ? number : X extends Rows ? Int32Array : number>;
  <X extends Logits>(x: X, options: ArgmaxOptions | undefined): Promise<(X extends Rows ? never : number) | Int32Array>;
};

/** The k classes with the largest logits. */
export type PoolTopK = <X extends Logits>(x: X, options: TopKOptions) => Promise<TopK<ResultOf<X>, IndicesOf<X>>>;

/** A class that is drawn: one, or with a shape one per row. */
export type PoolSample = {
  <X extends Logits>(
    logits: X,
    options: SampleOptions & { readonly shape: readonly number[] },
  ): Promise<Samples<ValuesOf<X>>>;
  <X extends Logits>(
    logits: X,
    options?: SampleOptions & { readonly shape?: undefined },
  ): Promise<X extends readonly number[] ? Sample : X extends Rows ? Samples<number[]> : Sample>;
  <X extends Logits>(
    logits: X,
    options: SampleOptions | undefined,
  ): Promise<(X extends Rows ? never : Sample) | Samples<ValuesOf<X>>>;
};

/** The loss: a number, with reduction "none" an array, in `out` or new, or with "parts" a sum and its divisor. */
export type PoolCrossEntropy = {
  (logits: Logits, targets: Targets, options: PartsOptions): Promise<LossParts>;
  <X extends Logits, R extends Reduction = "mean", O extends (R extends "none" ? Out : never) | undefined = undefined>(
    logits: X,
    targets: Targets,
    options?: LossOptions<R, O>,
  ): Promise<R extends "none" ? (O extends Out ? O : ValuesOf<X>) : number>;
};

/** The loss and its gradient, the gradient in `out` or new. */
export type PoolCrossEntropyGrad = <
  X extends Logits,
  R extends Reduction = "mean",
  O extends Out | undefined = undefined,
>(
  logits: X,
  targets: Targets,
  options?: GradOptions<R, O>,
) => Promise<LossAndGrad<R extends "none" ? ValuesOf<X> : number, Written<X, O>>>;

/** The Hessian of a loss, times an array like the logits. */
export type PoolCrossEntropyHvp = <X extends Logits, O extends Out | undefined = undefined>(
  logits: X,
  targets: Targets,
  v: Logits,
  options?: LossOptions<Reduction, O>,
) => Promise<Written<X, O>>;

/** From what a function gave, and the gradient with respect to it, to the gradient with respect to its logits. */
export type PoolBackward = <Y extends Logits, O extends Out | undefined = undefined>(
  y: Y,
  dy: Logits,
  options?: BackwardOptions<O>,
) => Promise<Written<Y, O>>;

/** The logistic function, that gives a new array or `out`. */
export type PoolSigmoid = <X extends Logits, O extends Out | undefined = undefined>(
  x: X,
  options?: SigmoidOptions<O>,
) => Promise<Written<X, O>>;

/** The binary loss: a number, or with reduction "none" an array, in `out` or new. */
export type PoolBinaryCrossEntropy = <
  X extends Logits,
  R extends Reduction = "mean",
  O extends (R extends "none" ? Out : never) | undefined = undefined,
>(
  logits: X,
  targets: BinaryTargets,
  options?: BinaryOptions<R, O>,
) => Promise<R extends "none" ? Written<X, O> : number>;

/** The binary loss and its gradient, the gradient in `out` or new. */
export type PoolBinaryCrossEntropyGrad = <
  X extends Logits,
  R extends Reduction = "mean",
  O extends Out | undefined = undefined,
>(
  logits: X,
  targets: BinaryTargets,
  options?: BinaryGradOptions<R, O>,
) => Promise<LossAndGrad<R extends "none" ? ResultOf<X> : number, Written<X, O>>>;

/** The log-probability of one token per position: a number for a token that is one, or an array, new or `out`. */
export type PoolTokenLogProbs = <
  X extends Logits,
  Y extends Tokens,
  O extends Out | undefined = undefined,
  S extends readonly number[] | undefined = undefined,
>(
  logits: X,
  tokens: Y,
  options?: TokenOptions<O> & { readonly shape?: S },
) => Promise<
  O extends Out ? O : S extends readonly number[] ? ValuesOf<X> : Y extends number | bigint ? number : ValuesOf<X>
>;
