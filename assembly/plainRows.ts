// Rows without options, one at a time. Their passes are the general ones, without the parts that only options need.
// Rows of 2 to 16 classes stay in registers (in f64, in the first bytes of scratch), which halves the time of a small
// call. The bits are those of the general path. If a row is not plain, a function writes nothing and returns false: if
// it has no label, or has few classes and a maximum far from 0, a certain class, a NaN, or a factor that would be
// subnormal.

import { CONFIDENCE, INNER, SMOOTHED_TARGETS, TEMPERATURE, WEIGHTS, Z_LOSS } from "./abi";
import { address, count, number } from "./call";
import { factorFor, lowest, replace, scale as scaleBy } from "./elementwise";
import { quotientError } from "./errorFree";
import { constant, exp, expOfMax, exponentOf, limitOf, ln2, magicOf, shiftFrom } from "./exp";
import { findMaxTerm, findSumOfOthers, hasMantissaOf, storeExponentials } from "./exponentials";
import { Sum } from "./group";
import { SingleGroup } from "./groups";
import { half0, half1, hmax, loadTail, storeTail } from "./lanes";
import { logOfSum } from "./log1p";
import { maxOf } from "./max";
import { beginning, below, endRowInF64, withError } from "./sum";

/** Whether the rows of a call that are in no batch are computed by the functions of few classes. */
@inline
export function areFew<T>(call: usize, cols: i32): bool {
  return cols > 1 && cols <= 16 && count(call, INNER) == 1 && number(call, TEMPERATURE) == 1;
}

/** Whether a call is for losses of labels along rows of f32, and no more. */
@inline
export function isPlainLoss<T>(call: usize): bool {
  return (
    sizeof<T>() == 4 &&
    count(call, INNER) == 1 &&
    number(call, CONFIDENCE) == 1 &&
    number(call, Z_LOSS) == 0 &&
    number(call, TEMPERATURE) == 1 &&
    !address(call, WEIGHTS) &&
    !address(call, SMOOTHED_TARGETS)
  );
}

/** The largest element, in every lane. */
@inline
function maxOfVectors(a: v128, b: v128, c: v128, d: v128): v128 {
  const two = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  const one = f32x4.pmax(two, i32x4.shuffle(two, two, 2, 3, 0, 1));
  return f32x4.pmax(one, i32x4.shuffle(one, one, 1, 0, 3, 2));
}


@inline
function exponential(x: v128, magic: v128, limit: v128): v128 {
  const c2 = constant<f32>(3);
  // prettier-ignore
  return exp<f32>(x, 0, false, false, magic, limit, constant<f32>(0), constant<f32>(1), constant<f32>(2), c2, constant<f32>(4),
    constant<f32>(5), constant<f32>(6), constant<f32>(7), c2, c2, c2, c2, c2, c2, c2, c2);
}

/** Whether a total may be that of one certain class, or of a power of two of equal ones (operations/softmax.ts). */
@inline
function isSpecial<T>(total: v128, maxTerm: v128): bool {
  return v128.any_true(v128.or(hasMantissaOf<T>(total, maxTerm), v128.ne<T>(total, total)));
}


@inline
function exponentialF64(x: v128, magic: v128, limit: v128): v128 {
  const one = constant<f64>(13);
  // prettier-ignore
  return exp<f64>(x, 0, false, false, magic, limit, constant<f64>(0), constant<f64>(1), constant<f64>(2), constant<f64>(3),
    constant<f64>(4), constant<f64>(5), constant<f64>(6), constant<f64>(7), constant<f64>(8), constant<f64>(9),
    constant<f64>(10), constant<f64>(11), constant<f64>(12), one, one, one);
}

