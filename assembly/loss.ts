// The losses of a group of positions, and the parts of their derivatives:
//
//   L = h·(s − x_y) + Σ_c b_c·(s − x_c) + λ·s²     s = log Σ e^x_c, h = CONFIDENCE·w_y
//
// with logits divided by the temperature in place of x. h is the weight of the label y, b are the smoothed targets, λ
// is Z_LOSS. A coefficient of 0 makes its term 0, even where the other factor is infinite.

import { IGNORED } from "./abi";
import { finite, quotientError, twoProductError, twoSumError } from "./errorFree";
import { findLogSum, storeExponentials } from "./exponentials";
import { SINGLE_FIELDS_BYTES, SingleGroup, storeValues } from "./groups";
import { canonical, half0, half1, lanes, narrow } from "./lanes";
import { sumOfDistances, sumOfF64 } from "./reductions";
import { distance, overDivisor, overTemperature, overTemperatureError } from "./temperature";

/** A single group with its losses and what their derivatives need. */
@unmanaged
export class LossGroup extends SingleGroup {
  /** Which positions are not ignored. */
  active: v128;
  /** Which positions have a loss that is a number. */
  valid: v128;
  /** The labels, as i32; along a row every lane holds the row's. */
  labels: v128;
  /** x at the labels. */
  labelLogits: v128;
  /** The label weight h. */
  labelWeight0: v128;
  labelWeight1: v128;
  /** The target mass Σ b. */
  targetMass0: v128;
  targetMass1: v128;
  targetMassError: v128;
  /** s where λ is not 0, else 0. */
  logSumExp0: v128;
  logSumExp1: v128;
  logSumExpError: v128;
  /** LOSS_SCALE and Z_LOSS_SCALE, times the upstream gradient of each position. */
  lossScale0: v128;
  lossScale1: v128;
  zLossScale0: v128;
  zLossScale1: v128;
  /** The gradient scale lossScale·(h + Σ b) + zLossScale·s, which multiplies p in a derivative. */
  gradientScale0: v128;
  gradientScale1: v128;
  gradientScaleError: v128;
}

if (<i32>offsetof<LossGroup>() > SINGLE_FIELDS_BYTES) ERROR("abi.ts: SINGLE_GROUP_BYTES");

/** The label of the position in a lane. */
@inline
function labelIn(group: LossGroup, lane: i32): i32 {
  return load<i32>(changetype<usize>(group) + ((<usize>lane) << 2), offsetof<LossGroup>("labels"));
}

/** Where the element of the label of the position in a lane lies; the element of class 0 where there is no label. */
@inline
function labelElementAt(group: LossGroup, x: usize, lane: i32): usize {
  return x + <usize>load<u32>(changetype<usize>(group) + ((<usize>lane) << 2), offsetof<LossGroup>("labelPlaces"));
}

/** The elements at the labels, of a row or of adjacent vectors. */
export function gatherLabels<T>(group: LossGroup, x: usize): v128 {
  const at0 = labelElementAt(group, x, 0);
  if (!group.lanesArePositions) return v128.splat<T>(load<T>(at0));
  const at1 = labelElementAt(group, x, 1);
  if (sizeof<T>() == 8) return loadPair(at0, at1);
  const v = v128.load32_lane(at1, v128.load32_zero(at0), 1);
  return v128.load32_lane(labelElementAt(group, x, 3), v128.load32_lane(labelElementAt(group, x, 2), v, 2), 3);
}

/**
 * Stores a value at each label, where there is one; `out` is the group's first element among the results. Call it last: a
 * load of a vector waits for a store to one of its elements.
 */
export function scatterLabels<T>(group: LossGroup, out: usize, v: v128): void {
  const lanesArePositions = group.lanesArePositions;
  const apart = lanesArePositions ? group.step : sizeof<T>();
  storeAtLabel<T>(group, out, apart, 0, v128.extract_lane<T>(v, 0));
  if (!lanesArePositions) return;
  storeAtLabel<T>(group, out, apart, 1, v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 8) return;
  storeAtLabel<f32>(group, out, apart, 2, f32x4.extract_lane(v, 2));
  storeAtLabel<f32>(group, out, apart, 3, f32x4.extract_lane(v, 3));
}


