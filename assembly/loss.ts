// The losses of a group of positions, and the parts of their derivatives:
//
//   L = h·(s − x_y) + Σ_c b_c·(s − x_c) + λ·s²     s = log Σ e^x_c, h = CONFIDENCE·w_y
//
// with logits over the temperature in the place of x. h is the weight of the label y, b are the smoothed targets, λ is
// Z_LOSS. A coefficient of 0 makes its term 0, even where the other factor is infinite.

import { IGNORED } from "./abi";
import { finite, quotientError, twoProductError, twoSumError } from "./errorFree";
import { findLogSum, logSum0, logSum1, storeExponentials, total0, total1 } from "./exponentials";
import { lanesArePositions, offset, position, positions, step, storeValues } from "./groups";
import { canonical, half0, half1, lanes, narrow } from "./lanes";
import { sumOfDistances, sumOfF64 } from "./reductions";
import { sum0, sum1, sumError } from "./sum";
import { distance, overDivisor, overTemperature, overTemperatureError } from "./temperature";

/** Which positions are not ignored. */
export let active: v128 = f64x2.splat(0);
/** Which positions have a loss that is a number. */
export let valid: v128 = f64x2.splat(0);
/** The label weight h, in f64. */
export let labelWeight0: v128 = f64x2.splat(0);
export let labelWeight1: v128 = f64x2.splat(0);
/** The target mass Σ b, in f64. */
export let targetMass0: v128 = f64x2.splat(0);
export let targetMass1: v128 = f64x2.splat(0);
/** In f64, the rounding error of targetMass0. */
let targetMassError: v128 = f64x2.splat(0);
/** s where λ is not 0, else 0; in f64. */
export let logSumExp0: v128 = f64x2.splat(0);
export let logSumExp1: v128 = f64x2.splat(0);
/** In f64, the rounding error of logSumExp0. */
let logSumExpError: v128 = f64x2.splat(0);
/** x at the labels. */
let labelLogits: v128 = f64x2.splat(0);

// The labels of the group's positions, as i32; along a row every lane holds the row's.
const GROUP_LABELS = memory.data(16, 16);

/** The label of the position in a lane. */
@inline
function labelIn(lane: i32): i32 {
  return load<i32>(GROUP_LABELS + ((<usize>lane) << 2));
}

// Where the labels' elements lie in the group, in bytes; the element of class 0 where there is no label.
const LABEL_OFFSETS = memory.data(16, 16);

/** Where the element of the label of the position in a lane lies. */
@inline
function labelElementAt(x: usize, lane: i32): usize {
  return x + <usize>load<u32>(LABEL_OFFSETS + ((<usize>lane) << 2));
}

/** The elements at the labels, of a row or of adjacent vectors. */
export function gatherLabels<T>(x: usize): v128 {
  if (!lanesArePositions) return v128.splat<T>(load<T>(labelElementAt(x, 0)));
  if (sizeof<T>() == 8) return loadPair(labelElementAt(x, 0), labelElementAt(x, 1));
  const v = v128.load32_lane(labelElementAt(x, 1), v128.load32_zero(labelElementAt(x, 0)), 1);
  return v128.load32_lane(labelElementAt(x, 3), v128.load32_lane(labelElementAt(x, 2), v, 2), 3);
}

/**
 * Stores a value at each label, where there is one; `out` is the group's first element among the results. Call it last: a
 * load of a vector waits for a store to one of its elements.
 */
export function scatterLabels<T>(out: usize, v: v128): void {
  const apart = lanesArePositions ? step : sizeof<T>();
  storeAtLabel<T>(out, apart, 0, v128.extract_lane<T>(v, 0));
  if (!lanesArePositions) return;
  storeAtLabel<T>(out, apart, 1, v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 8) return;
  storeAtLabel<f32>(out, apart, 2, f32x4.extract_lane(v, 2));
  storeAtLabel<f32>(out, apart, 3, f32x4.extract_lane(v, 3));
}


