// How kernels go over positions: a group at a time.
//
// Positions are rows × inner, each with `cols` classes: element (r, c, i) lies at (r·cols + c)·stride + i. With inner = 1
// (and stride = 1) classes are adjacent, else positions are.
//
//   inner = 1            a group is one row: a vector holds the next classes of it
//   inner = 1, few cols  a group is a vector of rows, transposed into scratch: a vector holds one class of each
//   inner > 1            a group is a vector of positions: a vector holds one class of each
//
// The last group of an inner > 1 that is no multiple of the lanes begins earlier and does some positions again.

import { lanes } from "./lanes";

/** Up to this many classes, rows pay for their own beginnings and ends more than for being transposed. */
const FEW: i32 = 256;
/** The same in f64, of which a vector holds two. */
const FEW_F64: i32 = 100;

/** Whether a vector holds a class of each position, and not classes of one. */
export let across: bool = false;
/** Whether the group's rows have to pass through scratch. */
export let transposed: bool = false;
/** Bytes from a vector to the next, for elements of x and of results; 16 where transposed. */
export let step: usize = 16;
/** Vectors in the group, and the elements after them. */
export let vectors: i32 = 0;
export let tail: i32 = 0;
/** The group's first element, and its first position. */
export let offset: usize = 0;
export let position: i32 = 0;
/** Whether it begins positions that are beside each other, with nothing else between their classes. */
export let isFirst: bool = false;
/** How many positions it has: those of a vector, or fewer where fewer are beside each other. */
export let count: i32 = 1;

let rowsOf: i32 = 0;
let colsOf: i32 = 0;
let innerOf: i32 = 0;
let strideOf: i32 = 0;
// Of a vector and of an element, with their logarithms: a division costs as much as two elements.
let lanesOf: i32 = 0;
let lanesLog: i32 = 0;
let bytesLog: usize = 0;
let few: bool = false;
let row: i32 = 0;
let column: i32 = 0;
// How many groups more are like this one but for where they are, and the bytes from each to the next.
let alike: i32 = 0;
let apart: usize = 0;

/** Before the first group. `mayTranspose`: whether x is all that the kernel reads of a row's elements. */
export function begin<T>(rows: i32, cols: i32, inner: i32, stride: i32, mayTranspose: bool): void {
  rowsOf = rows;
  colsOf = cols;
  innerOf = inner;
  strideOf = stride;
  lanesOf = lanes<T>();
  lanesLog = 4 - <i32>alignof<T>();
  bytesLog = alignof<T>();
  few = mayTranspose && inner == 1 && cols <= (sizeof<T>() == 4 ? FEW : FEW_F64);
  row = 0;
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
  position += count;
  return true;
}

/** Moves to the first of the groups that differ from the one before by more than where they are. */
function nextRun(): bool {
  if (row == rowsOf) return false;
  const cols = colsOf;
  const left = rowsOf - row;
  transposed = few && left >= lanesOf;
  across = innerOf > 1 || transposed;
  step = transposed || !across ? 16 : (<usize>strideOf) << bytesLog;
  vectors = across ? cols : cols >> lanesLog;
  tail = across ? 0 : cols & (lanesOf - 1);
  const at = column ? min(column, innerOf - lanesOf) : 0;
  const rowBytes = (<usize>cols * <usize>strideOf) << bytesLog;
  offset = <usize>row * rowBytes + ((<usize>at) << bytesLog);
  position = row * innerOf + at;
  isFirst = at == 0 && innerOf == strideOf;
  if (innerOf == 1) {
    // All that are alike at once: what is above costs ten classes of four rows a tenth of their time.
    const log = transposed ? lanesLog : 0;
    count = 1 << log;
    apart = rowBytes << log;
    alike = (left >> log) - 1;
    row += (alike + 1) << log;
  } else {
    count = min(innerOf, lanesOf);
    const full = column ? 0 : innerOf >> lanesLog;
    apart = 16;
    alike = max(full - 1, 0);
    column = full << lanesLog;
    // The last of a row, that begins earlier, or the only one.
    if (!full || column == innerOf) {
      column = 0;
      row++;
    }
  }
  return true;
}
