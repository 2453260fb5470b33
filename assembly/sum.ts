// The order of summation (README.md, "One order of summation"). Every kernel sums in this order, so that the bits of a sum
// depend on the position's own elements alone.
//
// A sum is held in two vectors of f64. In f32 they are the sums of lanes 0 and 1 and of lanes 2 and 3; in f64 they are the
// sums of the lanes and their rounding errors. Where lanes are positions there is such a sum for each lane of classes.

import { fastTwoSumError, finite, twoProductError, twoSumError } from "./errorFree";
import { Sum, sumIn, totalIn } from "./group";
import { SingleGroup } from "./groups";
import { half0, half1, lanes, loadTail } from "./lanes";

/**
 * The number from which each lane of a sum of all exponentials starts in f64. No exponential is larger (exp.ts), so a
 * fast two-sum gives the error of each addition. It is subtracted again at the end, which is exact, because a power of
 * two takes no bit of a larger sum.
 */
@inline
export function beginning<T>(): v128 {
  return f64x2.splat(sizeof<T>() == 4 ? 0 : reinterpret<f64>(0x4400000000000000)); // 2^65
}

/** The second vector of such a sum in f64 with a vector added; `next` is the first vector with it. */
@inline
export function withError(first: v128, second: v128, next: v128, v: v128): v128 {
  return f64x2.add(second, fastTwoSumError(first, v, next));
}

/** The same for all exponentials, or for those below a limit, whose sum may be small and so starts from 0. */
@inline
function nextSecond<T>(first: v128, second: v128, next: v128, v: v128, all: bool): v128 {
  if (sizeof<T>() == 4) return f64x2.add(second, half1<T>(v));
  return all ? withError(first, second, next, v) : f64x2.add(second, twoSumError(first, v));
}

/** Ends a row: f32: (lane 0 + lane 2) + (lane 1 + lane 3). f64: lane 0 + lane 1 + the errors. */
@inline
function endRow<T>(to: Sum, first: v128, second: v128): void {
  if (sizeof<T>() == 4) {
    const s = f64x2.add(first, second);
    const sum = f64x2.splat(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1));
    to.half0 = sum;
    to.half1 = sum;
  } else {
    const error = f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1);
    endF64(to, i64x2.shuffle(first, first, 0, 0), i64x2.shuffle(first, first, 1, 1), f64x2.splat(error));
  }
}

/** Ends a row of f64 whose sum was kept in locals. */
export function endRowInF64(to: Sum, first: v128, second: v128): void {
  endRow<f64>(to, first, second);
}

/** a + b + error, rounded once. */
@inline
function endF64(to: Sum, a: v128, b: v128, error: v128): void {
  const sum = f64x2.add(a, b);
  const small = f64x2.add(finite(twoSumError(a, b)), error);
  const rounded = f64x2.add(sum, small);
  to.half0 = rounded;
  to.error = finite(f64x2.add(f64x2.sub(sum, rounded), small));
}

/** Address of the sum of classes c with c mod lanes = `lane`, two vectors. */
@inline
function slot(group: SingleGroup, lane: i32): usize {
  return group.slots + ((<usize>lane) << 5);
}

/** Clears the slots. */
export function beginSlots<T>(group: SingleGroup): void {
  for (let i = 0; i < lanes<T>(); i++) {
    v128.store(slot(group, i), f64x2.splat(0));
    v128.store(slot(group, i), f64x2.splat(0), 16);
  }
}

/** Adds values in f64 to the sum of a lane of classes; along a row, where a vector holds all lanes, there is one slot. */
@inline
export function addValues<T>(group: SingleGroup, lane: i32, half0: v128, half1: v128): void {
  const at = slot(group, group.lanesArePositions ? lane & (lanes<T>() - 1) : 0);
  const first = v128.load(at);
  v128.store(at, f64x2.add(first, half0));
  v128.store(at, f64x2.add(v128.load(at, 16), sizeof<T>() == 4 ? half1 : twoSumError(first, half0)), 16);
}

/** The second vector of a sum with a vector of products added; `product` is that of the first halves. */
@inline
export function withProduct<T>(first: v128, second: v128, a: v128, b: v128, product: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.add(second, f64x2.mul(half1<T>(a), half1<T>(b)));
  return f64x2.add(second, f64x2.add(twoSumError(first, product), twoProductError(a, b)));
}

/** The same with a vector of values added. */
@inline
export function withValue<T>(first: v128, second: v128, v: v128): v128 {
  return f64x2.add(second, sizeof<T>() == 4 ? half1<T>(v) : twoSumError(first, v));
}

