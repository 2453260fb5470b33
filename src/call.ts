// A call of one of the library's functions as one record: what to compute, on checked arguments, and where the results go.
// src/operations/ makes it from arguments, execute.ts or the pool of src/threads/ does it, and `answerOf` gives the result.
//
// It is small, because every call makes one: 100 bytes more cost a call of ten elements as much as three of them. What most
// calls do not have is in records of their own.

import { ALL_PRESENT } from "./arguments/mask.js";
import type { ReductionOrParts } from "./arguments/options.js";
import type { Layout } from "./arguments/shape.js";
import type { Kernel } from "./backend/kernel.js";
import type { CompensatedSum } from "./compensatedSum.js";
import { type Form, formed, isRows } from "./form.js";
import type { Memory } from "./memory/linearMemory.js";
import type { Output, Placed } from "./memory/placed.js";
import { resultOf } from "./memory/placed.js";
import { checkTokens } from "./tokens.js";

export interface Call {
  readonly kernel: Kernel;
  /** Every array that is laid out like it has its type. */
  x: Placed;
  /** Where the classes lie: element (r, c, i) of rows × cols × inner at (r·cols + c)·inner + i. */
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
  /** What an absent element has in `out`, and a position without classes in `values`. */
  readonly absent: number;
  loss: Loss | null;
  /** Multiplies the derivative of the weighted cross entropy, or of a function of rows. */
  scale: number;
  /** τ: the results are those of x/τ; 1 for none. */
  readonly temperature: number;
  /** Takes the result as long as x. It may start where x or the operand does, but not overlap them otherwise. */
  out: Output | null;
  /** Takes the result of one value per position. */
  values: Output | null;
  /** Takes the sum of them instead. */
  sum: CompensatedSum | null;
  /** Null where all of it is as NOTHING_MORE has it. */
  more: More | null;
}

/** What most calls do not have. */
export interface More {
  /** Which elements are present: 0 for absent. */
  mask: Uint8Array | null;
  /** How many leading classes of each position are present. */
  lengths: Int32Array | null;
  /** What an absent element of x counts as. */
  absentLogit: number;
  /** What goes with x element by element: an upstream gradient, or the direction of a Hessian product. */
  operand: Placed | null;
  /** Multiplies the derivative of the z-loss. */
  zLossScale: number;
  /** Multiplies both derivatives, position by position. */
  upstream: Float64Array | null;
  /** Whether the result is added to what `out` holds. */
  accumulate: boolean;
  /** What argmax, topK and sample have. */
  selection: Selection | null;
  /** What partial and softmaxFrom have. */
  parts: Parts | null;
  /** The part that is to be executed, in a worker of a pool; null for all of it. */
  part: Part | null;
}

/** The classes that argmax, topK and sample return, and the options that choose them (assembly/abi.ts). */
export interface Selection {
  /** `count` a position, as `values` then has too: laid out like x with `count` classes. */
  readonly indices: Int32Array;
  readonly count: number;
  readonly k: number;
  readonly of: number;
  readonly topP: number;
  readonly minP: number;
  /** What `values` and `indices` are called in the answer; null for the indices alone. */
  readonly names: readonly [values: string, indices: string] | null;
  /** Of `number[][]`, the rows that `indices` are given as; null for an Int32Array. */
  readonly rows: Form | null;
  /** Whether the answer has numbers in place of arrays, because no shape was given. */
  readonly isOne: boolean;
}

/**
 * For each position, the state that partial writes, or the numbers that softmaxFrom reads: `length` doubles
 * (assembly/abi.ts).
 */
export interface Parts {
  readonly array: Float64Array;
  readonly length: number;
  readonly isRead: boolean;
  readonly withEntropy: boolean;
  /** The class of x's first one among all classes. */
  readonly offset: number;
}

/** A range of rows, and in each of them a range of positions. */
export interface Part {
  readonly row: number;
  readonly endRow: number;
  readonly first: number;
  readonly end: number;
}

