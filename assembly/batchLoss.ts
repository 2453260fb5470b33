// The losses of a batch of short rows, and what their gradients need (loss.ts has the formulas).

import {
  COLS,
  CONFIDENCE,
  IGNORED,
  LABELS,
  LOSS_SCALE,
  UPSTREAM,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
  Z_LOSS_SCALE,
} from "./abi";
import { apartOf, termsOf } from "./batch";
import { address, count, number } from "./call";
import { isTiny } from "./elementwise";
import { finite, quotientError, twoProductError, twoSumError } from "./errorFree";
import { isFinite, logSum0Of, logSum1Of } from "./exponentials";
import { Group } from "./group";
import { allTrue, canonical, half0, half1, lanes, narrow, narrowMask } from "./lanes";
import { logOfSum } from "./log1p";
import { entryOf, labelLossOf, withZLoss } from "./loss";
import { overTemperature, overTemperatureError } from "./temperature";

/**
 * Stores the losses of a batch of `width` classes whose first position is `position`; with `withGradient` also finds the factors, label entries
 * and places of the gradient.
 */
export function lossesOfBatch<T>(
  call: usize,
  first: usize,
  groups: i32,
  width: i32,
  position: i32,
  withGradient: bool,
): void {
  const cols = count(call, COLS);
  const confidence = number(call, CONFIDENCE);
  const weights = address(call, WEIGHTS);
  const zLoss = number(call, Z_LOSS);
  const upstream: usize = withGradient ? address(call, UPSTREAM) : 0;
  const lossScale = f64x2.splat(withGradient ? number(call, LOSS_SCALE) : 0);
  const zLossScale: f64 = withGradient ? number(call, Z_LOSS_SCALE) : 0;
  const zero = f64x2.splat(0);
  const apart = apartOf(width);
  const row = cols << (<i32>alignof<T>());
  const rows = sizeof<T>() == 4 ? i32x4(0, row, 2 * row, 3 * row) : i32x4(0, row, 0, 0);
  const labelsStep: usize = 4 * lanes<T>();
  let labels = address(call, LABELS) + ((<usize>position) << 2);
  let values = address(call, VALUES) + ((<usize>position) << alignof<T>());
  let x = address(call, X) + <usize>position * <usize>row;
  let up = upstream + ((<usize>position) << 3);
  for (let at = first; groups > 0; --groups, at += apart) {
    const group = changetype<Group>(at);
    const label = sizeof<T>() == 4 ? v128.load(labels) : v128.load64_zero(labels);
    labels += labelsStep;
    const isActive = i32x4.ne(label, i32x4.splat(IGNORED));
    const active = sizeof<T>() == 4 ? isActive : i64x2.extend_low_i32x4_s(isActive);
    const hasLabel = i32x4.ge_s(label, i32x4.splat(0));
    const classes = v128.and(label, hasLabel);
    let weight0 = f64x2.splat(confidence);
    let weight1 = weight0;
    if (weights) {
      weight0 = f64x2.mul(weightsOf(weights, i32x4.extract_lane(classes, 0), i32x4.extract_lane(classes, 1)), weight0);
      if (sizeof<T>() == 4) {
        weight1 = f64x2.mul(
          weightsOf(weights, i32x4.extract_lane(classes, 2), i32x4.extract_lane(classes, 3)),
          weight1,
        );
      }
    }
    weight0 = v128.and(weight0, i64x2.extend_low_i32x4_s(hasLabel));
    weight1 = v128.and(weight1, i64x2.extend_high_i32x4_s(hasLabel));
    const places = i32x4.add(i32x4.shl(classes, <i32>alignof<T>()), rows);
    const labelLogits = gather<T>(x, places);
    const max = group.max;
    const sumOfOthers0 = group.sumOfOthers0;
    const sumOfOthers1 = group.sumOfOthers1;

    const logSum0 = logSum0Of<T>(group);
    const logSum1 = logSum1Of<T>(group);
    let loss0 = labelLossOf<T>(half0<T>(max), half0<T>(labelLogits), weight0, logSum0);
    let loss1 = sizeof<T>() == 4 ? labelLossOf<T>(half1<T>(max), half1<T>(labelLogits), weight1, logSum1) : zero;
    let s0 = zero;
    let s1 = zero;
    let sError = zero;
    if (zLoss != 0) {
      const m0 = overTemperature(half0<T>(max));
      s0 = f64x2.add(m0, logSum0);
      loss0 = withZLoss(loss0, s0, zLoss);
      if (sizeof<T>() == 4) {
        s1 = f64x2.add(overTemperature(half1<T>(max)), logSum1);
        loss1 = withZLoss(loss1, s1, zLoss);
      } else sError = f64x2.add(finite(twoSumError(m0, logSum0)), overTemperatureError(max, m0));
    }
    const total0 = group.total0;
    const total1 = group.total1;
    const total = narrow<T>(total0, total1);
    const valid = v128.eq<T>(total, total);
    const nan = v128.and(v128.splat<T>(<T>NaN), active);
    const keep = v128.and(valid, active);
    const loss = canonical<T>(narrow<T>(loss0, loss1));
    // No −0, as in lossOfGroup.
    v128.store(values, v128.add<T>(v128.bitselect(loss, nan, keep), v128.splat<T>(0)));
    values += 16;
    x += row * lanes<T>();
    if (!withGradient) continue;

    group.labelPlaces = places;
    let lossScale0 = lossScale;
    let lossScale1 = lossScale;
    let zScale0 = f64x2.splat(zLossScale);
    let zScale1 = zScale0;
    if (upstream) {
      const up0 = v128.load(up);
      const up1 = sizeof<T>() == 4 ? v128.load(up, 16) : up0;
      up += 8 * lanes<T>();
      lossScale0 = f64x2.mul(lossScale, up0);
      lossScale1 = f64x2.mul(lossScale, up1);
      if (zLossScale != 0) {
        zScale0 = f64x2.mul(zScale0, up0);
        zScale1 = f64x2.mul(zScale1, up1);
      }
    }
    const inVectors = sizeof<T>() == 4 ? i32x4(0, 4, 8, 12) : i32x4(0, 8, 0, 0);
    const term = gather<T>(termsOf(at), i32x4.add(i32x4.shl(classes, 4), inVectors));
    const own0 = f64x2.mul(lossScale0, weight0);
    const own1 = f64x2.mul(lossScale1, weight1);
    const zLoss0 = f64x2.mul(zScale0, s0);
    const zLoss1 = f64x2.mul(zScale1, s1);
    // Plus 0 times the smoothed targets' mass.
    const shared0 = f64x2.add(f64x2.mul(lossScale0, zero), zLoss0);
    const shared1 = f64x2.add(f64x2.mul(lossScale1, zero), zLoss1);
    const maxTerm = group.maxTerm;
    let entry1 = zero;
    const entry0 = entryOf<T>(
      own0,
      shared0,
      half0<T>(term),
      half0<T>(maxTerm),
      sumOfOthers0,
      group.sumOfOthersError,
      total0,
      group.totalError,
      zLoss != 0,
    );
    if (sizeof<T>() == 4) {
      entry1 = entryOf<T>(
        own1,
        shared1,
        half1<T>(term),
        half1<T>(maxTerm),
        sumOfOthers1,
        zero,
        total1,
        zero,
        zLoss != 0,
      );
    }
    const scale0 = f64x2.add(own0, zLoss0);
    const scale1 = f64x2.add(own1, zLoss1);
    let factor0 = f64x2.div(scale0, total0);
    let factor1 = f64x2.div(scale1, total1);
    if (sizeof<T>() == 8) {
      const lossError = twoProductError(lossScale0, weight0);
      const zLossError = f64x2.add(twoProductError(zScale0, s0), f64x2.mul(zScale0, sError));
      const scaleError = f64x2.add(f64x2.add(finite(twoSumError(own0, zLoss0)), zLossError), lossError);
      const error = quotientError(scale0, scaleError, factor0, total0, group.totalError);
      factor0 = f64x2.add(factor0, v128.andnot(error, isTiny<T>(factor0)));
    }
    const factor = narrow<T>(factor0, factor1);
    const entries = canonical<T>(narrow<T>(entry0, entry1));
    group.factor = v128.bitselect(factor, nan, keep);
    group.labelEntries = v128.bitselect(entries, nan, keep);
    const isTiny = v128.or(losesDigits<T>(factor0, scale0), sizeof<T>() == 4 ? losesDigits<T>(factor1, scale1) : zero);
    const isSound = v128.and(valid, isFinite<T>(narrow<T>(scale0, scale1)));
    const isOdd = v128.or(v128.or(isTiny, v128.not(isSound)), i32x4.lt_s(label, i32x4.splat(IGNORED)));
    if (v128.any_true(isOdd)) settle<T>(at, width, scale0, scale1, factor, hasLabel, keep, nan);
  }
}

