// Adjacent positions, whose classes lie apart: copies them to adjacent vectors in scratch and back. The passes in
// between read adjacent vectors, and strided memory is touched only once in each direction. This matters because
// classes that are a power of two apart compete for a few lines of the cache.

import { SingleGroup } from "./groups";

/**
 * out[c][i] = element c of the group's position i. Returns the maxima of the positions. The maximum of a position with NaN may
 * be any of its elements; it is not used.
 */
export function toScratch<T>(group: SingleGroup, x: usize, out: usize): v128 {
  const step = group.step;
  let cols = group.vectors;
  if (group.isFirst) walk(x, cols, step);
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

/** The way back, times a factor for each position. */
export function fromScratch<T>(group: SingleGroup, x: usize, out: usize, factor: v128): void {
  const step = group.step;
  let cols = group.vectors;
  if (group.isFirst) walk(out, cols, step);
  for (; cols > 0; --cols, x += 16, out += step) v128.store(out, v128.mul<T>(v128.load(x), factor));
}

/** Uses what `walk` loads, so that the compiler keeps the loads. */
let walked: i32 = 0;

/**
 * Loads every cache line of a row of adjacent positions, in order, before its first group. The processor prefetches in
 * that direction but not from class to class: 1000 classes of 49 positions take a seventh less time. This is skipped if
 * classes are a page or more apart, if L1 holds the row, or if L2 does not.
 */
function walk(at: usize, cols: i32, step: usize): void {
  const bytes = <usize>cols * step;
  if (step >= 4096 || bytes <= 1 << 15 || bytes > 1 << 19) return;
  for (const end = at + bytes; at < end; at += 64) walked |= load<u8>(at);
}
