// One operation on every element of a group.
//
// `from` and `to` are the bytes from a vector to the next at x and at out. `out` is `x` or disjoint from it.

import { tail, vectors } from "./groups";
import { lostInQuotient } from "./exact";
import { high, loadTail, low, narrow, storeTail } from "./lanes";

/** out = value in the lanes where `keep` is false, which are some: whatever was there, where all of them are. */
export function replace<T>(out: usize, to: usize, keep: v128, value: v128): void {
  for (let n = vectors; n > 0; --n, out += to) v128.store(out, v128.bitselect(v128.load(out), value, keep));
  // Along a row the lanes are alike.
  if (tail) storeTail<T>(out, tail, value);
}

/** out_c = 1 for what is above ½, in the lanes where `only` is true. */
export function makeCertain<T>(out: usize, only: v128): void {
  for (let n = vectors; n > 0; --n, out += 16) v128.store(out, certain<T>(v128.load(out), only));
  if (tail) storeTail<T>(out, tail, certain<T>(loadTail<T>(out, tail, 0), only));
}


@inline
function certain<T>(v: v128, only: v128): v128 {
  return v128.bitselect(v128.splat<T>(1), v, v128.and(only, v128.gt<T>(v, v128.splat<T>(<T>0.5))));
}

/** out_c = out_c·factor. */
export function scale<T>(out: usize, factor: v128): void {
  let n = vectors;
  for (; n >= 4; n -= 4, out += 64) {
    v128.store(out, v128.mul<T>(v128.load(out), factor));
    v128.store(out, v128.mul<T>(v128.load(out, 16), factor), 16);
    v128.store(out, v128.mul<T>(v128.load(out, 32), factor), 32);
    v128.store(out, v128.mul<T>(v128.load(out, 48), factor), 48);
  }
  for (; n > 0; --n, out += 16) v128.store(out, v128.mul<T>(v128.load(out), factor));
  if (tail) storeTail<T>(out, tail, v128.mul<T>(loadTail<T>(out, tail, 0), factor));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract<T>(x: usize, out: usize, a: v128, b: v128): void {
  for (let n = vectors; n > 0; --n, x += 16, out += 16) {
    v128.store(out, v128.sub<T>(v128.sub<T>(v128.load(x), a), b));
  }
  if (tail) storeTail<T>(out, tail, v128.sub<T>(v128.sub<T>(loadTail<T>(x, tail, 0), a), b));
}

/**
 * What makes out_c·(a/total) of terms (terms.ts), multiplied; in f64
 * a has lost `aLost`, and total `totalLost`. They carry 2^64: a quotient that is too small for a normal
 * number is worked without them, which are then taken out of the terms.
 */
export function factorFor<T>(
  terms: usize,
  aLow: v128,
  aHigh: v128,
  aLost: v128,
  totalLow: v128,
  totalHigh: v128,
  totalLost: v128,
): v128 {
  let factorLow = f64x2.div(aLow, totalLow);
  let factorHigh = f64x2.div(aHigh, totalHigh);
  const tinyLow = isTiny<T>(factorLow);
  const tinyHigh = isTiny<T>(factorHigh);
  if (v128.any_true(sizeof<T>() == 4 ? v128.or(tinyLow, tinyHigh) : tinyLow)) {
    const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
    const one = f64x2.splat(1);
    scale<T>(terms, narrow<T>(v128.bitselect(down, one, tinyLow), v128.bitselect(down, one, tinyHigh)));
    factorLow = v128.bitselect(f64x2.div(aLow, f64x2.mul(totalLow, down)), factorLow, tinyLow);
    factorHigh = v128.bitselect(f64x2.div(aHigh, f64x2.mul(totalHigh, down)), factorHigh, tinyHigh);
  }
  if (sizeof<T>() == 8) {
    const lost = lostInQuotient(aLow, aLost, factorLow, totalLow, totalLost);
    factorLow = f64x2.add(factorLow, v128.andnot(lost, tinyLow));
  }
  return narrow<T>(factorLow, factorHigh);
}


@inline
function isTiny<T>(factor: v128): v128 {
  // 2^-126 or 2^-1022, the smallest normal number.
  const lowest = sizeof<T>() == 4 ? reinterpret<f64>(0x3810000000000000) : reinterpret<f64>(0x0010000000000000);
  return f64x2.lt(f64x2.abs(factor), f64x2.splat(lowest));
}

/** out_c = out_c − factor·b_c, b in f64: worked in f64 and rounded once before the subtraction. */
export function subtractScaled<T>(out: usize, b: usize, wide: usize, factorLow: v128, factorHigh: v128): void {
  for (let n = vectors; n > 0; --n, out += 16, b += wide) {
    const high = sizeof<T>() == 4 ? f64x2.mul(v128.load(b, 16), factorHigh) : factorHigh;
    const beta = narrow<T>(f64x2.mul(v128.load(b), factorLow), high);
    v128.store(out, v128.sub<T>(v128.load(out), beta));
  }
  if (tail) {
    const beta = narrow<T>(f64x2.mul(tailLow<T>(b), factorLow), f64x2.mul(tailHigh<T>(b), factorHigh));
    storeTail<T>(out, tail, v128.sub<T>(loadTail<T>(out, tail, 0), beta));
  }
}

/** The first two of the group's last elements of an array in f64, and the others; +0 where there is none. */
@inline
export function tailLow<T>(b: usize): v128 {
  return sizeof<T>() == 8 || tail == 1 ? loadTail<f64>(b, 1, 0) : v128.load(b);
}


@inline
export function tailHigh<T>(b: usize): v128 {
  return sizeof<T>() == 4 && tail == 3 ? loadTail<f64>(b + 16, 1, 0) : f64x2.splat(0);
}

/** out_c = y_c·(a·v_c + b), worked in f64 and rounded once, and the one NaN for every NaN. `out` may be `y` or `v`. */
export function multiplyLinear<T>(
  y: usize,
  fromY: usize,
  v: usize,
  fromV: usize,
  out: usize,
  to: usize,
  aLow: v128,
  aHigh: v128,
  bLow: v128,
  bHigh: v128,
): void {
  for (let n = vectors; n > 0; --n, y += fromY, v += fromV, out += to) {
    v128.store(out, linear<T>(v128.load(y), v128.load(v), aLow, aHigh, bLow, bHigh));
  }
  if (tail) {
    storeTail<T>(out, tail, linear<T>(loadTail<T>(y, tail, 0), loadTail<T>(v, tail, 0), aLow, aHigh, bLow, bHigh));
  }
}


@inline
function linear<T>(y: v128, v: v128, aLow: v128, aHigh: v128, bLow: v128, bHigh: v128): v128 {
  const w = f64x2.mul(low<T>(y), f64x2.add(f64x2.mul(aLow, low<T>(v)), bLow));
  if (sizeof<T>() == 8) return canonical<T>(w);
  return canonical<T>(narrow<T>(w, f64x2.mul(high<T>(y), f64x2.add(f64x2.mul(aHigh, high<T>(v)), bHigh))));
}

/** out_c = (v_c − u_c)·a, and the one NaN for every NaN. `out` may be `v`. */
export function scaleDifference<T>(
  v: usize,
  fromV: usize,
  u: usize,
  fromU: usize,
  out: usize,
  to: usize,
  a: v128,
): void {
  for (let n = vectors; n > 0; --n, v += fromV, u += fromU, out += to) {
    v128.store(out, canonical<T>(v128.mul<T>(v128.sub<T>(v128.load(v), v128.load(u)), a)));
  }
  if (tail) {
    const d = v128.sub<T>(loadTail<T>(v, tail, 0), loadTail<T>(u, tail, 0));
    storeTail<T>(out, tail, canonical<T>(v128.mul<T>(d, a)));
  }
}

/** The one NaN where a lane is NaN: which one an operation gives differs between processors. */
@inline
export function canonical<T>(v: v128): v128 {
  return v128.bitselect(v, v128.splat<T>(<T>NaN), v128.eq<T>(v, v));
}

/** The one NaN for every NaN of the group. */
export function canonicalize<T>(out: usize): void {
  for (let n = vectors; n > 0; --n, out += 16) v128.store(out, canonical<T>(v128.load(out)));
  if (tail) storeTail<T>(out, tail, canonical<T>(loadTail<T>(out, tail, 0)));
}
