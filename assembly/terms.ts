// The terms of a group, e^(x_c − max), and their sums.
//
// Terms and sums are in units of 2^-64·e^max/2^k (exp.ts), which cancel in every result.

import { subtract } from "./elementwise";
import { lostInQuotient, lostInSum } from "./exact";
import { constant, exp, exponentOf, limitOf, lost, magicOf, shiftFrom } from "./exp";
import { across, tail, vectors } from "./groups";
import { high, lanes, loadTail, low, storeTail } from "./lanes";
import { log1p } from "./log1p";
import { blockAlong, endRow, nextFirst, nextSecond, pairsInBlock, sumHigh, sumLost, sumLow, sumTerms } from "./sum";

/** The maxima, less what was subtracted. */
let shifted: v128 = f64x2.splat(0);
/** The term of each position's maximum, the same bits as were stored for it. */
export let top: v128 = f64x2.splat(0);
/** In f64, what its rounding lost. */
let topLost: v128 = f64x2.splat(0);
/** The integer exponents that were taken out of the terms; 0 where the maximum was subtracted. */
export let exponent: v128 = f64x2.splat(0);
/** The sums of the terms of each position, and the sums without the maximum's own, in f64. */
export let totalLow: v128 = f64x2.splat(0);
export let totalHigh: v128 = f64x2.splat(0);
/** In f64, what the rounding of totalLow lost. */
export let totalLost: v128 = f64x2.splat(0);
export let restLow: v128 = f64x2.splat(0);
export let restHigh: v128 = f64x2.splat(0);
let restLost: v128 = f64x2.splat(0);
/** The logarithms of the sums, of e^(x_c − max). */
export let logSumLow: v128 = f64x2.splat(0);
export let logSumHigh: v128 = f64x2.splat(0);

/** Which positions have a finite maximum, or whatever else v is. */
@inline
export function isFinite<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>Infinity));
}

/** Which positions are so far from 0 that their maximum is subtracted. */
@inline
export function isFar<T>(max: v128): v128 {
  return v128.ge<T>(v128.abs<T>(max), v128.splat<T>(shiftFrom<T>()));
}

/**
 * Where the second half of scratch begins across. A half has a vector a class, and three more: for the maxima's terms, and
 * for what fills the last lanes (sum.ts).
 */
export function secondHalf(scratch: usize): usize {
  return scratch + ((<usize>(vectors + 3)) << 4);
}

/**
 * Stores the terms of the positions whose maxima are `max`, and gives their sums: totalLow and totalHigh, NaN if one is, and
 * without a finite maximum, as ∞ − ∞ is. `out` may be `x`. Across x and `out` are halves of scratch.
 * With `withTop` the maxima's terms come along in f32, where one more vector costs less than to wait for findTop.
 */
export function expStore<T>(x: usize, out: usize, max: v128, withTop: bool): void {
  const far = isFar<T>(max);
  if (v128.any_true(far)) {
    subtract<T>(x, out, v128.and(max, far), v128.splat<T>(0));
    x = out;
    max = v128.andnot(max, far);
  }
  const k = exponentOf<T>(max);
  exponent = k;
  if (across) {
    const behind = (<usize>vectors) << 4;
    const comesAlong = sizeof<T>() == 4 && withTop;
    if (comesAlong) v128.store(x + behind, max);
    expRun<T>(x, out, vectors + i32(comesAlong), k);
    if (comesAlong) top = v128.load(out + behind);
    sumTerms<T>(out, v128.splat<T>(<T>Infinity));
  } else expAlong<T>(x, out, k);
  totalLow = sumLow;
  totalHigh = sumHigh;
  totalLost = sumLost;
  shifted = max;
}

/** Works the maxima's terms anew: `top`. */
export function findTop<T>(): void {
  top = expOnce<T>(shifted, exponent);
  topLost = lost;
}

/**
 * The sums of the stored terms without the maximum's own: restLow and restHigh.
 *
 * Where one class outweighs all others together, sum − top would lose the others' digits, all of them at a gap of 17.
 * Then the maximum is the only one and the others are added up without it. Else the subtraction costs one bit at most.
 */
function findRest<T>(terms: usize): void {
  const topLow = low<T>(top);
  restLow = f64x2.sub(totalLow, topLow);
  const aheadLow = f64x2.lt(totalLow, f64x2.add(topLow, topLow));
  if (sizeof<T>() == 8) {
    restLost = f64x2.add(lostInSum(totalLow, f64x2.neg(topLow)), totalLost);
    if (v128.any_true(aheadLow)) {
      sumTerms<T>(terms, top);
      restLow = v128.bitselect(sumLow, restLow, aheadLow);
      restLost = v128.bitselect(sumLost, restLost, aheadLow);
    }
  } else {
    const topHigh = high<T>(top);
    restHigh = f64x2.sub(totalHigh, topHigh);
    const aheadHigh = f64x2.lt(totalHigh, f64x2.add(topHigh, topHigh));
    if (v128.any_true(v128.or(aheadLow, aheadHigh))) {
      sumTerms<T>(terms, top);
      restLow = v128.bitselect(sumLow, restLow, aheadLow);
      restHigh = v128.bitselect(sumHigh, restHigh, aheadHigh);
    }
  }
}

