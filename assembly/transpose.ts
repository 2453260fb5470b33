// Rows to vectors and back: a vector of rows, of which each then is a lane.

import { lanes } from "./lanes";

/** out[c][r] = x[r][c] for as many rows of `cols` elements as a vector has lanes. */
export function toLanes<T>(x: usize, out: usize, cols: i32): void {
  const row = (<usize>cols) << alignof<T>();
  if (sizeof<T>() == 4) {
    for (; cols >= 4; cols -= 4, x += 16, out += 64) turn4(x, row, out, 16);
    for (; cols > 0; --cols, x += 4, out += 16) {
      // One store: a vector that was stored in pieces is not ready when it is loaded next.
      const two = v128.load32_lane(x + row, v128.load32_zero(x), 1);
      v128.store(out, v128.load32_lane(x + 3 * row, v128.load32_lane(x + 2 * row, two, 2), 3));
    }
  } else {
    for (; cols > 0; --cols, x += 8, out += 16) {
      v128.store(out, v128.load64_lane(x + row, v128.load64_zero(x), 1));
    }
  }
}

/** out[r][c] = x[c][r], the way back. */
export function toRows<T>(x: usize, out: usize, cols: i32): void {
  const row = (<usize>cols) << alignof<T>();
  if (sizeof<T>() == 4) {
    for (; cols >= 4; cols -= 4, x += 64, out += 16) turn4(x, 16, out, row);
    for (; cols > 0; --cols, x += 16, out += 4) {
      store<u32>(out, load<u32>(x));
      store<u32>(out + row, load<u32>(x, 4));
      store<u32>(out + 2 * row, load<u32>(x, 8));
      store<u32>(out + 3 * row, load<u32>(x, 12));
    }
  } else {
    for (; cols > 0; --cols, x += 16, out += 8) {
      store<u64>(out, load<u64>(x));
      store<u64>(out + row, load<u64>(x, 8));
    }
  }
}

/** Four by four: out[j][i] = x[i][j], rows `from` and `to` bytes apart. */
@inline
function turn4(x: usize, from: usize, out: usize, to: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + from);
  const c = v128.load(x + 2 * from);
  const d = v128.load(x + 3 * from);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(out + to, i64x2.shuffle(ab, cd, 1, 3));
  v128.store(out + 2 * to, i64x2.shuffle(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * to, i64x2.shuffle(abHigh, cdHigh, 1, 3));
}
