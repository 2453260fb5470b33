// One operation on every element of a group.
//
// `fromX` and `to` are the bytes from a vector to the next at x and at out. `out` is `x` or disjoint from it.

import { finite, quotientError, twoSumError } from "./errorFree";
import { SingleGroup } from "./groups";
import { allTrue, canonical, half0, half1, loadTail, narrow, storeTail } from "./lanes";
import { distance, overDivisor } from "./temperature";

/** out = value in the lanes where `keep` is false. At least one is. */
export function replace<T>(group: SingleGroup, out: usize, to: usize, keep: v128, value: v128): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, out += to) v128.store(out, v128.bitselect(v128.load(out), value, keep));
  // Along a row the lanes are alike.
  if (tail) storeTail<T>(out, tail, value);
}

/** out_c = 1 where it is above ½, in the lanes where `isCertain` is true. */
export function makeCertain<T>(group: SingleGroup, out: usize, isCertain: v128): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, out += 16) v128.store(out, certain<T>(v128.load(out), isCertain));
  if (tail) storeTail<T>(out, tail, certain<T>(loadTail<T>(out, tail, 0), isCertain));
}


@inline
function certain<T>(v: v128, isCertain: v128): v128 {
  return v128.bitselect(v128.splat<T>(1), v, v128.and(isCertain, v128.gt<T>(v, v128.splat<T>(<T>0.5))));
}

/** out_c = out_c·factor. */
export function scale<T>(group: SingleGroup, out: usize, factor: v128): void {
  const tail = group.tail;
  let n = group.vectors;
  for (; n >= 4; n -= 4, out += 64) {
    v128.store(out, v128.mul<T>(v128.load(out), factor));
    v128.store(out, v128.mul<T>(v128.load(out, 16), factor), 16);
    v128.store(out, v128.mul<T>(v128.load(out, 32), factor), 32);
    v128.store(out, v128.mul<T>(v128.load(out, 48), factor), 48);
  }
  for (; n > 0; --n, out += 16) v128.store(out, v128.mul<T>(v128.load(out), factor));
  if (tail) storeTail<T>(out, tail, v128.mul<T>(loadTail<T>(out, tail, 0), factor));
}

/** Which positions hold nothing but 0 and a value. */
export function areZeroOr<T>(group: SingleGroup, x: usize, value: v128): v128 {
  const tail = group.tail;
  const zero = v128.splat<T>(0);
  let are = i8x16.splat(-1);
  for (let n = group.vectors; n > 0; --n, x += 16) {
    const v = v128.load(x);
    are = v128.and(are, v128.or(v128.eq<T>(v, zero), v128.eq<T>(v, value)));
  }
  if (tail) {
    const v = loadTail<T>(x, tail, 0);
    are = v128.and(are, v128.or(v128.eq<T>(v, zero), v128.eq<T>(v, value)));
  }
  if (group.lanesArePositions) return are;
  return allTrue<T>(are) ? are : v128.splat<T>(0);
}

/** out_c = out_c/divisor. */
export function divide<T>(group: SingleGroup, out: usize, divisor: v128): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, out += 16) v128.store(out, v128.div<T>(v128.load(out), divisor));
  if (tail) storeTail<T>(out, tail, v128.div<T>(loadTail<T>(out, tail, 0), divisor));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract<T>(group: SingleGroup, x: usize, out: usize, a: v128, b: v128): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, x += 16, out += 16) {
    v128.store(out, v128.sub<T>(v128.sub<T>(v128.load(x), a), b));
  }
  if (tail) storeTail<T>(out, tail, v128.sub<T>(v128.sub<T>(loadTail<T>(x, tail, 0), a), b));
}

/** out_c = (x_c − a)/temperature − b, computed in f64, b in f64. */
export function subtractTempered<T>(group: SingleGroup, x: usize, out: usize, a: v128, b0: v128, b1: v128): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, x += 16, out += 16) v128.store(out, logOf<T>(v128.load(x), a, b0, b1));
  if (tail) storeTail<T>(out, tail, logOf<T>(loadTail<T>(x, tail, 0), a, b0, b1));
}


@inline
export function logOf<T>(v: v128, a: v128, b0: v128, b1: v128): v128 {
  const log0 = f64x2.sub(overDivisor<T>(distance<T>(half0<T>(v), half0<T>(a))), b0);
  if (sizeof<T>() == 8) return log0;
  return narrow<T>(log0, f64x2.sub(overDivisor<T>(distance<T>(half1<T>(v), half1<T>(a))), b1));
}

/**
 * The factor a/total for stored exponentials; in f64 with the errors of a and total. Exponentials carry 2^64: where the
 * factor would be subnormal, 2^-64 is multiplied into the exponentials instead, and the factor is larger by 2^64.
 */
