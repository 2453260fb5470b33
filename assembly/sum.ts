// The order of summation (README.md, "One order of summation"). Every kernel sums in this order, so that the bits of a sum
// depend on the position's own elements alone.
//
// A sum is held in two vectors. In f32 they are the sums of lanes 0 and 1 and of lanes 2 and 3, in f64; in f64 they are the
// sums of the lanes and their rounding errors. Where lanes are positions there is such a sum for each lane of classes, in a
// slot.

import { finite, twoSumError } from "./errorFree";
import { lanesArePositions, tail, vectors } from "./groups";
import { half0, half1, lanes, loadTail } from "./lanes";

/** The last sum of each position of the group, in f64: positions 0 and 1, positions 2 and 3. */
export let sum0: v128 = f64x2.splat(0);
export let sum1: v128 = f64x2.splat(0);
/** In f64, the rounding error of sum0. */
export let sumError: v128 = f64x2.splat(0);

/** How many pairs of vectors are summed in T: fewer in f64, where sums are as precise as their blocks. */
@inline
export function pairsInBlock<T>(): i32 {
  return sizeof<T>() == 4 ? 4 : 2;
}

/** The first vector of a sum with a block added. */
@inline
export function nextFirst<T>(first: v128, block: v128): v128 {
  return f64x2.add(first, sizeof<T>() == 4 ? f64x2.promote_low_f32x4(block) : block);
}

/** The second vector with a block added; `first` is the first vector without it. */
@inline
export function nextSecond<T>(first: v128, second: v128, block: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.add(second, f64x2.promote_low_f32x4(i32x4.shuffle(block, block, 2, 3, 2, 3)));
  return f64x2.add(second, twoSumError(first, block));
}

/** Ends a row: f32: (lane 0 + lane 2) + (lane 1 + lane 3). f64: lane 0 + lane 1 + the errors. */
@inline
export function endRow<T>(first: v128, second: v128): void {
  if (sizeof<T>() == 4) {
    const s = f64x2.add(first, second);
    sum0 = f64x2.splat(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1));
  } else {
    const error = f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1);
    endF64(i64x2.shuffle(first, first, 0, 0), i64x2.shuffle(first, first, 1, 1), f64x2.splat(error));
  }
  sum1 = sum0;
}

/** a + b + error, rounded once. */
@inline
function endF64(a: v128, b: v128, error: v128): void {
  const sum = f64x2.add(a, b);
  const small = f64x2.add(finite(twoSumError(a, b)), error);
  sum0 = f64x2.add(sum, small);
  sumError = finite(f64x2.add(f64x2.sub(sum, sum0), small));
}

// The slots.
const SLOTS = memory.data(128, 16);

/** Address of the sum of classes c with c mod lanes = `lane`: two vectors. */
@inline
function slot(lane: i32): usize {
  return SLOTS + ((<usize>lane) << 5);
}

/** Clears the slots. */
export function beginSlots<T>(): void {
  for (let i = 0; i < lanes<T>(); i++) {
    v128.store(slot(i), f64x2.splat(0));
    v128.store(slot(i), f64x2.splat(0), 16);
  }
}

/**
 * Adds values in f64 to the sum of a lane of classes; along a row, where a vector holds all lanes, there is one slot. Every
 * vector is a block of its own.
 */
@inline
export function addValues<T>(lane: i32, half0: v128, half1: v128): void {
  addTo<T>(slot(lanesArePositions ? lane & (lanes<T>() - 1) : 0), half0, half1);
}


@inline
function addTo<T>(at: usize, half0: v128, half1: v128): void {
  const first = v128.load(at);
  v128.store(at, f64x2.add(first, half0));
  v128.store(at, f64x2.add(v128.load(at, 16), sizeof<T>() == 4 ? half1 : twoSumError(first, half0)), 16);
}

/** Ends a sum of values. */
export function endValues<T>(): void {
  if (sizeof<T>() == 8) {
    for (let i = 0; i < 2; i++) v128.store(slot(i), finite(v128.load(slot(i), 16)), 16);
  }
  if (!lanesArePositions) endRow<T>(v128.load(slot(0)), v128.load(slot(0), 16));
  else if (sizeof<T>() == 4) {
    endPositions(sumOfSlots(0, 2, 0), sumOfSlots(1, 3, 0), sumOfSlots(0, 2, 16), sumOfSlots(1, 3, 16));
  } else endF64(v128.load(slot(0)), v128.load(slot(1)), sumOfSlots(0, 1, 16));
}


@inline
function sumOfSlots(a: i32, b: i32, at: usize): v128 {
  return f64x2.add(v128.load(slot(a) + at), v128.load(slot(b) + at));
}

