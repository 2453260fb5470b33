import { COLS, OUT, SCRATCH, TEMPERATURE, X } from "../abi";
import { address, count, number } from "../call";
import { replace, subtract, subtractTempered } from "../elementwise";
import { findLogSum, logSum0, logSum1, storeExponentials } from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf } from "../groups";
import { allTrue, narrow } from "../lanes";
import { maxOf } from "../max";
import { isTempered, useTemperature } from "../temperature";
import { toLanes, toPositions } from "../transpose";

/**
 * out_c = x_c − max − log Σ_j e^(x_j − max) for each position, of logits over TEMPERATURE.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or with nothing but −∞, becomes NaN.
 */
export function logSoftmax<T>(call: usize): void {
  const x = address(call, X);
  const out = address(call, OUT);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  begin<T>(call, true);
  while (next()) {
    let from = x + offset;
    let to = out + offset;
    let exponentials = scratch;
    let max: v128;
    if (lanesArePositions) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
      exponentials = secondHalf(scratch);
    } else max = maxOf<T>(from);
    logSoftmaxOfGroup<T>(from, to, exponentials, max);
    if (lanesArePositions) toPositions<T>(scratch, out + offset, cols, v128.splat<T>(1));
  }
}

function logSoftmaxOfGroup<T>(x: usize, out: usize, exponentials: usize, max: v128): void {
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  const logSum = narrow<T>(logSum0, logSum1);
  if (isTempered()) subtractTempered<T>(x, out, max, logSum0, logSum1);
  else subtract<T>(x, out, max, logSum);
  const keep = v128.eq<T>(logSum, logSum);
  if (!allTrue<T>(keep)) replace<T>(out, 16, keep, v128.splat<T>(<T>NaN));
}
