import { COLS, LENGTHS, ROWS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
import {
  apartOf,
  exponentials,
  groupsOf,
  lengthsFrom,
  rowsInBatches,
  sumOthers,
  termsOf,
  turnIn,
  widthOf,
} from "../batch";
import { address, count, number } from "../call";
import { finite, twoSumError } from "../errorFree";
import { findLogSum, isFinite, logSum0Of, logSum1Of, storeExponentials } from "../exponentials";
import { Group } from "../group";
import { begin, next, SingleGroup, storeValues } from "../groups";
import { allTrue, half0, half1, lanes, narrow } from "../lanes";
import { hasNaN, maxOf } from "../max";
import { areFew, logSumExpOfFew } from "../plainRows";
import { overTemperature, overTemperatureError, useTemperature } from "../temperature";
import { toScratch } from "../scratch";

/**
 * VALUES = max + log Σ_j e^(x_j − max), one for each position, of logits over TEMPERATURE.
 *
 * A position with NaN gives NaN, else one with +∞ gives +∞, and one with nothing but −∞ gives −∞.
 */
export function logSumExp<T>(call: usize): void {
  const x = address(call, X);
  const values = address(call, VALUES);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const lengths = address(call, LENGTHS);
  let row = rowsInBatches<T>(call, lengths);
  if (row) logSumExpOfBatches<T>(x, values, address(call, SCRATCH), row, cols, lengths);
  if (sizeof<T>() == 4 && !lengths && areFew<T>(call, cols)) {
    for (; row < count(call, ROWS); ++row) {
      if (!logSumExpOfFew(x + ((<usize>(row * cols)) << 2), cols, values + ((<usize>row) << 2))) break;
    }
  }
  if (row == count(call, ROWS)) return;
  const group = begin<T>(call, row, lengths);
  while (next(group)) {
    let from = x + group.offset;
    let exponentials = group.terms;
    let max: v128;
    if (group.lanesArePositions) {
      from = exponentials;
      max = toScratch<T>(group, x + group.offset, from);
      exponentials = group.secondHalf;
    } else max = maxOf<T>(group, from);
    storeValues<T>(group, values, logSumExpOfGroup<T>(group, from, exponentials, max));
  }
}

function logSumExpOfBatches<T>(x: usize, values: usize, scratch: usize, rows: i32, cols: i32, lengths: usize): void {
  const most = groupsOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    const here = lengthsFrom(lengths, position);
    turnIn<T>(x, scratch, groups, cols, width, here);
    exponentials<T>(scratch, groups, width, true);
    sumOthers<T>(scratch, groups, width);
    storeLogSumExps<T>(x, values, scratch, groups, cols, width, here);
    x += rowBytes * groups * lanes<T>();
    values += groups * 16;
    position += groups * lanes<T>();
  }
}

function storeLogSumExps<T>(
  x: usize,
  values: usize,
  first: usize,
  groups: i32,
  cols: i32,
  width: i32,
  lengths: usize,
): void {
  const apart = apartOf(width);
  for (let at = first; groups > 0; --groups, at += apart, values += 16) {
    const group = changetype<Group>(at);
    const max = group.max;
    const result = sumOfLog<T>(group, max, logSum0Of<T>(group), logSum1Of<T>(group));
    v128.store(values, result);
    const isPlain = v128.and(isFinite<T>(max), v128.eq<T>(result, result));
    if (!allTrue<T>(isPlain)) settle<T>(x, values, at, cols, width, lengths);
    lengths = lengthsFrom(lengths, lanes<T>());
    x += ((<usize>cols) << alignof<T>()) * lanes<T>();
  }
}

/** Stores NaN for a position of the group that has one, and else the maximum where it is infinite. */
function settle<T>(x: usize, values: usize, at: usize, cols: i32, width: i32, lengths: usize): void {
  turnIn<T>(x, at, 1, cols, width, lengths);
  let isNumber = i8x16.splat(-1);
  for (let terms = termsOf(at), n = width; n > 0; --n, terms += 16) {
    const v = v128.load(terms);
    isNumber = v128.and(isNumber, v128.eq<T>(v, v));
  }
  const max = changetype<Group>(at).max;
  const value = v128.bitselect(v128.load(values), max, isFinite<T>(max));
  v128.store(values, v128.bitselect(value, v128.splat<T>(<T>NaN), isNumber));
}

function logSumExpOfGroup<T>(group: SingleGroup, x: usize, exponentials: usize, max: v128): v128 {
  const hasFiniteMax = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  storeExponentials<T>(group, x, exponentials, max, true);
  findLogSum<T>(group, exponentials);
  const result = sumOfLog<T>(group, max, group.logSum0, group.logSum1);
  let value = v128.bitselect(v128.bitselect(result, nan, v128.eq<T>(result, result)), max, hasFiniteMax);
  if (!allTrue<T>(hasFiniteMax)) value = v128.bitselect(nan, value, v128.andnot(hasNaN<T>(group, x), hasFiniteMax));
  return value;
}

/** max + log Σ e^(x_c − max), rounded once, with the logarithm's error in f64. */
@inline
function sumOfLog<T>(group: Group, max: v128, logSum0: v128, logSum1: v128): v128 {
  const max0 = overTemperature(half0<T>(max));
  let result0 = f64x2.add(max0, logSum0);
  if (sizeof<T>() == 8) {
    const ofLog = f64x2.add(finite(twoSumError(max0, logSum0)), group.logSumError);
    const error = f64x2.add(ofLog, overTemperatureError(max, max0));
    result0 = f64x2.add(result0, error);
  }
  return narrow<T>(result0, f64x2.add(overTemperature(half1<T>(max)), logSum1));
}