@inline
function storeAtLabel<T>(out: usize, apart: usize, lane: i32, value: T): void {
  const label = labelIn(lane);
  if (label < 0) return;
  store<T>(out + ((<usize>lane) << alignof<T>()) + <usize>label * apart, value);
}

/** Two f64, each from its own address. */
export function loadPair(at0: usize, at1: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(at0)), 1, load<f64>(at1));
}

/** The group's part of the smoothed targets; 0 where there are none. */
@inline
export function smoothedInGroup<T>(smoothed: usize): usize {
  return smoothed ? smoothed + offset * (8 / sizeof<T>()) : 0;
}

/** Where the smoothed target of the label of the position in a lane lies. */
export function smoothedTargetAt<T>(smoothed: usize, lane: i32): usize {
  const label = <usize>max(labelIn(lane), 0);
  if (!lanesArePositions) return smoothed + (label << 3);
  return smoothed + label * step * (8 / sizeof<T>()) + ((<usize>(lane & (lanes<T>() - 1))) << 3);
}

/** Reads the group's labels, their weights and their elements of x; false where all positions are ignored. */
export function readLabels<T>(x: usize, labels: usize, weights: usize, confidence: f64): bool {
  const at = labels + ((<usize>position) << 2);
  let labelsOf: v128;
  if (!lanesArePositions) labelsOf = v128.load32_splat(at);
  else labelsOf = sizeof<T>() == 4 ? v128.load(at) : v128.load64_zero(at);
  if (sizeof<T>() == 4 && lanesArePositions && positions < 4) {
    const isBeyond = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(positions));
    labelsOf = v128.or(labelsOf, isBeyond); // all bits set is IGNORED
  }
  v128.store(GROUP_LABELS, labelsOf);
  const classes = i32x4.max_s(labelsOf, i32x4.splat(0));
  const lanesApart = sizeof<T>() == 4 ? i32x4(0, 4, 8, 12) : i32x4(0, 8, 0, 8);
  v128.store(
    LABEL_OFFSETS,
    lanesArePositions ? i32x4.add(i32x4.shl(classes, 4), lanesApart) : i32x4.shl(classes, <i32>alignof<T>()),
  );
  const isActive = i32x4.ne(labelsOf, i32x4.splat(IGNORED));
  active = sizeof<T>() == 4 ? isActive : i64x2.extend_low_i32x4_s(isActive);
  if (!v128.any_true(active)) return false;
  const hasLabel = i32x4.ge_s(labelsOf, i32x4.splat(0));
  labelWeight0 = labelWeightOf(weights, 0, confidence, i64x2.extend_low_i32x4_s(hasLabel));
  if (sizeof<T>() == 4) labelWeight1 = labelWeightOf(weights, 2, confidence, i64x2.extend_high_i32x4_s(hasLabel));
  labelLogits = gatherLabels<T>(x);
  return true;
}

/** h of the positions in a lane and the next; 0 where there is no label. */
@inline
function labelWeightOf(weights: usize, lane: i32, confidence: f64, hasLabel: v128): v128 {
  let labelWeight = f64x2.splat(confidence);
  if (weights) {
    labelWeight = f64x2.mul(loadPair(weightAt(weights, lane), weightAt(weights, lane + 1)), labelWeight);
  }
  return v128.and(labelWeight, hasLabel);
}


@inline
function weightAt(weights: usize, lane: i32): usize {
  return weights + ((<usize>max(labelIn(lane), 0)) << 3);
}

/**
 * Stores the group's losses in `values` and its exponentials at `exponentials`, which may be `x`; leaves in the variables
 * above what the derivatives need. `smoothed` is smoothedInGroup.
 */