/** log Σ e^(x_c − max), as log1p of what there is beside the maximum: a confident row keeps all digits of its loss. */
export function findLogSum<T>(terms: usize): void {
  if (sizeof<T>() == 8 || !across) findTop<T>();
  findRest<T>(terms);
  const none = f64x2.splat(0);
  const ratio = f64x2.div(restLow, low<T>(top));
  if (sizeof<T>() == 4) {
    logSumLow = log1p(ratio, none);
    logSumHigh = across ? log1p(f64x2.div(restHigh, high<T>(top)), none) : logSumLow;
  } else {
    // What the division lost, and the last roundings of what it divided.
    logSumLow = log1p(ratio, lostInQuotient(restLow, restLost, ratio, top, topLost));
  }
}

/** out_c = e^x_c for n vectors. */
function expRun<T>(x: usize, out: usize, n: i32, k: v128): void {
  const magic = magicOf<T>(k);
  const limit = limitOf<T>(k);
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
  for (; n >= 2; n -= 2, x += 32, out += 32) {
    const p = exp<T>(
      v128.load(x),
      false,
      magic,
      limit,
      log2e,
      ln2Hi,
      ln2Lo,
      c2,
      c3,
      c4,
      c5,
      c6,
      c7,
      c8,
      c9,
      c10,
      c11,
      one,
    );
    v128.store(out, p);
    const q = exp<T>(
      v128.load(x, 16),
      false,
      magic,
      limit,
      log2e,
      ln2Hi,
      ln2Lo,
      c2,
      c3,
      c4,
      c5,
      c6,
      c7,
      c8,
      c9,
      c10,
      c11,
      one,
    );
    v128.store(out, q, 16);
  }
  if (n > 0)
    v128.store(
      out,
      exp<T>(v128.load(x), false, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one),
    );
}

// A row's own constants pass through here, for the reason TABLE does: V8 works splats anew at every use, 3 % of a long row's
// time. Those of positions across are no splats, and ten classes take 2 % less without the way through memory.
const ROW = memory.data(32, 16);

/** out_c = e^x_c, and their sum in the one order of summation (README.md). */
function expAlong<T>(x: usize, out: usize, k: v128): void {
  let cols = vectors * lanes<T>() + tail;
  let first = f64x2.splat(0);
  let second = first;
  const length = 2 * pairsInBlock<T>() * lanes<T>();
  const lengthBytes = (<usize>length) << alignof<T>();
  if (cols >= length) {
    v128.store(ROW, magicOf<T>(k));
    v128.store(ROW, limitOf<T>(k), 16);
    const magic = v128.load(ROW);
    const limit = v128.load(ROW, 16);
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
    // The pairs of a block written out: an inner loop costs 7 %, one with a branch in it 25 %.
    for (; cols >= length; cols -= length, x += lengthBytes, out += lengthBytes) {
      let block = expPair<T>(x, out, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
      block = v128.add<T>(
        block,
        expPair<T>(x + 32, out + 32, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one),
      );
      if (pairsInBlock<T>() == 4) {
        block = v128.add<T>(
          block,
          expPair<T>(
            x + 64,
            out + 64,
            magic,
            limit,
            log2e,
            ln2Hi,
            ln2Lo,
            c2,
            c3,
            c4,
            c5,
            c6,
            c7,
            c8,
            c9,
            c10,
            c11,
            one,
          ),
        );
        block = v128.add<T>(
          block,
          expPair<T>(
            x + 96,
            out + 96,
            magic,
            limit,
            log2e,
            ln2Hi,
            ln2Lo,
            c2,
            c3,
            c4,
            c5,
            c6,
            c7,
            c8,
            c9,
            c10,
            c11,
            one,
          ),
        );
      }
      second = nextSecond<T>(first, second, block);
      first = nextFirst<T>(first, block);
    }
  }
  if (cols) {
    expRun<T>(x, out, cols >> (4 - <i32>alignof<T>()), k);
    if (tail) {
      const at = (<usize>(cols - tail)) << alignof<T>();
      storeTail<T>(out + at, tail, expOnce<T>(loadTail<T>(x + at, tail, <T>-Infinity), k));
    }
    const block = blockAlong<T>(out, cols, v128.splat<T>(<T>Infinity));
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  endRow<T>(first, second);
}

/** Stores the terms of two vectors; gives the first's plus the second's. */
@inline
function expPair<T>(
  x: usize,
  out: usize,
  magic: v128,
  limit: v128,
  log2e: v128,
  ln2Hi: v128,
  ln2Lo: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
  c8: v128,
  c9: v128,
  c10: v128,
  c11: v128,
  one: v128,
): v128 {
  const p = exp<T>(
    v128.load(x),
    false,
    magic,
    limit,
    log2e,
    ln2Hi,
    ln2Lo,
    c2,
    c3,
    c4,
    c5,
    c6,
    c7,
    c8,
    c9,
    c10,
    c11,
    one,
  );
  v128.store(out, p);
  const q = exp<T>(
    v128.load(x, 16),
    false,
    magic,
    limit,
    log2e,
    ln2Hi,
    ln2Lo,
    c2,
    c3,
    c4,
    c5,
    c6,
    c7,
    c8,
    c9,
    c10,
    c11,
    one,
  );
  v128.store(out, q, 16);
  return v128.add<T>(p, q);
}

/** e^x of one vector outside the loop. */
function expOnce<T>(x: v128, k: v128): v128 {
  const magic = magicOf<T>(k);
  const limit = limitOf<T>(k);
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
  return exp<T>(x, true, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one);
}
