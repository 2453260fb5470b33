/**
 * A linear layer and the cross entropy of its logits, without ever holding the logits of all rows: for the head of a
 * classifier or of a language model. The default instance of `softmax-wasm` computes, and uses its `WasmArray`s in
 * place.
 *
 * x is N × D, W is C × D and b has C elements, as in PyTorch's `Linear`: logits = x·Wᵀ + b. All arrays of a call have
 * one type, f32 or f64. Each element of a product is one sum in the order of the index, in that type, so its bits do
 * not depend on the engine, the backend, or the number of rows that are computed at a time. On an instance of
 * `softmax-wasm/relaxed` ({@link linearOn}) the order is the same, but an engine may fuse a multiplication with the
 * addition that follows, which rounds once less. A call that throws has changed no byte of any output.
 *
 * @module softmax-wasm/linear
 */

import { type Engine, engineOf } from "../backend/engine.js";
import { show, typeError } from "../errors.js";
import {
  type Backend,
  backend,
  type FloatArray,
  type Floats,
  type Reduction,
  type ResultOf,
  type Rows,
  type Targets,
  type ValuesOf,
  type WasmArray,
  type Written,
} from "../index.js";
import { insideOf } from "../threads/inside.js";
import * as functions from "./functions.js";
import { onPool } from "./shared/onPool.js";

/** A value for x, weight or bias: floats; or plain numbers or rows of numbers, which are computed in f64. */
export type Matrix = Floats | readonly number[] | Rows;

/** A linear layer. */
export interface Layer<W extends Matrix = Matrix, B extends Matrix | undefined = Matrix | undefined> {
  /** W: C × D, one row per class. */
  readonly weight: W;
  /** b: one number per class; none by default. */
  readonly bias?: B;
  /** C, if neither the bias nor the rows of `weight` determine it. */
  readonly classes?: number | undefined;
}

/** Options of {@link linear}. */
export interface LinearOptions<O extends Floats | undefined = Floats | undefined> {
  /** Receives the logits; shares no memory with x or the layer. */
  readonly out?: O | undefined;
}

/** Options of {@link linearCrossEntropy}. */
export interface LinearLossOptions<
  R extends Reduction = Reduction,
  O extends (R extends "none" ? Floats : never) | undefined = (R extends "none" ? Floats : never) | undefined,
> {
  /** [N, D]; by default N is the number of labels. */
  readonly shape?: readonly number[] | undefined;
  /**
   * `"mean"`, over the rows that are not ignored, weighted by their labels' weights; `"sum"`; or `"none"`: one loss per
   * row.
   */
  readonly reduction?: R | undefined;
  /** Weights of the classes: one finite number ≥ 0 per class; 1 by default. */
  readonly weight?: Floats | readonly number[] | undefined;
  /** The label of rows to ignore; −100 by default, null for none. */
  readonly ignoreIndex?: number | bigint | null | undefined;
  /** ε in [0, 1]: mixes the target with the uniform distribution, (1 − ε)·target + ε/C; 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** λ ≥ 0: adds λ·(log Σ e^x)² to the loss of each row; 0 by default. */
  readonly zLoss?: number | undefined;
  /** Receives the losses of reduction "none". */
  readonly out?: O | undefined;
}

/** The arrays that receive the gradients. */
export interface GradientOutputs<
  OX extends Floats | undefined = Floats | undefined,
  OW extends Floats | undefined = Floats | undefined,
  OB extends Floats | undefined = Floats | undefined,
> {
  /** The gradient of x, N × D. */
  readonly x?: OX | undefined;
  /** The gradient of the weights, C × D. */
  readonly weight?: OW | undefined;
  /** The gradient of the bias, C. */
  readonly bias?: OB | undefined;
}

/** Options of {@link linearCrossEntropyGrad}. */
export interface LinearGradOptions<
  R extends Reduction = Reduction,
  G extends boolean = boolean,
  OX extends Floats | undefined = Floats | undefined,
  OW extends Floats | undefined = Floats | undefined,
  OB extends Floats | undefined = Floats | undefined,
