// The order of summation: README.md, "One order of summation". Every kernel adds the terms of a row in this order,
// so that its bits depend on nothing but the row.

import { loadTail } from "./lanes";

/** Lanes 0 and 1 of a block's sum, in f64. */
@inline
export function lowLanes(block: v128): v128 {
  return f64x2.promote_low_f32x4(block);
}

/** Lanes 2 and 3 of a block's sum, in f64. */
@inline
export function highLanes(block: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(block, block, 2, 3, 2, 3));
}

/** (lane 0 + lane 2) + (lane 1 + lane 3). */
@inline
export function total(low: v128, high: v128): f64 {
  const s = f64x2.add(low, high);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** The sum of the stored terms that are below `top`. */
export function sumBelow(terms: usize, cols: i32, top: f32): f64 {
  const limit = f32x4.splat(top);
  let low = f64x2.splat(0);
  let high = low;
  while (cols > 0) {
    let block = f32x4.splat(0);
    let pairs = 4;
    for (; pairs && cols >= 8; --pairs, cols -= 8, terms += 32) {
      const p = below(v128.load(terms), limit);
      block = f32x4.add(block, f32x4.add(p, below(v128.load(terms, 16), limit)));
    }
    if (pairs) {
      let pair = f32x4.splat(0);
      for (; cols > 0; cols -= 4, terms += 16) {
        const t = cols < 4 ? loadTail<f32>(terms, cols, 0) : v128.load(terms);
        pair = f32x4.add(pair, below(t, limit));
      }
      block = f32x4.add(block, pair);
    }
    low = f64x2.add(low, lowLanes(block));
    high = f64x2.add(high, highLanes(block));
  }
  return total(low, high);
}

/** +0 in the place of terms that are not below the limit. */
@inline
function below(terms: v128, limit: v128): v128 {
  return v128.and(terms, f32x4.lt(terms, limit));
}
