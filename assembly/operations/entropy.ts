import { COLS, LENGTHS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
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
import { finite, quotientError, twoSumError } from "../errorFree";
import { findLogSum, logSum0Of, logSum1Of, storeExponentials } from "../exponentials";
import { Group, sumIn } from "../group";
import { begin, next, SingleGroup, storeValues } from "../groups";
import { canonical, half0, half1, lanes, narrow } from "../lanes";
import { maxOf } from "../max";
import { sumOfTermDistances, sumOfTermDistancesOfPositions } from "../reductions";
import { overTermDivisor, overTermDivisorError, useTemperature } from "../temperature";
import { toScratch } from "../scratch";

/**
 * VALUES = −Σ_c p_c·log p_c = log S + Σ_c e_c·(max − x_c)/S, one for each position, of logits over TEMPERATURE.
 *
 * e_c = e^(x_c − max), and S is their sum. No term is below 0, and the maximum has none in the second sum, so a confident
 * position keeps its digits. A position with NaN or +∞, or with nothing but −∞, has entropy NaN.
 */
export function entropy<T>(call: usize): void {
  const x = address(call, X);
  const values = address(call, VALUES);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const lengths = address(call, LENGTHS);
  const rows = rowsInBatches<T>(call, lengths);
  if (rows) entropyOfBatches<T>(x, values, address(call, SCRATCH), rows, cols, lengths);
  const group = begin<T>(call, rows, lengths);
  while (next(group)) {
    let from = x + group.offset;
    let exponentials = group.terms;
    let max: v128;
    if (group.lanesArePositions) {
      from = exponentials;
      max = toScratch<T>(group, x + group.offset, from);
      exponentials = group.secondHalf;
    } else max = maxOf<T>(group, from);
    storeValues<T>(group, values, entropyOfGroup<T>(group, from, exponentials, max));
  }
}

function entropyOfBatches<T>(x: usize, values: usize, scratch: usize, rows: i32, cols: i32, lengths: usize): void {
  const most = groupsOf(cols);
  const groupBytes = (<usize>(cols * lanes<T>())) << alignof<T>();
  // Where the logits of one group are transposed again, because exponentials have taken their place.
  const again = scratch + apartOf(cols) * most;
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    const apart = apartOf(width);
    turnIn<T>(x, scratch, groups, cols, width, lengthsFrom(lengths, position));
    exponentials<T>(scratch, groups, width, true);
    sumOthers<T>(scratch, groups, width);
    for (let at = scratch, n = groups; n > 0; --n, at += apart, x += groupBytes, values += 16) {
      turnIn<T>(x, again, 1, cols, width, lengthsFrom(lengths, position));
      v128.store(values, entropyOfTerms<T>(at, again, width));
      position += lanes<T>();
    }
  }
}

/** The entropies of a group, whose logits lie in the terms of another group. */
function entropyOfTerms<T>(at: usize, logits: usize, cols: i32): v128 {
  const group = changetype<Group>(at);
  const max = group.max;
  sumOfTermDistancesOfPositions<T>(sumIn(group), termsOf(logits), half0<T>(max), half1<T>(max), termsOf(at), cols);
  return entropyOf<T>(group, logSum0Of<T>(group), logSum1Of<T>(group));
}

function entropyOfGroup<T>(group: SingleGroup, x: usize, exponentials: usize, max: v128): v128 {
  storeExponentials<T>(group, x, exponentials, max, true);
  findLogSum<T>(group, exponentials);
  sumOfTermDistances<T>(group, x, max, exponentials);
  return entropyOf<T>(group, group.logSum0, group.logSum1);
}

/**
 * log S + Σ e_c·(max − x_c)/S of a group whose last sum is that of the distances. The term of the maximum is in S as exact as
 * in the logarithm: the stored one is rounded, which is an error of the whole sum where that term is most of it.
 */
function entropyOf<T>(group: Group, logSum0: v128, logSum1: v128): v128 {
  if (sizeof<T>() == 8) return entropyInF64(group, logSum0);
  const sum0 = f64x2.add(group.sumOfOthers0, group.wideMaxTerm0);
  const sum1 = f64x2.add(group.sumOfOthers1, group.wideMaxTerm1);
  return canonical<T>(narrow<T>(entropyInF32(logSum0, group.sum0, sum0), entropyInF32(logSum1, group.sum1, sum1)));
}

/** Of two positions, before it is rounded to f32. */
@inline
function entropyInF32(logSum: v128, distance: v128, sum: v128): v128 {
  return f64x2.add(logSum, f64x2.div(overTermDivisor<f32>(distance), sum));
}

/** With the errors of S, of the sum of the distances and of the logarithm. */
function entropyInF64(group: Group, logSum: v128): v128 {
  const sum = group.total0;
  const error = f64x2.add(group.totalError, group.maxTermError);
  const distances = group.sum0;
  const distance = overTermDivisor<f64>(distances);
  const distanceError = overTermDivisorError(distances, group.sumError, distance);
  const mean = f64x2.div(distance, sum);
  const meanError = quotientError(distance, distanceError, mean, sum, error);
  const rounding = f64x2.add(f64x2.add(finite(twoSumError(logSum, mean)), group.logSumError), meanError);
  return canonical<f64>(f64x2.add(f64x2.add(logSum, mean), rounding));
}
