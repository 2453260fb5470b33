// The losses of a group of positions, and what their derivatives are made of:
//
//   L = h·(s − x_y) + Σ_c b_c·(s − x_c) + λ·s²     s = log Σ e^x_c, h = share·w_y
//
// h belongs to the label y, b to what is spread over the classes (label smoothing, soft targets); a coefficient of 0 makes
// its term 0, even an infinite one. The labels −1 and −2 stand for an ignored position and for one without a label.

import { canonical } from "./elementwise";
import { finite, lostInProduct, lostInSum } from "./exact";
import { across, count, position, step, transposed, vectors } from "./groups";
import { storeValues } from "./logSumExp";
import { high, lanes, low, narrow } from "./lanes";
import { sumOf, sumOfDistances } from "./products";
import { sumHigh, sumLost, sumLow } from "./sum";
import { expStore, findLogSum, logSumHigh, logSumLow, totalHigh, totalLow } from "./terms";

/** The label of a position that takes no part. */
const IGNORED: i32 = -1;

/** Which positions are not ignored. */
export let active: v128 = f64x2.splat(0);
/** Which have a loss that is a number. */
export let valid: v128 = f64x2.splat(0);
/** h, in f64. */
export let hardLow: v128 = f64x2.splat(0);
export let hardHigh: v128 = f64x2.splat(0);
/** Σ b, in f64. */
export let pullLow: v128 = f64x2.splat(0);
export let pullHigh: v128 = f64x2.splat(0);
/** In f64, what the last rounding of pullLow lost. */
let pullLost: v128 = f64x2.splat(0);
/** s where λ is not 0, else 0; in f64. */
export let logSumExpLow: v128 = f64x2.splat(0);
export let logSumExpHigh: v128 = f64x2.splat(0);
/** In f64, what the rounding of logSumExpLow lost. */
let logSumExpLost: v128 = f64x2.splat(0);
/** x at the labels. */
let labelled: v128 = f64x2.splat(0);

// The labels of the group's positions, as i32; along a row every lane is of the one.
const LABELS = memory.data(16, 16);

/** The label of the position in a lane. */
@inline
function labelIn(lane: i32): i32 {
  return load<i32>(LABELS + ((<usize>lane) << 2));
}

// Where their elements are in the group, in bytes; those of class 0 where there is no label.
const PLACES = memory.data(16, 16);

/** Where the element of the label of the position in a lane is. */
@inline
function labelledAt(x: usize, lane: i32): usize {
  return x + <usize>load<u32>(PLACES + ((<usize>lane) << 2));
}

/** The elements of the labels, of a row or of adjacent vectors. */
export function gather<T>(x: usize): v128 {
  if (!across) return v128.splat<T>(load<T>(labelledAt(x, 0)));
  if (sizeof<T>() == 8) return pairOf(labelledAt(x, 0), labelledAt(x, 1));
  const v = v128.load32_lane(labelledAt(x, 1), v128.load32_zero(labelledAt(x, 0)), 1);
  return v128.load32_lane(labelledAt(x, 3), v128.load32_lane(labelledAt(x, 2), v, 2), 3);
}

/**
 * Stores a value at each label, where there is one: `out` is the group's first element among the results. After all
 * else: a vector that is loaded with an element that was stored alone has to wait for it.
 */
export function scatter<T>(out: usize, v: v128): void {
  const apart = across && !transposed ? step : sizeof<T>();
  put<T>(out, apart, 0, v128.extract_lane<T>(v, 0));
  if (!across) return;
  put<T>(out, apart, 1, v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 8) return;
  put<f32>(out, apart, 2, f32x4.extract_lane(v, 2));
  put<f32>(out, apart, 3, f32x4.extract_lane(v, 3));
}


@inline
function put<T>(out: usize, apart: usize, lane: i32, value: T): void {
  const label = labelIn(lane);
  if (label < 0) return;
  const from = out + (transposed ? (<usize>(lane * vectors)) << alignof<T>() : (<usize>lane) << alignof<T>());
  store<T>(from + <usize>label * apart, value);
}

/** Two values in f64, the element at each of two labels. */
export function pairOf(low: usize, high: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(low)), 1, load<f64>(high));
}

