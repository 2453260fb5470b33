/**
 * Softmax and cross entropy of rows whose classes lie in pieces: in a stream, on several machines, in several files.
 * Each piece gives a state, a few numbers per position; states are merged; and the merged state gives the results of
 * the whole row.
 *
 * A state is plain data: `STATE_LENGTH` finite doubles per position in a Float64Array. It survives JSON, structured
 * clone, a Buffer or a file unchanged. Functions accept states as a Float64Array, an array of numbers, a Uint8Array of
 * their bytes, or the object that JSON makes of a Float64Array or a Buffer. The default instance of `softmax-wasm`
 * computes.
 *
 * @module softmax-wasm/shards
 */

import type { ReductionOrParts } from "../arguments/options.js";
import type { Logits, LossParts, NewFloat64Array, Out, ResultOf, Written } from "../index.js";
import { partial as partialOn, type PartialOptions } from "../operations/partial.js";
import { STATE_LENGTH as LENGTH } from "../../assembly/state.js";
import { argmaxOf as argmaxOfStates } from "./argmaxOf.js";
import { type Chunk, type ChunkOptions, partialStream as streamOfChunks, statesOfChunks } from "./chunks.js";
import { crossEntropyGradFrom as gradientFrom, type GradFromOptions } from "./crossEntropyGradFrom.js";
import { crossEntropyOf as crossEntropyOfStates, type StateLossOptions } from "./crossEntropyOf.js";
import { defaultEngine } from "./defaultEngine.js";
import { entropyOf as entropyOfStates } from "./entropyOf.js";
import { logSumExpOf as logSumExpOfStates } from "./logSumExpOf.js";
import { merge as mergeStates } from "./merge.js";
import type { States } from "./readStates.js";
import { type FromOptions, softmaxFrom as probabilitiesFrom } from "./softmaxFrom.js";

export type { ReductionOrParts } from "../arguments/options.js";
export type { PartialOptions, PieceOptions } from "../operations/partial.js";
export type { Chunk, ChunkOptions } from "./chunks.js";
export type { GradFromOptions } from "./crossEntropyGradFrom.js";
export type { StateLossOptions } from "./crossEntropyOf.js";
export type { States } from "./readStates.js";
export type { FromOptions } from "./softmaxFrom.js";

declare global {
  // Merges with that of the DOM or of Node, and declares the name where a program's libraries have neither.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- as theirs
  interface TransformStream<I = any, O = any> {}
}

/**
 * The number of doubles in the state of a position. A state of zeros is that of no classes: merging it changes nothing.
 */
export const STATE_LENGTH: number = LENGTH;

/**
 * The states of positions, from one piece of their classes: the maximum and its class, the sum of the other
 * exponentials relative to that of the maximum, and, if the label lies in this piece, its logit.
 *
 * Give all pieces the same labels, and each its own `offset`. The state of an ignored position is empty.
 *
 * @param x Logits: the classes [offset, offset + C) of each position. As for `softmax` of `softmax-wasm`.
 * @returns {@link STATE_LENGTH} doubles per position.
 * @throws As `softmax` of `softmax-wasm`, and TypeError or RangeError with the code ERR_LABEL.
 * @example
 * ```ts
 * import { crossEntropyOf, merge, partial } from "softmax-wasm/shards";
 *
 * const first = partial([20, 1], { labels: 0 });
 * const second = partial([0, -1], { labels: 0, offset: 2 });
 * crossEntropyOf(merge(first, second)); // → 8.42e-9
 * ```
 */
export function partial(x: Logits, options?: PartialOptions): NewFloat64Array {
  return partialOn(defaultEngine(), x, options);
}

/**
 * The states of positions, from the states of two sets of pieces. Any order and any grouping of merges gives the same
 * results within 2 ulp; the same order gives the same bits.
 *
 * @param a States.
 * @param b States of the same positions, of other classes.
 * @param options `out` receives the states; it may be a or b itself.
 * @returns States of the same positions, or `out`.
 * @throws TypeError or RangeError with the code ERR_DTYPE, ERR_SHAPE, ERR_VALUE for states of different temperatures, ERR_LABEL
 *   where both have seen the label, ERR_OUT, ERR_OPTION or ERR_DETACHED.
 * @example
 * ```ts
 * import { argmaxOf, logSumExpOf, merge, partial } from "softmax-wasm/shards";
 *
 * const pieces = [[1, 2], [3], [4, 0]].map((x, i) => partial(x, { offset: [0, 2, 3][i] }));
 * const whole = pieces.reduce((a, b) => merge(a, b));
 * logSumExpOf(whole); // → 4.452
 * argmaxOf(whole); // → 3
 * ```
 */
