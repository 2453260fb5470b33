// The exponentials of a group, e^(x_c − max), and their sums.
//
// Exponentials and sums are in units of 2^-64·e^max/2^k (exp.ts), which cancel in every result.

import { subtract } from "./elementwise";
import { quotientError, twoSumError } from "./errorFree";
import { constant, exp, expError, exponentOf, limitOf, magicOf, shiftFrom } from "./exp";
import { lanesArePositions, tail, vectors } from "./groups";
import { half0, half1, lanes, loadTail, storeTail } from "./lanes";
import { log1p } from "./log1p";
import { blockOfRow, endRow, nextFirst, nextSecond, pairsInBlock, sum0, sum1, sumError, sumExponentials } from "./sum";

/** The maxima, less what was subtracted. */
let shiftedMax: v128 = f64x2.splat(0);
/** The term of each position's maximum: the bits that were stored for it. */
export let maxTerm: v128 = f64x2.splat(0);
/** In f64, its rounding error. */
let maxTermError: v128 = f64x2.splat(0);
/** The integer exponents k that were taken out of the exponentials; 0 where the maximum was subtracted. */
export let exponent: v128 = f64x2.splat(0);
/** The sum of each position's exponentials, in f64. */
export let total0: v128 = f64x2.splat(0);
export let total1: v128 = f64x2.splat(0);
/** In f64, the rounding error of total0. */
export let totalError: v128 = f64x2.splat(0);
/** The sum without the term of the maximum, in f64. */
export let sumOfOthers0: v128 = f64x2.splat(0);
export let sumOfOthers1: v128 = f64x2.splat(0);
let sumOfOthersError: v128 = f64x2.splat(0);
/** log Σ e^(x_c − max), in f64. */
export let logSum0: v128 = f64x2.splat(0);
export let logSum1: v128 = f64x2.splat(0);

/** Which lanes are finite. */
@inline
export function isFinite<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>Infinity));
}

/** Which maxima are so far from 0 that they are subtracted. */
@inline
export function isFar<T>(max: v128): v128 {
  return v128.ge<T>(v128.abs<T>(max), v128.splat<T>(shiftFrom<T>()));
}

/**
 * Stores the exponentials of the positions whose maxima are `max`, and sums them into total0 and total1. A sum is NaN where
 * an exponential is, and where the maximum is not finite, because ∞ − ∞ is. `out` may be `x`; where lanes are positions both
 * are halves of scratch. With `withMaxTerm`, f32 computes the terms of the maxima too where lanes are positions: one more
 * vector costs less than waiting for findMaxTerm.
 */
export function storeExponentials<T>(x: usize, out: usize, max: v128, withMaxTerm: bool): void {
  const far = isFar<T>(max);
  if (v128.any_true(far)) {
    subtract<T>(x, out, v128.and(max, far), v128.splat<T>(0));
    x = out;
    max = v128.andnot(max, far);
  }
  const k = exponentOf<T>(max);
  exponent = k;
  if (lanesArePositions) {
    const spare = (<usize>vectors) << 4;
    const isWithMaxTerm = sizeof<T>() == 4 && withMaxTerm;
    if (isWithMaxTerm) v128.store(x + spare, max);
    expVectors<T>(x, out, vectors + i32(isWithMaxTerm), k);
    if (isWithMaxTerm) maxTerm = v128.load(out + spare);
    sumExponentials<T>(out, v128.splat<T>(<T>Infinity));
  } else expRow<T>(x, out, k);
  total0 = sum0;
  total1 = sum1;
  totalError = sumError;
  shiftedMax = max;
}

/** Computes `maxTerm` once more. */
export function findMaxTerm<T>(): void {
  maxTerm = expVector<T>(shiftedMax, exponent);
  maxTermError = expError;
}

/**
 * The sum of the stored exponentials without the term of the maximum.
 *
 * Where one class outweighs all others together, total − maxTerm would lose the others' digits, from a gap of 17 on all of
 * them. Then no other class has that maximum, and the others are summed without it. Else the subtraction costs one bit at
 * most.
 */
function findSumOfOthers<T>(exponentials: usize): void {
  const maxTerm0 = half0<T>(maxTerm);
  sumOfOthers0 = f64x2.sub(total0, maxTerm0);
  const dominates0 = f64x2.lt(total0, f64x2.add(maxTerm0, maxTerm0));
  if (sizeof<T>() == 8) {
    sumOfOthersError = f64x2.add(twoSumError(total0, f64x2.neg(maxTerm0)), totalError);
    if (v128.any_true(dominates0)) {
      sumExponentials<T>(exponentials, maxTerm);
      sumOfOthers0 = v128.bitselect(sum0, sumOfOthers0, dominates0);
      sumOfOthersError = v128.bitselect(sumError, sumOfOthersError, dominates0);
    }
  } else {
    const maxTerm1 = half1<T>(maxTerm);
    sumOfOthers1 = f64x2.sub(total1, maxTerm1);
    const dominates1 = f64x2.lt(total1, f64x2.add(maxTerm1, maxTerm1));
    if (v128.any_true(v128.or(dominates0, dominates1))) {
      sumExponentials<T>(exponentials, maxTerm);
      sumOfOthers0 = v128.bitselect(sum0, sumOfOthers0, dominates0);
      sumOfOthers1 = v128.bitselect(sum1, sumOfOthers1, dominates1);
    }
  }
}

