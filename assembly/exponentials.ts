// The exponentials of a group, e^(x_c − max), and their sums.
//
// Exponentials and sums are in units of 2^-64·e^max/2^k (exp.ts), which cancel in every result.

import { scale, subtract } from "./elementwise";
import { quotientError, twoSumError } from "./errorFree";
import { constant, exp, expOfMax, exponentOf, limitOf, ln2, magicOf, shiftFrom } from "./exp";
import { Group } from "./group";
import { SingleGroup } from "./groups";
import { half0, half1, loadTail, storeTail } from "./lanes";
import { log1p, logOfSum } from "./log1p";
import {
  arePrecise,
  FAR,
  hasUnit,
  INVERSE,
  INVERSE_LO,
  isTempered,
  LN2,
  LN2_HI,
  LN2_LO,
  LOG2E,
  tempered,
  UNIT,
  WIDE_INVERSE,
} from "./temperature";
import { beginning, clearBelow, finishRow, sumBelow, sumPositions, withError } from "./sum";

/** Which lanes are finite. */
@inline
export function isFinite<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>Infinity));
}

/** Which maxima are so far from 0 that they are subtracted. */
@inline
export function isFar<T>(max: v128): v128 {
  return v128.ge<T>(v128.abs<T>(max), isTempered() ? tempered(FAR) : v128.splat<T>(shiftFrom<T>()));
}

/**
 * Stores the exponentials of the positions whose maxima are `max`, and finds their total. It is NaN if an exponential
 * is NaN, or if the maximum is not finite, because ∞ − ∞ is NaN. `out` may be `x`; where lanes are positions both are
 * halves of scratch. With `withMaxTerm`, f32 computes the terms of the maxima too where lanes are positions: one more
 * vector costs less than waiting for findMaxTerm.
 */
export function storeExponentials<T>(group: SingleGroup, x: usize, out: usize, max: v128, withMaxTerm: bool): void {
  const far = isFar<T>(max);
  if (v128.any_true(far) || hasUnit()) {
    subtract<T>(group, x, out, v128.and(max, far), v128.splat<T>(0));
    x = out;
    max = v128.andnot(max, far);
    if (hasUnit()) {
      scale<T>(group, out, tempered(UNIT));
      max = v128.mul<T>(max, tempered(UNIT));
    }
  }
  const k = exponentOf<T>(max, isTempered() ? tempered(LOG2E) : constant<T>(0));
  group.shiftedMax = max;
  group.exponent = k;
  const lanesArePositions = group.lanesArePositions;
  if (sizeof<T>() == 4 && withMaxTerm) {
    // Computed before the loop, so that the two overlap.
    const wideMaxTerm0 = expOfMax(reduced(half0<T>(max)), half0<T>(k));
    group.wideMaxTerm0 = wideMaxTerm0;
    group.wideMaxTerm1 = lanesArePositions ? expOfMax(reduced(half1<T>(max)), half1<T>(k)) : wideMaxTerm0;
  }
  if (lanesArePositions) {
    const vectors = group.vectors;
    const spare = (<usize>vectors) << 4;
    const isWithMaxTerm = sizeof<T>() == 4 && withMaxTerm;
    if (isWithMaxTerm) v128.store(x + spare, max);
    const n = vectors + i32(isWithMaxTerm);
    if (isTempered()) expVectorsTempered<T>(x, out, n, k);
    else if (sizeof<T>() == 4 && arePrecise()) expVectorsPrecise(x, out, n, k);
    else expVectors<T>(x, out, n, k);
    if (isWithMaxTerm) group.maxTerm = v128.load(out + spare);
    sumPositions<T>(group, out);
  } else if (isTempered()) expRowTempered<T>(group, x, out, k);
  else if (sizeof<T>() == 4 && arePrecise()) expRowPrecise(group, x, out, k);
  else expRow<T>(group, x, out, k);
}

/**
 * Which totals may be those of one certain class, or of a power of two of equal ones, or are NaN.
 *
 * Where one exponential is the whole sum its probability is 1, not its product with a rounded reciprocal. Such a sum is
 * a number of T and at most √2·2^64, the largest exponential (exp.ts). So is the sum of 2ⁿ equal exponentials, which
 * has the mantissa of the first exponential unless that one is 0. Few sums are of either kind, so a branch is predicted
 * well.
 *
 * @param isExact Whether the total is a number of T.
 */