export function merge(a: States, b: States, options?: { readonly out?: Float64Array | undefined }): NewFloat64Array {
  return mergeStates(a, b, options);
}

/**
 * log Σ e^x of each position: NaN if it holds a NaN, +∞ if it holds +∞, −∞ if it holds nothing but −∞ or has no
 * classes.
 *
 * @param states States from partial or merge.
 * @returns One number per position.
 * @throws TypeError or RangeError with the code ERR_DTYPE, ERR_SHAPE, ERR_VALUE or ERR_DETACHED.
 * @example
 * ```ts
 * import { logSumExpOf, partial } from "softmax-wasm/shards";
 *
 * logSumExpOf(partial([1000, 1000])); // → 1000.693
 * ```
 */
export function logSumExpOf(states: States): NewFloat64Array {
  return logSumExpOfStates(states);
}

/**
 * The cross entropy of labels, in nats. A confident position keeps its digits, whatever its pieces were.
 *
 * Class weights and ignored positions are already in the states. Label smoothing needs states from partial with
 * `smoothing: true`.
 *
 * @param states The merged states of all pieces, from partial with `labels`.
 * @returns A number; with reduction `"none"`, one per position; with `"parts"`, the sum and its divisor.
 * @throws As {@link logSumExpOf}; RangeError with ERR_LABEL if no piece had the label of a position, or with
 *   ERR_OPTION.
 * @example
 * ```ts
 * import { crossEntropyOf, merge, partial } from "softmax-wasm/shards";
 *
 * const labels = [0, 2];
 * const left = partial([20, 1, 0, 1], { labels });
 * const right = partial([0, -1, 2, 3], { labels, offset: 2 });
 * crossEntropyOf(merge(left, right), { reduction: "none" }); // → 8.42e-9, 1.44
 * ```
 */
export function crossEntropyOf(
  states: States,
  options: StateLossOptions<"none"> & { readonly reduction: "none" },
): NewFloat64Array;
export function crossEntropyOf(
  states: States,
  options: StateLossOptions<"parts"> & { readonly reduction: "parts" },
): LossParts;
export function crossEntropyOf(states: States, options?: StateLossOptions<"mean" | "sum">): number;
export function crossEntropyOf<R extends ReductionOrParts = "mean">(
  states: States,
  options: StateLossOptions<R> | undefined,
): R extends "none" ? NewFloat64Array : R extends "parts" ? LossParts : number;
export function crossEntropyOf(states: States, options?: unknown): unknown {
  return crossEntropyOfStates(states, options);
}

/**
 * The class of the largest logit of each position; of equal logits, the lowest class; in a position with NaN, its first
 * NaN.
 *
 * @param states States from partial or merge.
 * @returns One class per position, counted with each piece's `offset`; 0 for a position without classes or with nothing
 *   but −∞.
 * @throws As {@link logSumExpOf}.
 * @example
 * ```ts
 * import { argmaxOf, merge, partial } from "softmax-wasm/shards";
 *
 * argmaxOf(merge(partial([1, 5]), partial([7, 2], { offset: 2 }))); // → 2
 * ```
 */
export function argmaxOf(states: States): Int32Array {
  return argmaxOfStates(states);
}

/**
 * The entropy of the probabilities of each position, −Σ p·log p, in nats.
 *
 * @param states The merged states of all pieces, from partial with `entropy: true`.
 * @returns One number per position.
 * @throws As {@link logSumExpOf}; RangeError with ERR_OPTION for states from partial without `entropy: true`.
 * @example
 * ```ts
 * import { entropyOf, merge, partial } from "softmax-wasm/shards";
 *
 * const [a, b] = [partial([0, 0], { entropy: true }), partial([0, 0], { entropy: true, offset: 2 })];
 * entropyOf(merge(a, b)); // → 1.386
 * ```
 */
export function entropyOf(states: States): NewFloat64Array {
  return entropyOfStates(states);
}

/**
 * A piece of the probabilities: e^x_c / Σ e^x, where the sum is over all classes of all pieces.
 *
 * If there is only one piece, the result has the bits of `softmax`; otherwise it is within the same bound. The
 * temperature is that of the states.
 *
 * @param x The logits that were passed to partial.
 * @param states The merged states of all pieces.
 * @returns An array of the same kind as x, as from `softmax` of `softmax-wasm`, or `out`.
 * @throws As `softmax` of `softmax-wasm`, and as {@link logSumExpOf}; ERR_VALUE for states that have not seen the piece.
 * @example
 * ```ts
 * import { merge, partial, softmaxFrom } from "softmax-wasm/shards";
 *
 * const pieces = [[2, 1], [0.1]];
 * const whole = merge(partial(pieces[0]), partial(pieces[1], { offset: 2 }));
 * softmaxFrom(pieces[0], whole); // → 0.659, 0.242
 * softmaxFrom(pieces[1], whole); // → 0.099
 * ```
 */
