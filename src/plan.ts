// How a call passes through staging: in which blocks of positions, which of its arrays are used where they are, and where
// in staging the others lie.

import {
  BATCH_GROUPS,
  BATCH_VECTORS,
  BINARY_SCRATCH_BYTES,
  BINS_BYTES,
  GROUP_BYTES,
  MASK_CHUNK,
  SHORT_ROW_F32,
  SHORT_ROW_F64,
  SINGLE_GROUP_BYTES,
  SPARE_VECTORS,
  VECTOR_BYTES,
  WEIGHTS_SPARE,
} from "../assembly/abi.js";
import type { Layout } from "./arguments/shape.js";
import { type Call, LABELS_ALONE, NOTHING_MORE } from "./call.js";
import type { FloatType } from "./floatType.js";
import type { Piece } from "./memory/copy.js";
import type { Placed } from "./memory/placed.js";
import { STAGING_BYTES } from "./memory/staging.js";

/** The most that staging may grow to for positions along another axis than the last, whose classes are far apart. */
const STRIP_BYTES = 1024 * 1024;
/** Positions of a strip: a cache line of f32. */
const STRIP = 16;
/** If the weights of all classes take more of staging than this, they pass through it along with their elements. */
const MOST_LISTS_BYTES = STAGING_BYTES / 4;
const LABEL_BYTES = 4;
const WIDE_BYTES = 8;
const CACHE_LINE = 64;
/** The number of regions in staging, each of which may take up to a cache line more than it needs. */
const FIXED_REGIONS = 14;

/** One object serves all calls: a new one each time costs 10 ns. No call runs while another does. */
export class Plan {
  // The size of the largest block: rows, and adjacent positions in each.
  rows = 0;
  width = 0;
  /** Where the result is written in place; −1 where it passes through staging. */
  outAt = -1;
  /** Whether arrays in linear memory are read where they are, except the one at `spoiled`. */
  isDirect = false;
  spoiled = -1;
  // Offsets in staging.
  x = 0;
  operand = 0;
  probabilities = 0;
  out = 0;
  sum = 0;
  smoothed = 0;
  mask = 0;
  lengths = 0;
  values = 0;
  labels = 0;
  upstream = 0;
  uniforms = 0;
  indices = 0;
  parts = 0;
  weights = 0;
  /** Whether only the weights of a block's elements are in staging, and not those of all classes. */
  hasOwnWeights = false;
  scratch = 0;
  /** Whether chunks without any present element may be left out of a row. */
  isCompressible = false;
  /** Bytes of staging that have been given out. */
  bytes = 0;

