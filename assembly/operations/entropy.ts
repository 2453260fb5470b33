import { COLS, LENGTHS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
import {
  apartOf,
  exponentials,
  Group,
  groupsOf,
  lengthsFrom,
  logSum0Of,
  logSum1Of,
  rowsInBatches,
  sumOthers,
  termsOf,
  turnIn,
  widthOf,
} from "../batch";
import { address, count, number } from "../call";
import { finite, quotientError, twoSumError } from "../errorFree";
import {
  findLogSum,
  findSumWithMaxTerm,
  logSum0,
  logSum1,
  storeExponentials,
  sumWithMaxTerm0,
  sumWithMaxTerm1,
  sumWithMaxTermError,
} from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf, storeValues } from "../groups";
import { canonical, half0, half1, lanes, narrow } from "../lanes";
import { logError } from "../log1p";
import { maxOf } from "../max";
import { sumOfTermDistances, sumOfTermDistancesOfPositions } from "../reductions";
import { sum0, sum1, sumError } from "../sum";
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
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const lengths = address(call, LENGTHS);
  const rows = rowsInBatches<T>(call, lengths);
  if (rows) entropyOfBatches<T>(x, values, scratch, rows, cols, lengths);
  begin<T>(call, rows, lengths);
  while (next()) {
    let from = x + offset;
    let exponentials = scratch;
    let max: v128;
    if (lanesArePositions) {
      max = toScratch<T>(from, scratch, cols);
      from = scratch;
      exponentials = secondHalf(scratch);
    } else max = maxOf<T>(from);
    storeValues<T>(values, entropyOfGroup<T>(from, exponentials, max));
  }
}

function entropyOfBatches<T>(x: usize, values: usize, scratch: usize, rows: i32, cols: i32, lengths: usize): void {
  const most = groupsOf(cols);
  const groupBytes = (<usize>(cols * lanes<T>())) << alignof<T>();
  // Where the logits of one group are again, whose exponentials lie where they were.
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

/** The entropies of a group, of which another has the logits. */
function entropyOfTerms<T>(at: usize, logits: usize, cols: i32): v128 {
  const group = changetype<Group>(at);
  const max = group.max;
  sumOfTermDistancesOfPositions<T>(termsOf(logits), half0<T>(max), half1<T>(max), termsOf(at), cols);
  if (sizeof<T>() == 8) {
    return entropyInF64(logSum0Of<T>(group), group.total0, f64x2.add(group.totalError, group.maxTermError));
  }
  const result0 = entropyInF32(logSum0Of<T>(group), sum0, f64x2.add(group.sumOfOthers0, group.wideMaxTerm0));
  const result1 = entropyInF32(logSum1Of<T>(group), sum1, f64x2.add(group.sumOfOthers1, group.wideMaxTerm1));
  return canonical<T>(narrow<T>(result0, result1));
}

function entropyOfGroup<T>(x: usize, exponentials: usize, max: v128): v128 {
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  findSumWithMaxTerm<T>();
  sumOfTermDistances<T>(x, max, exponentials);
  if (sizeof<T>() == 8) return entropyInF64(logSum0, sumWithMaxTerm0, sumWithMaxTermError);
  return canonical<T>(
    narrow<T>(entropyInF32(logSum0, sum0, sumWithMaxTerm0), entropyInF32(logSum1, sum1, sumWithMaxTerm1)),
  );
}

/** log S + Σ e_c·(max − x_c)/S of S and a sum of distances, before it is rounded to f32. */
@inline
function entropyInF32(logSum: v128, distance: v128, sum: v128): v128 {
  return f64x2.add(logSum, f64x2.div(overTermDivisor<f32>(distance), sum));
}

/** The same of the last sum of distances, with the errors of S, of that sum and of the last logarithm. */
function entropyInF64(logSum: v128, sum: v128, error: v128): v128 {
  const distance = overTermDivisor<f64>(sum0);
  const distanceError = overTermDivisorError(sum0, sumError, distance);
  const mean = f64x2.div(distance, sum);
  const meanError = quotientError(distance, distanceError, mean, sum, error);
  const rounding = f64x2.add(f64x2.add(finite(twoSumError(logSum, mean)), logError), meanError);
  return canonical<f64>(f64x2.add(f64x2.add(logSum, mean), rounding));
}