export function softmaxFrom<O extends Out>(x: Logits, states: States, options: FromOptions<O> & { readonly out: O }): O;
export function softmaxFrom<X extends Logits>(x: X, states: States, options?: FromOptions<undefined>): ResultOf<X>;
export function softmaxFrom<X extends Logits, O extends Out | undefined>(
  x: X,
  states: States,
  options: FromOptions<O> | undefined,
): Written<X, O>;
export function softmaxFrom(x: unknown, states: unknown, options?: unknown): unknown {
  return probabilitiesFrom(x, states, options);
}

/**
 * A piece of the gradient of the cross entropy of labels with respect to the logits, with the options that the loss has.
 *
 * If there is only one piece, the result has the bits of `crossEntropyGrad`. The label's entry, −(1 − p_y), is computed
 * without cancellation.
 *
 * @param x The logits that were passed to partial.
 * @param states The merged states of all pieces.
 * @param options Those that were passed to partial (`labels`, `offset`, `weight`, `mask`), and those of the loss.
 * @returns An array of the same kind as x, or `out`.
 * @throws As {@link softmaxFrom} and {@link crossEntropyOf}.
 * @example
 * ```ts
 * import { crossEntropyGradFrom, merge, partial } from "softmax-wasm/shards";
 *
 * const labels = [2];
 * const pieces = [[2, 1], [0.1]];
 * const whole = merge(partial(pieces[0], { labels }), partial(pieces[1], { labels, offset: 2 }));
 * crossEntropyGradFrom(pieces[0], whole, { labels }); // → 0.659, 0.242
 * crossEntropyGradFrom(pieces[1], whole, { labels, offset: 2 }); // → -0.901
 * ```
 */
export function crossEntropyGradFrom<O extends Out>(
  x: Logits,
  states: States,
  options: GradFromOptions<O> & { readonly out: O },
): O;
export function crossEntropyGradFrom<X extends Logits>(
  x: X,
  states: States,
  options: GradFromOptions<undefined>,
): ResultOf<X>;
export function crossEntropyGradFrom<X extends Logits, O extends Out | undefined>(
  x: X,
  states: States,
  options: GradFromOptions<O>,
): Written<X, O>;
export function crossEntropyGradFrom(x: unknown, states: unknown, options: unknown): unknown {
  return gradientFrom(x, states, options);
}

/**
 * The states of rows that arrive in chunks of any size, in constant memory. Each time rows are complete, their states
 * are yielded, in order. Without `classes` the whole stream is one row, whose state comes at the end.
 *
 * The bits of a row do not depend on the chunks. Each chunk that completes rows costs a call of {@link partial}.
 *
 * @param chunks An iterable, or an asynchronous one such as a stream, of floats, numbers, or, with `type`, bytes.
 * @returns States, as {@link partial} gives them.
 * @throws During iteration: as {@link partial}, and ERR_SHAPE if the last row is incomplete.
 * @example
 * ```ts
 * import { argmaxOf, partialOf } from "softmax-wasm/shards";
 *
 * const chunks = [[1, 2, 3, 9], [4], [5, 6, 0]];
 * const best = [];
 * for await (const states of partialOf(chunks, { classes: 4 })) best.push(...argmaxOf(states));
 * best; // → 3, 2
 * ```
 */
export function partialOf(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  options?: ChunkOptions,
): AsyncGenerator<NewFloat64Array, void, undefined> {
  return statesOfChunks(chunks, options);
}

/**
 * The same as a TransformStream, for `pipeThrough`: chunks of logits in, states of rows out.
 *
 * @returns A stream whose readable side yields what {@link partialOf} yields.
 * @throws TypeError or RangeError with the code ERR_OPTION, ERR_LABEL or ERR_SHAPE. A wrong chunk errors the stream.
 * @example
 * ```ts
 * import { logSumExpOf, partialStream } from "softmax-wasm/shards";
 *
 * const chunks = new Blob([Float32Array.of(1, 2, 3, 4)]).stream();
 * const reader = chunks.pipeThrough(partialStream({ type: "float32" })).getReader();
 * const { value = [] } = await reader.read();
 * logSumExpOf(value); // → 4.44
 * ```
 */
export function partialStream(options?: ChunkOptions): TransformStream<Chunk, NewFloat64Array> {
  return streamOfChunks(options);
}