@inline
export function mayBeSpecial<T>(first: v128, total: v128, isExact: v128): v128 {
  const isSmall = v128.lt<T>(total, v128.splat<T>(<T>2.61e19));
  const mayBeEqual = v128.or(hasMantissaOf<T>(total, first), v128.eq<T>(first, v128.splat<T>(0)));
  return v128.or(v128.and(isExact, v128.or(isSmall, mayBeEqual)), v128.ne<T>(total, total));
}

/** Whether a/b is a power of two, for normal numbers above 0. */
@inline
export function hasMantissaOf<T>(a: v128, b: v128): v128 {
  const differing = v128.xor(a, b);
  if (sizeof<T>() == 4) return i32x4.eq(i32x4.shl(differing, 9), i32x4.splat(0));
  return i64x2.eq(i64x2.shl(differing, 12), i64x2.splat(0));
}

/** Puts 0 in place of a row's exponentials in f32 below a limit; the sum of the others is known to be exact in any order. */
export function takeFrom<T>(group: SingleGroup, exponentials: usize, limit: T, sum: f64): void {
  clearBelow<T>(group, exponentials, limit);
  group.total0 = f64x2.splat(sum);
  group.total1 = f64x2.splat(sum);
}

/** A maximum in f64 over the temperature. */
@inline
export function reduced(max: v128): v128 {
  return isTempered() ? f64x2.mul(max, tempered(WIDE_INVERSE)) : max;
}

/** Computes the term of the maximum once more. */
export function findMaxTerm<T>(group: SingleGroup): void {
  const errorAt = changetype<usize>(group) + offsetof<Group>("maxTermError");
  group.maxTerm = expVector<T>(group.shiftedMax, group.exponent, errorAt);
}

/**
 * The sum of the stored exponentials without the term of the maximum.
 *
 * If one class outweighs the others by far, total − maxTerm would lose the others' digits; from a gap of 36 on, all of
 * them. In that case no other class has the same maximum, and the others are summed without it. Otherwise the
 * subtraction costs at most five bits: for f32, of the 29 that f64 has beyond it; for f64, of those in totalError.
 */
export function findSumOfOthers<T>(group: SingleGroup, exponentials: usize): void {
  const maxTerm = group.maxTerm;
  const maxTerm0 = half0<T>(maxTerm);
  const total0 = group.total0;
  const others0 = f64x2.sub(total0, maxTerm0);
  group.sumOfOthers0 = others0;
  const dominates0 = dominates(others0, total0);
  if (sizeof<T>() == 8) {
    const othersError = f64x2.add(twoSumError(total0, f64x2.neg(maxTerm0)), group.totalError);
    group.sumOfOthersError = othersError;
    if (v128.any_true(dominates0)) {
      sumBelow<T>(group, exponentials, maxTerm);
      group.sumOfOthers0 = v128.bitselect(group.sum0, others0, dominates0);
      group.sumOfOthersError = v128.bitselect(group.sumError, othersError, dominates0);
    }
  } else {
    const total1 = group.total1;
    const others1 = f64x2.sub(total1, half1<T>(maxTerm));
    group.sumOfOthers1 = others1;
    const dominates1 = dominates(others1, total1);
    if (v128.any_true(v128.or(dominates0, dominates1))) {
      sumBelow<T>(group, exponentials, maxTerm);
      group.sumOfOthers0 = v128.bitselect(group.sum0, others0, dominates0);
      group.sumOfOthers1 = v128.bitselect(group.sum1, others1, dominates1);
    }
  }
}

/** Whether the others are less than a 32nd of the total. */
@inline
export function dominates(sumOfOthers: v128, total: v128): v128 {
  return f64x2.lt(f64x2.mul(sumOfOthers, f64x2.splat(32)), total);
}

/**
 * log Σ e^(x_c − max) as log1p(sum of the others / term of the maximum): a confident row keeps all digits of its loss.
 * The divisor is free of the rounding of the stored term: in f32 it is computed in f64, in f64 its error is added.
 */
export function findLogSum<T>(group: SingleGroup, exponentials: usize): void {
  if (sizeof<T>() == 8 || !group.lanesArePositions) findMaxTerm<T>(group);
  findSumOfOthers<T>(group, exponentials);
  const logSum0 = logSum0Of<T>(group);
  group.logSum0 = logSum0;
  group.logSum1 = group.lanesArePositions ? logSum1Of<T>(group) : logSum0;
}

