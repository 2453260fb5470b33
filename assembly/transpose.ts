// Moves a group whose lanes are positions to adjacent vectors in scratch and back: rows are transposed, adjacent positions
// are copied. The passes in between read adjacent vectors, and strided memory is touched once on each way: classes that are a
// power of two apart compete for a few lines of the cache.

import { isFirst, step, transposed } from "./groups";

/**
 * out[c][i] = element c of the group's position i. Returns the maxima of the positions: a separate pass costs short rows a
 * tenth of their time. The maximum of a position with NaN may be any of its elements; it is not used.
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
      // One store: a load of a vector waits for stores to parts of it.
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

/** Uses what `walk` loads, so that the compiler keeps the loads. */
let walked: i32 = 0;

/**
 * Loads every cache line of a row of adjacent positions, in order, before its first group. The processor prefetches in that
 * direction but not from class to class: 1000 classes of 49 positions take a seventh less time. Not done where classes are a
 * page or more apart, for rows that L1 holds, or for more than L2 holds.
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

/** Transposes 4 × 4 and stores the results `to` bytes apart. Returns the maxima of the columns. */
@inline
function turn4(a: v128, b: v128, c: v128, d: v128, out: usize, to: usize): v128 {
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abLast = i32x4.shuffle(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const cdLast = i32x4.shuffle(c, d, 2, 6, 3, 7);
  const first = i64x2.shuffle(ab, cd, 0, 2);
  const second = i64x2.shuffle(ab, cd, 1, 3);
  const third = i64x2.shuffle(abLast, cdLast, 0, 2);
  const fourth = i64x2.shuffle(abLast, cdLast, 1, 3);
  v128.store(out, first);
  v128.store(out + to, second);
  v128.store(out + 2 * to, third);
  v128.store(out + 3 * to, fourth);
  return f32x4.pmax(f32x4.pmax(first, second), f32x4.pmax(third, fourth));
}
