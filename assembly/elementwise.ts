// One operation on every element of a row.

import { loadTail, storeTail } from "./lanes";

/** out_c = value. */
export function fill(out: usize, cols: i32, value: f32): void {
  const v = f32x4.splat(value);
  for (; cols >= 4; cols -= 4, out += 16) v128.store(out, v);
  if (cols) storeTail<f32>(out, cols, v);
}

/** out_c = out_c·factor. */
export function scale(out: usize, cols: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (; cols >= 16; cols -= 16, out += 64) {
    v128.store(out, f32x4.mul(v128.load(out), f));
    v128.store(out, f32x4.mul(v128.load(out, 16), f), 16);
    v128.store(out, f32x4.mul(v128.load(out, 32), f), 32);
    v128.store(out, f32x4.mul(v128.load(out, 48), f), 48);
  }
  for (; cols >= 4; cols -= 4, out += 16) v128.store(out, f32x4.mul(v128.load(out), f));
  if (cols) storeTail<f32>(out, cols, f32x4.mul(loadTail<f32>(out, cols, 0), f));
}

/**
 * out_c = out_c·factor, for terms (terms.ts), which carry 2^64: a factor of theirs that is too small for a normal f32 is
 * applied in two steps.
 */
export function scaleTerms(out: usize, cols: i32, factor: f64): void {
  if (abs(factor) < reinterpret<f64>(0x3810000000000000) /* 2^-126 */) {
    scale(out, cols, reinterpret<f32>(0x1f800000) /* 2^-64 */);
    factor *= 18446744073709551616.0; // 2^64
  }
  scale(out, cols, <f32>factor);
}

/** out_c = (x_c − a) − b, rounded twice. `out` is `x` or disjoint from it. */
export function subtract(x: usize, out: usize, cols: i32, a: f32, b: f32): void {
  const a4 = f32x4.splat(a);
  const b4 = f32x4.splat(b);
  for (; cols >= 4; cols -= 4, x += 16, out += 16) v128.store(out, f32x4.sub(f32x4.sub(v128.load(x), a4), b4));
  if (cols) storeTail<f32>(out, cols, f32x4.sub(f32x4.sub(loadTail<f32>(x, cols, 0), a4), b4));
}

/** out_i = x_i / divisor. `out` is `x` or disjoint from it. */
export function divide(x: usize, out: usize, count: i32, divisor: f32): void {
  const d = f32x4.splat(divisor);
  for (; count >= 4; count -= 4, x += 16, out += 16) v128.store(out, f32x4.div(v128.load(x), d));
  if (count) storeTail<f32>(out, count, f32x4.div(loadTail<f32>(x, count, 0), d));
}
