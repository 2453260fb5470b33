// Sums over the classes of each position, computed in f64, in the order of sum.ts: sum0, sum1 and sumError of the group.

import { tailHalf1, tailHalf0 } from "./elementwise";
import { finite, twoProductError, twoSumError } from "./errorFree";
import { Sum, sumIn } from "./group";
import { SingleGroup } from "./groups";
import { half0, half1, lanes, loadTail } from "./lanes";
import { distance, termDistance, termDistanceError } from "./temperature";
import { addValues, beginSlots, endPositionsOfValues, endRowOfValues, endValues, withProduct, withValue } from "./sum";

/** Σ a_c·b_c. In f32 every product is exact in f64; in f64 the errors of products are added too. */
export function dot<T>(group: SingleGroup, a: usize, fromA: usize, b: usize, fromB: usize): void {
  const tail = group.tail;
  if (group.lanesArePositions) return dotOfPositions<T>(group, a, fromA, b, fromB);
  let first = f64x2.splat(0);
  let second = first;
  for (let n = group.vectors; n > 0; --n, a += 16, b += 16) {
    const u = v128.load(a);
    const v = v128.load(b);
    const product = f64x2.mul(half0<T>(u), half0<T>(v));
    second = withProduct<T>(first, second, u, v, product);
    first = f64x2.add(first, product);
  }
  if (tail) {
    const u = loadTail<T>(a, tail, 0);
    const v = loadTail<T>(b, tail, 0);
    const product = f64x2.mul(half0<T>(u), half0<T>(v));
    second = withProduct<T>(first, second, u, v, product);
    first = f64x2.add(first, product);
  }
  endRowOfValues<T>(sumIn(group), first, second);
}

/** The same where lanes are positions: a sum in locals for each lane of classes. In f64 a1 and b1 are errors. */
function dotOfPositions<T>(group: SingleGroup, a: usize, fromA: usize, b: usize, fromB: usize): void {
  const zero = f64x2.splat(0);
  let a0 = zero;
  let b0 = zero;
  let a1 = zero;
  let b1 = zero;
  let c0 = zero;
  let d0 = zero;
  let c1 = zero;
  let d1 = zero;
  for (let n = group.vectors; n > 0; n -= lanes<T>(), a += fromA * lanes<T>(), b += fromB * lanes<T>()) {
    const u = v128.load(a);
    const v = v128.load(b);
    const ofA = f64x2.mul(half0<T>(u), half0<T>(v));
    a1 = withProduct<T>(a0, a1, u, v, ofA);
    a0 = f64x2.add(a0, ofA);
    if (n == 1) break;
    const u1 = v128.load(a + fromA);
    const v1 = v128.load(b + fromB);
    const ofB = f64x2.mul(half0<T>(u1), half0<T>(v1));
    b1 = withProduct<T>(b0, b1, u1, v1, ofB);
    b0 = f64x2.add(b0, ofB);
    if (sizeof<T>() == 8) continue;
    if (n == 2) break;
    const u2 = v128.load(a + 2 * fromA);
    const v2 = v128.load(b + 2 * fromB);
    c0 = f64x2.add(c0, f64x2.mul(half0<T>(u2), half0<T>(v2)));
    c1 = f64x2.add(c1, f64x2.mul(half1<T>(u2), half1<T>(v2)));
    if (n == 3) break;
    const u3 = v128.load(a + 3 * fromA);
    const v3 = v128.load(b + 3 * fromB);
    d0 = f64x2.add(d0, f64x2.mul(half0<T>(u3), half0<T>(v3)));
    d1 = f64x2.add(d1, f64x2.mul(half1<T>(u3), half1<T>(v3)));
  }
  endPositionsOfValues<T>(sumIn(group), a0, a1, b0, b1, c0, c1, d0, d1);
}

/** Σ a_c. */
export function sumOf<T>(group: SingleGroup, a: usize, fromA: usize): void {
  const tail = group.tail;
  if (group.lanesArePositions) {
    beginSlots<T>(group);
    const vectors = group.vectors;
    for (let lane = 0; lane < vectors; lane++, a += fromA) {
      const v = v128.load(a);
      addValues<T>(group, lane, half0<T>(v), half1<T>(v));
    }
    return endValues<T>(group);
  }
  let first = f64x2.splat(0);
  let second = first;
  for (let n = group.vectors; n > 0; --n, a += 16) {
    const v = v128.load(a);
    second = withValue<T>(first, second, v);
    first = f64x2.add(first, half0<T>(v));
  }
  if (tail) {
    const v = loadTail<T>(a, tail, 0);
    second = withValue<T>(first, second, v);
    first = f64x2.add(first, half0<T>(v));
  }
  endRowOfValues<T>(sumIn(group), first, second);
}

/** Σ b_c of an array in f64, with `stepF64` bytes from a vector's elements to those of the next. */
export function sumOfF64<T>(group: SingleGroup, b: usize, stepF64: usize): void {
  const tail = group.tail;
  beginSlots<T>(group);
  const vectors = group.vectors;
  for (let lane = 0; lane < vectors; lane++, b += stepF64) {
    const first = v128.load(b);
    addValues<T>(group, lane, first, sizeof<T>() == 4 ? v128.load(b, 16) : first);
  }
  if (tail) addValues<T>(group, 0, tailHalf0<T>(b, tail), tailHalf1<T>(b, tail));
  endValues<T>(group);
}