> extends Omit<LinearLossOptions<R>, "out"> {
  /** Whether the gradient of x is computed; the first layer of a network needs none. True by default. */
  readonly gradX?: G | undefined;
  /**
   * The upstream gradient: the derivative of a later quantity with respect to the loss. It multiplies the gradients; 1
   * by default. With reduction "none" it may be an array of one number per row.
   */
  readonly upstream?: number | (R extends "none" ? FloatArray | WasmArray | readonly number[] : never) | undefined;
  /** Whether gradients are added to the contents of `out`; the sums then start from these. */
  readonly accumulate?: boolean | undefined;
  /**
   * Receive the gradients; share no memory with x, the layer or each other. Outputs that are not given are new arrays.
   */
  readonly out?: GradientOutputs<OX, OW, OB> | undefined;
}

/** A loss and its gradients. */
export interface LinearGradients<Loss, GX, GW, GB> {
  /** In nats: a number, or one per row with reduction "none". */
  readonly loss: Loss;
  /** With respect to x, N × D; null with `gradX: false`. */
  readonly gradX: GX;
  /** With respect to the weights, C × D. */
  readonly gradWeight: GW;
  /** With respect to the bias, C; null for a layer without one. */
  readonly gradBias: GB;
}

/** The type of the loss, for a type of x, of targets, and a reduction. */
export type LossesOf<X, T, R> = R extends "none" ? (T extends number | bigint ? number : ValuesOf<X>) : number;

/** Where computation takes place: the default instance of the main entry. */
const engineNow = (): Engine => engineOf(backend()) as Engine;

/**
 * The logits of a linear layer: x·Wᵀ + b, N × C.
 *
 * Each logit is one sum over the features in their order, in the arrays' type; the bias is added last.
 *
 * @param x N × D, row by row: N = x.length / D.
 * @param layer D = weight.length / C, where C is the length of the bias, the number of rows of `weight`, or `classes`;
 *   without any of these, x is one row.
 * @returns An array of the same kind as x: typed, of numbers, or of rows of numbers; or `out`.
 * @throws TypeError with the code ERR_DTYPE, ERR_DETACHED, ERR_OUT, ERR_SHAPE or ERR_OPTION; RangeError with ERR_SHAPE, ERR_OUT,
 *   ERR_OVERLAP, ERR_DISPOSED or ERR_OUT_OF_MEMORY.
 * @example
 * ```ts
 * import { linear } from "softmax-wasm/linear";
 *
 * const layer = { weight: [[1, 0], [0, 1], [1, 1]], bias: [0, 0, 0.5] };
 * linear([[2, 3]], layer)[0]; // → 2, 3, 5.5
 * ```
 */
export function linear<O extends Floats>(x: Matrix, layer: Layer, options: LinearOptions<O> & { readonly out: O }): O;
export function linear<X extends Matrix>(x: X, layer: Layer, options?: LinearOptions<undefined>): ResultOf<X>;
export function linear<X extends Matrix, O extends Floats | undefined>(
  x: X,
  layer: Layer,
  options: LinearOptions<O> | undefined,
): Written<X, O>;
export function linear(x: unknown, layer: unknown, options?: unknown): unknown {
  const engine = engineNow();
  return functions.answer(engine, functions.linear(engine, x, layer, options));
}

/**
 * The cross entropy of the logits of a linear layer, a chunk of rows at a time: the logits of all rows never exist at once.
 *
 * Value, options and edge cases are those of `crossEntropy(linear(x, layer), targets)`. Ignored rows are not read.
 *
 * @param x N × D, where N is the number of labels; with probabilities, N = x.length / D, as in {@link linear}.
 * @param layer D = x.length / N, C = weight.length / D.
 * @param targets Labels, one per row: integers in [0, C), or `ignoreIndex`; a single number for one row. Or
 *   probabilities, N × C: floats of x's type, rows of numbers, or, with a `shape`, numbers.
 * @returns A number, in nats. With `"none"`, one per row: a number if the label is a single number, else an array like
 *   x, or `out`.
 * @throws As {@link linear}; and RangeError or TypeError with the code ERR_LABEL.
 * @example
 * ```ts
 * import { linearCrossEntropy } from "softmax-wasm/linear";
 *
 * const layer = { weight: [[1, 0], [0, 1], [1, 1]], bias: [0, 0, 0.5] };
 * linearCrossEntropy([[2, 3]], layer, [2]); // → 0.106
 * ```
 */
