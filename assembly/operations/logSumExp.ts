import { COLS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
import {
  apartOf,
  exponentials,
  Group,
  groupsOf,
  logSum0Of,
  logSum1Of,
  rowsInBatches,
  sumOthers,
  termsOf,
  turnIn,
} from "../batch";
import { address, count, number } from "../call";
import { finite, twoSumError } from "../errorFree";
import { findLogSum, isFinite, logSum0, logSum1, storeExponentials } from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf, storeValues } from "../groups";
import { allTrue, half0, half1, lanes, narrow } from "../lanes";
import { logError } from "../log1p";
import { hasNaN, maxOf } from "../max";
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
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const rows = rowsInBatches<T>(call);
  if (rows) logSumExpOfBatches<T>(x, values, scratch, rows, cols);
  begin<T>(call, rows);
  while (next()) {
    let from = x + offset;
    let exponentials = scratch;
    let max: v128;
    if (lanesArePositions) {
      max = toScratch<T>(from, scratch, cols);
      from = scratch;
      exponentials = secondHalf(scratch);
    } else max = maxOf<T>(from);
    storeValues<T>(values, logSumExpOfGroup<T>(from, exponentials, max));
  }
}

function logSumExpOfBatches<T>(x: usize, values: usize, scratch: usize, rows: i32, cols: i32): void {
  const most = groupsOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  for (let left = rows / lanes<T>(); left > 0; left -= most) {
    const groups = min(left, most);
    turnIn<T>(x, scratch, groups, cols);
    exponentials<T>(scratch, groups, cols, true);
    sumOthers<T>(scratch, groups, cols);
    storeLogSumExps<T>(x, values, scratch, groups, cols);
    x += rowBytes * groups * lanes<T>();
    values += groups * 16;
  }
}

function storeLogSumExps<T>(x: usize, values: usize, first: usize, groups: i32, cols: i32): void {
  const apart = apartOf(cols);
  for (let at = first; groups > 0; --groups, at += apart, values += 16) {
    const group = changetype<Group>(at);
    const max = group.max;
    const result = sumOfLog<T>(max, logSum0Of<T>(group), logSum1Of<T>(group));
    v128.store(values, result);
    const isPlain = v128.and(isFinite<T>(max), v128.eq<T>(result, result));
    if (!allTrue<T>(isPlain)) settle<T>(x, values, at, cols);
    x += ((<usize>cols) << alignof<T>()) * lanes<T>();
  }
}

/** Stores NaN for a position of the group that has one, and else the maximum where it is infinite. */
function settle<T>(x: usize, values: usize, at: usize, cols: i32): void {
  turnIn<T>(x, at, 1, cols);
  let isNumber = i8x16.splat(-1);
  for (let terms = termsOf(at), n = cols; n > 0; --n, terms += 16) {
    const v = v128.load(terms);
    isNumber = v128.and(isNumber, v128.eq<T>(v, v));
  }
  const max = changetype<Group>(at).max;
  const value = v128.bitselect(v128.load(values), max, isFinite<T>(max));
  v128.store(values, v128.bitselect(value, v128.splat<T>(<T>NaN), isNumber));
}

function logSumExpOfGroup<T>(x: usize, exponentials: usize, max: v128): v128 {
  const hasFiniteMax = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  const result = sumOfLog<T>(max, logSum0, logSum1);
  let value = v128.bitselect(v128.bitselect(result, nan, v128.eq<T>(result, result)), max, hasFiniteMax);
  if (!allTrue<T>(hasFiniteMax)) value = v128.bitselect(nan, value, v128.andnot(hasNaN<T>(x), hasFiniteMax));
  return value;
}

/** max + log Σ e^(x_c − max), rounded once; the logarithm's error is that of the last one. */
@inline
function sumOfLog<T>(max: v128, logSum0: v128, logSum1: v128): v128 {
  const max0 = overTemperature(half0<T>(max));
  let result0 = f64x2.add(max0, logSum0);
  if (sizeof<T>() == 8) {
    const error = f64x2.add(f64x2.add(finite(twoSumError(max0, logSum0)), logError), overTemperatureError(max, max0));
    result0 = f64x2.add(result0, error);
  }
  return narrow<T>(result0, f64x2.add(overTemperature(half1<T>(max)), logSum1));
}
