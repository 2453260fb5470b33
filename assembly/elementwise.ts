// One operation on every element of a row.

import { lanes, loadTail, storeTail } from "./lanes";

/** out_c = value. */
export function fill<T>(out: usize, cols: i32, value: T): void {
  const v = v128.splat<T>(value);
  for (; cols >= lanes<T>(); cols -= lanes<T>(), out += 16) v128.store(out, v);
  if (cols) storeTail<T>(out, cols, v);
}

/** out_c = out_c·factor. */
export function scale<T>(out: usize, cols: i32, factor: T): void {
  const f = v128.splat<T>(factor);
  const step = lanes<T>();
  for (; cols >= 4 * step; cols -= 4 * step, out += 64) {
    v128.store(out, v128.mul<T>(v128.load(out), f));
    v128.store(out, v128.mul<T>(v128.load(out, 16), f), 16);
    v128.store(out, v128.mul<T>(v128.load(out, 32), f), 32);
    v128.store(out, v128.mul<T>(v128.load(out, 48), f), 48);
  }
  for (; cols >= step; cols -= step, out += 16) v128.store(out, v128.mul<T>(v128.load(out), f));
  if (cols) storeTail<T>(out, cols, v128.mul<T>(loadTail<T>(out, cols, 0), f));
}

/**
 * out_c = out_c·factor, for terms (terms.ts), which carry 2^64: a factor of theirs that is too small for a normal number
 * is applied in two steps.
 */
export function scaleTerms<T>(out: usize, cols: i32, factor: f64): void {
  // 2^-126 or 2^-1022, the smallest normal number.
  const lowest = sizeof<T>() == 4 ? reinterpret<f64>(0x3810000000000000) : reinterpret<f64>(0x0010000000000000);
  if (abs(factor) < lowest) {
    scale<T>(out, cols, <T>reinterpret<f64>(0x3bf0000000000000)); // 2^-64
    factor *= 18446744073709551616.0; // 2^64
  }
  scale<T>(out, cols, <T>factor);
}

/** out_c = (x_c − a) − b, rounded twice. `out` is `x` or disjoint from it. */
export function subtract<T>(x: usize, out: usize, cols: i32, a: T, b: T): void {
  const va = v128.splat<T>(a);
  const vb = v128.splat<T>(b);
  for (; cols >= lanes<T>(); cols -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, v128.sub<T>(v128.sub<T>(v128.load(x), va), vb));
  }
  if (cols) storeTail<T>(out, cols, v128.sub<T>(v128.sub<T>(loadTail<T>(x, cols, 0), va), vb));
}

/** out_i = x_i / divisor. `out` is `x` or disjoint from it. */
export function divide<T>(x: usize, out: usize, count: i32, divisor: T): void {
  const d = v128.splat<T>(divisor);
  for (; count >= lanes<T>(); count -= lanes<T>(), x += 16, out += 16) {
    v128.store(out, v128.div<T>(v128.load(x), d));
  }
  if (count) storeTail<T>(out, count, v128.div<T>(loadTail<T>(x, count, 0), d));
}