@inline
function storeAtLabel<T>(group: LossGroup, out: usize, apart: usize, lane: i32, value: T): void {
  const label = labelIn(group, lane);
  if (label < 0) return;
  store<T>(out + ((<usize>lane) << alignof<T>()) + <usize>label * apart, value);
}

/** Two f64, each from its own address. */
export function loadPair(at0: usize, at1: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(at0)), 1, load<f64>(at1));
}

/** The group's part of the smoothed targets; 0 where there are none. */
@inline
export function smoothedInGroup<T>(group: SingleGroup, smoothed: usize): usize {
  return smoothed ? smoothed + group.offset * (8 / sizeof<T>()) : 0;
}

/** Where the smoothed target of the label of the position in a lane lies. */
export function smoothedTargetAt<T>(group: LossGroup, smoothed: usize, lane: i32): usize {
  const label = <usize>max(labelIn(group, lane), 0);
  if (!group.lanesArePositions) return smoothed + (label << 3);
  return smoothed + label * group.step * (8 / sizeof<T>()) + ((<usize>(lane & (lanes<T>() - 1))) << 3);
}

/** Reads the group's labels, their weights and their elements of x; false where all positions are ignored. */
export function readLabels<T>(group: LossGroup, x: usize, labels: usize, weights: usize, confidence: f64): bool {
  const at = labels + ((<usize>group.position) << 2);
  const lanesArePositions = group.lanesArePositions;
  const positions = group.positions;
  let labelsOf: v128;
  if (!lanesArePositions) labelsOf = v128.load32_splat(at);
  else labelsOf = sizeof<T>() == 4 ? v128.load(at) : v128.load64_zero(at);
  if (sizeof<T>() == 4 && lanesArePositions && positions < 4) {
    const isBeyond = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(positions));
    labelsOf = v128.or(labelsOf, isBeyond); // all bits set is IGNORED
  }
  group.labels = labelsOf;
  const classes = i32x4.max_s(labelsOf, i32x4.splat(0));
  const lanesApart = sizeof<T>() == 4 ? i32x4(0, 4, 8, 12) : i32x4(0, 8, 0, 8);
  group.labelPlaces = lanesArePositions
    ? i32x4.add(i32x4.shl(classes, 4), lanesApart)
    : i32x4.shl(classes, <i32>alignof<T>());
  const isActive = i32x4.ne(labelsOf, i32x4.splat(IGNORED));
  const active = sizeof<T>() == 4 ? isActive : i64x2.extend_low_i32x4_s(isActive);
  group.active = active;
  if (!v128.any_true(active)) return false;
  const hasLabel = i32x4.ge_s(labelsOf, i32x4.splat(0));
  group.labelWeight0 = labelWeightOf(group, weights, 0, confidence, i64x2.extend_low_i32x4_s(hasLabel));
  if (sizeof<T>() == 4) {
    group.labelWeight1 = labelWeightOf(group, weights, 2, confidence, i64x2.extend_high_i32x4_s(hasLabel));
  }
  group.labelLogits = gatherLabels<T>(group, x);
  return true;
}

/** h of the positions in a lane and the next; 0 where there is no label. */
@inline
function labelWeightOf(group: LossGroup, weights: usize, lane: i32, confidence: f64, hasLabel: v128): v128 {
  let labelWeight = f64x2.splat(confidence);
  if (weights) {
    labelWeight = f64x2.mul(loadPair(weightAt(group, weights, lane), weightAt(group, weights, lane + 1)), labelWeight);
  }
  return v128.and(labelWeight, hasLabel);
}


@inline
function weightAt(group: LossGroup, weights: usize, lane: i32): usize {
  return weights + ((<usize>max(labelIn(group, lane), 0)) << 3);
}

