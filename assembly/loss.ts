// The losses of a group of positions, and what their derivatives are made of:
//
//   L = h·(s − x_y) + Σ_c b_c·(s − x_c) + λ·s²     s = log Σ e^x_c, h = share·w_y
//
// h belongs to the label y, b to what is spread over the classes (label smoothing, soft targets); a coefficient of 0 makes
// its term 0, even an infinite one. The labels −1 and −2 stand for an ignored position and for one without a label.

import { across, count, position, step } from "./groups";
import { storeValues } from "./logSumExp";
import { high, lanes, low, narrow } from "./lanes";
import { maxOf } from "./max";
import { sumOf, sumOfDistances } from "./products";
import { sumHigh, sumLow } from "./sum";
import {
  expStore,
  findLogSum,
  isFinite,
  logSumHigh,
  logSumLow,
  restHigh,
  restLow,
  top,
  totalHigh,
  totalLow,
} from "./terms";

/** The label of a position that takes no part. */
const IGNORED: i32 = -1;

/** Which positions are not ignored. */
export let active: v128 = f64x2.splat(0);
/** Which have a loss that is a number. */
export let valid: v128 = f64x2.splat(0);
/** h, in f64. */
export let hardLow: v128 = f64x2.splat(0);
export let hardHigh: v128 = f64x2.splat(0);
/** Σ b + 2·λ·s, in f64: with h, what multiplies p in the gradient. */
export let pullLow: v128 = f64x2.splat(0);
export let pullHigh: v128 = f64x2.splat(0);
/** x at the labels. */
let labelled: v128 = f64x2.splat(0);

/** The labels of the group's positions, as i32; along a row every lane is of the one. */
let labelsOf: v128 = i32x4.splat(0);

/** The label of the position in a lane. */
@inline
export function labelIn(lane: i32): i32 {
  if (lane == 0) return i32x4.extract_lane(labelsOf, 0);
  if (lane == 1) return i32x4.extract_lane(labelsOf, 1);
  return lane == 2 ? i32x4.extract_lane(labelsOf, 2) : i32x4.extract_lane(labelsOf, 3);
}

/** Where the element of the label of the position in a lane is; that of class 0 where there is no label. */
@inline
export function labelledAt<T>(x: usize, lane: i32): usize {
  const label = <usize>max(labelIn(lane), 0);
  if (across) return x + label * step + ((<usize>lane) << alignof<T>());
  return x + (label << alignof<T>());
}

/** The elements of the labels. */
@inline
export function gather<T>(x: usize): v128 {
  if (!across) return v128.splat<T>(load<T>(labelledAt<T>(x, 0)));
  const v = v128.replace_lane<T>(v128.splat<T>(load<T>(labelledAt<T>(x, 0))), 1, load<T>(labelledAt<T>(x, 1)));
  if (sizeof<T>() == 8) return v;
  const w = v128.load32_lane(labelledAt<T>(x, 2), v, 2);
  return v128.load32_lane(labelledAt<T>(x, 3), w, 3);
}

/** Stores a value at each label, where there is one. */
@inline
export function scatter<T>(x: usize, v: v128): void {
  if (labelIn(0) >= 0) store<T>(labelledAt<T>(x, 0), v128.extract_lane<T>(v, 0));
  if (!across) return;
  if (labelIn(1) >= 0) store<T>(labelledAt<T>(x, 1), v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 8) return;
  if (labelIn(2) >= 0) store<f32>(labelledAt<T>(x, 2), f32x4.extract_lane(v, 2));
  if (labelIn(3) >= 0) store<f32>(labelledAt<T>(x, 3), f32x4.extract_lane(v, 3));
}

/** Two values in f64, the element at each of two labels. */
@inline
export function pairOf(low: usize, high: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(low)), 1, load<f64>(high));
}

/** Fetches what belongs to the group's labels; false where all positions are ignored. */
export function readLabels<T>(x: usize, labels: usize, weights: usize, share: f64): bool {
  const at = labels + ((<usize>position) << 2);
  if (!across) labelsOf = v128.load32_splat(at);
  else labelsOf = sizeof<T>() == 4 ? v128.load(at) : v128.load64_zero(at);
  if (across && count < lanes<T>()) {
    const beyond = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
    labelsOf = v128.or(labelsOf, beyond); // −1, which is an ignored position
  }
  const isActive = i32x4.ne(labelsOf, i32x4.splat(IGNORED));
  active = sizeof<T>() == 4 ? isActive : i64x2.extend_low_i32x4_s(isActive);
  if (!v128.any_true(active)) return false;
  const isHard = i32x4.ge_s(labelsOf, i32x4.splat(0));
  hardLow = f64x2.splat(share);
  hardHigh = hardLow;
  if (weights) {
    hardLow = f64x2.mul(pairOf(weightAt(weights, 0), weightAt(weights, 1)), hardLow);
    hardHigh = f64x2.mul(pairOf(weightAt(weights, 2), weightAt(weights, 3)), hardHigh);
  }
  hardLow = v128.and(hardLow, i64x2.extend_low_i32x4_s(isHard));
  hardHigh = v128.and(hardHigh, i64x2.extend_high_i32x4_s(isHard));
  labelled = gather<T>(x);
  return true;
}


