import {
  COLS,
  CONFIDENCE,
  LABELS,
  LOSS_SCALE,
  OUT,
  SCRATCH,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  UPSTREAM,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
  Z_LOSS_SCALE,
} from "../abi";
import { address, count, number } from "../call";
import { canonical, canonicalize, factorFor, replace, scale, subtractScaled } from "../elementwise";
import { quotientError, twoSumError } from "../errorFree";
import {
  isFinite,
  maxTerm,
  sumOfOthers0,
  sumOfOthers1,
  sumOfOthersError,
  total0,
  total1,
  totalError,
} from "../exponentials";
import { begin, lanesArePositions, next, offset, step } from "../groups";
import { allTrue, half0, half1, narrow } from "../lanes";
import {
  active,
  findGradientScale,
  gatherLabels,
  gradientScale0,
  gradientScale1,
  gradientScaleError,
  labelWeight0,
  labelWeight1,
  loadPair,
  logSumExp0,
  logSumExp1,
  lossOfGroup,
  lossScale0,
  lossScale1,
  readLabels,
  readScales,
  scatterLabels,
  smoothedInGroup,
  smoothedTargetAt,
  storeZeroLosses,
  targetMass0,
  targetMass1,
  valid,
  zLossScale0,
  zLossScale1,
} from "../loss";
import { maxOf } from "../max";
import { useTemperature } from "../temperature";
import { toLanes, toPositions } from "../transpose";

/**
 * The losses of crossEntropy, and in OUT their gradient, with one exponential an element:
 *
 *   out_c = upstream·(LOSS_SCALE·((h + Σ b)·p_c − b_c − h·[c = y]) + Z_LOSS_SCALE·s·p_c)     h = CONFIDENCE·w_y
 *
 * `out` is `x` or disjoint from it. The gradient of an IGNORED position is 0; that of one with NaN or +∞, or with nothing
 * but −∞, is NaN.
 */
export function crossEntropyGrad<T>(call: usize): void {
  const x = address(call, X);
  const labels = address(call, LABELS);
  const weights = address(call, WEIGHTS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const confidence = number(call, CONFIDENCE);
  const zLoss = number(call, Z_LOSS);
  const values = address(call, VALUES);
  const out = address(call, OUT);
  const lossScale = number(call, LOSS_SCALE);
  const zLossScale = number(call, Z_LOSS_SCALE);
  const upstream = address(call, UPSTREAM);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  begin<T>(call, smoothed == 0);
  while (next()) {
    let from = x + offset;
    let to = out + offset;
    let max = f64x2.splat(0);
    if (lanesArePositions) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
    }
    const smoothedHere = smoothedInGroup<T>(smoothed);
    if (readLabels<T>(from, labels, weights, confidence)) {
      readScales<T>(lossScale, zLossScale, upstream);
      if (!lanesArePositions) max = maxOf<T>(from);
      lossOfGroup<T>(from, max, to, smoothedHere, zLoss, values);
      const factor = gradientOfGroup<T>(to, smoothedHere, zLoss);
      if (lanesArePositions) toPositions<T>(to, out + offset, cols, factor);
      else scale<T>(to, factor);
      scatterLabels<T>(out + offset, labelEntries);
    } else {
      storeZeroLosses<T>(values);
      replace<T>(out + offset, step, f64x2.splat(0), v128.splat<T>(0));
    }
  }
}

/** The gradient's entries at the labels. */
let labelEntries: v128 = f64x2.splat(0);

/**
 * Computes `labelEntries`, and turns the exponentials into values that, multiplied by the result, are the gradient of all
 * other classes.
 */