/**
 * Stores the group's losses in `values` and its exponentials at `exponentials`, which may be `x`; leaves in the group what the
 * derivatives need. `smoothed` is smoothedInGroup.
 */
export function lossOfGroup<T>(
  group: LossGroup,
  x: usize,
  max: v128,
  exponentials: usize,
  smoothed: usize,
  zLoss: f64,
  values: usize,
): void {
  const zero = f64x2.splat(0);
  const isSmoothed = smoothed != 0;
  let distance0 = zero;
  let distance1 = zero;
  let mass0 = zero;
  let mass1 = zero;
  let massError = zero;
  if (isSmoothed) {
    const stepF64 = group.step * (8 / sizeof<T>());
    sumOfDistances<T>(group, x, max, smoothed, stepF64);
    distance0 = overDivisor<T>(group.sum0);
    distance1 = overDivisor<T>(group.sum1);
    sumOfF64<T>(group, smoothed, stepF64);
    mass0 = group.sum0;
    mass1 = group.sum1;
    massError = group.sumError;
  }
  group.targetMass0 = mass0;
  group.targetMass1 = mass1;
  group.targetMassError = massError;
  storeExponentials<T>(group, x, exponentials, max, true);
  findLogSum<T>(group, exponentials);
  const max0 = half0<T>(max);
  const logSum0 = group.logSum0;
  let s0 = zero;
  let s1 = zero;
  let sError = zero;
  if (zLoss != 0) {
    const m = overTemperature(max0);
    s0 = f64x2.add(m, logSum0);
    if (sizeof<T>() == 4) s1 = f64x2.add(overTemperature(half1<T>(max)), group.logSum1);
    else sError = f64x2.add(finite(twoSumError(m, logSum0)), overTemperatureError(max0, m));
  }
  group.logSumExp0 = s0;
  group.logSumExp1 = s1;
  group.logSumExpError = sError;
  const labelWeight0 = group.labelWeight0;
  const logits0 = half0<T>(group.labelLogits);
  const loss0 = lossOfPair<T>(max0, logits0, labelWeight0, distance0, mass0, massError, logSum0, s0, isSmoothed, zLoss);
  let loss1 = loss0;
  if (sizeof<T>() == 4 && group.lanesArePositions) {
    const logits1 = half1<T>(group.labelLogits);
    const logSum1 = group.logSum1;
    const labelWeight1 = group.labelWeight1;
    const max1 = half1<T>(max);
    loss1 = lossOfPair<T>(max1, logits1, labelWeight1, distance1, mass1, zero, logSum1, s1, isSmoothed, zLoss);
  }
  const total = narrow<T>(group.total0, group.total1);
  const valid = v128.eq<T>(total, total);
  group.valid = valid;
  const loss = canonical<T>(narrow<T>(loss0, loss1));
  const value = v128.and(v128.bitselect(loss, v128.splat<T>(<T>NaN), valid), group.active);
  // A negative CONFIDENCE, which turns losses into log-probabilities, must not give −0.
  storeValues<T>(group, values, v128.add<T>(value, v128.splat<T>(0)));
}

/** The losses of two positions in f64. `smoothedDistance` is Σ b_c·(max − x_c). */
function lossOfPair<T>(
  max: v128,
  labelLogits: v128,
  labelWeight: v128,
  smoothedDistance: v128,
  targetMass: v128,
  targetMassError: v128,
  logSum: v128,
  logSumExp: v128,
  isSmoothed: bool,
  zLoss: f64,
): v128 {
  let loss = labelLossOf<T>(max, labelLogits, labelWeight, logSum);
  if (isSmoothed) {
    const massTimesLog = f64x2.mul(targetMass, logSum);
    if (sizeof<T>() == 8) {
      const error = f64x2.add(twoProductError(targetMass, logSum), f64x2.mul(targetMassError, logSum));
      loss = f64x2.add(loss, f64x2.add(error, finite(twoSumError(smoothedDistance, massTimesLog))));
    }
    loss = f64x2.add(loss, f64x2.add(smoothedDistance, massTimesLog));
  }
  return zLoss == 0 ? loss : withZLoss(loss, logSumExp, zLoss);
}