/** The sum in the one order of summation (README.md) of the terms of a row, padded with +0. */
@inline
function sumOfTerms(p: v128, q: v128, r: v128, last: v128): f64 {
  const first = f64x2.add(f64x2.add(f64x2.add(half0<f32>(p), half0<f32>(q)), half0<f32>(r)), half0<f32>(last));
  const second = f64x2.add(f64x2.add(f64x2.add(half1<f32>(p), half1<f32>(q)), half1<f32>(r)), half1<f32>(last));
  const both = f64x2.add(first, second);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

// Shuffles that move the last n of four elements to the first lanes, and 0 to the others: n = 4, 1, 2, 3.
// prettier-ignore
const LAST = memory.data<u32>([
  0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
  0x0f0e0d0c, 0x80808080, 0x80808080, 0x80808080,
  0x0b0a0908, 0x0f0e0d0c, 0x80808080, 0x80808080,
  0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x80808080,
], 16);

/** Softmax (operations/softmax.ts). `scratch` takes eight vectors and a sum. */
@inline
export function softmaxOfFew<T>(x: usize, out: usize, cols: i32, scratch: usize): bool {
  return sizeof<T>() == 4 ? rowOfFew(SOFTMAX, x, out, cols, 0, 0, 1, 0) : softmaxOfFewF64(x, out, cols, scratch);
}

function softmaxOfFewF64(x: usize, out: usize, cols: i32, scratch: usize): bool {
  const bytes = (<usize>(cols & ~1)) << 3;
  const isOdd = (cols & 1) != 0;
  const last = isOdd ? loadTail<f64>(x + bytes, 1, -Infinity) : f64x2.splat(-Infinity);
  let top = last;
  for (let at: usize = 0; at < bytes; at += 16) top = f64x2.pmax(top, v128.load(x + at));
  const max = hmax<f64>(top);
  if (!(abs(max) < shiftFrom<f64>())) return false;
  const k = exponentOf<f64>(f64x2.splat(max), constant<f64>(0));
  const magic = magicOf<f64>(k);
  const limit = limitOf<f64>(k, ln2<f64>());
  const begin = beginning<f64>();
  let largest = f64x2.splat(0);
  let first = begin;
  let errors = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const e = exponentialF64(v128.load(x + at), magic, limit);
    v128.store(scratch + at, e);
    largest = f64x2.pmax(largest, e);
    const next = f64x2.add(first, e);
    errors = withError(first, errors, next, e);
    first = next;
  }
  if (isOdd) {
    const e = exponentialF64(last, magic, limit);
    v128.store(scratch + bytes, e);
    largest = f64x2.pmax(largest, e);
    const next = f64x2.add(first, e);
    errors = withError(first, errors, next, e);
    first = next;
  }
  const sum = changetype<Sum>(scratch + 128);
  endRowInF64(sum, f64x2.sub(first, begin), errors);
  const total = sum.half0;
  if (isSpecial<f64>(total, f64x2.splat(hmax<f64>(largest)))) return false;
  const one = f64x2.splat(1);
  const quotient = f64x2.div(one, total);
  const factor = f64x2.add(quotient, quotientError(one, f64x2.splat(0), quotient, total, sum.error));
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, f64x2.mul(v128.load(scratch + at), factor));
  if (isOdd) storeTail<f64>(out + bytes, 1, f64x2.mul(v128.load(scratch + bytes), factor));
  return true;
}

/** The loss of a label, at `value` (operations/crossEntropy.ts). */
@inline
export function lossOfFew(x: usize, cols: i32, label: i32, value: usize): bool {
  return label >= 0 && rowOfFew(LOSS, x, 0, cols, label, value, 0, 0);
}

/** The same and its gradient times `scale` (operations/crossEntropyGrad.ts). `scratch` takes four vectors. */
@inline
export function gradientOfFew(
  x: usize,
  out: usize,
  cols: i32,
  label: i32,
  value: usize,
  scale: f64,
  scratch: usize,
): bool {
  return label >= 0 && rowOfFew(GRADIENT, x, out, cols, label, value, scale, scratch);
}

/** log-softmax (operations/logSoftmax.ts). */
@inline
export function logSoftmaxOfFew(x: usize, out: usize, cols: i32): bool {
  return rowOfFew(LOG_SOFTMAX, x, out, cols, 0, 0, 0, 0);
}

/** log-sum-exp, at `value` (operations/logSumExp.ts). */
@inline
export function logSumExpOfFew(x: usize, cols: i32, value: usize): bool {
  return rowOfFew(LOG_SUM_EXP, x, 0, cols, 0, value, 0, 0);
}

const SOFTMAX = 0;
const LOSS = 1;
const GRADIENT = 2;
const LOG_SOFTMAX = 3;
const LOG_SUM_EXP = 4;

/**
 * The result that a row needs: one of the constants above. A last vector that the row does not fill is read as the last
 * four elements, some of them for the second time.
 */