export function factorFor<T>(
  group: SingleGroup,
  exponentials: usize,
  a0: v128,
  a1: v128,
  aError: v128,
  total0: v128,
  total1: v128,
  totalError: v128,
): v128 {
  let factor0 = f64x2.div(a0, total0);
  let factor1 = f64x2.div(a1, total1);
  const tiny0 = isTiny<T>(factor0);
  const tiny1 = isTiny<T>(factor1);
  if (v128.any_true(sizeof<T>() == 4 ? v128.or(tiny0, tiny1) : tiny0)) {
    const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
    const one = f64x2.splat(1);
    scale<T>(group, exponentials, narrow<T>(v128.bitselect(down, one, tiny0), v128.bitselect(down, one, tiny1)));
    factor0 = v128.bitselect(f64x2.div(a0, f64x2.mul(total0, down)), factor0, tiny0);
    factor1 = v128.bitselect(f64x2.div(a1, f64x2.mul(total1, down)), factor1, tiny1);
  }
  if (sizeof<T>() == 8) {
    const error = quotientError(a0, aError, factor0, total0, totalError);
    factor0 = f64x2.add(factor0, v128.andnot(error, tiny0));
  }
  return narrow<T>(factor0, factor1);
}


@inline
export function isTiny<T>(factor: v128): v128 {
  return f64x2.lt(f64x2.abs(factor), f64x2.splat(lowest<T>()));
}

/** 2^-126 or 2^-1022, the smallest normal number. */
@inline
export function lowest<T>(): f64 {
  return sizeof<T>() == 4 ? reinterpret<f64>(0x3810000000000000) : reinterpret<f64>(0x0010000000000000);
}

/** out_c = out_c − factor·b_c, b in f64. The product is computed in f64 and rounded once before the subtraction. */
export function subtractScaled<T>(
  group: SingleGroup,
  out: usize,
  b: usize,
  stepF64: usize,
  factor0: v128,
  factor1: v128,
): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, out += 16, b += stepF64) {
    const product1 = sizeof<T>() == 4 ? f64x2.mul(v128.load(b, 16), factor1) : factor1;
    const beta = narrow<T>(f64x2.mul(v128.load(b), factor0), product1);
    v128.store(out, v128.sub<T>(v128.load(out), beta));
  }
  if (tail) {
    const beta = narrow<T>(f64x2.mul(tailHalf0<T>(b, tail), factor0), f64x2.mul(tailHalf1<T>(b, tail), factor1));
    storeTail<T>(out, tail, v128.sub<T>(loadTail<T>(out, tail, 0), beta));
  }
}

/** The first two of the group's last elements of an array in f64; +0 where there is none. */
@inline
export function tailHalf0<T>(b: usize, tail: i32): v128 {
  return sizeof<T>() == 8 || tail == 1 ? loadTail<f64>(b, 1, 0) : v128.load(b);
}

/** The others. */
@inline
export function tailHalf1<T>(b: usize, tail: i32): v128 {
  return sizeof<T>() == 4 && tail == 3 ? loadTail<f64>(b + 16, 1, 0) : f64x2.splat(0);
}

/**
 * out_c = y_c·(a·v_c + b), computed in f64 and rounded once, with the canonical NaN for every NaN. `out` may be `y` or `v`.
 */
export function multiplyLinear<T>(
  group: SingleGroup,
  y: usize,
  fromY: usize,
  v: usize,
  fromV: usize,
  out: usize,
  to: usize,
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, y += fromY, v += fromV, out += to) {
    v128.store(out, linear<T>(v128.load(y), v128.load(v), a0, a1, b0, b1));
  }
  if (tail) {
    storeTail<T>(out, tail, linear<T>(loadTail<T>(y, tail, 0), loadTail<T>(v, tail, 0), a0, a1, b0, b1));
  }
}

/**
 * out_c = (y_c·factor)·(a·v_c + b) in f64 with the errors of b and, relative to it, of the factor: the sum in the brackets is
 * rounded once, with all of them. Infinite numbers have no errors.
 */
export function multiplyLinearWithErrors(
  group: SingleGroup,
  y: usize,
  factor: v128,
  factorError: v128,
  v: usize,
  fromV: usize,
  out: usize,
  to: usize,
  a: v128,
  b: v128,
  bError: v128,
): void {
  const tail = group.tail;
  for (let n = group.vectors; n > 0; --n, y += 16, v += fromV, out += to) {
    v128.store(out, linearWithErrors(f64x2.mul(v128.load(y), factor), factorError, v128.load(v), a, b, bError));
  }
  if (tail) {
    const last = f64x2.mul(loadTail<f64>(y, tail, 0), factor);
    storeTail<f64>(out, tail, linearWithErrors(last, factorError, loadTail<f64>(v, tail, 0), a, b, bError));
  }
}


@inline
function linearWithErrors(y: v128, yError: v128, v: v128, a: v128, b: v128, bError: v128): v128 {
  const product = f64x2.mul(a, v);
  const sum = f64x2.add(product, b);
  const error = f64x2.add(f64x2.add(twoSumError(product, b), bError), f64x2.mul(sum, yError));
  return canonical<f64>(f64x2.mul(y, f64x2.add(sum, finite(error))));
}


@inline
function linear<T>(y: v128, v: v128, a0: v128, a1: v128, b0: v128, b1: v128): v128 {
  const w = f64x2.mul(half0<T>(y), f64x2.add(f64x2.mul(a0, half0<T>(v)), b0));
  if (sizeof<T>() == 8) return canonical<T>(w);
  return canonical<T>(narrow<T>(w, f64x2.mul(half1<T>(y), f64x2.add(f64x2.mul(a1, half1<T>(v)), b1))));
}