function gradientOfGroup<T>(exponentials: usize, smoothed: usize, zLoss: f64): v128 {
  const term = gatherLabels<T>(exponentials);
  const isShared = smoothed != 0 || zLoss != 0;
  const own0 = f64x2.mul(lossScale0, labelWeight0);
  const shared0 = f64x2.add(f64x2.mul(lossScale0, targetMass0), f64x2.mul(zLossScale0, logSumExp0));
  let entry0 = entryOf<T>(own0, shared0, half0<T>(term), half0<T>(maxTerm), sumOfOthers0, total0, isShared);
  let entry1 = entry0;
  if (sizeof<T>() == 4 && lanesArePositions) {
    const own1 = f64x2.mul(lossScale1, labelWeight1);
    const shared1 = f64x2.add(f64x2.mul(lossScale1, targetMass1), f64x2.mul(zLossScale1, logSumExp1));
    entry1 = entryOf<T>(own1, shared1, half1<T>(term), half1<T>(maxTerm), sumOfOthers1, total1, isShared);
  }
  findGradientScale<T>();
  let factor = factorFor<T>(
    exponentials,
    gradientScale0,
    gradientScale1,
    gradientScaleError,
    total0,
    total1,
    totalError,
  );
  // An upstream gradient that is infinite, NaN or beyond the range of T makes NaNs of its own: 0·∞, ∞ − ∞.
  const isSound = allTrue<T>(isFinite<T>(narrow<T>(gradientScale0, gradientScale1)));
  if (smoothed || !isSound) {
    scale<T>(exponentials, factor);
    factor = v128.splat<T>(1);
  }
  if (smoothed) {
    subtractScaled<T>(exponentials, smoothed, step * (8 / sizeof<T>()), lossScale0, lossScale1);
    const targets0 = loadPair(smoothedTargetAt<T>(smoothed, 0), smoothedTargetAt<T>(smoothed, 1));
    entry0 = f64x2.sub(entry0, f64x2.mul(lossScale0, targets0));
    if (sizeof<T>() == 4) {
      const targets1 = loadPair(smoothedTargetAt<T>(smoothed, 2), smoothedTargetAt<T>(smoothed, 3));
      entry1 = f64x2.sub(entry1, f64x2.mul(lossScale1, targets1));
    }
  }
  if (!isSound) canonicalize<T>(exponentials);
  labelEntries = canonical<T>(narrow<T>(entry0, entry1));
  const keep = v128.and(valid, active);
  if (!allTrue<T>(keep)) {
    // +0 where the position is ignored, NaN where it has no loss.
    replace<T>(exponentials, 16, keep, v128.splat<T>(0));
    const nan = v128.and(v128.splat<T>(<T>NaN), active);
    factor = v128.bitselect(factor, nan, keep);
    labelEntries = v128.bitselect(labelEntries, nan, keep);
  }
  return factor;
}

/**
 * The gradient's entry at the label, without b, of two positions in f64: −own·(1 − p_y) + shared·p_y. `own` weighs the
 * label alone, `shared` every class alike.
 */
function entryOf<T>(
  own: v128,
  shared: v128,
  term: v128,
  maxTerm: v128,
  sumOfOthers: v128,
  total: v128,
  isShared: bool,
): v128 {
  // 1 − p_y as the others' sum over the total, which does not cancel; 0 − … because an only class has +0.
  const isMax = f64x2.eq(term, maxTerm);
  const others = v128.bitselect(sumOfOthers, f64x2.sub(total, term), isMax);
  let othersError = f64x2.splat(0);
  if (sizeof<T>() == 8) {
    othersError = f64x2.add(twoSumError(total, f64x2.neg(term)), totalError);
    othersError = v128.bitselect(sumOfOthersError, othersError, isMax);
  }
  const entry = f64x2.sub(f64x2.splat(0), timesQuotient<T>(own, others, othersError, total));
  return isShared ? f64x2.add(entry, timesQuotient<T>(shared, term, f64x2.splat(0), total)) : entry;
}

/**
 * m·(a/total), in f64 with the errors of a and total. There the quotient may be subnormal where the product is not; then it
 * is computed with a factor of 2^64.
 */
@inline
function timesQuotient<T>(m: v128, a: v128, aError: v128, total: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.mul(m, f64x2.div(a, total));
  const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
  const unit = v128.bitselect(down, f64x2.splat(1), f64x2.ge(f64x2.abs(m), f64x2.splat(1)));
  const divisor = f64x2.mul(total, unit);
  const quotient = f64x2.div(a, divisor);
  const error = quotientError(a, aError, quotient, divisor, f64x2.mul(totalError, unit));
  return f64x2.mul(f64x2.mul(m, unit), f64x2.add(quotient, error));
}