/** The logarithm, with its error in the group in f64, from the sum of the others and the term of the maximum. */
@inline
export function logSum0Of<T>(group: Group): v128 {
  const sumOfOthers = group.sumOfOthers0;
  if (sizeof<T>() == 4) return logOfSum(sumOfOthers, group.wideMaxTerm0);
  const maxTerm = group.maxTerm;
  const ratio = f64x2.div(sumOfOthers, maxTerm);
  const error = quotientError(sumOfOthers, group.sumOfOthersError, ratio, maxTerm, group.maxTermError);
  return log1p(ratio, error, changetype<usize>(group) + offsetof<Group>("logSumError"));
}


@inline
export function logSum1Of<T>(group: Group): v128 {
  if (sizeof<T>() == 8) return f64x2.splat(0);
  return logOfSum(group.sumOfOthers1, group.wideMaxTerm1);
}

/** out_c = e^x_c for n vectors. */
export function expVectors<T>(x: usize, out: usize, n: i32, k: v128): void {
  expLoop<T>(changetype<SingleGroup>(0), x, out, n, k, false, false, false);
}

/** The same of logits over the temperature. */
export function expVectorsTempered<T>(x: usize, out: usize, n: i32, k: v128): void {
  expLoop<T>(changetype<SingleGroup>(0), x, out, n, k, false, true, false);
}

/** The same as expVectors with smaller errors (exp.ts, isPrecise). */
function expVectorsPrecise(x: usize, out: usize, n: i32, k: v128): void {
  expLoop<f32>(changetype<SingleGroup>(0), x, out, n, k, false, false, true);
}

/** out_c = e^x_c for a row, and their sum in the one order of summation (README.md). */
function expRow<T>(group: SingleGroup, x: usize, out: usize, k: v128): void {
  expLoop<T>(group, x, out, group.vectors, k, true, false, false);
}

/** The same of logits over the temperature. */
function expRowTempered<T>(group: SingleGroup, x: usize, out: usize, k: v128): void {
  expLoop<T>(group, x, out, group.vectors, k, true, true, false);
}

/** The same as expRow with smaller errors. */
function expRowPrecise(group: SingleGroup, x: usize, out: usize, k: v128): void {
  expLoop<f32>(group, x, out, group.vectors, k, true, false, true);
}

// A row's own constants are loaded from memory, as those of exp.ts are: V8 would build a splat anew at every use, 3 %
// of a long row's time. Where lanes are positions the constants are not splats, and loading them would cost ten classes
// 2 %.

/**
 * Vectors of a row whose exponentials are stored before they are added: read back and added one by one, they make each
 * iteration wait for itself; kept in registers, there are too few of them.
 */
@inline
function atOnce<T>(): i32 {
  return sizeof<T>() == 4 ? 12 : 4;
}

/**
 * Stores the exponentials of n vectors; with `isRow` stores and sums a whole row. `isRow`, `withTau` and `isPrecise` are
 * compile-time constants, so each use has a loop of its own; only rows need the group.
 */