export function linearCrossEntropy<O extends Floats>(
  x: Matrix,
  layer: Layer,
  targets: Targets,
  options: LinearLossOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
): O;
export function linearCrossEntropy<X extends Matrix, T extends Targets, R extends Reduction = "mean">(
  x: X,
  layer: Layer,
  targets: T,
  options?: LinearLossOptions<R, undefined>,
): LossesOf<X, T, R>;
export function linearCrossEntropy<
  X extends Matrix,
  T extends Targets,
  R extends Reduction = "mean",
  O extends (R extends "none" ? Floats : never) | undefined = undefined,
>(
  x: X,
  layer: Layer,
  targets: T,
  options: LinearLossOptions<R, O> | undefined,
): O extends Floats ? O : LossesOf<X, T, R>;
export function linearCrossEntropy(x: unknown, layer: unknown, targets: unknown, options?: unknown): unknown {
  const engine = engineNow();
  return functions.answer(engine, functions.linearCrossEntropy(engine, x, layer, targets, options));
}

/**
 * The cross entropy of the logits of a linear layer and its gradients with respect to x, the weights and the bias, a
 * chunk of rows at a time. If dL is the gradient with respect to the logits, as `crossEntropyGrad` gives it, then gradX
 * = dL·W, gradWeight = dLᵀ·x and gradBias = Σ_n dL_n.
 *
 * gradX is summed over the classes in their order, gradWeight and gradBias over the rows. Ignored rows are not read;
 * their gradient is 0.
 *
 * @param x N × D, as for {@link linearCrossEntropy}.
 * @param layer As for {@link linearCrossEntropy}.
 * @param targets As for {@link linearCrossEntropy}.
 * @returns The loss, and gradients of the same kinds as x, weight and bias, or `out`.
 * @throws As {@link linearCrossEntropy}; ERR_OVERLAP if an output shares memory with x, the layer or another output.
 * @see Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models" (2024): what it takes to hold all logits.
 * @example
 * ```ts
 * import { linearCrossEntropyGrad } from "softmax-wasm/linear";
 *
 * const layer = { weight: [[1, 0], [0, 1], [1, 1]], bias: [0, 0, 0.5] };
 * const { loss, gradX, gradBias } = linearCrossEntropyGrad([[2, 3]], layer, [2]);
 * loss; // → 0.106
 * gradX[0]; // → -0.0738, -0.0271
 * gradBias; // → 0.0271, 0.0738, -0.101
 * ```
 */
export function linearCrossEntropyGrad<
  X extends Matrix,
  W extends Matrix,
  T extends Targets,
  B extends Matrix | undefined = undefined,
  R extends Reduction = "mean",
  G extends boolean = true,
  OX extends Floats | undefined = undefined,
  OW extends Floats | undefined = undefined,
  OB extends Floats | undefined = undefined,
>(
  x: X,
  layer: Layer<W, B>,
  targets: T,
  options?: LinearGradOptions<R, G, OX, OW, OB>,
): LinearGradients<
  LossesOf<X, T, R>,
  G extends false ? null : Written<X, OX>,
  Written<W, OW>,
  B extends Matrix ? Written<B, OB> : null
>;
export function linearCrossEntropyGrad(x: unknown, layer: unknown, targets: unknown, options?: unknown): unknown {
  const engine = engineNow();
  return functions.answer(engine, functions.linearCrossEntropyGrad(engine, x, layer, targets, options));
}

/** The functions of linear layers. */
export interface LinearFunctions {
  /** As the entry's `linear`. */
  readonly linear: typeof linear;
  /** As the entry's `linearCrossEntropy`. */
  readonly linearCrossEntropy: typeof linearCrossEntropy;
  /** As the entry's `linearCrossEntropyGrad`. */
  readonly linearCrossEntropyGrad: typeof linearCrossEntropyGrad;
}

/** The functions of linear layers on a pool: the same, with promises. */
export interface PoolLinearFunctions {
  /** As the entry's `linear`. */
  readonly linear: PoolLinear;
  /** As the entry's `linearCrossEntropy`. */
  readonly linearCrossEntropy: PoolLinearCrossEntropy;
  /** As the entry's `linearCrossEntropyGrad`. */
  readonly linearCrossEntropyGrad: PoolLinearCrossEntropyGrad;
}

