// One operation on all ROWS·COLS·STRIDE elements of a block, whatever rows and axes they belong to.

import { ABSENT, COLS, MASK, MASK_CHUNK, OUT, ROWS, STRIDE, X } from "../abi";
import { address, count, number } from "../call";
import { canonical, lanes, loadTail, storeTail } from "../lanes";

/** The elements of the block, those between positions and their stride included. */
@inline
function lengthOf(call: usize): i32 {
  return count(call, ROWS) * count(call, COLS) * count(call, STRIDE);
}

/** out_i = out_i + x_i, with the canonical NaN for every NaN. */
export function add<T>(call: usize): void {
  let x = address(call, X);
  let out = address(call, OUT);
  let n = lengthOf(call);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, canonical<T>(v128.add<T>(v128.load(out), v128.load(x))));
  }
  if (n) storeTail<T>(out, n, canonical<T>(v128.add<T>(loadTail<T>(out, n, 0), loadTail<T>(x, n, 0))));
}

/** out_i = x_i where the byte mask_i is not 0, else `absent`. `out` is `x` or disjoint from it. */
export function select<T>(call: usize): void {
  let x = address(call, X);
  let mask = address(call, MASK);
  let out = address(call, OUT);
  const absent = <T>number(call, ABSENT);
  const fill = v128.splat<T>(absent);
  const chunk = (<usize>MASK_CHUNK) << alignof<T>();
  let n = lengthOf(call);
  for (; n >= MASK_CHUNK; n -= MASK_CHUNK, x += chunk, mask += MASK_CHUNK, out += chunk) {
    selectChunk<T>(x, i8x16.eq(v128.load(mask), i8x16.splat(0)), out, fill);
  }
  selectTail<T>(x, mask, out, n, absent);
}

/** MASK_CHUNK elements, with `fill` for those whose byte of `absent` is set. All are read before the first is written. */
@inline
export function selectChunk<T>(x: usize, absent: v128, out: usize, fill: v128): void {
  const low = i16x8.extend_low_i8x16_s(absent);
  const high = i16x8.extend_high_i8x16_s(absent);
  selectHalf<T>(x, i32x4.extend_low_i16x8_s(low), i32x4.extend_high_i16x8_s(low), out, fill);
  const half = (<usize>8) << alignof<T>();
  selectHalf<T>(x + half, i32x4.extend_low_i16x8_s(high), i32x4.extend_high_i16x8_s(high), out + half, fill);
}


@inline
function selectHalf<T>(x: usize, absent0: v128, absent1: v128, out: usize, fill: v128): void {
  if (sizeof<T>() == 4) {
    v128.store(out, v128.bitselect(fill, v128.load(x), absent0));
    v128.store(out, v128.bitselect(fill, v128.load(x, 16), absent1), 16);
  } else {
    v128.store(out, v128.bitselect(fill, v128.load(x), i64x2.extend_low_i32x4_s(absent0)));
    v128.store(out, v128.bitselect(fill, v128.load(x, 16), i64x2.extend_high_i32x4_s(absent0)), 16);
    v128.store(out, v128.bitselect(fill, v128.load(x, 32), i64x2.extend_low_i32x4_s(absent1)), 32);
    v128.store(out, v128.bitselect(fill, v128.load(x, 48), i64x2.extend_high_i32x4_s(absent1)), 48);
  }
}

/** Fewer elements than a chunk has. */
export function selectTail<T>(x: usize, mask: usize, out: usize, n: i32, absent: T): void {
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, mask += lanes<T>(), out += 16) {
    v128.store(out, v128.bitselect(v128.load(x), v128.splat<T>(absent), presentAt<T>(mask)));
  }
  for (; n > 0; --n, x += sizeof<T>(), mask++, out += sizeof<T>()) {
    store<T>(out, load<u8>(mask) ? load<T>(x) : absent);
  }
}

/** Which of a vector's elements are present. */
@inline
function presentAt<T>(mask: usize): v128 {
  if (sizeof<T>() == 4) {
    const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(mask));
    return i32x4.gt_u(i32x4.extend_low_i16x8_u(bytes), i32x4.splat(0));
  }
  const bytes = i16x8.extend_low_i8x16_u(i16x8.splat(load<u16>(mask)));
  const present = i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(bytes));
  return i64x2.ne(present, i64x2.splat(0));
}