/** Whether the factor for a gradient scale is subnormal, or 0 for one that is not. */
@inline
function losesDigits<T>(factor: v128, scale: v128): v128 {
  return v128.and(isTiny<T>(factor), f64x2.ne(scale, f64x2.splat(0)));
}

/**
 * A group that has a NaN, an upstream gradient that is not finite or beyond the range of T, a factor that would be
 * subnormal, or no label: turns its exponentials into values that, multiplied by the factors, are the gradient.
 */
function settle<T>(
  at: usize,
  cols: i32,
  scale0: v128,
  scale1: v128,
  factor: v128,
  hasLabel: v128,
  keep: v128,
  nan: v128,
): void {
  const group = changetype<Group>(at);
  const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
  const one = f64x2.splat(1);
  const total0 = group.total0;
  const total1 = group.total1;
  const factor0 = f64x2.div(scale0, total0);
  const factor1 = f64x2.div(scale1, total1);
  const tiny0 = isTiny<T>(factor0);
  const tiny1 = isTiny<T>(factor1);
  const unit = narrow<T>(v128.bitselect(down, one, tiny0), v128.bitselect(down, one, tiny1));
  let larger = narrow<T>(f64x2.div(scale0, f64x2.mul(total0, down)), f64x2.div(scale1, f64x2.mul(total1, down)));
  if (sizeof<T>() == 8) larger = f64x2.add(larger, f64x2.splat(0)); // +0 for −0, as an error of 0 makes it
  factor = v128.bitselect(larger, factor, narrowMask<T>(tiny0, tiny1));
  const isSound = isFinite<T>(narrow<T>(scale0, scale1));
  const areSound = allTrue<T>(isSound);
  const terms = termsOf(at);
  for (let to = terms, n = cols; n > 0; --n, to += 16) {
    let v = v128.mul<T>(v128.load(to), unit);
    if (!areSound) {
      // In f64, in which no 0·∞ comes of a finite scale (operations/crossEntropyGrad.ts).
      const wide = narrow<T>(f64x2.mul(half0<T>(v), factor0), f64x2.mul(half1<T>(v), factor1));
      v = v128.mul<T>(v, factor);
      if (sizeof<T>() == 4) v = v128.bitselect(v, wide, isSound);
      v = canonical<T>(v);
    }
    v128.store(to, v128.and(v, keep));
  }
  if (!areSound) factor = v128.splat<T>(1);
  factor = v128.bitselect(factor, nan, keep);
  group.factor = factor;
  // Without a label the entry of class 0 is like the others.
  const isLabel = sizeof<T>() == 4 ? hasLabel : i64x2.extend_low_i32x4_s(hasLabel);
  group.labelEntries = v128.bitselect(group.labelEntries, v128.mul<T>(v128.load(terms), factor), isLabel);
}


