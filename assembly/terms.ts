// The terms of a row, e^(x_c − max), and their sums.
//
// Terms and sums are in units of 2^-64·e^max/2^k (exp.ts), which cancel in every result.

import { subtract } from "./elementwise";
import { constant, exp, rowExponent, rowLimit, rowMagic, shiftFrom } from "./exp";
import { lanes, loadTail, storeTail } from "./lanes";
import { log1p } from "./log1p";
import { nextFirst, nextSecond, pairsInBlock, sumBelow, total } from "./sum";

/** Stores the terms of a row whose maximum is `max`, finite; gives their sum, NaN if one is. `out` may be `x`. */
export function expStore<T>(x: usize, out: usize, cols: i32, max: T): f64 {
  if (abs(max) < shiftFrom<T>()) return expWalk<T>(x, out, cols, rowExponent<T>(max));
  subtract<T>(x, out, cols, max, <T>0);
  return expWalk<T>(out, out, cols, <T>0);
}

/** The term of the maximum itself, the same bits as expStore stored for it. */
export function topOf<T>(max: T): T {
  if (!(abs(max) < shiftFrom<T>())) max = <T>0;
  return v128.extract_lane<T>(expOnce<T>(v128.splat<T>(max), rowExponent<T>(max)), 0);
}

/**
 * The sum of the stored terms without the maximum's own.
 *
 * Where one class outweighs all others together, sum − top would lose the others' digits, all of them at a gap of 17.
 * Then the maximum is the only one and the others are added up without it. Else the subtraction costs one bit at most.
 */
export function restOf<T>(terms: usize, cols: i32, sum: f64, top: T): f64 {
  return sum < 2 * <f64>top ? sumBelow<T>(terms, cols, top) : sum - <f64>top;
}

/** log Σ e^(x_c − max), as log1p of what there is beside the maximum: a confident row keeps all digits of its loss. */
export function logSum<T>(rest: f64, top: T): f64 {
  return log1p(rest / <f64>top);
}

// The row's own constants pass through here, for the reason TABLE does: V8 computes a splat anew at every use.
const ROW = memory.data(32, 16);

/** out_c = e^x_c, and their sum in the one order of summation (README.md). */
function expWalk<T>(x: usize, out: usize, cols: i32, k: T): f64 {
  let first = f64x2.splat(0);
  let second = first;
  const length = 2 * pairsInBlock<T>() * lanes<T>();
  if (cols < length) {
    const block = expPart<T>(x, out, cols, k);
    return total<T>(nextFirst<T>(first, block), nextSecond<T>(first, second, block));
  }
  const step = 8 * lanes<T>();
  if (cols >= step) {
    v128.store(ROW, v128.splat<T>(rowMagic<T>(k)));
    v128.store(ROW, v128.splat<T>(rowLimit<T>(k)), 16);
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
    const c12 = constant<T>(13);
    // Four pairs written out: an inner loop costs 7 %, one with a branch in it 25 %.
    for (; cols >= step; cols -= step, x += 128, out += 128) {
      let block = expPair<T>(x, out, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
      block = v128.add<T>(
        block,
        expPair<T>(x + 32, out + 32, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12),
      );
      if (pairsInBlock<T>() == 2) {
        second = nextSecond<T>(first, second, block);
        first = nextFirst<T>(first, block);
        block = v128.splat<T>(0);
      }
      block = v128.add<T>(
        block,
        expPair<T>(x + 64, out + 64, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12),
      );
      block = v128.add<T>(
        block,
        expPair<T>(x + 96, out + 96, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12),
      );
      second = nextSecond<T>(first, second, block);
      first = nextFirst<T>(first, block);
    }
  }
  for (; cols > 0; cols -= length, x += (<usize>length) << alignof<T>(), out += (<usize>length) << alignof<T>()) {
    const block = expPart<T>(x, out, min(cols, length), k);
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  return total<T>(first, second);
}

/** Stores the terms of a block or a part of one, and gives their sum lane by lane; outside the loop, with its own constants. */
function expPart<T>(x: usize, out: usize, cols: i32, k: T): v128 {
  let block = v128.splat<T>(0);
  for (; cols >= 2 * lanes<T>(); cols -= 2 * lanes<T>(), x += 32, out += 32) {
    const p = expOnce<T>(v128.load(x), k);
    const q = expOnce<T>(v128.load(x, 16), k);
    v128.store(out, p);
    v128.store(out, q, 16);
    block = v128.add<T>(block, v128.add<T>(p, q));
  }
  return cols ? v128.add<T>(block, expTail<T>(x, out, cols, k)) : block;
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
  c12: v128,
): v128 {
  const p = exp<T>(v128.load(x), magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
  v128.store(out, p);
  const q = exp<T>(v128.load(x, 16), magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
  v128.store(out, q, 16);
  return v128.add<T>(p, q);
}

/** The same for the less than two vectors that are left: what pads a vector, −∞, gives +0, which changes no sum. */
function expTail<T>(x: usize, out: usize, cols: i32, k: T): v128 {
  let pair = v128.splat<T>(0);
  for (; cols >= lanes<T>(); cols -= lanes<T>(), x += 16, out += 16) {
    const p = expOnce<T>(v128.load(x), k);
    v128.store(out, p);
    pair = p;
  }
  if (cols) {
    const q = expOnce<T>(loadTail<T>(x, cols, <T>-Infinity), k);
    storeTail<T>(out, cols, q);
    pair = v128.add<T>(pair, q);
  }
  return pair;
}

/** e^x of one vector outside the loop. */
function expOnce<T>(x: v128, k: T): v128 {
  const magic = v128.splat<T>(rowMagic<T>(k));
  const limit = v128.splat<T>(rowLimit<T>(k));
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
  const c12 = constant<T>(13);
  return exp<T>(x, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
}