/** Ends a sum of values along a row that was kept in locals. */
export function endRowOfValues<T>(to: Sum, first: v128, second: v128): void {
  endRow<T>(to, first, sizeof<T>() == 4 ? second : finite(second));
}

/** Ends a sum of values where lanes are positions, kept in locals: those of up to four lanes of classes, or of two and errors. */
export function endPositionsOfValues<T>(
  to: Sum,
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  c0: v128,
  c1: v128,
  d0: v128,
  d1: v128,
): void {
  if (sizeof<T>() == 8) return endF64(to, a0, b0, f64x2.add(finite(a1), finite(b1)));
  to.half0 = f64x2.add(f64x2.add(a0, c0), f64x2.add(b0, d0));
  to.half1 = f64x2.add(f64x2.add(a1, c1), f64x2.add(b1, d1));
}

/** Ends a sum of values. */
export function endValues<T>(group: SingleGroup): void {
  const slot0 = slot(group, 0);
  const slot1 = slot(group, 1);
  if (sizeof<T>() == 8) {
    v128.store(slot0, finite(v128.load(slot0, 16)), 16);
    v128.store(slot1, finite(v128.load(slot1, 16)), 16);
  }
  const to = sumIn(group);
  if (!group.lanesArePositions) endRow<T>(to, v128.load(slot0), v128.load(slot0, 16));
  else if (sizeof<T>() == 4) {
    to.half0 = f64x2.add(sumOfSlots(group, 0, 2, 0), sumOfSlots(group, 1, 3, 0));
    to.half1 = f64x2.add(sumOfSlots(group, 0, 2, 16), sumOfSlots(group, 1, 3, 16));
  } else endF64(to, v128.load(slot0), v128.load(slot1), sumOfSlots(group, 0, 1, 16));
}


@inline
function sumOfSlots(group: SingleGroup, a: i32, b: i32, at: usize): v128 {
  return f64x2.add(v128.load(slot(group, a) + at), v128.load(slot(group, b) + at));
}

/** The total of a group's stored exponentials where lanes are positions. */
export function sumPositions<T>(group: SingleGroup, exponentials: usize): void {
  sumPositionsBelow<T>(totalIn(group), exponentials, group.vectors, f64x2.splat(0), true);
}

/** Sums a group's stored exponentials below `limit`. */
export function sumBelow<T>(group: SingleGroup, exponentials: usize, limit: v128): void {
  const to = sumIn(group);
  if (group.lanesArePositions) sumPositionsBelow<T>(to, exponentials, group.vectors, limit, false);
  else {
    const zero = f64x2.splat(0);
    finishRowBelow<T>(to, zero, zero, exponentials, group.vectors, group.tail, limit, false);
  }
}

/** The total of a row of which all but the last n vectors, and the elements after them, are summed already. */
export function finishRow<T>(group: SingleGroup, first: v128, second: v128, exponentials: usize, n: i32): void {
  finishRowBelow<T>(totalIn(group), first, second, exponentials, n, group.tail, first, true);
}

/** Puts 0 in place of a row's exponentials below a limit. */
export function clearBelow<T>(group: SingleGroup, exponentials: usize, limit: T): void {
  const limits = v128.splat<T>(limit);
  for (let n = group.vectors; n > 0; --n, exponentials += 16) {
    const e = v128.load(exponentials);
    v128.store(exponentials, v128.and(e, v128.ge<T>(e, limits)));
  }
  clearTailBelow<T>(exponentials, group.tail, limit);
}

/** The same of the elements after the last vector. */
@inline
function clearTailBelow<T>(exponentials: usize, tail: i32, limit: T): void {
  for (let i = 0; i < tail; i++) {
    const at = exponentials + ((<usize>i) << alignof<T>());
    if (load<T>(at) < limit) store<T>(at, 0);
  }
}

/** Puts 0 in place of a row's exponentials below a limit; the others are its total. */
export function sumRowFrom<T>(group: SingleGroup, exponentials: usize, limit: T): void {
  const limits = v128.splat<T>(limit);
  let first = beginning<T>();
  let second = f64x2.splat(0);
  for (let n = group.vectors; n > 0; --n, exponentials += 16) {
    const e = v128.load(exponentials);
    const v = v128.and(e, v128.ge<T>(e, limits));
    v128.store(exponentials, v);
    const next = f64x2.add(first, half0<T>(v));
    second = nextSecond<T>(first, second, next, v, true);
    first = next;
  }
  clearTailBelow<T>(exponentials, group.tail, limit);
  finishRow<T>(group, first, second, exponentials, 0);
}