  /** Works out the plan of a call. Nothing has been staged yet. */
  make(call: Call): void {
    const { x, cols, inner, loss, out } = call;
    const { mask, lengths, operand, upstream, accumulate, selection, parts } = call.more ?? NOTHING_MORE;
    const { weights, isSmooth, probabilities, uniform } = loss?.more ?? LABELS_ALONE;
    const { type } = x;
    const { bytes } = type.kernel;
    const lanes = VECTOR_BYTES / bytes;
    const hasUniforms = typeof uniform !== "number";
    this.isCompressible = isCompressible(call);
    // Adjacent positions may be computed twice, so the result must not overwrite the input (assembly/groups.ts).
    const isApart = out !== null && inner > 1;
    const elementBytes =
      bytes *
        (1 + (operand === null ? 0 : 1) + (probabilities === null ? 0 : 1) + (isApart ? 1 : 0) + (accumulate ? 1 : 0)) +
      (isSmooth ? WIDE_BYTES : 0) +
      (mask === null ? 0 : 1);
    const count = selection === null ? 1 : selection.count;
    const hasLabels = loss !== null && loss.labels !== null;
    const isBinary = weights !== null && !hasLabels;
    this.hasOwnWeights = isBinary && weights.length * WIDE_BYTES > MOST_LISTS_BYTES;
    const hasValues = loss !== null || call.values !== null || selection !== null;
    const positionBytes =
      (lengths === null && !this.isCompressible ? 0 : LABEL_BYTES) +
      (hasValues ? count * bytes : 0) +
      (hasLabels ? LABEL_BYTES : 0) +
      (selection === null ? 0 : count * LABEL_BYTES) +
      (upstream === null ? 0 : WIDE_BYTES) +
      (parts === null ? 0 : parts.length * WIDE_BYTES) +
      (hasUniforms ? WIDE_BYTES : 0) +
      (this.hasOwnWeights ? 2 * WIDE_BYTES : 0);
    const scratchBytes = isBinary ? BINARY_SCRATCH_BYTES : scratchBytesOf(call);
    const allWeights = weights === null || this.hasOwnWeights ? 0 : weights.length;
    const spareWeights = this.hasOwnWeights ? 2 * WEIGHTS_SPARE : 0;
    const weightBytes = (allWeights + spareWeights) * WIDE_BYTES;
    const room = STAGING_BYTES - scratchBytes - weightBytes - FIXED_REGIONS * CACHE_LINE;
    this.cut(call, room, elementBytes, positionBytes, lanes);

    // Positions that are cut, or fewer than a vector has lanes, are put together in staging; halves are widened there.
    this.isDirect = (inner === 1 || (this.width === inner && inner >= lanes)) && type.kernel === type;
    this.outAt = out !== null && this.isDirect ? out.address : -1;
    this.spoiled = isApart ? this.outAt : -1;

    // Arrays that need no place in staging get none: a resident row may be longer than staging.
    const stride = inner === 1 ? 1 : Math.max(this.width, lanes);
    const length = this.rows * cols * stride;
    const positions = this.rows * this.width;
    const sharesX = out !== null && !isApart && (this.outAt < 0 || accumulate);
    this.bytes = 0;
    this.x = this.take(mask !== null || sharesX || !this.readsInPlace(x) ? length * bytes : 0);
    this.operand = this.take(operand !== null && (mask !== null || !this.readsInPlace(operand)) ? length * bytes : 0);
    this.probabilities = this.take(probabilities !== null && !this.readsInPlace(probabilities) ? length * bytes : 0);
    this.out = isApart && (this.outAt < 0 || accumulate) ? this.take(length * bytes) : this.x;
    this.sum = this.take(accumulate && this.outAt < 0 ? length * bytes : 0);
    this.smoothed = this.take(isSmooth ? length * WIDE_BYTES : 0);
    this.mask = this.take(mask === null ? 0 : length);
    this.lengths = this.take(lengths !== null || this.isCompressible ? positions * LABEL_BYTES : 0);
    this.values = this.take(hasValues ? positions * count * bytes : 0);
    this.indices = this.take(selection === null ? 0 : positions * count * LABEL_BYTES);
    this.labels = this.take(hasLabels ? positions * LABEL_BYTES : 0);
    this.upstream = this.take(upstream === null ? 0 : positions * WIDE_BYTES);
    this.parts = this.take(parts === null ? 0 : positions * parts.length * WIDE_BYTES);
    this.uniforms = this.take(hasUniforms ? positions * WIDE_BYTES : 0);
    this.weights = this.take(weightBytes + (this.hasOwnWeights ? 2 * positions * WIDE_BYTES : 0));
    // Last, as a vector of positions is read whole where there are fewer.
    this.scratch = this.take(scratchBytes);
  }

  /** Whether an array is read where it is. */
  readsInPlace({ address }: Placed): boolean {
    return this.isDirect && address >= 0 && address !== this.spoiled;
  }

  /** How many rows, and adjacent positions in each, pass through staging at once: whole rows while they fit. */
  private cut(
    { rows: allRows, cols, inner, more }: Call,
    room: number,
    elementBytes: number,
    positionBytes: number,
    lanes: number,
  ): void {
    const part = more === null ? null : more.part;
    const rows = part === null ? allRows : part.endRow - part.row;
    const positions = part === null ? inner : part.end - part.first;
    const stride = inner === 1 ? 1 : Math.max(inner, lanes);
    const rowBytes = cols * stride * elementBytes + inner * positionBytes;
    if (rows * rowBytes <= room) {
      this.rows = rows;
      this.width = positions;
    } else if (inner === 1 || cols * stride * elementBytes <= STRIP_BYTES) {
      this.rows = Math.min(rows, Math.max(Math.floor(room / rowBytes), 1));
      this.width = positions;
    } else {
      const fitting = Math.floor(STRIP_BYTES / (cols * elementBytes * STRIP)) * STRIP;
      this.rows = 1;
      this.width = Math.min(positions, Math.max(fitting, STRIP));
    }
  }

  /** So many bytes of staging, on cache lines of their own. */
  private take(bytes: number): number {
    const at = this.bytes;
    this.bytes = at + bytes + (-bytes & (CACHE_LINE - 1));
    return at;
  }
}

/**
 * Calls of at most this many elements that give no more than a shape, labels and `out` use fixed places in staging: to
 * compute the places costs as much as ten elements.
 */
const PLAIN_ELEMENTS = 8192;
export const PLAIN_VALUES = PLAIN_ELEMENTS * WIDE_BYTES;
export const PLAIN_LABELS = PLAIN_VALUES + PLAIN_ELEMENTS * WIDE_BYTES;
export const PLAIN_SCRATCH = PLAIN_LABELS + PLAIN_ELEMENTS * LABEL_BYTES;

/** Whether positions of a type have room at the fixed places. */
export const fitsAtOnce = (type: FloatType, { rows, cols, inner }: Layout): boolean =>
  inner === 1 && rows * cols <= PLAIN_ELEMENTS && type.kernel === type;

/** Rows of fewer chunks have little to leave out. */
const MIN_CHUNKS = 4;
/** Removing elements from short rows and restoring them costs as much as computing this share of them. */
const WORTH_COMPRESSING = 0.85;

