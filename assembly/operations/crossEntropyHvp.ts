import {
  CONFIDENCE,
  LABELS,
  LENGTHS,
  LOSS_SCALE,
  OPERAND,
  OUT,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
  Z_LOSS_SCALE,
} from "../abi";
import { address, number } from "../call";
import { factorFor, isTiny, multiplyLinear, multiplyLinearWithErrors, replace } from "../elementwise";
import { finite, quotientError, twoProductError, twoSumError } from "../errorFree";
import { begin, next } from "../groups";
import { allTrue } from "../lanes";
import {
  findGradientScale,
  LossGroup,
  lossOfGroup,
  readLabels,
  readScales,
  smoothedInGroup,
  storeZeroLosses,
} from "../loss";
import { maxOf } from "../max";
import { dot } from "../reductions";
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
  const temperature = number(call, TEMPERATURE);
  // Beyond 2^±200 a result of f32 is 0 or infinite. In f64, temperatures whose squares have no double leave a factor.
  const nearest = clamped(temperature, sizeof<T>() == 4 ? 200 : 450);
  const ratio = nearest / clamped(temperature, 900);
  // Not `**`, whose tables are 6 KB.
  const beyond = f64x2.splat(ratio * ratio);
  const tau = f64x2.splat(nearest);
  const square = f64x2.mul(tau, tau);
  const squareError = twoProductError(tau, tau);
  useTemperature<T>(temperature, true);
  const group = changetype<LossGroup>(begin<T>(call, 0, address(call, LENGTHS)));
  const exponentials = group.terms;
  while (next(group)) {
    const offset = group.offset;
    const step = group.step;
    let from = x + offset;
    let max = f64x2.splat(0);
    if (group.lanesArePositions) {
      from = group.secondHalf;
      max = toScratch<T>(group, x + offset, from);
    }
    const to = out + offset;
    if (!readLabels<T>(group, from, labels, weights, confidence)) {
      storeZeroLosses<T>(group, values);
      replace<T>(group, to, step, f64x2.splat(0), v128.splat<T>(0));
      continue;
    }
    readScales<T>(group, lossScale, zLossScale, 0);
    if (!group.lanesArePositions) max = maxOf<T>(group, from);
    lossOfGroup<T>(group, from, max, exponentials, smoothedInGroup<T>(group, smoothed), zLoss, values);
    dot<T>(group, exponentials, 16, v + offset, step);
    findGradientScale<T>(group);
    const scale0 = group.gradientScale0;
    const total0 = group.total0;
    const sum0 = group.sum0;
    const t0 = f64x2.div(sum0, total0);
    const z = f64x2.splat(zLossScale);
    const rest = f64x2.sub(z, scale0);
    if (sizeof<T>() == 4) {
      // Computed in f64 throughout.
      const scale1 = group.gradientScale1;
      const total1 = group.total1;
      const t1 = f64x2.div(group.sum1, total1);
      const rest1 = f64x2.sub(z, scale1);
      const divisor0 = f64x2.mul(total0, square);
      const divisor1 = f64x2.mul(total1, square);
      const a0 = f64x2.div(scale0, divisor0);
      const a1 = f64x2.div(scale1, divisor1);
      const b0 = f64x2.mul(f64x2.div(rest, divisor0), t0);
      const b1 = f64x2.mul(f64x2.div(rest1, divisor1), t1);
      multiplyLinear<T>(group, exponentials, 16, v + offset, step, to, step, a0, a1, b0, b1);
    } else {
      // p_c is first multiplied by the larger of the two coefficients: alone, a tiny p_c would lose digits that its product
      // has. What is computed once per position keeps its rounding errors.
      const scaleError = group.gradientScaleError;
      const totalError = group.totalError;
      const m = largerOf(scale0, z);
      const sign = f64x2.div(scale0, m);
      const error = v128.and(f64x2.mul(sign, scaleError), f64x2.eq(f64x2.abs(sign), f64x2.splat(1)));
      let divisor = total0;
      let divisorError = totalError;
      if (temperature != 1) {
        divisor = f64x2.mul(total0, square);
        const ofSquares = f64x2.add(f64x2.mul(total0, squareError), f64x2.mul(totalError, square));
        divisorError = f64x2.add(twoProductError(total0, square), ofSquares);
      }
      const factor = factorFor<T>(group, exponentials, m, m, error, divisor, divisor, divisorError);
      // Relative to the factor, which was larger by 2^64 where it would be subnormal.
      const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
      const unit = v128.bitselect(down, f64x2.splat(1), isTiny<T>(f64x2.div(m, divisor)));
      let factorError = quotientError(m, error, factor, f64x2.mul(divisor, unit), f64x2.mul(divisorError, unit));
      factorError = v128.and(f64x2.div(factorError, factor), f64x2.ne(factor, f64x2.splat(0)));
      const tError = quotientError(sum0, group.sumError, t0, total0, totalError);
      let b = f64x2.mul(f64x2.neg(sign), t0);
      let bError = f64x2.mul(f64x2.neg(sign), tError);
      if (zLossScale != 0) {
        const restError = f64x2.sub(finite(twoSumError(z, f64x2.neg(scale0))), scaleError);
        const c = f64x2.div(rest, m);
        const cError = quotientError(rest, restError, c, m, error);
        const errors = f64x2.add(f64x2.mul(c, tError), f64x2.mul(cError, t0));
        b = f64x2.mul(c, t0);
        bError = finite(f64x2.add(twoProductError(c, t0), errors));
      }
      const a = f64x2.mul(sign, beyond);
      b = f64x2.mul(b, beyond);
      bError = f64x2.mul(bError, beyond);
      const d = v + offset;
      multiplyLinearWithErrors(group, exponentials, factor, factorError, d, step, to, step, a, b, bError);
    }
    const keep = v128.and(group.valid, group.active);
    if (!allTrue<T>(keep)) replace<T>(group, to, step, keep, v128.and(v128.splat<T>(<T>NaN), group.active));
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
