// The order of summation: README.md, "One order of summation". Every kernel adds up in this order, so that its bits
// depend on nothing but the position's own elements.
//
// A sum is carried in two vectors: in f32 the lanes' sums in f64, lanes 0 and 1 and lanes 2 and 3; in f64 the lanes'
// sums, and what their roundings have lost. Where a vector holds a class of each position there are as many such sums as
// a vector of classes has lanes: in slots.

import { across, tail, vectors } from "./groups";
import { finite, lostInSum } from "./exact";
import { high, lanes, loadTail, low } from "./lanes";

/** The last sum of each position of the group, in f64: positions 0 and 1, positions 2 and 3. */
export let sumLow: v128 = f64x2.splat(0);
export let sumHigh: v128 = f64x2.splat(0);
/** In f64, what the rounding of sumLow lost. */
export let sumLost: v128 = f64x2.splat(0);

/** How many pairs of vectors are added up in T: fewer in f64, whose lanes are half as many and roundings as large. */
@inline
export function pairsInBlock<T>(): i32 {
  return sizeof<T>() == 4 ? 4 : 2;
}

/** The first vector after a block is added. */
@inline
export function nextFirst<T>(first: v128, block: v128): v128 {
  return f64x2.add(first, sizeof<T>() == 4 ? f64x2.promote_low_f32x4(block) : block);
}

/** The second vector after a block is added; takes the first one from before. */
@inline
export function nextSecond<T>(first: v128, second: v128, block: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.add(second, f64x2.promote_low_f32x4(i32x4.shuffle(block, block, 2, 3, 2, 3)));
  return f64x2.add(second, lostInSum(first, block));
}

/** Ends a row: f32: (lane 0 + lane 2) + (lane 1 + lane 3). f64: lane 0 + lane 1 with all that was lost. */
@inline
export function endRow<T>(first: v128, second: v128): void {
  if (sizeof<T>() == 4) {
    const s = f64x2.add(first, second);
    sumLow = f64x2.splat(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1));
  } else {
    const lost = f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1);
    endF64(i64x2.shuffle(first, first, 0, 0), i64x2.shuffle(first, first, 1, 1), f64x2.splat(lost));
  }
  sumHigh = sumLow;
}

/** a + b + lost, rounded once. */
@inline
function endF64(a: v128, b: v128, lost: v128): void {
  const sum = f64x2.add(a, b);
  const small = f64x2.add(finite(lostInSum(a, b)), lost);
  sumLow = f64x2.add(sum, small);
  sumLost = finite(f64x2.add(f64x2.sub(sum, sumLow), small));
}

// The sums of each lane of classes, of values.
const SLOTS = memory.data(128, 16);

/** Address of the sum of classes c with c mod lanes = `lane`: two vectors. */
@inline
function slot(lane: i32): usize {
  return SLOTS + ((<usize>lane) << 5);
}

/** Before the first value. */
export function beginSlots<T>(): void {
  for (let i = 0; i < lanes<T>(); i++) {
    v128.store(slot(i), f64x2.splat(0));
    v128.store(slot(i), f64x2.splat(0), 16);
  }
}

/**
 * Adds values in f64 to the sum of a lane of classes; along a row, where a vector holds all lanes, there is one slot.
 * For sums whose terms are no terms of T: every vector is a block of its own.
 */
@inline
export function addValues<T>(lane: i32, low: v128, high: v128): void {
  addTo<T>(slot(across ? lane & (lanes<T>() - 1) : 0), low, high);
}


@inline
function addTo<T>(at: usize, low: v128, high: v128): void {
  const first = v128.load(at);
  v128.store(at, f64x2.add(first, low));
  v128.store(at, f64x2.add(v128.load(at, 16), sizeof<T>() == 4 ? high : lostInSum(first, low)), 16);
}

/** Ends a sum of values. */
export function endValues<T>(): void {
  if (sizeof<T>() == 8) {
    for (let i = 0; i < 2; i++) v128.store(slot(i), finite(v128.load(slot(i), 16)), 16);
  }
  if (!across) endRow<T>(v128.load(slot(0)), v128.load(slot(0), 16));
  else if (sizeof<T>() == 4) {
    endAcross(sumOfSlots(0, 2, 0), sumOfSlots(1, 3, 0), sumOfSlots(0, 2, 16), sumOfSlots(1, 3, 16));
  } else endF64(v128.load(slot(0)), v128.load(slot(1)), sumOfSlots(0, 1, 16));
}


@inline
function sumOfSlots(a: i32, b: i32, at: usize): v128 {
  return f64x2.add(v128.load(slot(a) + at), v128.load(slot(b) + at));
}