@inline
function expLoop<T>(
  group: SingleGroup,
  x: usize,
  out: usize,
  n: i32,
  k: v128,
  isRow: bool,
  withTau: bool,
  isPrecise: bool,
): void {
  let first = beginning<T>();
  let second = f64x2.splat(0);
  const count = isRow ? atOnce<T>() : 2;
  if (!isRow || n >= count) {
    let magic = magicOf<T>(k);
    let limit = limitOf<T>(k, withTau ? tempered(LN2) : ln2<T>());
    if (isRow) {
      group.magic = magic;
      group.limit = limit;
      magic = group.magic;
      limit = group.limit;
    }
    const log2e = withTau ? tempered(LOG2E) : constant<T>(0);
    const ln2Hi = withTau ? tempered(LN2_HI) : constant<T>(1);
    const ln2Lo = withTau ? tempered(LN2_LO) : constant<T>(2);
    const c2 = constant<T>(3);
    const c3 = constant<T>(4);
    const c4 = constant<T>(5);
    const c5 = constant<T>(6);
    const c6 = constant<T>(7);
    const c7 = constant<T>(8);
    const c8 = constant<T>(9);
    const c9 = constant<T>(10);
    const c10 = constant<T>(11);
    const c11 = constant<T>(12);
    const one = constant<T>(13);
    const inverse = withTau ? tempered(INVERSE) : one;
    const inverseLo = withTau ? tempered(INVERSE_LO) : one;
    // The vectors of an iteration are written out: an inner loop costs 7 %, a branch in it 25 %.
    // prettier-ignore
    for (; n >= count; n -= count, x += 16 * count, out += 16 * count) {
      v128.store(out, exp<T>(v128.load(x), 0, withTau, isPrecise,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo));
      v128.store(out, exp<T>(v128.load(x, 16), 0, withTau, isPrecise,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 16);
      if (count > 2) {
        v128.store(out, exp<T>(v128.load(x, 32), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 32);
        v128.store(out, exp<T>(v128.load(x, 48), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 48);
      }
      if (count > 4) {
        v128.store(out, exp<T>(v128.load(x, 64), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 64);
        v128.store(out, exp<T>(v128.load(x, 80), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 80);
        v128.store(out, exp<T>(v128.load(x, 96), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 96);
        v128.store(out, exp<T>(v128.load(x, 112), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 112);
        v128.store(out, exp<T>(v128.load(x, 128), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 128);
        v128.store(out, exp<T>(v128.load(x, 144), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 144);
        v128.store(out, exp<T>(v128.load(x, 160), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 160);
        v128.store(out, exp<T>(v128.load(x, 176), 0, withTau, isPrecise,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo), 176);
      }
      if (isRow && sizeof<T>() == 4) {
        // Read in halves: no shuffle.
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 8)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 16)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 24)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 32)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 40)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 48)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 56)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 64)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 72)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 80)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 88)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 96)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 104)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 112)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 120)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 128)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 136)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 144)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 152)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 160)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 168)));
        first = f64x2.add(first, f64x2.promote_low_f32x4(v128.load64_zero(out, 176)));
        second = f64x2.add(second, f64x2.promote_low_f32x4(v128.load64_zero(out, 184)));
      } else if (isRow) {
        const p0 = v128.load(out);
        const next0 = f64x2.add(first, p0);
        second = withError(first, second, next0, p0);
        const p1 = v128.load(out, 16);
        const next1 = f64x2.add(next0, p1);
        second = withError(next0, second, next1, p1);
        const p2 = v128.load(out, 32);
        const next2 = f64x2.add(next1, p2);
        second = withError(next1, second, next2, p2);
        const p3 = v128.load(out, 48);
        const next3 = f64x2.add(next2, p3);
        second = withError(next2, second, next3, p3);
        first = next3;
      }
    }
    // prettier-ignore
    if (!isRow && n > 0) v128.store(out, exp<T>(v128.load(x), 0, withTau, isPrecise,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, inverse, inverseLo));
  }
  if (!isRow) return;
  if (n) {
    if (withTau) expVectorsTempered<T>(x, out, n, k);
    else if (isPrecise) expVectorsPrecise(x, out, n, k);
    else expVectors<T>(x, out, n, k);
  }
  const tail = group.tail;
  if (tail) {
    const at = (<usize>n) << 4;
    storeTail<T>(out + at, tail, expVector<T>(loadTail<T>(x + at, tail, <T>-Infinity), k, 0));
  }
  finishRow<T>(group, first, second, out, n);
}

/** e^x of one vector outside the loop. In f64 its error goes to `errorAt`; 0 for nowhere. */
export function expVector<T>(x: v128, k: v128, errorAt: usize): v128 {
  // prettier-ignore
  if (isTempered()) return exp<T>(x, errorAt, true, false, magicOf<T>(k), limitOf<T>(k, tempered(LN2)),
    tempered(LOG2E), tempered(LN2_HI), tempered(LN2_LO), constant<T>(3), constant<T>(4), constant<T>(5), constant<T>(6),
    constant<T>(7), constant<T>(8), constant<T>(9), constant<T>(10), constant<T>(11), constant<T>(12), constant<T>(13),
    tempered(INVERSE), tempered(INVERSE_LO));
  const one = constant<T>(13);
  // prettier-ignore
  if (sizeof<T>() == 4 && arePrecise()) return exp<T>(x, errorAt, false, true, magicOf<T>(k), limitOf<T>(k, ln2<T>()),
    constant<T>(0), constant<T>(1), constant<T>(2), constant<T>(3), constant<T>(4), constant<T>(5), constant<T>(6),
    constant<T>(7), one, one, one, one, one, one, one, one);
  // prettier-ignore
  return exp<T>(x, errorAt, false, false, magicOf<T>(k), limitOf<T>(k, ln2<T>()), constant<T>(0), constant<T>(1), constant<T>(2),
    constant<T>(3), constant<T>(4), constant<T>(5), constant<T>(6), constant<T>(7), constant<T>(8), constant<T>(9),
    constant<T>(10), constant<T>(11), constant<T>(12), one, one, one);
}