/** Where the b of the label of the position in a lane is. */
export function spreadAt<T>(b: usize, lane: i32): usize {
  const label = <usize>max(labelIn(lane), 0);
  return b + (across ? label * step * (8 / sizeof<T>()) + ((<usize>(lane & (lanes<T>() - 1))) << 3) : label << 3);
}

/** Fetches what belongs to the group's labels; false where all positions are ignored. */
export function readLabels<T>(x: usize, labels: usize, weights: usize, share: f64): bool {
  const at = labels + ((<usize>position) << 2);
  let labelsOf: v128;
  if (!across) labelsOf = v128.load32_splat(at);
  else labelsOf = sizeof<T>() == 4 ? v128.load(at) : v128.load64_zero(at);
  if (sizeof<T>() == 4 && across && count < 4) {
    const beyond = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
    labelsOf = v128.or(labelsOf, beyond); // −1, which is an ignored position
  }
  v128.store(LABELS, labelsOf);
  const classes = i32x4.max_s(labelsOf, i32x4.splat(0));
  const inLanes = sizeof<T>() == 4 ? i32x4(0, 4, 8, 12) : i32x4(0, 8, 0, 8);
  v128.store(PLACES, across ? i32x4.add(i32x4.shl(classes, 4), inLanes) : i32x4.shl(classes, <i32>alignof<T>()));
  const isActive = i32x4.ne(labelsOf, i32x4.splat(IGNORED));
  active = sizeof<T>() == 4 ? isActive : i64x2.extend_low_i32x4_s(isActive);
  if (!v128.any_true(active)) return false;
  const isHard = i32x4.ge_s(labelsOf, i32x4.splat(0));
  hardLow = hardOf(weights, 0, share, i64x2.extend_low_i32x4_s(isHard));
  if (sizeof<T>() == 4) hardHigh = hardOf(weights, 2, share, i64x2.extend_high_i32x4_s(isHard));
  labelled = gather<T>(x);
  return true;
}

/** h of the positions in a lane and the next: 0 where there is no label. */
@inline
function hardOf(weights: usize, lane: i32, share: f64, isHard: v128): v128 {
  let hard = f64x2.splat(share);
  if (weights) hard = f64x2.mul(pairOf(weightAt(weights, lane), weightAt(weights, lane + 1)), hard);
  return v128.and(hard, isHard);
}


@inline
function weightAt(weights: usize, lane: i32): usize {
  return weights + ((<usize>max(labelIn(lane), 0)) << 3);
}

/** Stores the losses; leaves the terms at `terms`, and what the derivatives need in the variables above. `terms` may be `x`. */
export function lossOfGroup<T>(x: usize, max: v128, terms: usize, b: usize, lambda: f64, losses: usize): void {
  let spreadLow = f64x2.splat(0);
  let spreadHigh = spreadLow;
  pullLow = spreadLow;
  pullHigh = spreadLow;
  pullLost = spreadLow;
  if (b) {
    const wide = step * (8 / sizeof<T>());
    sumOfDistances<T>(x, max, b, wide);
    spreadLow = sumLow;
    spreadHigh = sumHigh;
    sumOf<T>(b, wide);
    pullLow = sumLow;
    pullHigh = sumHigh;
    pullLost = sumLost;
  }
  expStore<T>(x, terms, max, true);
  findLogSum<T>(terms);
  const hasSpread = b != 0;
  lossOfPair<T>(low<T>(max), low<T>(labelled), hardLow, spreadLow, pullLow, logSumLow, hasSpread, lambda);
  const lossLow = pairLoss;
  logSumExpLow = pairLogSumExp;
  let lossHigh = lossLow;
  if (sizeof<T>() == 4 && across) {
    lossOfPair<T>(high<T>(max), high<T>(labelled), hardHigh, spreadHigh, pullHigh, logSumHigh, hasSpread, lambda);
    lossHigh = pairLoss;
  }
  logSumExpHigh = pairLogSumExp;
  const total = narrow<T>(totalLow, totalHigh);
  valid = v128.eq<T>(total, total);
  const loss = canonical<T>(narrow<T>(lossLow, lossHigh));
  storeValues<T>(losses, v128.and(v128.bitselect(loss, v128.splat<T>(<T>NaN), valid), active));
}