/** log Σ e^(x_c − max) as log1p(sum of the others / term of the maximum): a confident row keeps all digits of its loss. */
export function findLogSum<T>(exponentials: usize): void {
  if (sizeof<T>() == 8 || !lanesArePositions) findMaxTerm<T>();
  findSumOfOthers<T>(exponentials);
  const zero = f64x2.splat(0);
  const ratio = f64x2.div(sumOfOthers0, half0<T>(maxTerm));
  if (sizeof<T>() == 4) {
    logSum0 = log1p(ratio, zero);
    logSum1 = lanesArePositions ? log1p(f64x2.div(sumOfOthers1, half1<T>(maxTerm)), zero) : logSum0;
  } else {
    logSum0 = log1p(ratio, quotientError(sumOfOthers0, sumOfOthersError, ratio, maxTerm, maxTermError));
  }
}

/** out_c = e^x_c for n vectors. */
function expVectors<T>(x: usize, out: usize, n: i32, k: v128): void {
  expLoop<T>(x, out, n, k, 1, false);
}

/** out_c = e^x_c for a row, and their sum in the one order of summation (README.md). */
function expRow<T>(x: usize, out: usize, k: v128): void {
  expLoop<T>(x, out, vectors, k, pairsInBlock<T>(), true);
}

// A row's own constants pass through memory as those of exp.ts do: V8 builds a splat anew at every use, 3 % of a long row's
// time. Where lanes are positions they are no splats, and the way through memory costs ten classes 2 %.
const ROW = memory.data(32, 16);

/**
 * Stores the exponentials of n vectors, in steps of `pairs` pairs; with `isRow` stores and sums a whole row, in steps of a
 * block. `pairs` and `isRow` are compile-time constants, so each use has a loop of its own.
 */
@inline
function expLoop<T>(x: usize, out: usize, n: i32, k: v128, pairs: i32, isRow: bool): void {
  let first = f64x2.splat(0);
  let second = first;
  if (!isRow || n >= 2 * pairs) {
    let magic = magicOf<T>(k);
    let limit = limitOf<T>(k);
    if (isRow) {
      v128.store(ROW, magic);
      v128.store(ROW, limit, 16);
      magic = v128.load(ROW);
      limit = v128.load(ROW, 16);
    }
    const log2e = constant<T>(0);
    const ln2Hi = constant<T>(1);
    const ln2Lo = constant<T>(2);
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
    // The pairs of a block are written out: an inner loop costs 7 %, a branch in it 25 %.
    // prettier-ignore
    for (; n >= 2 * pairs; n -= 2 * pairs, x += 32 * pairs, out += 32 * pairs) {
      let block = expPair<T>(x, out, true,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
      if (pairs > 1) block = v128.add<T>(block, expPair<T>(x + 32, out + 32, true,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one));
      if (pairs > 2) block = v128.add<T>(block, expPair<T>(x + 64, out + 64, true,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one));
      if (pairs > 2) block = v128.add<T>(block, expPair<T>(x + 96, out + 96, true,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one));
      if (isRow) {
        second = nextSecond<T>(first, second, block);
        first = nextFirst<T>(first, block);
      }
    }
    // prettier-ignore
    if (!isRow && n > 0) expPair<T>(x, out, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
  }
  if (!isRow) return;
  const cols = n * lanes<T>() + tail;
  if (cols) {
    expVectors<T>(x, out, n, k);
    if (tail) {
      const at = (<usize>n) << 4;
      storeTail<T>(out + at, tail, expVector<T>(loadTail<T>(x + at, tail, <T>-Infinity), k));
    }
    const block = blockOfRow<T>(out, cols, v128.splat<T>(<T>Infinity));
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  endRow<T>(first, second);
}

/** Stores the exponentials of one vector, or of a pair; returns their sum. */
// prettier-ignore
@inline
function expPair<T>(x: usize, out: usize, isPair: bool,
  magic: v128, limit: v128, log2e: v128, ln2Hi: v128, ln2Lo: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128,
  c7: v128, c8: v128, c9: v128, c10: v128, c11: v128, one: v128): v128 {
  const p = exp<T>(v128.load(x), false,
    magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
  v128.store(out, p);
  if (!isPair) return p;
  const q = exp<T>(v128.load(x, 16), false,
    magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
  v128.store(out, q, 16);
  return v128.add<T>(p, q);
}

/** e^x of one vector outside the loop, in f64 with its error. */
function expVector<T>(x: v128, k: v128): v128 {
  // prettier-ignore
  return exp<T>(x, true, magicOf<T>(k), limitOf<T>(k), constant<T>(0), constant<T>(1), constant<T>(2), constant<T>(3),
    constant<T>(4), constant<T>(5), constant<T>(6), constant<T>(7), constant<T>(8), constant<T>(9), constant<T>(10),
    constant<T>(11), constant<T>(12), constant<T>(13));
}