/** A loss: L = w_y·(1 − ε)·(s − x_y) + Σ_c t_c·(s − x_c) + λ·s², with smoothed targets t and s = log Σ e^x_c. */
export interface Loss {
  /**
   * One per position, from index `at` on: a class, IGNORED or NO_LABEL (assembly/abi.ts). Null for a binary loss, whose targets
   * are the operand.
   */
  readonly labels: Int32Array | null;
  readonly at: number;
  /** What becomes of the losses. */
  readonly reduction: ReductionOrParts;
  /** What the sum of the losses and every derivative are divided by. Where it is 0 every position is ignored. */
  readonly divisor: number;
  /** Null where labels are all there is. */
  more: LossTerms | null;
}

/** What a loss has beyond labels. */
export interface LossTerms {
  /** w: one per class; null for weights of 1. Of a binary loss its coefficients (assembly/binary.ts). */
  readonly weights: Float64Array | null;
  /** 1 − ε. */
  readonly confidence: number;
  /** λ, before the sum of the losses is divided. */
  readonly zLoss: number;
  /** Whether there are smoothed targets, t_c = w_c·((1 − ε)·q_c + ε/C). */
  readonly isSmooth: boolean;
  /** q, laid out like x; null for none. */
  probabilities: Placed | null;
  /** ε/C: one number, or one per position where C differs. */
  readonly uniform: number | Float64Array;
}

/** What reduction "parts" gives: numbers to add over machines, whose quotient is the mean. */
export interface LossParts {
  /** The sum of the losses. */
  readonly sum: number;
  /** What a mean divides it by: the weights of the labels that are not ignored, or the number of positions. */
  readonly weight: number;
}

/** A call without more. */
export const newCall = (
  kernel: Kernel,
  x: Placed,
  { rows, cols, inner }: Layout,
  absent: number,
  temperature = 1,
): Call => ({
  kernel,
  x,
  rows,
  cols,
  inner,
  absent,
  loss: null,
  // To be set. Not 1: V8 makes the shape of objects like this one by what it finds here, and changes it, for a microsecond a
  // call, when a fraction takes an integer's place.
  scale: NaN,
  temperature,
  out: null,
  values: null,
  sum: null,
  more: null,
});

/**
 * scale/τ. A finite scale stays finite, because 0·∞ is NaN: a quotient beyond the range of doubles becomes ±2^1023,
 * whose rounding errors are still doubles.
 */
export function overTemperature(scale: number, temperature: number): number {
  const quotient = scale / temperature;
  const isBeyond = Number.isFinite(scale) && !Number.isFinite(quotient);
  return isBeyond ? Math.sign(quotient) * 2 ** 1023 : quotient;
}

/** What a call has more. Numbers are arguments, for the reason that `newCall` gives. */
export const newMore = ({ mask, lengths } = ALL_PRESENT, zLossScale = 0): More => ({
  mask,
  lengths,
  absentLogit: -Infinity,
  operand: null,
  zLossScale,
  upstream: null,
  accumulate: false,
  selection: null,
  parts: null,
  part: null,
});

export const NOTHING_MORE: Readonly<More> = /* @__PURE__ */ newMore();

export const LABELS_ALONE: Readonly<LossTerms> = {
  weights: null,
  confidence: 1,
  zLoss: 0,
  isSmooth: false,
  probabilities: null,
  uniform: 0,
};

/** What the caller of a function gets, once its call has been executed. */
export function answerOf(call: Call, memory: Memory): unknown {
  const { loss, out, values, sum } = call;
  if (call.more !== null && call.more.selection !== null) return selected(call, call.more.selection, memory);
  if (sum !== null) {
    const { divisor, reduction } = loss as Loss;
    if (reduction === "parts") return { sum: sum.value, weight: divisor } satisfies LossParts;
    const mean = sum.value / divisor;
    return out === null ? mean : { loss: mean, grad: resultOf(out, memory) };
  }
  if (values === null) return resultOf(out as Output, memory);
  const each = resultOf(values, memory);
  return out === null ? each : { loss: each, grad: resultOf(out, memory) };
}

function selected(call: Call, { indices, names, rows, isOne }: Selection, memory: Memory): unknown {
  checkTokens(call, indices, memory);
  const chosen = isOne ? indices[0] : isRows(rows) ? formed(indices, 0, indices.length, rows) : indices;
  return names === null ? chosen : { [names[0]]: resultOf(call.values as Output, memory), [names[1]]: chosen };
}