/** Σ b_c·(max − x_c) over the classes whose b_c is not 0, b in f64, as a sum of distances (temperature.ts). */
export function sumOfDistances<T>(group: SingleGroup, x: usize, max: v128, b: usize, stepF64: usize): void {
  const tail = group.tail;
  beginSlots<T>(group);
  const max0 = half0<T>(max);
  const max1 = half1<T>(max);
  const vectors = group.vectors;
  for (let lane = 0; lane < vectors; lane++, x += 16, b += stepF64) {
    const v = v128.load(x);
    const last = sizeof<T>() == 4 ? weighed(v128.load(b, 16), distance<T>(max1, half1<T>(v))) : v;
    addValues<T>(group, lane, weighed(v128.load(b), distance<T>(max0, half0<T>(v))), last);
  }
  if (tail) {
    const v = loadTail<T>(x, tail, 0);
    const last = sizeof<T>() == 4 ? weighed(tailHalf1<T>(b, tail), distance<T>(max1, half1<T>(v))) : v;
    addValues<T>(group, 0, weighed(tailHalf0<T>(b, tail), distance<T>(max0, half0<T>(v))), last);
  }
  endValues<T>(group);
}

/**
 * Σ e_c·(max − x_c) over stored exponentials, in adjacent vectors as x is, of term distances (temperature.ts). What is 0 adds
 * nothing, even at x_c = −∞. In f64 each product comes with its error.
 */
export function sumOfTermDistances<T>(group: SingleGroup, x: usize, max: v128, exponentials: usize): void {
  const tail = group.tail;
  const max0 = half0<T>(max);
  const max1 = half1<T>(max);
  if (group.lanesArePositions) {
    return sumOfTermDistancesOfPositions<T>(sumIn(group), x, max0, max1, exponentials, group.vectors);
  }
  let first = f64x2.splat(0);
  let second = first;
  for (let n = group.vectors; n > 0; --n, x += 16, exponentials += 16) {
    const u = v128.load(x);
    const e = v128.load(exponentials);
    const value = termDistances<T>(max0, u, e);
    second = withTermDistances<T>(first, second, max0, max1, u, e, value);
    first = f64x2.add(first, value);
  }
  if (tail) {
    const u = loadTail<T>(x, tail, 0);
    const e = loadTail<T>(exponentials, tail, 0);
    const value = termDistances<T>(max0, u, e);
    second = withTermDistances<T>(first, second, max0, max1, u, e, value);
    first = f64x2.add(first, value);
  }
  endRowOfValues<T>(sumIn(group), first, second);
}

/** The same of n classes where lanes are positions: a sum in locals for each lane of classes. In f64 a1 and b1 are errors. */
export function sumOfTermDistancesOfPositions<T>(
  to: Sum,
  x: usize,
  max0: v128,
  max1: v128,
  exponentials: usize,
  n: i32,
): void {
  const zero = f64x2.splat(0);
  let a0 = zero;
  let b0 = zero;
  let a1 = zero;
  let b1 = zero;
  let c0 = zero;
  let d0 = zero;
  let c1 = zero;
  let d1 = zero;
  const apart = (<usize>lanes<T>()) << 4;
  for (; n > 0; n -= lanes<T>(), x += apart, exponentials += apart) {
    const u = v128.load(x);
    const e = v128.load(exponentials);
    const ofA = termDistances<T>(max0, u, e);
    a1 = withTermDistances<T>(a0, a1, max0, max1, u, e, ofA);
    a0 = f64x2.add(a0, ofA);
    if (n == 1) break;
    const u1 = v128.load(x, 16);
    const e1 = v128.load(exponentials, 16);
    const ofB = termDistances<T>(max0, u1, e1);
    b1 = withTermDistances<T>(b0, b1, max0, max1, u1, e1, ofB);
    b0 = f64x2.add(b0, ofB);
    if (sizeof<T>() == 8) continue;
    if (n == 2) break;
    const u2 = v128.load(x, 32);
    const e2 = v128.load(exponentials, 32);
    const ofC = termDistances<T>(max0, u2, e2);
    c1 = withTermDistances<T>(c0, c1, max0, max1, u2, e2, ofC);
    c0 = f64x2.add(c0, ofC);
    if (n == 3) break;
    const u3 = v128.load(x, 48);
    const e3 = v128.load(exponentials, 48);
    const ofD = termDistances<T>(max0, u3, e3);
    d1 = withTermDistances<T>(d0, d1, max0, max1, u3, e3, ofD);
    d0 = f64x2.add(d0, ofD);
  }
  endPositionsOfValues<T>(to, a0, a1, b0, b1, c0, c1, d0, d1);
}

/** e_c·(max − x_c) of the first half. */
@inline
function termDistances<T>(max0: v128, x: v128, terms: v128): v128 {
  return weighed(half0<T>(terms), termDistance<T>(max0, half0<T>(x)));
}

/** The second vector of a sum of them with a vector added: in f32 the second half, in f64 the errors of `value`. */
@inline
function withTermDistances<T>(
  first: v128,
  second: v128,
  max0: v128,
  max1: v128,
  x: v128,
  terms: v128,
  value: v128,
): v128 {
  if (sizeof<T>() == 4) return f64x2.add(second, weighed(half1<T>(terms), termDistance<T>(max1, half1<T>(x))));
  const ofProduct = twoProductError(terms, termDistance<T>(max0, x));
  const error = finite(f64x2.add(ofProduct, f64x2.mul(terms, termDistanceError(max0, x))));
  return f64x2.add(second, f64x2.add(twoSumError(first, value), error));
}

/** b·d, and 0 where b is 0, even where d is infinite. */
@inline
function weighed(b: v128, d: v128): v128 {
  return v128.and(f64x2.mul(b, d), f64x2.ne(b, f64x2.splat(0)));
}