function rowOfFew(
  what: i32,
  x: usize,
  out: usize,
  cols: i32,
  label: i32,
  value: usize,
  scale: f64,
  scratch: usize,
): bool {
  const none = f32x4.splat(-Infinity);
  const isTail = cols < 4;
  const lastAt = (<usize>max(cols - 4, 0)) << 2;
  const a = cols > 4 ? v128.load(x) : none;
  const b = cols > 8 ? v128.load(x, 16) : none;
  const c = cols > 12 ? v128.load(x, 32) : none;
  const d = isTail ? loadTail<f32>(x, cols, -Infinity) : v128.load(x + lastAt);
  const top = maxOfVectors(a, b, c, d);
  const k = exponentOf<f32>(top, constant<f32>(0));
  const magic = magicOf<f32>(k);
  const limit = limitOf<f32>(k, ln2<f32>());
  const p = exponential(a, magic, limit);
  let q = f32x4.splat(0);
  let r = q;
  if (cols > 8) {
    q = exponential(b, magic, limit);
    r = exponential(c, magic, limit);
  }
  const s = exponential(d, magic, limit);
  const last = i8x16.swizzle(s, v128.load(LAST + (isTail ? 0 : (<usize>(cols & 3)) << 4)));
  const total = sumOfTerms(p, q, r, last);
  const largest = f32x4.extract_lane(top, 0);
  if (!(total == total && abs(largest) < shiftFrom<f32>())) return false;
  const factor = scale / total;
  let entry: f32 = 0;
  if (what == SOFTMAX) {
    if (<f64>(<f32>total) == total && isSpecial<f32>(f32x4.splat(<f32>total), maxOfVectors(p, q, r, s))) return false;
  } else {
    if (what == GRADIENT && !(abs(factor) >= lowest<f32>())) return false;
    const maxTerm = exponential(top, magic, limit);
    const wideMaxTerm = expOfMax(half0<f32>(top), half0<f32>(k));
    const t = <f64>f32x4.extract_lane(maxTerm, 0);
    let others = total - t;
    if (others * 32 < total) {
      // prettier-ignore
      others = sumOfTerms(below<f32>(p, maxTerm), below<f32>(q, maxTerm), below<f32>(r, maxTerm), below<f32>(last, maxTerm));
    }
    const logSum = f64x2.extract_lane(logOfSum(f64x2.splat(others), wideMaxTerm), 0);
    if (what == LOG_SUM_EXP) {
      store<f32>(value, <f32>(<f64>largest + logSum));
      return true;
    }
    if (what == LOG_SOFTMAX) {
      const log = f32x4.splat(<f32>logSum);
      storeFew(out, cols, logOfFew(a, top, log), logOfFew(b, top, log), logOfFew(c, top, log), logOfFew(d, top, log));
      return true;
    }
    const labelLogit = <f64>load<f32>(x + ((<usize>label) << 2));
    store<f32>(value, <f32>(<f64>largest - labelLogit + logSum));
    if (what == LOSS) return true;
    v128.store(scratch, p);
    v128.store(scratch, q, 16);
    v128.store(scratch, r, 32);
    v128.store(scratch + ((<usize>((cols - 1) >> 2)) << 4), last);
    const term = <f64>load<f32>(scratch + ((<usize>label) << 2));
    entry = <f32>(0 - scale * ((term == t ? others : total - term) / total));
  }
  const factors = f32x4.splat(<f32>factor);
  storeFew(out, cols, f32x4.mul(p, factors), f32x4.mul(q, factors), f32x4.mul(r, factors), f32x4.mul(s, factors));
  if (what == GRADIENT) store<f32>(out + ((<usize>label) << 2), entry);
  return true;
}


@inline
function logOfFew(x: v128, max: v128, logSum: v128): v128 {
  return f32x4.sub(f32x4.sub(x, max), logSum);
}

/** Stores a row in the vectors that it was read in. */
@inline
function storeFew(out: usize, cols: i32, a: v128, b: v128, c: v128, d: v128): void {
  if (cols > 4) v128.store(out, a);
  if (cols > 8) v128.store(out, b, 16);
  if (cols > 12) v128.store(out, c, 32);
  if (cols < 4) storeTail<f32>(out, cols, d);
  else v128.store(out + ((<usize>(cols - 4)) << 2), d);
}

/**
 * The loss of a row in f32 without options, of any length; with `withGradient`, its gradient times `scale` replaces the
 * exponentials. If there is no label, nothing is written and the result is false.
 */
export function lossOfRow(
  group: SingleGroup,
  x: usize,
  exponentials: usize,
  label: i32,
  value: usize,
  withGradient: bool,
  scale: f64,
): bool {
  if (label < 0) return false;
  const at = (<usize>label) << 2;
  const labelLogit = f64x2.splat(load<f32>(x + at));
  const max = maxOf<f32>(group, x);
  storeExponentials<f32>(group, x, exponentials, max, true);
  findMaxTerm<f32>(group);
  findSumOfOthers<f32>(group, exponentials);
  const total = group.total0;
  const others = group.sumOfOthers0;
  const logSum = logOfSum(others, group.wideMaxTerm0);
  const loss = <f32>f64x2.extract_lane(f64x2.add(f64x2.sub(half0<f32>(max), labelLogit), logSum), 0);
  const sum = f64x2.extract_lane(total, 0);
  if (sum != sum) {
    store<f32>(value, NaN);
    if (withGradient) replace<f32>(group, exponentials, 16, f64x2.splat(0), f32x4.splat(NaN));
    return true;
  }
  store<f32>(value, loss);
  if (!withGradient) return true;
  const term = <f64>load<f32>(exponentials + at);
  const rest = term == <f64>f32x4.extract_lane(group.maxTerm, 0) ? f64x2.extract_lane(others, 0) : sum - term;
  const entry = <f32>(0 - scale * (rest / sum));
  const factor = scale / sum;
  if (abs(factor) >= lowest<f32>()) scaleBy<f32>(group, exponentials, f32x4.splat(<f32>factor));
  else {
    const a = f64x2.splat(scale);
    scaleBy<f32>(group, exponentials, factorFor<f32>(group, exponentials, a, a, a, total, total, a));
  }
  store<f32>(exponentials + at, entry);
  return true;
}
