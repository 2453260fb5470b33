// One operation on a run of adjacent elements, whatever rows and axes they belong to.

import { canonical } from "./elementwise";
import { lanes, loadTail, storeTail } from "./lanes";

/** out_i = x_i / divisor. `out` is `x` or disjoint from it. */
export function divide<T>(x: usize, out: usize, length: i32, divisor: T): void {
  const d = v128.splat<T>(divisor);
  for (; length >= lanes<T>(); length -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, v128.div<T>(v128.load(x), d));
  }
  if (length) storeTail<T>(out, length, v128.div<T>(loadTail<T>(x, length, 0), d));
}

/** out_i = out_i + x_i, and the one NaN for every NaN. */
export function add<T>(out: usize, x: usize, length: i32): void {
  for (; length >= lanes<T>(); length -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, canonical<T>(v128.add<T>(v128.load(out), v128.load(x))));
  }
  if (length)
    storeTail<T>(out, length, canonical<T>(v128.add<T>(loadTail<T>(out, length, 0), loadTail<T>(x, length, 0))));
}

/** out_i = x_i where the byte mask_i is not 0, else `absent`. `out` is `x` or disjoint from it. */
export function keep<T>(x: usize, mask: usize, out: usize, length: i32, absent: T): void {
  const fill = v128.splat<T>(absent);
  for (; length >= lanes<T>(); length -= lanes<T>(), x += 16, mask += lanes<T>(), out += 16) {
    v128.store(out, v128.bitselect(v128.load(x), fill, presentAt<T>(mask)));
  }
  for (; length > 0; --length, x += sizeof<T>(), mask++, out += sizeof<T>()) {
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
  const wide = i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(bytes));
  return i64x2.ne(wide, i64x2.splat(0));
}