/** Whether a mask may shorten rows: only if x and an operand are the only arrays that are indexed by class. */
const isCompressible = ({ cols, inner, loss, more }: Call): boolean =>
  more !== null &&
  more.mask !== null &&
  inner === 1 &&
  cols >= MIN_CHUNKS * MASK_CHUNK &&
  loss === null &&
  more.selection === null &&
  more.parts === null;

/** Whether rows are computed in batches. */
export const isShort = ({ x, cols }: Call): boolean => cols <= shortRowOf(x.type);

const shortRowOf = ({ kernel }: FloatType): number => (kernel.key === "f32" ? SHORT_ROW_F32 : SHORT_ROW_F64);

/** Scratch of the kernels for blocks of a call (assembly/abi.ts). */
function scratchBytesOf(call: Call): number {
  const { x, cols, inner, more } = call;
  const { bytes } = x.type.kernel;
  if (more !== null && more.selection !== null) return selectionScratchBytes(cols, bytes);
  const short = shortRowOf(x.type);
  const ofLong = SINGLE_GROUP_BYTES + (inner > 1 ? 2 * VECTOR_BYTES * (cols + SPARE_VECTORS) : cols * bytes);
  // A row may be compressed to a shorter one, and rows of few classes come in larger batches.
  if (isCompressible(call)) {
    const few = Math.floor(BATCH_VECTORS / BATCH_GROUPS);
    return Math.max(ofLong, batchBytes(few), batchBytes(Math.min(cols, short)));
  }
  return cols <= short ? batchBytes(cols) : ofLong;
}

/** Scratch for a batch of rows with this many classes, and one group more. */
function batchBytes(cols: number): number {
  const groups = Math.max(2, Math.min(BATCH_GROUPS, Math.floor(BATCH_VECTORS / cols)));
  return (groups + 1) * (GROUP_BYTES + VECTOR_BYTES * (cols + SPARE_VECTORS));
}

/** Scratch of topK and sample (assembly/abi.ts). */
const selectionScratchBytes = (cols: number, bytes: number): number =>
  SINGLE_GROUP_BYTES +
  BINS_BYTES +
  2 * (((cols * bytes + VECTOR_BYTES - 1) & -VECTOR_BYTES) + VECTOR_BYTES) +
  2 * cols * LABEL_BYTES +
  VECTOR_BYTES;

/** Positions that are computed at once. One object for all, as with the plan. */
export class Block implements Piece {
  rows = 0;
  /** Adjacent positions, and elements from a class to the next, in staging. */
  inner = 0;
  stride = 0;
  /** The first of its positions, and how many there are. */
  position = 0;
  positions = 0;
  /** Where its first element is in the arrays, and how many it has in staging. */
  first = 0;
  length = 0;
  /** Whether its elements are adjacent in the arrays, and lie in staging as they do there. */
  isWhole = false;
  /** Elements from a row to the next where the kernel reads and writes them. */
  width = 0;
  /** Whether the kernel reads how many leading classes of each row are present. */
  hasLengths = false;
  isCompressed = false;

  /** The block of a plan that begins at a row, and at a position of it, before a last row and a last position. */
  set({ x, cols, inner }: Call, plan: Plan, row: number, at: number, endRow: number, end: number): void {
    const rows = Math.min(plan.rows, endRow - row);
    const width = Math.min(plan.width, end - at);
    // Also what a strip leaves over: a position alone is a row, with its classes side by side.
    const stride = width === 1 ? 1 : Math.max(width, VECTOR_BYTES / x.type.kernel.bytes);
    this.rows = rows;
    this.inner = width;
    this.stride = stride;
    this.position = row * inner + at;
    this.positions = rows * width;
    this.first = row * cols * inner + at;
    this.length = rows * cols * stride;
    this.isWhole = width === inner && stride === inner;
    this.width = cols;
    this.hasLengths = this.isCompressed = false;
  }

  /**
   * Decides how to compute rows of which a mask leaves i32[lengths …] elements. For short rows this is called before
   * they are compressed, for others afterwards.
   */
  compress(call: Call, i32: Int32Array, lengths: number): void {
    const { longest, shortest } = this.measure(call, i32, lengths);
    if (isShort(call)) {
      this.isCompressed = longest <= WORTH_COMPRESSING * call.cols;
      if (this.isCompressed) this.width = longest;
    } else this.isCompressed = this.hasLengths = shortest < call.cols;
  }

  private measure({ cols }: Call, i32: Int32Array, lengths: number): { longest: number; shortest: number } {
    let longest = 1; // a kernel wants a class
    let shortest = cols;
    for (let n = lengths; n < lengths + this.positions; n++) {
      if (i32[n] > longest) longest = i32[n];
      if (i32[n] < shortest) shortest = i32[n];
    }
    return { longest, shortest };
  }
}
