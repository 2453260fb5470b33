// One operation on all ROWS·COLS·STRIDE elements of a block, whatever rows and axes they belong to.

import { ABSENT, COLS, MASK, OUT, ROWS, STRIDE, X } from "../abi";
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
  let n = lengthOf(call);
  if (sizeof<T>() == 4) {
    for (; n >= 16; n -= 16, x += 64, mask += 16, out += 64) {
      const absent8 = i8x16.eq(v128.load(mask), i8x16.splat(0));
      const low = i16x8.extend_low_i8x16_s(absent8);
      const high = i16x8.extend_high_i8x16_s(absent8);
      v128.store(out, v128.bitselect(fill, v128.load(x), i32x4.extend_low_i16x8_s(low)));
      v128.store(out, v128.bitselect(fill, v128.load(x, 16), i32x4.extend_high_i16x8_s(low)), 16);
      v128.store(out, v128.bitselect(fill, v128.load(x, 32), i32x4.extend_low_i16x8_s(high)), 32);
      v128.store(out, v128.bitselect(fill, v128.load(x, 48), i32x4.extend_high_i16x8_s(high)), 48);
    }
  }
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, mask += lanes<T>(), out += 16) {
    v128.store(out, v128.bitselect(v128.load(x), fill, presentAt<T>(mask)));
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