/** Ends a group whose lanes are positions, in f32: adds the lanes of classes in the order of endRow. */
@inline
function endPositions(a0: v128, b0: v128, a1: v128, b1: v128): void {
  sum0 = f64x2.add(a0, b0);
  sum1 = f64x2.add(a1, b1);
}

/** Sums the group's stored exponentials below `limit`. */
export function sumExponentials<T>(exponentials: usize, limit: v128): void {
  if (lanesArePositions) sumPositions<T>(exponentials, limit);
  else sumRow<T>(exponentials, limit);
}

function sumRow<T>(exponentials: usize, limit: v128): void {
  let first = f64x2.splat(0);
  let second = first;
  const length = 2 * pairsInBlock<T>() * lanes<T>();
  for (
    let cols = vectors * lanes<T>() + tail;
    cols > 0;
    cols -= length, exponentials += (<usize>length) << alignof<T>()
  ) {
    const block = blockOfRow<T>(exponentials, min(cols, length), limit);
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  endRow<T>(first, second);
}

/** The sum of a block's exponentials, or of the last ones, lane by lane. A vector is padded with +0, which changes no sum. */
export function blockOfRow<T>(exponentials: usize, cols: i32, limit: v128): v128 {
  let block = v128.splat<T>(0);
  for (; cols > 0; cols -= 2 * lanes<T>(), exponentials += 32) {
    let pair = upTo<T>(exponentials, cols, limit);
    if (cols > lanes<T>()) pair = v128.add<T>(pair, upTo<T>(exponentials + 16, cols - lanes<T>(), limit));
    block = v128.add<T>(block, pair);
  }
  return block;
}


@inline
function upTo<T>(exponentials: usize, cols: i32, limit: v128): v128 {
  return below<T>(cols >= lanes<T>() ? v128.load(exponentials) : loadTail<T>(exponentials, cols, 0), limit);
}

/**
 * Sums all lanes of classes at once: class c belongs to lane c mod lanes. The last lanes are padded with +0, stored after
 * the exponentials, which changes no sum.
 */
function sumPositions<T>(exponentials: usize, limit: v128): void {
  const two = 2 * lanes<T>();
  let n = vectors;
  for (let i = n; i & (lanes<T>() - 1); ++i) v128.store(exponentials + ((<usize>i) << 4), v128.splat<T>(0));
  const isOneBlock = n <= pairsInBlock<T>() * two;
  if (!isOneBlock) beginSlots<T>();
  do {
    let block0 = v128.splat<T>(0);
    let block1 = block0;
    let block2 = block0;
    let block3 = block0;
    for (let pairs = pairsInBlock<T>(); pairs && n > 0; --pairs, n -= two, exponentials += 16 * <usize>two) {
      const isPair = n > lanes<T>();
      block0 = v128.add<T>(block0, pairOfPositions<T>(exponentials, isPair, limit));
      block1 = v128.add<T>(block1, pairOfPositions<T>(exponentials + 16, isPair, limit));
      if (sizeof<T>() == 4) {
        block2 = v128.add<T>(block2, pairOfPositions<T>(exponentials + 32, isPair, limit));
        block3 = v128.add<T>(block3, pairOfPositions<T>(exponentials + 48, isPair, limit));
      }
    }
    if (isOneBlock) {
      if (sizeof<T>() == 4) {
        endPositions(
          f64x2.add(half0<T>(block0), half0<T>(block2)),
          f64x2.add(half0<T>(block1), half0<T>(block3)),
          f64x2.add(half1<T>(block0), half1<T>(block2)),
          f64x2.add(half1<T>(block1), half1<T>(block3)),
        );
      } else endF64(block0, block1, f64x2.splat(0));
      return;
    }
    addTo<T>(slot(0), half0<T>(block0), half1<T>(block0));
    addTo<T>(slot(1), half0<T>(block1), half1<T>(block1));
    if (sizeof<T>() == 4) {
      addTo<T>(slot(2), half0<T>(block2), half1<T>(block2));
      addTo<T>(slot(3), half0<T>(block3), half1<T>(block3));
    }
  } while (n > 0);
  endValues<T>();
}

/** The exponential of a class, plus that of the class a vector of classes further on where there is one. */
@inline
function pairOfPositions<T>(exponentials: usize, isPair: bool, limit: v128): v128 {
  const one = below<T>(v128.load(exponentials), limit);
  return isPair ? v128.add<T>(one, below<T>(v128.load(exponentials + 16 * <usize>lanes<T>()), limit)) : one;
}

/** +0 in place of exponentials at or above the limit. NaN stays. */
@inline
function below<T>(exponentials: v128, limit: v128): v128 {
  return v128.andnot(exponentials, v128.ge<T>(exponentials, limit));
}
