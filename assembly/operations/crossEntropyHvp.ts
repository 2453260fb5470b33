import {
  COLS,
  CONFIDENCE,
  LABELS,
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
import { quotientError } from "../errorFree";
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
import { toLanes } from "../transpose";

/**
 * The Hessian of each position's loss (crossEntropy), times v, which is OPERAND:
 *
 *   out_c = p_c·(a·v_c + (Z_LOSS_SCALE − a)·t)     a = LOSS_SCALE·(h + Σ b) + Z_LOSS_SCALE·s, t = Σ p_j·v_j
 *
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
  useTemperature<T>(number(call, TEMPERATURE));
  begin<T>(call, false);
  while (next()) {
    let from = x + offset;
    let max = f64x2.splat(0);
    if (lanesArePositions) {
      from = secondHalf(scratch);
      max = toLanes<T>(x + offset, from, cols);
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
    let t0 = f64x2.div(sum0, total0);
    const t1 = f64x2.div(sum1, total1);
    const z = f64x2.splat(zLossScale);
    // f32 is computed in f64 throughout. In f64 p_c is first multiplied by the larger of the two coefficients: alone, a tiny
    // p_c would lose digits that its product has.
    let m0 = total0;
    if (sizeof<T>() == 8) {
      t0 = f64x2.add(t0, quotientError(sum0, sumError, t0, total0, totalError));
      m0 = largerOf(gradientScale0, z);
      const sign = f64x2.div(gradientScale0, m0);
      const error = v128.and(f64x2.mul(sign, gradientScaleError), f64x2.eq(f64x2.abs(sign), f64x2.splat(1)));
      scale<T>(scratch, factorFor<T>(scratch, m0, m0, error, total0, total1, totalError));
    }
    multiplyLinear<T>(
      scratch,
      16,
      v + offset,
      step,
      to,
      step,
      f64x2.div(gradientScale0, m0),
      f64x2.div(gradientScale1, total1),
      f64x2.mul(f64x2.div(f64x2.sub(z, gradientScale0), m0), t0),
      f64x2.mul(f64x2.div(f64x2.sub(z, gradientScale1), total1), t1),
    );
    const keep = v128.and(valid, active);
    if (!allTrue<T>(keep)) replace<T>(to, step, keep, v128.and(v128.splat<T>(<T>NaN), active));
  }
}

/** The larger of |a| and |b|, or 1 where both are 0: a divisor. */
function largerOf(a: v128, b: v128): v128 {
  const m = f64x2.max(f64x2.abs(a), f64x2.abs(b));
  return v128.bitselect(f64x2.splat(1), m, f64x2.eq(m, f64x2.splat(0)));
}
