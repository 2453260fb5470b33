// The order of summation: README.md, "One order of summation". Every kernel adds the terms of a row in this order,
// so that its bits depend on nothing but the row.
//
// A row's sum is carried in two vectors: in f32 the lanes' sums in f64, lanes 0 and 1 and lanes 2 and 3; in f64 the
// lanes' sums, and what their roundings have lost.

import { lanes, loadTail } from "./lanes";

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
  const sum = f64x2.add(first, block);
  const added = f64x2.sub(sum, first); // two-sum (Knuth): what rounding lost, exactly
  const lost = f64x2.add(f64x2.sub(first, f64x2.sub(sum, added)), f64x2.sub(block, added));
  return f64x2.add(second, lost);
}

/** f32: (lane 0 + lane 2) + (lane 1 + lane 3). f64: (lane 0 + lane 1) + what was lost. */
@inline
export function total<T>(first: v128, second: v128): f64 {
  if (sizeof<T>() == 4) {
    const s = f64x2.add(first, second);
    return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  }
  const sum = f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1);
  return sum + (f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1));
}

/** The sum of the stored terms that are below `top`. */
export function sumBelow<T>(terms: usize, cols: i32, top: T): f64 {
  const limit = v128.splat<T>(top);
  const step = lanes<T>();
  let first = f64x2.splat(0);
  let second = first;
  while (cols > 0) {
    let block = v128.splat<T>(0);
    let pairs = pairsInBlock<T>();
    for (; pairs && cols >= 2 * step; --pairs, cols -= 2 * step, terms += 32) {
      const p = below<T>(v128.load(terms), limit);
      block = v128.add<T>(block, v128.add<T>(p, below<T>(v128.load(terms, 16), limit)));
    }
    if (pairs) {
      let pair = v128.splat<T>(0);
      for (; cols > 0; cols -= step, terms += 16) {
        const t = cols < step ? loadTail<T>(terms, cols, 0) : v128.load(terms);
        pair = v128.add<T>(pair, below<T>(t, limit));
      }
      block = v128.add<T>(block, pair);
    }
    second = nextSecond<T>(first, second, block);
    first = nextFirst<T>(first, block);
  }
  return total<T>(first, second);
}

/** +0 in the place of terms that are not below the limit. */
@inline
function below<T>(terms: v128, limit: v128): v128 {
  return v128.and(terms, v128.lt<T>(terms, limit));
}
