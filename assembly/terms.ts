// The terms of a row, e^(x_c − max), and their sums.
//
// Terms and sums are in units of 2^-64·e^max/2^k (exp.ts), which cancel in every result.

import { subtract } from "./elementwise";
import { constant, exp, rowExponent, rowLimit, rowMagic, SHIFT_FROM } from "./exp";
import { loadTail, storeTail } from "./lanes";
import { log1p } from "./log1p";
import { highLanes, lowLanes, sumBelow, total } from "./sum";

/** Stores the terms of a row whose maximum is `max`, finite; gives their sum, NaN if one is. `out` may be `x`. */
export function expStore(x: usize, out: usize, cols: i32, max: f32): f64 {
  if (abs(max) < SHIFT_FROM) return expWalk(x, out, cols, rowExponent(max));
  subtract(x, out, cols, max, 0);
  return expWalk(out, out, cols, 0);
}

/** The term of the maximum itself, the same bits as expStore stored for it. */
export function topOf(max: f32): f32 {
  if (!(abs(max) < SHIFT_FROM)) max = 0;
  return f32x4.extract_lane(expOnce(f32x4.splat(max), rowExponent(max)), 0);
}

/**
 * The sum of the stored terms without the maximum's own.
 *
 * Where one class outweighs all others together, sum − top would lose the others' digits, all of them at a gap of 17.
 * Then the maximum is the only one and the others are added up without it. Else the subtraction costs one bit at most.
 */
export function restOf(terms: usize, cols: i32, sum: f64, top: f32): f64 {
  return sum < 2 * <f64>top ? sumBelow(terms, cols, top) : sum - <f64>top;
}

/** log Σ e^(x_c − max), as log1p of what there is beside the maximum: a confident row keeps all digits of its loss. */
export function logSum(rest: f64, top: f32): f64 {
  return log1p(rest / <f64>top);
}

// The row's own constants pass through here, for the reason TABLE does: V8 computes a splat anew at every use.
const ROW = memory.data(32, 16);

/** out_c = e^x_c, and their sum in the one order of summation (README.md). */
function expWalk(x: usize, out: usize, cols: i32, k: f32): f64 {
  if (cols < 32) {
    const block = expPart(x, out, cols, k);
    return total(lowLanes(block), highLanes(block));
  }
  v128.store(ROW, f32x4.splat(rowMagic(k)));
  v128.store(ROW, f32x4.splat(rowLimit(k)), 16);
  const magic = v128.load(ROW);
  const limit = v128.load(ROW, 16);
  const log2e = constant(0);
  const ln2Hi = constant(1);
  const ln2Lo = constant(2);
  const c2 = constant(3);
  const c3 = constant(4);
  const c4 = constant(5);
  const c5 = constant(6);
  const c6 = constant(7);
  let low = f64x2.splat(0);
  let high = low;
  // Blocks of four pairs written out: an inner loop costs 7 %, one with a branch in it 25 %.
  for (const end = x + ((<usize>(cols >>> 5)) << 7); x != end; x += 128, out += 128) {
    let block = expPair(x, out, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
    block = f32x4.add(block, expPair(x + 32, out + 32, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6));
    block = f32x4.add(block, expPair(x + 64, out + 64, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6));
    block = f32x4.add(block, expPair(x + 96, out + 96, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6));
    low = f64x2.add(low, lowLanes(block));
    high = f64x2.add(high, highLanes(block));
  }
  cols &= 31;
  if (cols) {
    const block = expPart(x, out, cols, k);
    low = f64x2.add(low, lowLanes(block));
    high = f64x2.add(high, highLanes(block));
  }
  return total(low, high);
}

/** Stores the terms of less than a block, and gives their sum lane by lane; outside the loop, with its own constants. */
function expPart(x: usize, out: usize, cols: i32, k: f32): v128 {
  let block = f32x4.splat(0);
  for (; cols >= 8; cols -= 8, x += 32, out += 32) {
    const p = expOnce(v128.load(x), k);
    const q = expOnce(v128.load(x, 16), k);
    v128.store(out, p);
    v128.store(out, q, 16);
    block = f32x4.add(block, f32x4.add(p, q));
  }
  return cols ? f32x4.add(block, expTail(x, out, cols, k)) : block;
}

/** Stores the terms of two vectors; gives the first's plus the second's. */
@inline
function expPair(
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
): v128 {
  const p = exp(v128.load(x), magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
  v128.store(out, p);
  const q = exp(v128.load(x, 16), magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
  v128.store(out, q, 16);
  return f32x4.add(p, q);
}

/** The same for the less than 8 elements that are left: what pads a vector, −∞, gives +0, which changes no sum. */
function expTail(x: usize, out: usize, cols: i32, k: f32): v128 {
  let pair = f32x4.splat(0);
  for (; cols >= 4; cols -= 4, x += 16, out += 16) {
    const p = expOnce(v128.load(x), k);
    v128.store(out, p);
    pair = p;
  }
  if (cols) {
    const q = expOnce(loadTail<f32>(x, cols, -Infinity), k);
    storeTail<f32>(out, cols, q);
    pair = f32x4.add(pair, q);
  }
  return pair;
}

/** e^x of one vector outside the loop. */
function expOnce(x: v128, k: f32): v128 {
  const magic = f32x4.splat(rowMagic(k));
  const limit = f32x4.splat(rowLimit(k));
  const log2e = constant(0);
  const ln2Hi = constant(1);
  const ln2Lo = constant(2);
  const c2 = constant(3);
  const c3 = constant(4);
  const c4 = constant(5);
  const c5 = constant(6);
  const c6 = constant(7);
  return exp(x, magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6);
}