/** h·(s − x_y) of two positions in f64. */
@inline
export function labelLossOf<T>(max: v128, labelLogits: v128, weight: v128, logSum: v128): v128 {
  const loss = f64x2.mul(weight, f64x2.add(overDivisor<T>(distance<T>(max, labelLogits)), logSum));
  return v128.and(loss, f64x2.ne(weight, f64x2.splat(0)));
}

/** The loss with λ·s². */
@inline
export function withZLoss(loss: v128, s: v128, zLoss: f64): v128 {
  return f64x2.add(loss, f64x2.mul(f64x2.mul(f64x2.splat(zLoss), s), s));
}

/** Stores the losses of a group of which every position is ignored. */
export function storeZeroLosses<T>(group: SingleGroup, values: usize): void {
  storeValues<T>(group, values, f64x2.splat(0));
}

/** Reads the upstream gradients and multiplies the scales by them; `upstream` is 0 where they are 1 everywhere. */
export function readScales<T>(group: LossGroup, lossScale: f64, zLossScale: f64, upstream: usize): void {
  let lossScale0 = f64x2.splat(lossScale);
  let lossScale1 = lossScale0;
  let zLossScale0 = f64x2.splat(zLossScale);
  let zLossScale1 = zLossScale0;
  if (upstream) {
    const at = upstream + ((<usize>group.position) << 3);
    const lanesArePositions = group.lanesArePositions;
    const upstream0 = lanesArePositions ? v128.load(at) : v128.load64_splat(at);
    const upstream1 = lanesArePositions && sizeof<T>() == 4 ? v128.load(at, 16) : upstream0;
    lossScale0 = f64x2.mul(lossScale0, upstream0);
    lossScale1 = f64x2.mul(lossScale1, upstream1);
    // Not 0·∞ where upstream is infinite.
    if (zLossScale != 0) {
      zLossScale0 = f64x2.mul(zLossScale0, upstream0);
      zLossScale1 = f64x2.mul(zLossScale1, upstream1);
    }
  }
  group.lossScale0 = lossScale0;
  group.lossScale1 = lossScale1;
  group.zLossScale0 = zLossScale0;
  group.zLossScale1 = zLossScale1;
}

/** Finds the gradient scale, in f64 with its error. */
export function findGradientScale<T>(group: LossGroup): void {
  const labelWeight = group.labelWeight0;
  const targetMass = group.targetMass0;
  const lossScale = group.lossScale0;
  const zLossScale = group.zLossScale0;
  const logSumExp = group.logSumExp0;
  const weight = f64x2.add(labelWeight, targetMass);
  const loss = f64x2.mul(lossScale, weight);
  const zLoss = f64x2.mul(zLossScale, logSumExp);
  const gradientScale = f64x2.add(loss, zLoss);
  group.gradientScale0 = gradientScale;
  if (sizeof<T>() == 4) {
    const loss1 = f64x2.mul(group.lossScale1, f64x2.add(group.labelWeight1, group.targetMass1));
    group.gradientScale1 = f64x2.add(loss1, f64x2.mul(group.zLossScale1, group.logSumExp1));
  } else {
    const weightError = f64x2.add(finite(twoSumError(labelWeight, targetMass)), group.targetMassError);
    const lossError = f64x2.add(twoProductError(lossScale, weight), f64x2.mul(lossScale, weightError));
    const ofProduct = f64x2.mul(zLossScale, group.logSumExpError);
    const zLossError = f64x2.add(twoProductError(zLossScale, logSumExp), ofProduct);
    group.gradientScaleError = f64x2.add(f64x2.add(finite(twoSumError(loss, zLoss)), zLossError), lossError);
    group.gradientScale1 = gradientScale;
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
 * m·(a/total), in f64 with the errors of a and total. In f64 the quotient may be subnormal although the product is not;
 * it is then computed with a factor of 2^64.
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
