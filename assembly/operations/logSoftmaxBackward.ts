import { COLS, LOSS_SCALE, OPERAND, OUT, SCRATCH, X } from "../abi";
import { address, count, number } from "../call";
import { factorFor, replace, scale, scaleDifference } from "../elementwise";
import { shiftFrom, unitOf } from "../exp";
import { exponent, storeExponentials } from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf, step } from "../groups";
import { allTrue, half0, half1 } from "../lanes";
import { hasNaN, maxOf } from "../max";
import { dot } from "../reductions";
import { sum0, sum1 } from "../sum";
import { useTemperature } from "../temperature";
import { toLanes } from "../transpose";

/**
 * The vector-Jacobian product of log-softmax, from y = log softmax(x), which is X, and dy, which is OPERAND:
 *
 *   out_c = LOSS_SCALE·(dy_c − e^y_c·Σ_j dy_j)
 *
 * `out` is `y` or `dy`, or disjoint from both.
 */
export function logSoftmaxBackward<T>(call: usize): void {
  const y = address(call, X);
  const dy = address(call, OPERAND);
  const out = address(call, OUT);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  const lossScale = number(call, LOSS_SCALE);
  useTemperature<T>(1);
  begin<T>(call, false);
  while (next()) {
    const from = lanesArePositions ? secondHalf(scratch) : y + offset;
    const max = lanesArePositions ? toLanes<T>(y + offset, from, cols) : maxOf<T>(from);
    storeExponentials<T>(from, scratch, max, false);
    dot<T>(dy + offset, step, 0, 0);
    const a0 = unscaled(sum0, half0<T>(exponent));
    const a1 = unscaled(sum1, half1<T>(exponent));
    const zero = f64x2.splat(0);
    const one = f64x2.splat(1);
    scale<T>(scratch, factorFor<T>(scratch, a0, a1, zero, one, one, zero));
    // No logarithm of a probability is as large; there e^max is 0 or overflows.
    const keep = v128.not(v128.ge<T>(v128.abs<T>(max), v128.splat<T>(shiftFrom<T>())));
    if (!allTrue<T>(keep)) {
      const isZero = v128.andnot(v128.lt<T>(max, v128.splat<T>(0)), hasNaN<T>(from));
      replace<T>(scratch, 16, keep, v128.andnot(v128.splat<T>(<T>NaN), isZero));
    }
    scaleDifference<T>(dy + offset, step, scratch, 16, out + offset, step, v128.splat<T>(<T>lossScale));
  }
}

/** sum·2^(k − 64): multiplied by a stored exponential it is e^x·sum. */
@inline
function unscaled(sum: v128, k: v128): v128 {
  return f64x2.mul(sum, unitOf(k));
}
