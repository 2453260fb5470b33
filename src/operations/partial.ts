// The states of positions whose classes lie in pieces (assembly/state.ts), from one piece. Of `softmax-wasm/shards`.

import * as abi from "../../assembly/abi.js";
import { readFloats } from "../arguments/arrays.js";
import { countPresent, type Lengths, type Mask, type Presence, readMaskOf } from "../arguments/mask.js";
import { readWeight } from "../arguments/numbers.js";
import { readFlag, readIgnoreIndex, readOptions, readTemperature } from "../arguments/options.js";
import { type Layout, layoutIn, positionsOf, readSizes } from "../arguments/shape.js";
import { checkAttached } from "../arguments/arrays.js";
import { countLabels, readLabels, type Tokens, tokensOf } from "../arguments/targets.js";
import type { Engine } from "../backend/engine.js";
import { partial as js } from "../backend/js/partial.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, LABELS_ALONE, newCall, newMore } from "../call.js";
import { numberError, rangeError, show } from "../errors.js";
import { execute } from "../execute.js";
import { type Float16, type FloatArray, newFloats, F64, type NewFloat64Array } from "../floatType.js";
import type { Floats } from "../arguments/arrays.js";
import { elementsOf, type Placed } from "../memory/placed.js";
import * as state from "../../assembly/state.js";
import { tagOf } from "../typedArray.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.partial(call), js };

/** Where a piece of the classes lies, and its labels. */
export interface PieceOptions {
  /** Sizes of x, slowest first; by default [labels.length, x.length / labels.length], and one row without labels. */
  readonly shape?: readonly number[] | undefined;
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number | undefined;
  /** The index, among all classes, of x's first class; 0 by default. */
  readonly offset?: number | undefined;
  /**
   * One label per position, counted over all classes. The piece that contains the class notes its logit. Give every
   * piece the same labels.
   */
  readonly labels?: Tokens | undefined;
  /** The label of positions to ignore; −100 by default, null for none. */
  readonly ignoreIndex?: number | bigint | null | undefined;
  /** w: one finite number ≥ 0 for each class of this piece; 1 by default. */
  readonly weight?: Floats | Float16 | readonly number[] | undefined;
  /** Which elements are present: one value per element of x, or one per class for every position; 0 or false for absent. */
  readonly mask?: Mask | undefined;
  /** How many leading classes of this piece are present in each position; instead of a mask. */
  readonly lengths?: Lengths | undefined;
}

/** Options of partial. */
export interface PartialOptions extends PieceOptions {
  /** Divides the logits; a number > 0, the same for all pieces. */
  readonly temperature?: number | undefined;
  /** Whether `entropyOf` will be called on the states; this takes another pass over the logits. */
  readonly entropy?: boolean | undefined;
  /** Whether the states will be used for losses with label smoothing; this takes another pass over the logits. */
  readonly smoothing?: boolean | undefined;
}

const OPTIONS = [
  "axis",
  "offset",
  "labels",
  "ignoreIndex",
  "weight",
  "mask",
  "lengths",
  "temperature",
  "entropy",
  "smoothing",
  "shape",
] as const;

/** What the options of a piece say. */
export interface PieceArguments {
  readonly x: Placed;
  readonly layout: Layout;
  readonly positions: number;
  readonly presence: Presence;
  /** How many classes of each position are present; null where all are. */
  readonly counts: Int32Array | null;
  readonly offset: number;
  /** One per position, of all classes, or IGNORED; null where none were given. */
  readonly labels: Int32Array | null;
  readonly weights: Float64Array | null;
}

/** Labels are below this number, and classes too. */
const MOST_CLASSES = 2 ** 31 - 1;

export type GivenToPiece = ReturnType<typeof readOptions>;

/** Reads a piece, and checks what can be wrong with it. Without a shape or labels it is `rows` rows. */
export function readPiece(
  { memory }: Engine,
  value: unknown,
  { shape, more }: GivenToPiece,
  rows?: number,
): PieceArguments {
  const x = readFloats(memory, "x", value);
  const { length } = x;
  const ignoreIndex = readIgnoreIndex(more?.ignoreIndex);
  const tag = tagOf(more?.labels);
  const given = more?.labels === undefined ? null : tokensOf(more.labels, tag, "labels");
  const count = given === null ? 0 : countLabels(given, tag, "labels");
  let sizes = readSizes("x", x, shape);
  if (sizes === undefined && (given !== null || rows !== undefined)) {
    const number = rows ?? count;
    if (number === 0 ? length !== 0 : length % number !== 0) {
      const expected = `expected x.length to be a multiple of ${number}, the number of ${rows === undefined ? "labels" : "states"}`;
      throw rangeError("ERR_SHAPE", `x: ${expected}, got ${length}`);
    }
    sizes = [number, number === 0 ? 0 : length / number];
  }
  const layout = layoutIn(sizes, length, more?.axis);
  const positions = positionsOf(layout);
  if (given !== null && count !== positions) {
    throw rangeError("ERR_SHAPE", `labels: expected ${positions}, one per position, got ${count}`);
  }
  const offset = readOffset(more?.offset, layout.cols);
  const weights = readWeight(more?.weight, layout.cols);
  const presence = { mask: readMaskOf(more, layout, sizes), lengths: null };
  let labels: Int32Array | null = null;
  if (given !== null) {
    labels = new Int32Array(positions);
    readLabels(labels, 0, positions, given, tag, MOST_CLASSES, ignoreIndex, "labels");
  }
  const counts = countPresent(presence, layout);
  // Elements of plain arrays may be code of the caller, which may have taken the logits away.
  if (more !== null) checkAttached("x", x.array, length);
  const piece = { x, layout, positions, presence, counts, offset, labels, weights };
  if (counts !== null && labels !== null) checkPresent(piece, presence.mask as Uint8Array, counts, labels);
  return piece;
}