@inline
function weightAt(weights: usize, lane: i32): usize {
  return weights + ((<usize>max(labelIn(lane), 0)) << 3);
}

/** Stores the losses; leaves the terms at `terms`, and what the derivatives need in the variables above. `terms` may be `x`. */
export function lossOfGroup<T>(x: usize, terms: usize, to: usize, b: usize, lambda: f64, losses: usize): void {
  const max = maxOf<T>(x, step);
  const maxLow = low<T>(max);
  const maxHigh = high<T>(max);
  let spreadLow = f64x2.splat(0);
  let spreadHigh = spreadLow;
  pullLow = spreadLow;
  pullHigh = spreadLow;
  if (b) {
    const wide = step * (8 / sizeof<T>());
    sumOfDistances<T>(x, step, max, b, wide);
    spreadLow = sumLow;
    spreadHigh = sumHigh;
    sumOf<T>(b, wide);
    pullLow = sumLow;
    pullHigh = sumHigh;
  }
  expStore<T>(x, step, terms, to, max);
  findLogSum<T>(terms, to);
  const logLow = logSumLow;
  const logHigh = logSumHigh;
  const ahead = f64x2.add(f64x2.sub(maxLow, low<T>(labelled)), logLow);
  const aheadHigh = f64x2.add(f64x2.sub(maxHigh, high<T>(labelled)), logHigh);
  let lossLow = weighed(hardLow, ahead);
  let lossHigh = weighed(hardHigh, aheadHigh);
  if (b) {
    lossLow = f64x2.add(lossLow, f64x2.add(spreadLow, f64x2.mul(pullLow, logLow)));
    lossHigh = f64x2.add(lossHigh, f64x2.add(spreadHigh, f64x2.mul(pullHigh, logHigh)));
  }
  if (lambda != 0) {
    const l = f64x2.splat(lambda);
    const sLow = f64x2.add(maxLow, logLow);
    const sHigh = f64x2.add(maxHigh, logHigh);
    const zLow = f64x2.mul(l, sLow);
    const zHigh = f64x2.mul(l, sHigh);
    lossLow = f64x2.add(lossLow, f64x2.mul(zLow, sLow));
    lossHigh = f64x2.add(lossHigh, f64x2.mul(zHigh, sHigh));
    pullLow = f64x2.add(pullLow, f64x2.add(zLow, zLow));
    pullHigh = f64x2.add(pullHigh, f64x2.add(zHigh, zHigh));
  }
  const total = narrow<T>(totalLow, totalHigh);
  valid = v128.and(isFinite<T>(max), v128.eq<T>(total, total));
  const loss = v128.bitselect(narrow<T>(lossLow, lossHigh), v128.splat<T>(<T>NaN), valid);
  storeValues<T>(losses, v128.and(loss, active));
}

/** coefficient·value, and 0 where the coefficient is 0. */
@inline
function weighed(coefficient: v128, value: v128): v128 {
  return v128.and(f64x2.mul(coefficient, value), f64x2.ne(coefficient, f64x2.splat(0)));
}

/** The losses of a group of which every position is ignored. */
export function noLosses<T>(losses: usize): void {
  storeValues<T>(losses, f64x2.splat(0));
}

/** The sum of the terms of every class but the label's, for terms in f64. */
@inline
export function othersLow<T>(term: v128): v128 {
  return v128.bitselect(restLow, f64x2.sub(totalLow, term), f64x2.eq(term, low<T>(top)));
}


@inline
export function othersHigh<T>(term: v128): v128 {
  return v128.bitselect(restHigh, f64x2.sub(totalHigh, term), f64x2.eq(term, high<T>(top)));
}

/** The upstream gradient of the positions times a factor. */
export let factorLow: v128 = f64x2.splat(0);
export let factorHigh: v128 = f64x2.splat(0);

/** factor·upstream of each position; upstream = 0 for one of 1 everywhere. */
export function readFactor<T>(factor: f64, upstream: usize): void {
  factorLow = f64x2.splat(factor);
  factorHigh = factorLow;
  if (!upstream) return;
  const at = upstream + ((<usize>position) << 3);
  factorLow = f64x2.mul(factorLow, across ? v128.load(at) : v128.load64_splat(at));
  factorHigh = across && sizeof<T>() == 4 ? f64x2.mul(factorHigh, v128.load(at, 16)) : factorLow;
}