@inline
function weightsOf(weights: usize, class0: i32, class1: i32): v128 {
  const first = v128.load64_zero(weights + ((<usize>class0) << 3));
  return v128.load64_lane(weights + ((<usize>class1) << 3), first, 1);
}

/** The elements at places in bytes. */
@inline
function gather<T>(from: usize, places: v128): v128 {
  const first = from + <usize>i32x4.extract_lane(places, 0);
  const second = from + <usize>i32x4.extract_lane(places, 1);
  if (sizeof<T>() == 8) return v128.load64_lane(second, v128.load64_zero(first), 1);
  const third = from + <usize>i32x4.extract_lane(places, 2);
  const fourth = from + <usize>i32x4.extract_lane(places, 3);
  return v128.load32_lane(fourth, v128.load32_lane(third, v128.load32_lane(second, v128.load32_zero(first), 1), 2), 3);
}

/** Stores the label entries of a batch. */
export function scatterEntries<T>(out: usize, first: usize, groups: i32, cols: i32, width: i32): void {
  const apart = apartOf(width);
  const rows = (<usize>(cols * lanes<T>())) << alignof<T>();
  for (let at = first; groups > 0; --groups, at += apart, out += rows) {
    const group = changetype<Group>(at);
    const places = group.labelPlaces;
    const entries = group.labelEntries;
    v128.store_lane<T>(out + <usize>i32x4.extract_lane(places, 0), entries, 0);
    v128.store_lane<T>(out + <usize>i32x4.extract_lane(places, 1), entries, 1);
    if (sizeof<T>() == 8) continue;
    v128.store32_lane(out + <usize>i32x4.extract_lane(places, 2), entries, 2);
    v128.store32_lane(out + <usize>i32x4.extract_lane(places, 3), entries, 3);
  }
}