/** The same of what is below `limit`, or of all. */
@inline
function finishRowBelow<T>(
  to: Sum,
  first: v128,
  second: v128,
  exponentials: usize,
  n: i32,
  tail: i32,
  limit: v128,
  all: bool,
): void {
  for (; n > 0; --n, exponentials += 16) {
    const v = all ? v128.load(exponentials) : below<T>(v128.load(exponentials), limit);
    const next = f64x2.add(first, half0<T>(v));
    second = nextSecond<T>(first, second, next, v, all);
    first = next;
  }
  if (tail) {
    // Padded with +0, which changes no sum.
    const last = loadTail<T>(exponentials, tail, 0);
    const v = all ? last : below<T>(last, limit);
    const next = f64x2.add(first, half0<T>(v));
    second = nextSecond<T>(first, second, next, v, all);
    first = next;
  }
  endRow<T>(to, all ? f64x2.sub(first, beginning<T>()) : first, second);
}

/**
 * Sums all lanes of classes at once: class c belongs to lane c mod lanes. The last lanes are padded with +0, stored after
 * the exponentials, which changes no sum.
 */
@inline
function sumPositionsBelow<T>(to: Sum, exponentials: usize, vectors: i32, limit: v128, all: bool): void {
  for (let i = vectors; i & (lanes<T>() - 1); ++i) v128.store(exponentials + ((<usize>i) << 4), v128.splat<T>(0));
  const zero = f64x2.splat(0);
  const start = all ? beginning<T>() : zero;
  let a0 = start;
  let b0 = a0;
  let a1 = zero;
  let b1 = zero;
  if (sizeof<T>() == 4) {
    let c0 = zero;
    let d0 = zero;
    let c1 = zero;
    let d1 = zero;
    for (let n = vectors; n > 0; n -= 4, exponentials += 64) {
      if (all) {
        // Read in halves: no shuffle.
        a0 = f64x2.add(a0, f64x2.promote_low_f32x4(v128.load64_zero(exponentials)));
        a1 = f64x2.add(a1, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 8)));
        b0 = f64x2.add(b0, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 16)));
        b1 = f64x2.add(b1, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 24)));
        c0 = f64x2.add(c0, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 32)));
        c1 = f64x2.add(c1, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 40)));
        d0 = f64x2.add(d0, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 48)));
        d1 = f64x2.add(d1, f64x2.promote_low_f32x4(v128.load64_zero(exponentials, 56)));
      } else {
        const e = below<T>(v128.load(exponentials), limit);
        a0 = f64x2.add(a0, half0<T>(e));
        a1 = f64x2.add(a1, half1<T>(e));
        const f = below<T>(v128.load(exponentials, 16), limit);
        b0 = f64x2.add(b0, half0<T>(f));
        b1 = f64x2.add(b1, half1<T>(f));
        const g = below<T>(v128.load(exponentials, 32), limit);
        c0 = f64x2.add(c0, half0<T>(g));
        c1 = f64x2.add(c1, half1<T>(g));
        const h = below<T>(v128.load(exponentials, 48), limit);
        d0 = f64x2.add(d0, half0<T>(h));
        d1 = f64x2.add(d1, half1<T>(h));
      }
    }
    to.half0 = f64x2.add(f64x2.add(a0, c0), f64x2.add(b0, d0));
    to.half1 = f64x2.add(f64x2.add(a1, c1), f64x2.add(b1, d1));
  } else {
    // a1 and b1 are the rounding errors of a0 and b0.
    for (let n = vectors; n > 0; n -= 2, exponentials += 32) {
      const v = v128.load(exponentials);
      const w = v128.load(exponentials, 16);
      const a = all ? v : below<T>(v, limit);
      const b = all ? w : below<T>(w, limit);
      const nextA = f64x2.add(a0, a);
      const nextB = f64x2.add(b0, b);
      a1 = nextSecond<T>(a0, a1, nextA, a, all);
      b1 = nextSecond<T>(b0, b1, nextB, b, all);
      a0 = nextA;
      b0 = nextB;
    }
    endF64(to, f64x2.sub(a0, start), f64x2.sub(b0, start), f64x2.add(a1, b1));
  }
}

/** +0 in place of exponentials at or above the limit. NaN stays. */
@inline
export function below<T>(exponentials: v128, limit: v128): v128 {
  return v128.andnot(exponentials, v128.ge<T>(exponentials, limit));
}
