import {
  COLS,
  CONFIDENCE,
  LABELS,
  LENGTHS,
  LOSS_SCALE,
  OPERAND,
  OUT,
  SCRATCH,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
  Z_LOSS_SCALE,
} from "../abi";
import { address, count, number } from "../call";
import { factorFor, multiplyLinear, replace, scale } from "../elementwise";
import { finite, quotientError, twoProductError, twoSumError } from "../errorFree";
import { total0, total1, totalError } from "../exponentials";
import { begin, lanesArePositions, next, offset, secondHalf, step } from "../groups";
import { allTrue } from "../lanes";
import {
  active,
  findGradientScale,
  gradientScale0,
  gradientScale1,
  gradientScaleError,
  lossOfGroup,
  readLabels,
  readScales,
  smoothedInGroup,
  storeZeroLosses,
  valid,
} from "../loss";
import { maxOf } from "../max";
import { dot } from "../reductions";
import { sum0, sum1, sumError } from "../sum";
import { useTemperature } from "../temperature";
import { toScratch } from "../scratch";

/**
 * The Hessian of each position's loss (crossEntropy), times v, which is OPERAND:
 *
 *   out_c = p_c·(a·v_c + (Z_LOSS_SCALE − a)·t)/τ²     a = LOSS_SCALE·(h + Σ b) + Z_LOSS_SCALE·s, t = Σ p_j·v_j
 *
 * with τ the TEMPERATURE.
 * The losses are written too. `out` is `x` or `v`, or disjoint from both.
 */
export function crossEntropyHvp<T>(call: usize): void {
  const x = address(call, X);
  const v = address(call, OPERAND);
  const labels = address(call, LABELS);
  const weights = address(call, WEIGHTS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const confidence = number(call, CONFIDENCE);
  const zLoss = number(call, Z_LOSS);
  const values = address(call, VALUES);
  const out = address(call, OUT);
  const lossScale = number(call, LOSS_SCALE);
  const zLossScale = number(call, Z_LOSS_SCALE);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  const temperature = number(call, TEMPERATURE);
  // Beyond 2^±200 a result of f32 is 0 or infinite. In f64, temperatures whose squares have no double leave a factor.
  const nearest = clamped(temperature, sizeof<T>() == 4 ? 200 : 450);
  const ratio = nearest / clamped(temperature, 900);
  // Not `**`, whose tables are 6 KB.
  const beyond = f64x2.splat(ratio * ratio);
  const tau = f64x2.splat(nearest);
  const square = f64x2.mul(tau, tau);
  const squareError = twoProductError(tau, tau);
  useTemperature<T>(temperature);
  begin<T>(call, 0, address(call, LENGTHS));
  while (next()) {
    let from = x + offset;
    let max = f64x2.splat(0);
    if (lanesArePositions) {
      from = secondHalf(scratch);
      max = toScratch<T>(x + offset, from, cols);
    }
    const to = out + offset;
    if (!readLabels<T>(from, labels, weights, confidence)) {
      storeZeroLosses<T>(values);
      replace<T>(to, step, f64x2.splat(0), v128.splat<T>(0));
      continue;
    }
    readScales<T>(lossScale, zLossScale, 0);
    if (!lanesArePositions) max = maxOf<T>(from);
    lossOfGroup<T>(from, max, scratch, smoothedInGroup<T>(smoothed), zLoss, values);
    dot<T>(scratch, 16, v + offset, step);
    findGradientScale<T>();
    const t0 = f64x2.div(sum0, total0);
    const z = f64x2.splat(zLossScale);
    const rest = f64x2.sub(z, gradientScale0);
    if (sizeof<T>() == 4) {
      // Computed in f64 throughout.
      const t1 = f64x2.div(sum1, total1);
      const rest1 = f64x2.sub(z, gradientScale1);
      const divisor0 = f64x2.mul(total0, square);
      const divisor1 = f64x2.mul(total1, square);
      const a0 = f64x2.div(gradientScale0, divisor0);
      const a1 = f64x2.div(gradientScale1, divisor1);
      const b0 = f64x2.mul(f64x2.div(rest, divisor0), t0);
      const b1 = f64x2.mul(f64x2.div(rest1, divisor1), t1);
      multiplyLinear<T>(scratch, 16, v + offset, step, to, step, a0, a1, b0, b1);
    } else {
      // p_c is first multiplied by the larger of the two coefficients: alone, a tiny p_c would lose digits that its product
      // has. What is computed once a position keeps its rounding errors.
      const m = largerOf(gradientScale0, z);
      const sign = f64x2.div(gradientScale0, m);
      const error = v128.and(f64x2.mul(sign, gradientScaleError), f64x2.eq(f64x2.abs(sign), f64x2.splat(1)));
      let divisor = total0;
      let divisorError = totalError;
      if (temperature != 1) {
        divisor = f64x2.mul(total0, square);
        const ofSquares = f64x2.add(f64x2.mul(total0, squareError), f64x2.mul(totalError, square));
        divisorError = f64x2.add(twoProductError(total0, square), ofSquares);
      }
      scale<T>(scratch, factorFor<T>(scratch, m, m, error, divisor, divisor, divisorError));
      const tError = quotientError(sum0, sumError, t0, total0, totalError);
      let b = f64x2.mul(f64x2.neg(sign), f64x2.add(t0, tError));
      if (zLossScale != 0) {
        const restError = f64x2.sub(finite(twoSumError(z, f64x2.neg(gradientScale0))), gradientScaleError);
        const c = f64x2.div(rest, m);
        const cError = quotientError(rest, restError, c, m, error);
        const errors = f64x2.add(f64x2.mul(c, tError), f64x2.mul(cError, t0));
        b = f64x2.add(f64x2.mul(c, t0), finite(f64x2.add(twoProductError(c, t0), errors)));
      }
      const a = f64x2.mul(sign, beyond);
      b = f64x2.mul(b, beyond);
      multiplyLinear<T>(scratch, 16, v + offset, step, to, step, a, a, b, b);
    }
    const keep = v128.and(valid, active);
    if (!allTrue<T>(keep)) replace<T>(to, step, keep, v128.and(v128.splat<T>(<T>NaN), active));
  }
}

/** The temperature, or the nearest from 2^-exponent to 2^exponent. */
@inline
function clamped(temperature: f64, exponent: i32): f64 {
  const most = reinterpret<f64>((<u64>(1023 + exponent)) << 52);
  return min(max(temperature, 1 / most), most);
}

/** The larger of |a| and |b|, or 1 where both are 0: a divisor. */
function largerOf(a: v128, b: v128): v128 {
  const m = f64x2.max(f64x2.abs(a), f64x2.abs(b));
  return v128.bitselect(f64x2.splat(1), m, f64x2.eq(m, f64x2.splat(0)));
}