export function lossOfGroup<T>(
  x: usize,
  max: v128,
  exponentials: usize,
  smoothed: usize,
  zLoss: f64,
  values: usize,
): void {
  let distance0 = f64x2.splat(0);
  let distance1 = distance0;
  targetMass0 = distance0;
  targetMass1 = distance0;
  targetMassError = distance0;
  if (smoothed) {
    const stepF64 = step * (8 / sizeof<T>());
    sumOfDistances<T>(x, max, smoothed, stepF64);
    distance0 = overDivisor<T>(sum0);
    distance1 = overDivisor<T>(sum1);
    sumOfF64<T>(smoothed, stepF64);
    targetMass0 = sum0;
    targetMass1 = sum1;
    targetMassError = sumError;
  }
  storeExponentials<T>(x, exponentials, max, true);
  findLogSum<T>(exponentials);
  const isSmoothed = smoothed != 0;
  const max0 = half0<T>(max);
  lossOfPair<T>(max0, half0<T>(labelLogits), labelWeight0, distance0, targetMass0, logSum0, isSmoothed, zLoss);
  const loss0 = pairLoss;
  logSumExp0 = pairLogSumExp;
  let loss1 = loss0;
  if (sizeof<T>() == 4 && lanesArePositions) {
    const max1 = half1<T>(max);
    lossOfPair<T>(max1, half1<T>(labelLogits), labelWeight1, distance1, targetMass1, logSum1, isSmoothed, zLoss);
    loss1 = pairLoss;
  }
  logSumExp1 = pairLogSumExp;
  const total = narrow<T>(total0, total1);
  valid = v128.eq<T>(total, total);
  const loss = canonical<T>(narrow<T>(loss0, loss1));
  const value = v128.and(v128.bitselect(loss, v128.splat<T>(<T>NaN), valid), active);
  // A negative CONFIDENCE, which makes log-probabilities of losses, must not give −0.
  storeValues<T>(values, v128.add<T>(value, v128.splat<T>(0)));
}

let pairLoss: v128 = f64x2.splat(0);
let pairLogSumExp: v128 = f64x2.splat(0);

/** The losses of two positions in f64, and their s for the z-loss. `smoothedDistance` is Σ b_c·(max − x_c). */
function lossOfPair<T>(
  max: v128,
  labelLogits: v128,
  labelWeight: v128,
  smoothedDistance: v128,
  targetMass: v128,
  logSum: v128,
  isSmoothed: bool,
  zLoss: f64,
): void {
  const labelLoss = f64x2.mul(labelWeight, f64x2.add(overDivisor<T>(distance<T>(max, labelLogits)), logSum));
  pairLoss = v128.and(labelLoss, f64x2.ne(labelWeight, f64x2.splat(0)));
  if (isSmoothed) {
    const massTimesLog = f64x2.mul(targetMass, logSum);
    if (sizeof<T>() == 8) {
      const error = f64x2.add(twoProductError(targetMass, logSum), f64x2.mul(targetMassError, logSum));
      pairLoss = f64x2.add(pairLoss, f64x2.add(error, finite(twoSumError(smoothedDistance, massTimesLog))));
    }
    pairLoss = f64x2.add(pairLoss, f64x2.add(smoothedDistance, massTimesLog));
  }
  pairLogSumExp = f64x2.splat(0);
  logSumExpError = pairLogSumExp;
  if (zLoss != 0) {
    const m = overTemperature(max);
    const s = f64x2.add(m, logSum);
    pairLogSumExp = s;
    if (sizeof<T>() == 8) logSumExpError = f64x2.add(finite(twoSumError(m, logSum)), overTemperatureError(max, m));
    pairLoss = f64x2.add(pairLoss, f64x2.mul(f64x2.mul(f64x2.splat(zLoss), s), s));
  }
}

/** Stores the losses of a group of which every position is ignored. */
export function storeZeroLosses<T>(values: usize): void {
  storeValues<T>(values, f64x2.splat(0));
}

/** LOSS_SCALE and Z_LOSS_SCALE, times the upstream gradient of each position. */
export let lossScale0: v128 = f64x2.splat(0);
export let lossScale1: v128 = f64x2.splat(0);
export let zLossScale0: v128 = f64x2.splat(0);
export let zLossScale1: v128 = f64x2.splat(0);

