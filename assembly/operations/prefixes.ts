import { ABSENT, COLS, LENGTHS, OUT, ROWS, WIDTH, X } from "../abi";
import { address, count, number } from "../call";
import { lanes, loadTail, storeTail } from "../lanes";

/**
 * The leading LENGTHS elements of each row in rows of WIDTH elements instead of COLS, followed by ABSENT.
 *
 * `out` is `x` or disjoint from it. Each length is at most COLS and WIDTH.
 */
export function prefixes<T>(call: usize): void {
  const rows = count(call, ROWS);
  const absent = <T>number(call, ABSENT);
  const width = (<usize>count(call, WIDTH)) << alignof<T>();
  let from = (<usize>count(call, COLS)) << alignof<T>();
  let to = width;
  let x = address(call, X);
  let out = address(call, OUT);
  let length = address(call, LENGTHS);
  let next: usize = 4;
  // In place, longer rows would overwrite what is still to be read: these are moved from the last one on.
  const isWider = to > from;
  if (isWider) {
    x += from * (rows - 1);
    out += to * (rows - 1);
    length += 4 * (<usize>rows - 1);
    from = 0 - from;
    to = 0 - to;
    next = 0 - next;
  }
  const n = min(count(call, COLS), count(call, WIDTH));
  const bytes = (<usize>n) << alignof<T>();
  for (let row = 0; row < rows; ++row, x += from, out += to, length += next) {
    const present = load<i32>(length);
    fill<T>(out + bytes, out + width, absent);
    if (present >= n) move<T>(x, out, n, isWider);
    else if (isWider) moveUp<T>(x, out, n, present, absent);
    else moveDown<T>(x, out, n, present, absent);
  }
}

// Whole rows are moved, whatever is present of them: a loop of another length for each row costs a branch that is not
// foreseen, as much as twenty elements. Rows as long as the longest, often all of a block, need no look at what is present.

/** Moves n elements, from the last one on if `up`. */
@inline
function move<T>(x: usize, out: usize, n: i32, up: bool): void {
  const bytes = (<usize>n) << alignof<T>();
  if (!up) {
    const end = x + bytes;
    for (; x + 32 <= end; x += 32, out += 32) {
      const v = v128.load(x);
      const w = v128.load(x, 16);
      v128.store(out, v);
      v128.store(out, w, 16);
    }
    for (; x < end; x += sizeof<T>(), out += sizeof<T>()) store<T>(out, load<T>(x));
    return;
  }
  let at = bytes;
  for (; at >= 32; at -= 32) {
    const v = v128.load(x + at - 32);
    const w = v128.load(x + at - 16);
    v128.store(out + at - 32, v);
    v128.store(out + at - 16, w);
  }
  for (; at > 0; at -= sizeof<T>()) store<T>(out + at - sizeof<T>(), load<T>(x + at - sizeof<T>()));
}

/** Moves n elements to an address that is not above theirs, `absent` in the place of those that are not present. */
@inline
function moveDown<T>(x: usize, out: usize, n: i32, present: i32, absent: T): void {
  let left = leftOf<T>(present);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, leading<T>(v128.load(x), left, absent));
    left = passed<T>(left);
  }
  if (n) storeTail<T>(out, n, leading<T>(loadTail<T>(x, n, 0), left, absent));
}

/** Moves n elements to an address that is not below theirs. */
@inline
function moveUp<T>(x: usize, out: usize, n: i32, present: i32, absent: T): void {
  let c = n & -lanes<T>();
  let at = (<usize>c) << alignof<T>();
  const tail = n - c;
  if (tail) storeTail<T>(out + at, tail, leading<T>(loadTail<T>(x + at, tail, 0), leftOf<T>(present - c), absent));
  for (; at > 0; at -= 16) {
    c -= lanes<T>();
    v128.store(out + at - 16, leading<T>(v128.load(x + at - 16), leftOf<T>(present - c), absent));
  }
}

/** How many elements from each lane on are present. */
@inline
function leftOf<T>(present: i32): v128 {
  return sizeof<T>() == 4
    ? i32x4.sub(i32x4.splat(present), i32x4(0, 1, 2, 3))
    : i64x2.sub(i64x2.splat(<i64>present), i64x2(0, 1));
}

/** The same, a vector further. */
@inline
function passed<T>(left: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.sub(left, i32x4.splat(4)) : i64x2.sub(left, i64x2.splat(2));
}


@inline
function leading<T>(v: v128, left: v128, absent: T): v128 {
  const isPresent = sizeof<T>() == 4 ? i32x4.gt_s(left, i32x4.splat(0)) : i64x2.gt_s(left, i64x2.splat(0));
  return v128.bitselect(v, v128.splat<T>(absent), isPresent);
}

/** `value` from an address to another. */
@inline
export function fill<T>(out: usize, end: usize, value: T): void {
  const v = v128.splat<T>(value);
  for (; out + 16 <= end; out += 16) v128.store(out, v);
  for (; out < end; out += sizeof<T>()) store<T>(out, value);
}
