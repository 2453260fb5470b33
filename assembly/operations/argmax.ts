import { COLS, INDICES, LENGTHS, X } from "../abi";
import { address, count, lengthOf } from "../call";
import { begin, next, SingleGroup } from "../groups";
import { hmax, lanes, storeTail } from "../lanes";
import { at } from "../order";

/**
 * INDICES = the class of the largest element of each position, the lowest of equals; the first NaN of a position with NaN;
 * 0 where all are −∞, or none is present by LENGTHS.
 */
export function argmax<T>(call: usize): void {
  const x = address(call, X);
  const indices = address(call, INDICES);
  const lengths = address(call, LENGTHS);
  const cols = count(call, COLS);
  const group = begin<T>(call);
  while (next(group)) {
    const to = indices + ((<usize>group.position) << 2);
    if (group.lanesArePositions) argmaxOfLanes<T>(group, x + group.offset, cols, to);
    else store<i32>(to, argmaxOfRow<T>(x + group.offset, lengthOf(lengths, group.position, cols)));
  }
}

/** How many elements have their maximum found at once. The class of the largest is then looked for only among these. */
const BLOCK = 1024;

/** The same of one row. */
export function argmaxOfRow<T>(x: usize, cols: i32): i32 {
  if (cols < lanes<T>()) return sizeof<T>() == 4 ? argmaxOfFew(x, cols) : 0;
  let largest: T = -Infinity;
  let from = 0;
  for (let c = 0; c < cols; c += BLOCK) {
    // At least a vector: what is looked at again is not larger than before.
    const first = min(c, cols - lanes<T>());
    const candidate = maxOrNaN<T>(x, first, min(c + BLOCK, cols));
    if (candidate <= largest) continue;
    largest = candidate;
    from = first;
    if (candidate != candidate) break;
  }
  return find<T>(x, from, min(from + BLOCK, cols), largest);
}

/** The same of less than a vector of f32; in f64 that is one class. */
function argmaxOfFew(x: usize, cols: i32): i32 {
  let index = 0;
  for (let c = 1; c < cols; c++) {
    const max = at<f32>(x, index);
    if (max == max && !(at<f32>(x, c) <= max)) index = c;
  }
  return index;
}

/** The largest of the classes from c to before `end`, which are a vector or more; NaN if one is. */
@inline
function maxOrNaN<T>(x: usize, c: i32, end: i32): T {
  let max0 = v128.splat<T>(<T>-Infinity);
  let max1 = max0;
  let max2 = max0;
  let max3 = max0;
  let differ0 = v128.splat<T>(0);
  let differ1 = differ0;
  let from = x + ((<usize>c) << alignof<T>());
  for (; c <= end - 4 * lanes<T>(); c += 4 * lanes<T>(), from += 64) {
    const v0 = v128.load(from);
    max0 = v128.pmax<T>(max0, v0);
    differ0 = v128.or(differ0, v128.ne<T>(v0, v0));
    const v1 = v128.load(from, 16);
    max1 = v128.pmax<T>(max1, v1);
    differ1 = v128.or(differ1, v128.ne<T>(v1, v1));
    const v2 = v128.load(from, 32);
    max2 = v128.pmax<T>(max2, v2);
    differ0 = v128.or(differ0, v128.ne<T>(v2, v2));
    const v3 = v128.load(from, 48);
    max3 = v128.pmax<T>(max3, v3);
    differ1 = v128.or(differ1, v128.ne<T>(v3, v3));
  }
  // The last vector goes back to where it is whole.
  const last = x + ((<usize>(end - lanes<T>())) << alignof<T>());
  for (; c < end; c += lanes<T>(), from += 16) {
    const v = v128.load(min(from, last));
    max0 = v128.pmax<T>(max0, v);
    differ0 = v128.or(differ0, v128.ne<T>(v, v));
  }
  const max = hmax<T>(v128.pmax<T>(v128.pmax<T>(max0, max1), v128.pmax<T>(max2, max3)));
  return v128.any_true(v128.or(differ0, differ1)) ? NaN : max;
}

/** The first class with a value or a NaN from c to before `end`, where there is one. */
function find<T>(x: usize, c: i32, end: i32, value: T): i32 {
  const values = v128.splat<T>(value);
  for (; c <= end - 4 * lanes<T>(); c += 4 * lanes<T>()) {
    const from = x + ((<usize>c) << alignof<T>());
    const found0 = v128.or(isFound<T>(v128.load(from), values), isFound<T>(v128.load(from, 16), values));
    const found1 = v128.or(isFound<T>(v128.load(from, 32), values), isFound<T>(v128.load(from, 48), values));
    if (v128.any_true(v128.or(found0, found1))) break;
  }
  while (true) {
    c = min(c, end - lanes<T>());
    const found = isFound<T>(v128.load(x + ((<usize>c) << alignof<T>())), values);
    const bits = sizeof<T>() == 4 ? i32x4.bitmask(found) : i64x2.bitmask(found);
    if (bits) return c + <i32>ctz(bits);
    c += lanes<T>();
  }
}


@inline
function isFound<T>(v: v128, values: v128): v128 {
  return v128.or(v128.eq<T>(v, values), v128.ne<T>(v, v));
}

/** The same where a vector holds one class of each position. */
function argmaxOfLanes<T>(group: SingleGroup, x: usize, cols: i32, to: usize): void {
  const step = group.step;
  const positions = group.positions;
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