/** Reads the upstream gradients and multiplies the scales by them; `upstream` is 0 where they are 1 everywhere. */
export function readScales<T>(lossScale: f64, zLossScale: f64, upstream: usize): void {
  lossScale0 = f64x2.splat(lossScale);
  lossScale1 = lossScale0;
  zLossScale0 = f64x2.splat(zLossScale);
  zLossScale1 = zLossScale0;
  if (!upstream) return;
  const at = upstream + ((<usize>position) << 3);
  const upstream0 = lanesArePositions ? v128.load(at) : v128.load64_splat(at);
  const upstream1 = lanesArePositions && sizeof<T>() == 4 ? v128.load(at, 16) : upstream0;
  lossScale0 = f64x2.mul(lossScale0, upstream0);
  lossScale1 = f64x2.mul(lossScale1, upstream1);
  if (zLossScale == 0) return; // even where upstream is infinite
  zLossScale0 = f64x2.mul(zLossScale0, upstream0);
  zLossScale1 = f64x2.mul(zLossScale1, upstream1);
}

/** The gradient scale lossScale·(h + Σ b) + zLossScale·s, which multiplies p in a derivative; in f64 with its error. */
export let gradientScale0: v128 = f64x2.splat(0);
export let gradientScale1: v128 = f64x2.splat(0);
export let gradientScaleError: v128 = f64x2.splat(0);

export function findGradientScale<T>(): void {
  const weight = f64x2.add(labelWeight0, targetMass0);
  const loss = f64x2.mul(lossScale0, weight);
  const zLoss = f64x2.mul(zLossScale0, logSumExp0);
  gradientScale0 = f64x2.add(loss, zLoss);
  if (sizeof<T>() == 4) {
    const loss1 = f64x2.mul(lossScale1, f64x2.add(labelWeight1, targetMass1));
    gradientScale1 = f64x2.add(loss1, f64x2.mul(zLossScale1, logSumExp1));
  } else {
    const weightError = f64x2.add(finite(twoSumError(labelWeight0, targetMass0)), targetMassError);
    const lossError = f64x2.add(twoProductError(lossScale0, weight), f64x2.mul(lossScale0, weightError));
    const zLossError = f64x2.add(twoProductError(zLossScale0, logSumExp0), f64x2.mul(zLossScale0, logSumExpError));
    gradientScaleError = f64x2.add(f64x2.add(finite(twoSumError(loss, zLoss)), zLossError), lossError);
    gradientScale1 = gradientScale0;
  }
}

/**
 * The gradient's entry at the label, without b, of two positions in f64: −own·(1 − p_y) + shared·p_y. `own` weighs the
 * label alone, `shared` every class alike.
 */
@inline
export function entryOf<T>(
  own: v128,
  shared: v128,
  term: v128,
  maxTerm: v128,
  sumOfOthers: v128,
  sumOfOthersError: v128,
  total: v128,
  totalError: v128,
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
  const entry = f64x2.sub(f64x2.splat(0), timesQuotient<T>(own, others, othersError, total, totalError));
  return isShared ? f64x2.add(entry, timesQuotient<T>(shared, term, f64x2.splat(0), total, totalError)) : entry;
}

/**
 * m·(a/total), in f64 with the errors of a and total. There the quotient may be subnormal where the product is not; then it
 * is computed with a factor of 2^64.
 */
@inline
function timesQuotient<T>(m: v128, a: v128, aError: v128, total: v128, totalError: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.mul(m, f64x2.div(a, total));
  const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
  const unit = v128.bitselect(down, f64x2.splat(1), f64x2.ge(f64x2.abs(m), f64x2.splat(1)));
  const divisor = f64x2.mul(total, unit);
  const quotient = f64x2.div(a, divisor);
  const error = quotientError(a, aError, quotient, divisor, f64x2.mul(totalError, unit));
  return f64x2.mul(f64x2.mul(m, unit), f64x2.add(quotient, error));
}
