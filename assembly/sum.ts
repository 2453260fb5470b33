// The order of summation: README.md, "One order of summation". Every kernel adds up in this order, so that its bits
// depend on nothing but the position's own elements.
//
// A sum is carried in two vectors: in f32 the lanes' sums in f64, lanes 0 and 1 and lanes 2 and 3; in f64 the lanes'
// sums, and what their roundings have lost. Where a vector holds a class of each position there are as many such sums as
// a vector of classes has lanes: in slots.

import { across, tail, vectors } from "./groups";
import { lanes, loadTail } from "./lanes";

/** The last sum of each position of the group, in f64: positions 0 and 1, positions 2 and 3. */
export let sumLow: v128 = f64x2.splat(0);
export let sumHigh: v128 = f64x2.splat(0);

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
  return f64x2.add(second, lostIn(first, block));
}

/** What the rounding of a + b loses, exactly (two-sum, Knuth). */
@inline
function lostIn(a: v128, b: v128): v128 {
  const sum = f64x2.add(a, b);
  const added = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, added)), f64x2.sub(b, added));
}

/** Ends a row: f32: (lane 0 + lane 2) + (lane 1 + lane 3). f64: (lane 0 + lane 1) + what was lost. */
@inline
export function endRow<T>(first: v128, second: v128): void {
  let sum: f64;
  if (sizeof<T>() == 4) {
    const s = f64x2.add(first, second);
    sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  } else {
    sum = f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1);
    sum += f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1);
  }
  sumLow = f64x2.splat(sum);
  sumHigh = sumLow;
}

// A block's sums, and the sums of all blocks, of each lane of classes.
const BLOCKS = memory.data(64, 16);
const SLOTS = memory.data(128, 16);

/** Address of the sum of classes c with c mod lanes = `lane`: two vectors. */
@inline
function slot(lane: i32): usize {
  return SLOTS + ((<usize>lane) << 5);
}

/** Before the first block of a group across. */
export function beginSlots<T>(): void {
  for (let i = 0; i < lanes<T>(); i++) {
    v128.store(slot(i), f64x2.splat(0));
    v128.store(slot(i), f64x2.splat(0), 16);
  }
}

export function beginBlock<T>(): void {
  for (let i = 0; i < lanes<T>(); i++) v128.store(BLOCKS + ((<usize>i) << 4), f64x2.splat(0));
}

/** Adds the sum of a pair to the block, for the classes of a lane. */
@inline
export function addPair<T>(lane: i32, pair: v128): void {
  const at = BLOCKS + ((<usize>lane) << 4);
  v128.store(at, v128.add<T>(v128.load(at), pair));
}

export function endBlock<T>(): void {
  for (let i = 0; i < lanes<T>(); i++) addToSlot<T>(slot(i), v128.load(BLOCKS + ((<usize>i) << 4)));
}


@inline
function addToSlot<T>(at: usize, block: v128): void {
  const first = v128.load(at);
  v128.store(at, nextSecond<T>(first, v128.load(at, 16), block), 16);
  v128.store(at, nextFirst<T>(first, block));
}

/** Ends a group across: the lanes of classes, in the order of endRow. */
export function endSlots<T>(): void {
  if (sizeof<T>() == 4) {
    sumLow = f64x2.add(sumOfSlots(0, 2, 0), sumOfSlots(1, 3, 0));
    sumHigh = f64x2.add(sumOfSlots(0, 2, 16), sumOfSlots(1, 3, 16));
  } else {
    sumLow = f64x2.add(sumOfSlots(0, 1, 0), sumOfSlots(0, 1, 16));
  }
}

/**
 * Adds values in f64 to the sum of a lane of classes; along a row, where a vector holds all lanes, there is one slot.
 * For sums whose terms are no terms of T: every vector is a block of its own.
 */
@inline
export function addValues<T>(lane: i32, low: v128, high: v128): void {
  const at = slot(across ? lane & (lanes<T>() - 1) : 0);
  const first = v128.load(at);
  v128.store(at, f64x2.add(first, low));
  v128.store(at, f64x2.add(v128.load(at, 16), sizeof<T>() == 4 ? high : lostIn(first, low)), 16);
}

/** Ends a sum of values. In f64 the rounding of an infinite sum has lost nothing, and not NaN. */
export function endValues<T>(): void {
  if (sizeof<T>() == 8) {
    for (let i = 0; i < 2; i++) {
      const lost = v128.load(slot(i), 16);
      v128.store(slot(i), v128.and(lost, f64x2.eq(lost, lost)), 16);
    }
  }
  if (across) endSlots<T>();
  else endRow<T>(v128.load(slot(0)), v128.load(slot(0), 16));
}


@inline
function sumOfSlots(a: i32, b: i32, at: usize): v128 {
  return f64x2.add(v128.load(slot(a) + at), v128.load(slot(b) + at));
}

/** The sum of the stored terms that are below `top`: into sumLow and sumHigh. */
export function sumBelow<T>(terms: usize, to: usize, top: v128): void {
  if (across) sumBelowAcross<T>(terms, to, top);
  else sumBelowAlong<T>(terms, top);
}

function sumBelowAlong<T>(terms: usize, top: v128): void {
  let first = f64x2.splat(0);
  let second = first;
  for (let n = vectors, rest = tail; n > 0 || rest > 0;) {
    let block = v128.splat<T>(0);
    let pairs = pairsInBlock<T>();
    for (; pairs && n >= 2; --pairs, n -= 2, terms += 32) {
      const p = below<T>(v128.load(terms), top);
      block = v128.add<T>(block, v128.add<T>(p, below<T>(v128.load(terms, 16), top)));
    }
    if (pairs) {
      let pair = v128.splat<T>(0);
      if (n) {
        pair = below<T>(v128.load(terms), top);
        terms += 16;
      }
      if (rest) pair = v128.add<T>(pair, below<T>(loadTail<T>(terms, rest, 0), top));
      block = v128.add<T>(block, pair);
      n = 0;
      rest = 0;
    }
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  endRow<T>(first, second);
}

function sumBelowAcross<T>(terms: usize, to: usize, top: v128): void {
  const apart = to * lanes<T>();
  beginSlots<T>();
  for (let n = vectors; n > 0;) {
    beginBlock<T>();
    for (let pairs = pairsInBlock<T>(); pairs && n > 0; --pairs, n -= 2 * lanes<T>(), terms += 2 * apart) {
      for (let lane = 0, at = terms; lane < min(n, lanes<T>()); lane++, at += to) {
        let pair = below<T>(v128.load(at), top);
        if (lane + lanes<T>() < n) pair = v128.add<T>(pair, below<T>(v128.load(at + apart), top));
        addPair<T>(lane, pair);
      }
    }
    endBlock<T>();
  }
  endSlots<T>();
}

/** +0 in the place of terms that are not below the limit. */
@inline
function below<T>(terms: v128, limit: v128): v128 {
  return v128.and(terms, v128.lt<T>(terms, limit));
}