function readOffset(value: unknown, cols: number): number {
  const offset = value ?? 0;
  if (Number.isInteger(offset) && (offset as number) >= 0 && (offset as number) + cols <= MOST_CLASSES) {
    return (offset as number) + 0;
  }
  const most = MOST_CLASSES - cols;
  throw numberError("ERR_OPTION", value, `offset: expected an integer in [0, ${most}], got ${show(value)}`);
}

/** Where the label's element of a position lies in x; −1 where it is in another piece, or ignored. */
export function labelElement({ layout, offset }: PieceArguments, label: number, position: number): number {
  const { cols, inner } = layout;
  const local = label - offset;
  if (label < 0 || local < 0 || local >= cols) return -1;
  return (Math.floor(position / inner) * cols + local) * inner + (position % inner);
}

function checkPresent(piece: PieceArguments, mask: Uint8Array, counts: Int32Array, labels: Int32Array): void {
  for (let n = 0; n < piece.positions; n++) {
    const at = labelElement(piece, labels[n], n);
    if (at < 0 || counts[n] === 0 || mask[at] !== 0) continue;
    throw rangeError("ERR_LABEL", `labels[${n}]: expected a present class, got ${labels[n]}`);
  }
}

/** The states of x's positions. */
export function partial(engine: Engine, x: unknown, options: unknown): NewFloat64Array {
  const given = readOptions(options, OPTIONS);
  const temperature = readTemperature(given.temperature);
  const withEntropy = readFlag("entropy", given.more?.entropy);
  const withSmoothing = readFlag("smoothing", given.more?.smoothing);
  const piece = readPiece(engine, x, given);
  const { positions, layout, presence, weights } = piece;
  const states = newFloats("result", F64, positions * state.STATE_LENGTH) as NewFloat64Array;
  if (layout.cols === 0) {
    noteIgnored(piece, states);
    return states;
  }
  const call = newCall(kernel, piece.x, layout, 0, temperature);
  call.more = newMore(presence);
  call.more.parts = { array: states, length: state.STATE_LENGTH, isRead: false, withEntropy, offset: piece.offset };
  if (withSmoothing) smooth(call, positions, weights);
  execute(engine, call);
  if (withSmoothing) flagInfiniteSpreads(states);
  if (presence.mask !== null) noteCounts(states, piece.counts as Int32Array);
  if (piece.labels !== null) noteLabels(states, piece, piece.labels, elementsOf(piece.x, engine.memory));
  return states;
}

/**
 * Makes the kernel sum the weighted distances from the maximum of all classes, by passing the weights as smoothed
 * targets.
 */
function smooth(call: Call, positions: number, weights: Float64Array | null): void {
  const labels = new Int32Array(positions).fill(abi.NO_LABEL);
  const more = { ...LABELS_ALONE, weights, isSmooth: true, uniform: 1 };
  call.loss = { labels, at: 0, reduction: "none", divisor: 1, more };
}

/** Writes the states of a piece without classes, which has labels all the same. */
function noteIgnored({ labels, positions }: PieceArguments, states: Float64Array): void {
  if (labels === null) return;
  for (let n = 0; n < positions; n++) if (labels[n] === abi.IGNORED) clear(states, n, state.IS_IGNORED);
}

/** A state that is empty except for a flag. */
function clear(states: Float64Array, n: number, flag: number): void {
  const at = n * state.STATE_LENGTH;
  states.fill(0, at, at + state.STATE_LENGTH);
  states[at + state.FLAGS] = flag;
}

/** A logit of −∞ that has a weight lies infinitely far from the maximum. */
function flagInfiniteSpreads(states: Float64Array): void {
  for (let at = 0; at < states.length; at += state.STATE_LENGTH) {
    const isLowest = (states[at + state.FLAGS] & state.KIND) === state.LOWEST;
    if (isLowest ? states[at + state.MASS] === 0 : states[at + state.SPREAD] < Infinity) continue;
    states[at + state.SPREAD] = 0;
    states[at + state.FLAGS] |= state.SPREAD_IS_INFINITE;
  }
}

function noteCounts(states: Float64Array, counts: Int32Array): void {
  for (let n = 0; n < counts.length; n++) {
    if (counts[n] === 0) clear(states, n, state.IS_MASKED);
    else states[n * state.STATE_LENGTH + state.COUNT] = counts[n];
  }
}

function noteLabels(states: Float64Array, piece: PieceArguments, labels: Int32Array, x: FloatArray): void {
  const { layout, counts, offset, weights } = piece;
  const { cols, inner } = layout;
  for (let n = 0, to = 0; n < labels.length; n++, to += state.STATE_LENGTH) {
    const label = labels[n];
    if (label === abi.IGNORED) {
      clear(states, n, state.IS_IGNORED);
      continue;
    }
    const local = label - offset;
    if (local < 0 || local >= cols || (counts !== null && counts[n] === 0)) continue;
    const logit = x[inner === 1 ? n * cols + local : labelElement(piece, label, n)];
    // + 0, which makes +0 of −0. NaN and ±∞ have no place in a state.
    if (logit - logit === 0) states[to + state.LABEL_LOGIT] = logit + 0;
    states[to + state.LABEL_WEIGHT] = weights === null ? 1 : weights[local] + 0;
    states[to + state.FLAGS] += logit === -Infinity ? state.HAS_LABEL + state.LABEL_IS_LOWEST : state.HAS_LABEL;
  }
}