/**
 * The same, with the same bits, for losses of labels and no more, in f32 (plainRows.ts, isPlainLoss): three fifths of the time. No
 * factor of the gradient may be subnormal or infinite (isPlainScale).
 */
export function plainLossesOfBatch(
  call: usize,
  first: usize,
  groups: i32,
  width: i32,
  position: i32,
  withGradient: bool,
): void {
  const apart = apartOf(width);
  const row = count(call, COLS) << 2;
  const rows = i32x4(0, row, 2 * row, 3 * row);
  const scale = f64x2.splat(withGradient ? number(call, LOSS_SCALE) : 0);
  const zero = f64x2.splat(0);
  const labels = address(call, LABELS);
  const values = address(call, VALUES);
  let x = address(call, X) + <usize>position * <usize>row;
  for (let at = first; groups > 0; --groups, at += apart, position += 4, x += row << 2) {
    const group = changetype<Group>(at);
    const total0 = group.total0;
    const total1 = group.total1;
    const label = v128.load(labels + ((<usize>position) << 2));
    const valid = narrowMask<f32>(f64x2.eq(total0, total0), f64x2.eq(total1, total1));
    if (!i32x4.all_true(v128.and(valid, i32x4.ge_s(label, zero)))) {
      lossesOfBatch<f32>(call, at, 1, width, position, withGradient);
      continue;
    }
    const places = i32x4.add(i32x4.shl(label, 2), rows);
    const logit0 = widePair(x, i32x4.extract_lane(places, 0), i32x4.extract_lane(places, 1));
    const logit1 = widePair(x, i32x4.extract_lane(places, 2), i32x4.extract_lane(places, 3));
    const max = at + offsetof<Group>("max");
    const others0 = group.sumOfOthers0;
    const others1 = group.sumOfOthers1;
    const loss0 = f64x2.add(f64x2.sub(wideHalf(max), logit0), logOfSum(others0, group.wideMaxTerm0));
    const loss1 = f64x2.add(f64x2.sub(wideHalf(max + 8), logit1), logOfSum(others1, group.wideMaxTerm1));
    v128.store(values + ((<usize>position) << 2), narrow<f32>(loss0, loss1));
    if (!withGradient) continue;

    group.labelPlaces = places;
    const terms = termsOf(at);
    const inTerms = i32x4.shl(label, 4);
    const term0 = widePair(terms, i32x4.extract_lane(inTerms, 0), i32x4.extract_lane(inTerms, 1) + 4);
    const term1 = widePair(terms, i32x4.extract_lane(inTerms, 2) + 8, i32x4.extract_lane(inTerms, 3) + 12);
    const maxTerm = at + offsetof<Group>("maxTerm");
    const entry0 = entryOf<f32>(scale, zero, term0, wideHalf(maxTerm), others0, zero, total0, zero, false);
    const entry1 = entryOf<f32>(scale, zero, term1, wideHalf(maxTerm + 8), others1, zero, total1, zero, false);
    group.labelEntries = narrow<f32>(entry0, entry1);
    group.factor = narrow<f32>(f64x2.div(scale, total0), f64x2.div(scale, total1));
  }
}

/**
 * Whether a finite LOSS_SCALE over any total of a batch is a normal f32: a total is 2^63 at least, and 2^73 at most (exp.ts,
 * BIAS; 256 classes).
 */
@inline
export function isPlainScale(scale: f64): bool {
  return abs(scale) >= reinterpret<f64>(0x3cc0000000000000); // 2^-51
}

/** Two numbers of f32 in f64, `a` and `b` bytes from an address on. */
@inline
function widePair(from: usize, a: i32, b: i32): v128 {
  const first = v128.load32_zero(from + <usize>a);
  return f64x2.promote_low_f32x4(v128.load32_lane(from + <usize>b, first, 1));
}

/** The two numbers of f32 at an address in f64. */
@inline
function wideHalf(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}