/** The logits, new or in `out`. */
export type PoolLinear = <X extends Matrix, O extends Floats | undefined = undefined>(
  x: X,
  layer: Layer,
  options?: LinearOptions<O>,
) => Promise<Written<X, O>>;

/** The loss: a number, or with reduction "none" an array, new or in `out`. */
export type PoolLinearCrossEntropy = <
  X extends Matrix,
  T extends Targets,
  R extends Reduction = "mean",
  O extends (R extends "none" ? Floats : never) | undefined = undefined,
>(
  x: X,
  layer: Layer,
  targets: T,
  options?: LinearLossOptions<R, O>,
) => Promise<O extends Floats ? O : LossesOf<X, T, R>>;

/** The loss and its gradients, new or in `out`. */
export type PoolLinearCrossEntropyGrad = <
  X extends Matrix,
  W extends Matrix,
  T extends Targets,
  B extends Matrix | undefined = undefined,
  R extends Reduction = "mean",
  G extends boolean = true,
  OX extends Floats | undefined = undefined,
  OW extends Floats | undefined = undefined,
  OB extends Floats | undefined = undefined,
>(
  x: X,
  layer: Layer<W, B>,
  targets: T,
  options?: LinearGradOptions<R, G, OX, OW, OB>,
) => Promise<
  LinearGradients<
    LossesOf<X, T, R>,
    G extends false ? null : Written<X, OX>,
    Written<W, OW>,
    B extends Matrix ? Written<B, OB> : null
  >
>;

/** The part of a pool of `softmax-wasm/threads` that linear layers use. */
export interface LinearPool {
  /** Which backend computes, on how many threads. */
  readonly backend: () => Backend & {
    /** How many workers there are, or 1. */
    readonly threads: number;
  };
  /** Ends the workers. */
  readonly terminate: () => Promise<void>;
}

/**
 * The functions bound to a pool of `softmax-wasm/threads`, with promises. Workers run a call if that has turned out to
 * be faster; the bits are the same. Arrays of the pool's `alloc` are used in place.
 *
 * @param pool A pool of `createPool`.
 */
export function linearOn(pool: LinearPool): PoolLinearFunctions;
/**
 * The functions bound to another instance, whose arrays they use in place: one of `instantiate`, or the default
 * instance of another entry, such as `softmax-wasm/js`, or `softmax-wasm/relaxed`, which is faster where the engine
 * fuses.
 *
 * @param instance An instance of `instantiate`, or the namespace of an entry (`import * as`).
 * @throws TypeError with the code ERR_OPTION for anything else.
 * @example
 * ```ts
 * import { instantiate } from "softmax-wasm";
 * import { linearOn } from "softmax-wasm/linear";
 *
 * const { linear } = linearOn(instantiate({ backend: "js" }));
 * linear([2, 3], { weight: [1, 1] }); // → 5
 * ```
 */
export function linearOn(instance: { readonly backend: () => Backend }): LinearFunctions;
export function linearOn(instance: { readonly backend: () => Backend }): LinearFunctions | PoolLinearFunctions {
  const given = (instance as { readonly backend?: unknown } | null | undefined)?.backend;
  const inside = typeof given === "function" ? insideOf(instance) : undefined;
  if (inside !== undefined)
    return functionsFrom((prepare) => onPool(inside, prepare)) as unknown as PoolLinearFunctions;
  const engine = (): Engine => {
    const found = typeof given === "function" ? engineOf(instance.backend()) : undefined;
    if (found !== undefined) return found;
    throw typeError("ERR_OPTION", `instance: expected what instantiate or createPool gives, got ${show(instance)}`);
  };
  engine();
  return functionsFrom((prepare) => (...args) => {
    const now = engine();
    return functions.answer(now, prepare(now, ...args));
  }) as unknown as LinearFunctions;
}

type Bound = (x: unknown, layer: unknown, ...more: unknown[]) => unknown;

const functionsFrom = (bind: (prepare: functions.Prepare) => Bound): Record<keyof LinearFunctions, Bound> => ({
  linear: bind(functions.linear),
  linearCrossEntropy: bind(functions.linearCrossEntropy),
  linearCrossEntropyGrad: bind(functions.linearCrossEntropyGrad),
});
