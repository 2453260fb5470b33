// How kernels go over positions: a group at a time.
//
// Positions are rows × inner, each with `cols` classes: element (r, c, i) lies at (r·cols + c)·stride + i. With inner = 1
// (and stride = 1) classes are adjacent, else positions are.
//
//   inner = 1   a group is one row; a vector holds adjacent classes of it
//   inner > 1   a group is a vector of positions; a vector holds one class of each
//
// Short rows are computed in batches (batch.ts), but for fewer than a vector has lanes.
//
// With lengths, of which a kernel reads them where inner = 1, a group is as many leading classes of its row, and rows without
// any are passed over: what they have is not computed.
//
// Where inner > 1 is no multiple of the lanes, the last group begins earlier and computes some positions twice.

import { COLS, INNER, ROWS, SPARE_VECTORS, STRIDE, VECTOR_BYTES } from "./abi";
import { count } from "./call";
import { lanes, storeTail } from "./lanes";

/** Whether lanes are positions: a vector holds one class of each, and not classes of one. */
export let lanesArePositions: bool = false;
/** Bytes from a vector to the next, for elements of x and of results. */
export let step: usize = 16;
/** Vectors in the group, and the elements after them. */
export let vectors: i32 = 0;
export let tail: i32 = 0;
/** Where the group's first element lies, in bytes, and its first position. */
export let offset: usize = 0;
export let position: i32 = 0;
/** Whether the group begins adjacent positions with nothing else between their classes. */
export let isFirst: bool = false;
/** Positions in the group: as many as a vector has lanes, or fewer where fewer are adjacent. */
export let positions: i32 = 1;

let rowsOf: i32 = 0;
let colsOf: i32 = 0;
let innerOf: i32 = 0;
let strideOf: i32 = 0;
// Lanes of a vector, and the logarithms of the lanes and of the bytes of an element: a division costs as much as two
// elements.
let lanesOf: i32 = 0;
let lanesLog: i32 = 0;
let bytesLog: usize = 0;
// How many leading classes of each row are present; 0 for all.
let lengthsOf: usize = 0;
let row: i32 = 0;
let column: i32 = 0;
// How many more groups differ from this one by their place alone, and the bytes from each to the next.
let alike: i32 = 0;
let apart: usize = 0;

/** Before the first group; `firstRow`: how many rows are left out; `lengths`: how many classes rows have, or 0. */
export function begin<T>(call: usize, firstRow: i32 = 0, lengths: usize = 0): void {
  rowsOf = count(call, ROWS);
  colsOf = count(call, COLS);
  innerOf = count(call, INNER);
  strideOf = count(call, STRIDE);
  lanesOf = lanes<T>();
  lanesLog = 4 - <i32>alignof<T>();
  bytesLog = alignof<T>();
  lanesArePositions = innerOf > 1;
  step = lanesArePositions ? (<usize>strideOf) << bytesLog : 16;
  vectors = lanesArePositions ? colsOf : colsOf >> lanesLog;
  tail = lanesArePositions ? 0 : colsOf & (lanesOf - 1);
  lengthsOf = lengths;
  row = firstRow;
  column = 0;
  alike = 0;
}

/** Moves to the next group; false after the last. */
@inline
export function next(): bool {
  if (!alike) return nextRun();
  --alike;
  isFirst = false;
  offset += apart;
  position += positions;
  return true;
}

/** Moves to the first of the groups that differ from the one before by more than their place. */
function nextRun(): bool {
  if (lengthsOf) return nextPrefix();
  if (row == rowsOf) return false;
  const at = column ? min(column, innerOf - lanesOf) : 0;
  const rowBytes = (<usize>colsOf * <usize>strideOf) << bytesLog;
  offset = <usize>row * rowBytes + ((<usize>at) << bytesLog);
  position = row * innerOf + at;
  isFirst = at == 0 && innerOf == strideOf;
  if (innerOf == 1) {
    positions = 1;
    apart = rowBytes;
    alike = rowsOf - row - 1;
    row = rowsOf;
  } else {
    positions = min(innerOf, lanesOf);
    const full = column ? 0 : innerOf >> lanesLog;
    apart = 16;
    alike = max(full - 1, 0);
    column = full << lanesLog;
    // The last group of a row, which begins earlier, or the only one.
    if (!full || column == innerOf) {
      column = 0;
      row++;
    }
  }
  return true;
}

/** Moves to the next row that has classes. */
function nextPrefix(): bool {
  for (; row < rowsOf; ++row) {
    const length = load<i32>(lengthsOf + ((<usize>row) << 2));
    if (length == 0) continue;
    vectors = length >> lanesLog;
    tail = length & (lanesOf - 1);
    offset = (<usize>row * <usize>colsOf) << bytesLog;
    position = row++;
    positions = 1;
    return true;
  }
  return false;
}

/** Makes adjacent elements the group, whatever the layout of the call: a row for the passes over a group. */
export function useRow<T>(cols: i32): void {
  lanesArePositions = false;
  step = 16;
  vectors = cols / lanes<T>();
  tail = cols & (lanes<T>() - 1);
}

/**
 * Where the second half of scratch begins, where lanes are positions. A half has a vector a class and a few more (abi.ts):
 * for the terms of the maxima, and for what fills the last lanes of a sum.
 */
export function secondHalf(scratch: usize): usize {
  return scratch + <usize>(vectors + SPARE_VECTORS) * VECTOR_BYTES;
}

/** Stores one value for each position of the group. */
@inline
export function storeValues<T>(values: usize, v: v128): void {
  const at = values + ((<usize>position) << alignof<T>());
  if (positions == lanes<T>()) v128.store(at, v);
  else storeTail<T>(at, positions, v);
}
