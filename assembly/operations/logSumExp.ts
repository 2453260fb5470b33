import { COLS, SCRATCH, TEMPERATURE, VALUES, X } from "../abi";
import { address, count, number } from "../call";
import { finite, twoSumError } from "../errorFree";
import { findLogSum, isFinite, logSum0, logSum1, storeExponentials } from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf, storeValues } from "../groups";
import { allTrue, half0, half1, narrow } from "../lanes";
import { logError } from "../log1p";
import { hasNaN, maxOf } from "../max";
import { overTemperature, overTemperatureError, useTemperature } from "../temperature";
import { toLanes } from "../transpose";

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
  begin<T>(call, true);
  while (next()) {
    let from = x + offset;
    let exponentials = scratch;
    let max: v128;
    if (lanesArePositions) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      exponentials = secondHalf(scratch);
    } else max = maxOf<T>(from);
    storeValues<T>(values, logSumExpOfGroup<T>(from, exponentials, max));
  }
}

function logSumExpOfGroup<T>(x: usize, exponentials: usize, max: v128): v128 {
  const hasFiniteMax = isFinite<T>(max);
  const nan = v128.splat<T>(<T>NaN);
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  const max0 = overTemperature(half0<T>(max));
  let result0 = f64x2.add(max0, logSum0);
  if (sizeof<T>() == 8) {
    const error = f64x2.add(f64x2.add(finite(twoSumError(max0, logSum0)), logError), overTemperatureError(max, max0));
    result0 = f64x2.add(result0, error);
  }
  const result = narrow<T>(result0, f64x2.add(overTemperature(half1<T>(max)), logSum1));
  let value = v128.bitselect(v128.bitselect(result, nan, v128.eq<T>(result, result)), max, hasFiniteMax);
  if (!allTrue<T>(hasFiniteMax)) value = v128.bitselect(nan, value, v128.andnot(hasNaN<T>(x), hasFiniteMax));
  return value;
}
