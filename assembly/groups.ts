// How kernels go over positions: a group at a time.
//
// Positions are rows × inner, each with `cols` classes: element (r, c, i) lies at (r·cols + c)·stride + i. With inner = 1
// (and stride = 1) classes are adjacent, else positions are.
//
//   inner = 1   a group is one row; a vector holds adjacent classes of it
//   inner > 1   a group is a vector of positions; a vector holds one class of each
//
// Short rows are computed in batches (batch.ts), except when fewer than a vector's lanes are left.
//
// With lengths, which a kernel reads if inner = 1, a group consists of the leading classes of its row. Rows without
// classes are skipped: their results are not computed.
//
// If inner > 1 is not a multiple of the lanes, the last group begins earlier and computes some positions twice.

import { COLS, INNER, ROWS, SCRATCH, SINGLE_GROUP_BYTES, SPARE_VECTORS, STRIDE, VECTOR_BYTES } from "./abi";
import { address, count } from "./call";
import { Group } from "./group";
import { lanes, storeTail } from "./lanes";

/** A group that is computed alone, and not in a batch: its record is at the beginning of scratch. */
@unmanaged
export class SingleGroup extends Group {
  /** The maxima, less what was subtracted. */
  shiftedMax: v128;
  /** The integer exponents k that were taken out of the exponentials; 0 where the maximum was subtracted. */
  exponent: v128;
  /** What exponentials take of k along a row (exponentials.ts). */
  magic: v128;
  limit: v128;

  /**
   * Whether lanes are positions: a vector then holds one class of several positions, not several classes of one
   * position.
   */
  lanesArePositions: bool;
  /** Whether the group begins adjacent positions with nothing else between their classes. */
  isFirst: bool;
  /** Bytes from a vector to the next, for elements of x and of results. */
  step: usize;
  /** Vectors in the group, and the elements after them. */
  vectors: i32;
  tail: i32;
  /** Where the group's first element lies, in bytes, and its first position. */
  offset: usize;
  position: i32;
  /** Positions in the group: as many as a vector has lanes, or fewer where fewer are adjacent. */
  positions: i32;

  // The progress over the groups, which only `begin` and `next` use.

  rows: i32;
  cols: i32;
  inner: i32;
  stride: i32;
  /** How many leading classes of each row are present; 0 for all. */
  lengths: usize;
  row: i32;
  column: i32;
  /** How many of the next groups differ from this one only in their place, and the bytes from each to the next. */
  alike: i32;
  apart: usize;
  /** Lanes of a vector, and the logarithms of that and of the bytes of an element: a division costs as much as two elements. */
  lanes: i32;
  lanesLog: i32;
  bytesLog: usize;

  /** The sums of values, one for each lane of classes (sum.ts): the end of the record. */
  @inline
  get slots(): usize {
    return this.terms - SLOTS_BYTES;
  }

  /** Scratch behind the record: a row, or a half where lanes are positions. */
  @inline
  get terms(): usize {
    return changetype<usize>(this) + SINGLE_GROUP_BYTES;
  }

  /**
   * The second half. A half has a vector a class and a few more (abi.ts): for the terms of the maxima, and for what fills the
   * last lanes of a sum.
   */
  @inline
  get secondHalf(): usize {
    return this.terms + <usize>(this.vectors + SPARE_VECTORS) * VECTOR_BYTES;
  }
}

const SLOTS_BYTES: i32 = 8 * VECTOR_BYTES;

/** The most bytes of a single group's record: those of losses and of sample have more fields (loss.ts, nucleus.ts). */
export const SINGLE_FIELDS_BYTES: i32 = SINGLE_GROUP_BYTES - SLOTS_BYTES;

/** Before the first group; `firstRow`: how many rows are left out; `lengths`: how many classes rows have, or 0. */
export function begin<T>(call: usize, firstRow: i32 = 0, lengths: usize = 0): SingleGroup {
  const group = changetype<SingleGroup>(address(call, SCRATCH));
  const cols = count(call, COLS);
  const inner = count(call, INNER);
  const stride = count(call, STRIDE);
  group.rows = count(call, ROWS);
  group.cols = cols;
  group.inner = inner;
  group.stride = stride;
  group.lanes = lanes<T>();
  group.lanesLog = 4 - <i32>alignof<T>();
  group.bytesLog = alignof<T>();
  group.lengths = lengths;
  group.row = firstRow;
  group.column = 0;
  group.alike = 0;
  if (inner == 1) useRow<T>(group, cols);
  else {
    group.lanesArePositions = true;
    group.step = (<usize>stride) << alignof<T>();
    group.vectors = cols;
    group.tail = 0;
  }
  return group;
}

/** Moves to the next group; false after the last. */
@inline
export function next(group: SingleGroup): bool {
  if (!group.alike) return nextRun(group);
  --group.alike;
  group.isFirst = false;
  group.offset += group.apart;
  group.position += group.positions;
  return true;
}

/** Moves to the first of the groups that differ from the one before by more than their place. */
function nextRun(group: SingleGroup): bool {
  if (group.lengths) return nextPrefix(group);
  const row = group.row;
  const inner = group.inner;
  const column = group.column;
  if (row == group.rows) return false;
  const at = column ? min(column, inner - group.lanes) : 0;
  const rowBytes = (<usize>group.cols * <usize>group.stride) << group.bytesLog;
  group.offset = <usize>row * rowBytes + ((<usize>at) << group.bytesLog);
  group.position = row * inner + at;
  group.isFirst = at == 0 && inner == group.stride;
  if (inner == 1) {
    group.positions = 1;
    group.apart = rowBytes;
    group.alike = group.rows - row - 1;
    group.row = group.rows;
  } else {
    group.positions = min(inner, group.lanes);
    const full = column ? 0 : inner >> group.lanesLog;
    group.apart = 16;
    group.alike = max(full - 1, 0);
    group.column = full << group.lanesLog;
    // The last group of a row, which begins earlier, or the only one.
    if (!full || group.column == inner) {
      group.column = 0;
      group.row = row + 1;
    }
  }
  return true;
}

/** Moves to the next row that has classes. */
function nextPrefix(group: SingleGroup): bool {
  const lengths = group.lengths;
  const rows = group.rows;
  for (let row = group.row; row < rows; ++row) {
    const length = load<i32>(lengths + ((<usize>row) << 2));
    if (length == 0) continue;
    group.vectors = length >> group.lanesLog;
    group.tail = length & (group.lanes - 1);
    group.offset = (<usize>row * <usize>group.cols) << group.bytesLog;
    group.position = row;
    group.positions = 1;
    group.row = row + 1;
    return true;
  }
  return false;
}

/**
 * Makes adjacent elements the group, whatever the layout of the call, so that passes over a group can be used on a row.
 */
export function useRow<T>(group: SingleGroup, cols: i32): void {
  group.lanesArePositions = false;
  group.step = 16;
  group.vectors = cols / lanes<T>();
  group.tail = cols & (lanes<T>() - 1);
}

/** Stores one value for each position of the group. */
@inline
export function storeValues<T>(group: SingleGroup, values: usize, v: v128): void {
  const at = values + ((<usize>group.position) << alignof<T>());
  const positions = group.positions;
  if (positions == lanes<T>()) v128.store(at, v);
  else storeTail<T>(at, positions, v);
}
