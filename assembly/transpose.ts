// A group across, to vectors in scratch and back: of rows, that are turned, or of positions beside each other, that are
// moved together. So every pass between goes over adjacent vectors, and what lies apart is touched once on each way:
// classes that are a power of two apart share a few lines of the cache.

import { isFirst, step, transposed } from "./groups";

/**
 * out[c][i] = element c of the group's position i; gives the positions' maxima, for which a pass of their own costs short
 * rows a tenth. That of a position with NaN may be any, as nothing is made of it.
 */
@inline
export function toLanes<T>(x: usize, out: usize, cols: i32): v128 {
  return transposed ? turnToLanes<T>(x, out, cols) : moveToLanes<T>(x, out, cols);
}

function moveToLanes<T>(x: usize, out: usize, cols: i32): v128 {
  if (isFirst) walk(x, cols);
  let a = v128.splat<T>(<T>-Infinity);
  let b = a;
  for (; cols >= 2; cols -= 2, x += 2 * step, out += 32) {
    const v = v128.load(x);
    v128.store(out, v);
    a = v128.pmax<T>(a, v);
    const w = v128.load(x + step);
    v128.store(out, w, 16);
    b = v128.pmax<T>(b, w);
  }
  if (cols) {
    const v = v128.load(x);
    v128.store(out, v);
    a = v128.pmax<T>(a, v);
  }
  return v128.pmax<T>(a, b);
}

function turnToLanes<T>(x: usize, out: usize, cols: i32): v128 {
  const row = (<usize>cols) << alignof<T>();
  let max = v128.splat<T>(<T>-Infinity);
  if (sizeof<T>() == 4) {
    for (; cols >= 4; cols -= 4, x += 16, out += 64) {
      const a = v128.load(x);
      const b = v128.load(x + row);
      const c = v128.load(x + 2 * row);
      max = f32x4.pmax(max, turn4(a, b, c, v128.load(x + 3 * row), out, 16));
    }
    for (; cols > 0; --cols, x += 4, out += 16) {
      // One store: a vector that was stored in pieces is not ready when it is loaded next.
      const two = v128.load32_lane(x + row, v128.load32_zero(x), 1);
      const v = v128.load32_lane(x + 3 * row, v128.load32_lane(x + 2 * row, two, 2), 3);
      v128.store(out, v);
      max = f32x4.pmax(max, v);
    }
  } else {
    for (; cols > 0; --cols, x += 8, out += 16) {
      const v = v128.load64_lane(x + row, v128.load64_zero(x), 1);
      v128.store(out, v);
      max = f64x2.pmax(max, v);
    }
  }
  return max;
}

/** The way back, times a factor for each position. */
@inline
export function toPositions<T>(x: usize, out: usize, cols: i32, factor: v128): void {
  if (transposed) turnToRows<T>(x, out, cols, factor);
  else moveToPositions<T>(x, out, cols, factor);
}

function moveToPositions<T>(x: usize, out: usize, cols: i32, factor: v128): void {
  if (isFirst) walk(out, cols);
  for (; cols > 0; --cols, x += 16, out += step) v128.store(out, v128.mul<T>(v128.load(x), factor));
}

/** So that the loads of a walk have a use. */
let walked: i32 = 0;

/**
 * Before the first of the positions beside each other: a load of every line that they lie on, in order. The processor
 * fetches ahead that way, and not from class to class: 1000 classes of 49 positions take a seventh less time. Not where
 * classes are pages apart, which it follows, nor for what the nearest cache keeps, or more than the next one.
 */
function walk(at: usize, cols: i32): void {
  const bytes = <usize>cols * step;
  if (step >= 4096 || bytes <= 1 << 15 || bytes > 1 << 19) return;
  for (const end = at + bytes; at < end; at += 64) walked |= load<u8>(at);
}

function turnToRows<T>(x: usize, out: usize, cols: i32, factor: v128): void {
  const row = (<usize>cols) << alignof<T>();
  if (sizeof<T>() == 4) {
    for (; cols >= 4; cols -= 4, x += 64, out += 16) {
      const a = f32x4.mul(v128.load(x), factor);
      const b = f32x4.mul(v128.load(x, 16), factor);
      const c = f32x4.mul(v128.load(x, 32), factor);
      turn4(a, b, c, f32x4.mul(v128.load(x, 48), factor), out, row);
    }
    for (; cols > 0; --cols, x += 16, out += 4) {
      const v = f32x4.mul(v128.load(x), factor);
      v128.store32_lane(out, v, 0);
      v128.store32_lane(out + row, v, 1);
      v128.store32_lane(out + 2 * row, v, 2);
      v128.store32_lane(out + 3 * row, v, 3);
    }
  } else {
    for (; cols > 0; --cols, x += 16, out += 8) {
      const v = f64x2.mul(v128.load(x), factor);
      v128.store64_lane(out, v, 0);
      v128.store64_lane(out + row, v, 1);
    }
  }
}

/** Four by four, columns from rows, `to` bytes apart. Gives the rows' maxima. */
@inline
function turn4(a: v128, b: v128, c: v128, d: v128, out: usize, to: usize): v128 {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  const first = i64x2.shuffle(ab, cd, 0, 2);
  const second = i64x2.shuffle(ab, cd, 1, 3);
  const third = i64x2.shuffle(abHigh, cdHigh, 0, 2);
  const fourth = i64x2.shuffle(abHigh, cdHigh, 1, 3);
  v128.store(out, first);
  v128.store(out + to, second);
  v128.store(out + 2 * to, third);
  v128.store(out + 3 * to, fourth);
  return f32x4.pmax(f32x4.pmax(first, second), f32x4.pmax(third, fourth));
}
