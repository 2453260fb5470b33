import { COLS, INDICES, X } from "../abi";
import { address, count } from "../call";
import { begin, lanesArePositions, next, offset, position, positions, step } from "../groups";
import { hmax, lanes, storeTail } from "../lanes";
import { at } from "../order";

/**
 * INDICES = the class of the largest element of each position, the lowest of equals; the first NaN of a position with NaN;
 * 0 where all are −∞.
 */
export function argmax<T>(call: usize): void {
  const x = address(call, X);
  const indices = address(call, INDICES);
  const cols = count(call, COLS);
  begin<T>(call, 0);
  while (next()) {
    const to = indices + ((<usize>position) << 2);
    if (lanesArePositions) argmaxOfLanes<T>(x + offset, cols, to);
    else store<i32>(to, argmaxOfRow<T>(x + offset, cols));
  }
}

/** Elements whose maximum is found at once: the class of the largest is then looked for among so many. */
const BLOCK = 256;

/** The same of one row. */
export function argmaxOfRow<T>(x: usize, cols: i32): i32 {
  let max: T = -Infinity;
  let from = 0;
  for (let c = 0; c < cols; c += BLOCK) {
    const largest = maxOrNaN<T>(x + ((<usize>c) << alignof<T>()), min(BLOCK, cols - c));
    if (largest <= max) continue;
    max = largest;
    from = c;
    if (max != max) break;
  }
  if (max != max) {
    while (at<T>(x, from) == at<T>(x, from)) from++;
  } else {
    while (at<T>(x, from) != max) from++;
  }
  return from;
}

/** The largest of n elements, NaN if one is. */
@inline
function maxOrNaN<T>(x: usize, n: i32): T {
  const lowest = v128.splat<T>(<T>-Infinity);
  let max0 = lowest;
  let max1 = lowest;
  let differ0 = v128.splat<T>(0);
  let differ1 = differ0;
  for (; n >= 2 * lanes<T>(); n -= 2 * lanes<T>(), x += 32) {
    const a = v128.load(x);
    max0 = v128.pmax<T>(max0, a);
    differ0 = v128.or(differ0, v128.ne<T>(a, a));
    const b = v128.load(x, 16);
    max1 = v128.pmax<T>(max1, b);
    differ1 = v128.or(differ1, v128.ne<T>(b, b));
  }
  let max = hmax<T>(v128.pmax<T>(max0, max1));
  if (v128.any_true(v128.or(differ0, differ1))) max = NaN;
  for (; n > 0; n--, x += sizeof<T>()) if (!(load<T>(x) <= max) && max == max) max = load<T>(x);
  return max;
}

/** The same where a vector holds one class of each position. */
function argmaxOfLanes<T>(x: usize, cols: i32, to: usize): void {
  let max = v128.splat<T>(<T>-Infinity);
  let index = v128.splat<T>(0);
  for (let c = 0; c < cols; c++, x += step) {
    const v = v128.load(x);
    const isFirstNaN = v128.and(v128.ne<T>(v, v), v128.eq<T>(max, max));
    const isLarger = v128.or(v128.gt<T>(v, max), isFirstNaN);
    max = v128.bitselect(v, max, isLarger);
    index = v128.bitselect(sizeof<T>() == 4 ? i32x4.splat(c) : i64x2.splat(c), index, isLarger);
  }
  // More than one position is adjacent, and so two of f64.
  if (sizeof<T>() == 8) v128.store64_lane(to, i32x4.shuffle(index, index, 0, 2, 0, 2), 0);
  else if (positions == 4) v128.store(to, index);
  else storeTail<i32>(to, positions, index);
}