let pairLoss: v128 = f64x2.splat(0);
let pairLogSumExp: v128 = f64x2.splat(0);

/** The losses of two positions in f64, and their s for the penalty. */
function lossOfPair<T>(
  max: v128,
  labelled: v128,
  hard: v128,
  spread: v128,
  pull: v128,
  log: v128,
  hasSpread: bool,
  lambda: f64,
): void {
  pairLoss = weighed(hard, f64x2.add(f64x2.sub(max, labelled), log));
  if (hasSpread) {
    const pulled = f64x2.mul(pull, log);
    if (sizeof<T>() == 8) {
      const lost = f64x2.add(lostInProduct(pull, log), f64x2.mul(pullLost, log));
      pairLoss = f64x2.add(pairLoss, f64x2.add(lost, finite(lostInSum(spread, pulled))));
    }
    pairLoss = f64x2.add(pairLoss, f64x2.add(spread, pulled));
  }
  pairLogSumExp = f64x2.splat(0);
  logSumExpLost = pairLogSumExp;
  if (lambda != 0) {
    const s = f64x2.add(max, log);
    pairLogSumExp = s;
    if (sizeof<T>() == 8) logSumExpLost = finite(lostInSum(max, log));
    pairLoss = f64x2.add(pairLoss, f64x2.mul(f64x2.mul(f64x2.splat(lambda), s), s));
  }
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

/** The upstream gradient of the positions, times a factor and times the penalty's. */
export let factorLow: v128 = f64x2.splat(0);
export let factorHigh: v128 = f64x2.splat(0);
export let penaltyLow: v128 = f64x2.splat(0);
export let penaltyHigh: v128 = f64x2.splat(0);

/** factor·upstream and penalty·upstream of each position; upstream = 0 for one of 1 everywhere. */
export function readFactors<T>(factor: f64, penalty: f64, upstream: usize): void {
  factorLow = f64x2.splat(factor);
  factorHigh = factorLow;
  penaltyLow = f64x2.splat(penalty);
  penaltyHigh = penaltyLow;
  if (!upstream) return;
  const at = upstream + ((<usize>position) << 3);
  const low = across ? v128.load(at) : v128.load64_splat(at);
  const high = across && sizeof<T>() == 4 ? v128.load(at, 16) : low;
  factorLow = f64x2.mul(factorLow, low);
  factorHigh = f64x2.mul(factorHigh, high);
  if (penalty == 0) return; // however large the upstream
  penaltyLow = f64x2.mul(penaltyLow, low);
  penaltyHigh = f64x2.mul(penaltyHigh, high);
}

/** The slope of a derivative, factor·(h + Σ b) + penalty·s: what p is multiplied by; in f64 with what its roundings lost. */
export let slopeLow: v128 = f64x2.splat(0);
export let slopeHigh: v128 = f64x2.splat(0);
export let slopeLost: v128 = f64x2.splat(0);

export function findSlope<T>(): void {
  const sum = f64x2.add(hardLow, pullLow);
  const own = f64x2.mul(factorLow, sum);
  const added = f64x2.mul(penaltyLow, logSumExpLow);
  slopeLow = f64x2.add(own, added);
  if (sizeof<T>() == 4) {
    const ownHigh = f64x2.mul(factorHigh, f64x2.add(hardHigh, pullHigh));
    slopeHigh = f64x2.add(ownHigh, f64x2.mul(penaltyHigh, logSumExpHigh));
  } else {
    const lost = f64x2.add(finite(lostInSum(hardLow, pullLow)), pullLost);
    const ownLost = f64x2.add(lostInProduct(factorLow, sum), f64x2.mul(factorLow, lost));
    const addedLost = f64x2.add(lostInProduct(penaltyLow, logSumExpLow), f64x2.mul(penaltyLow, logSumExpLost));
    slopeLost = f64x2.add(f64x2.add(finite(lostInSum(own, added)), addedLost), ownLost);
    slopeHigh = slopeLow;
  }
}