/** Ends a group across in f32: the lanes of classes, in the order of endRow. */
@inline
function endAcross(lowA: v128, lowB: v128, highA: v128, highB: v128): void {
  sumLow = f64x2.add(lowA, lowB);
  sumHigh = f64x2.add(highA, highB);
}

/** The sums of the group's stored terms that are not `limit` or above. */
export function sumTerms<T>(terms: usize, limit: v128): void {
  if (across) sumAcross<T>(terms, limit);
  else sumAlong<T>(terms, limit);
}

function sumAlong<T>(terms: usize, limit: v128): void {
  let first = f64x2.splat(0);
  let second = first;
  const length = 2 * pairsInBlock<T>() * lanes<T>();
  for (let cols = vectors * lanes<T>() + tail; cols > 0; cols -= length, terms += (<usize>length) << alignof<T>()) {
    const block = blockAlong<T>(terms, min(cols, length), limit);
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  endRow<T>(first, second);
}

/** The sum of a block's terms, or of the last ones, lane by lane. What pads a vector, +0, changes no sum. */
export function blockAlong<T>(terms: usize, cols: i32, limit: v128): v128 {
  let block = v128.splat<T>(0);
  for (; cols > 0; cols -= 2 * lanes<T>(), terms += 32) {
    let pair = upTo<T>(terms, cols, limit);
    if (cols > lanes<T>()) pair = v128.add<T>(pair, upTo<T>(terms + 16, cols - lanes<T>(), limit));
    block = v128.add<T>(block, pair);
  }
  return block;
}


@inline
function upTo<T>(terms: usize, cols: i32, limit: v128): v128 {
  return below<T>(cols >= lanes<T>() ? v128.load(terms) : loadTail<T>(terms, cols, 0), limit);
}

/**
 * The lanes' sums beside each other: class c goes to lane c mod lanes. What fills the last lanes, +0, changes no sum, and
 * is stored behind the terms.
 */
function sumAcross<T>(terms: usize, limit: v128): void {
  const two = 2 * lanes<T>();
  let n = vectors;
  for (let i = n; i & (lanes<T>() - 1); ++i) v128.store(terms + ((<usize>i) << 4), v128.splat<T>(0));
  const isOneBlock = n <= pairsInBlock<T>() * two;
  if (!isOneBlock) beginSlots<T>();
  do {
    let block0 = v128.splat<T>(0);
    let block1 = block0;
    let block2 = block0;
    let block3 = block0;
    for (let pairs = pairsInBlock<T>(); pairs && n > 0; --pairs, n -= two, terms += 16 * <usize>two) {
      const isPair = n > lanes<T>();
      block0 = v128.add<T>(block0, pairAcross<T>(terms, isPair, limit));
      block1 = v128.add<T>(block1, pairAcross<T>(terms + 16, isPair, limit));
      if (sizeof<T>() == 4) {
        block2 = v128.add<T>(block2, pairAcross<T>(terms + 32, isPair, limit));
        block3 = v128.add<T>(block3, pairAcross<T>(terms + 48, isPair, limit));
      }
    }
    if (isOneBlock) {
      if (sizeof<T>() == 4) {
        endAcross(
          f64x2.add(low<T>(block0), low<T>(block2)),
          f64x2.add(low<T>(block1), low<T>(block3)),
          f64x2.add(high<T>(block0), high<T>(block2)),
          f64x2.add(high<T>(block1), high<T>(block3)),
        );
      } else endF64(block0, block1, f64x2.splat(0));
      return;
    }
    addTo<T>(slot(0), low<T>(block0), high<T>(block0));
    addTo<T>(slot(1), low<T>(block1), high<T>(block1));
    if (sizeof<T>() == 4) {
      addTo<T>(slot(2), low<T>(block2), high<T>(block2));
      addTo<T>(slot(3), low<T>(block3), high<T>(block3));
    }
  } while (n > 0);
  endValues<T>();
}

/** The term of a class, and that of the class a vector of classes further where there is one. */
@inline
function pairAcross<T>(terms: usize, isPair: bool, limit: v128): v128 {
  const one = below<T>(v128.load(terms), limit);
  return isPair ? v128.add<T>(one, below<T>(v128.load(terms + 16 * <usize>lanes<T>()), limit)) : one;
}

/** +0 in the place of terms that are at the limit or above. NaN stays. */
@inline
function below<T>(terms: v128, limit: v128): v128 {
  return v128.andnot(terms, v128.ge<T>(terms, limit));
}
