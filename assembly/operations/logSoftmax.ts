import { COLS, LENGTHS, OUT, ROWS, SCRATCH, TEMPERATURE, X } from "../abi";
import { apartOf, exponentials, groupsOf, lengthsFrom, rowsInBatches, sumOthers, turnIn, widthOf } from "../batch";
import { address, count, number } from "../call";
import { logOf, replace, subtract, subtractTempered } from "../elementwise";
import { findLogSum, logSum0Of, logSum1Of, storeExponentials } from "../exponentials";
import { Group } from "../group";
import { begin, next, SingleGroup } from "../groups";
import { allTrue, canonical, lanes, loadTail, narrow, storeTail } from "../lanes";
import { maxOf } from "../max";
import { areFew, logSoftmaxOfFew } from "../plainRows";
import { isTempered, useTemperature } from "../temperature";
import { toScratch, fromScratch } from "../scratch";

/**
 * out_c = x_c − max − log Σ_j e^(x_j − max) for each position, of logits over TEMPERATURE.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or with nothing but −∞, becomes NaN.
 */
export function logSoftmax<T>(call: usize): void {
  const x = address(call, X);
  const out = address(call, OUT);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const lengths = address(call, LENGTHS);
  let row = rowsInBatches<T>(call, lengths);
  if (row) logSoftmaxOfBatches<T>(x, out, address(call, SCRATCH), row, cols, lengths);
  if (sizeof<T>() == 4 && !lengths && areFew<T>(call, cols)) {
    for (; row < count(call, ROWS); ++row) {
      const at = (<usize>(row * cols)) << 2;
      if (!logSoftmaxOfFew(x + at, out + at, cols)) break;
    }
  }
  if (row == count(call, ROWS)) return;
  const group = begin<T>(call, row, lengths);
  const terms = group.terms;
  while (next(group)) {
    const from = x + group.offset;
    const to = out + group.offset;
    if (group.lanesArePositions) {
      const max = toScratch<T>(group, from, terms);
      logSoftmaxOfGroup<T>(group, terms, terms, group.secondHalf, max);
      fromScratch<T>(group, terms, to, v128.splat<T>(1));
    } else logSoftmaxOfGroup<T>(group, from, to, terms, maxOf<T>(group, from));
  }
}

function logSoftmaxOfBatches<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, lengths: usize): void {
  const most = groupsOf(cols);
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    const at = (<usize>(position * cols)) << alignof<T>();
    turnIn<T>(x + at, scratch, groups, cols, width, lengthsFrom(lengths, position));
    exponentials<T>(scratch, groups, width, true);
    sumOthers<T>(scratch, groups, width);
    findLogSums<T>(scratch, groups, width);
    subtractLogSums<T>(x + at, out + at, scratch, groups, cols, width);
    position += groups * lanes<T>();
  }
}

function findLogSums<T>(first: usize, groups: i32, cols: i32): void {
  const apart = apartOf(cols);
  for (let at = first; groups > 0; --groups, at += apart) {
    const group = changetype<Group>(at);
    group.logSum0 = logSum0Of<T>(group);
    group.logSum1 = logSum1Of<T>(group);
  }
}

/** Reads the logits again, row by row: nothing has to be transposed. */
function subtractLogSums<T>(x: usize, out: usize, first: usize, groups: i32, cols: i32, width: i32): void {
  const apart = apartOf(width);
  const bytes = (<usize>width) << alignof<T>();
  const tail = width & (lanes<T>() - 1);
  // From the last whole vector of a row to the next row.
  const rest = ((<usize>cols) << alignof<T>()) - (bytes & ~15);
  for (let at = first; groups > 0; --groups, at += apart) {
    for (let lane = 0; lane < lanes<T>(); ++lane) {
      const maxAt = at + offsetof<Group>("max") + ((<usize>lane) << alignof<T>());
      const max = sizeof<T>() == 4 ? v128.load32_splat(maxAt) : v128.load64_splat(maxAt);
      const log = v128.load64_splat(at + offsetof<Group>("logSum0") + ((<usize>lane) << 3));
      const narrowLog = narrow<T>(log, log);
      const end = x + (bytes & ~15);
      if (isTempered()) {
        for (; x < end; x += 16, out += 16) {
          v128.store(out, canonical<T>(logOf<T>(v128.load(x), max, log, log)));
        }
        if (tail) storeTail<T>(out, tail, canonical<T>(logOf<T>(loadTail<T>(x, tail, 0), max, log, log)));
      } else {
        for (; x < end; x += 16, out += 16) v128.store(out, differenceOf<T>(v128.load(x), max, narrowLog));
        if (tail) storeTail<T>(out, tail, differenceOf<T>(loadTail<T>(x, tail, 0), max, narrowLog));
      }
      x += rest;
      out += rest;
    }
  }
}


@inline
function differenceOf<T>(x: v128, max: v128, logSum: v128): v128 {
  return canonical<T>(v128.sub<T>(v128.sub<T>(x, max), logSum));
}

function logSoftmaxOfGroup<T>(group: SingleGroup, x: usize, out: usize, exponentials: usize, max: v128): void {
  storeExponentials<T>(group, x, exponentials, max, true);
  findLogSum<T>(group, exponentials);
  const logSum0 = group.logSum0;
  const logSum1 = group.logSum1;
  const logSum = narrow<T>(logSum0, logSum1);
  if (isTempered()) subtractTempered<T>(group, x, out, max, logSum0, logSum1);
  else subtract<T>(group, x, out, max, logSum);
  const keep = v128.eq<T>(logSum, logSum);
  if (!allTrue<T>(keep)) replace<T>(group, out, 16, keep, v128.splat<T>(<T>NaN));
}
