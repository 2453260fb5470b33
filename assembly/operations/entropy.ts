import { COLS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
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
import { canonical, narrow } from "../lanes";
import { logError } from "../log1p";
import { maxOf } from "../max";
import { sumOfTermDistances } from "../reductions";
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
  begin<T>(call);
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

function entropyOfGroup<T>(x: usize, exponentials: usize, max: v128): v128 {
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  findSumWithMaxTerm<T>();
  sumOfTermDistances<T>(x, max, exponentials);
  const distance0 = overTermDivisor<T>(sum0);
  const mean0 = f64x2.div(distance0, sumWithMaxTerm0);
  let result0 = f64x2.add(logSum0, mean0);
  if (sizeof<T>() == 8) {
    const distanceError = overTermDivisorError(sum0, sumError, distance0);
    const meanError = quotientError(distance0, distanceError, mean0, sumWithMaxTerm0, sumWithMaxTermError);
    result0 = f64x2.add(result0, f64x2.add(f64x2.add(finite(twoSumError(logSum0, mean0)), logError), meanError));
    return canonical<T>(result0);
  }
  const mean1 = f64x2.div(overTermDivisor<T>(sum1), sumWithMaxTerm1);
  return canonical<T>(narrow<T>(result0, f64x2.add(logSum1, mean1)));
}
