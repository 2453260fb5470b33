import { hmax, loadTail } from "./lanes";

/** The largest element; −∞ for a row of nothing but −∞ and NaN. NaN is passed over: the exp pass brings it back. */
export function maxOf(x: usize, cols: i32): f32 {
  // Four maxima in flight: pmax has the latency of an add.
  let a = f32x4.splat(-Infinity);
  let b = a;
  let c = a;
  let d = a;
  for (; cols >= 16; cols -= 16, x += 64) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    c = f32x4.pmax(c, v128.load(x, 32));
    d = f32x4.pmax(d, v128.load(x, 48));
  }
  for (; cols >= 4; cols -= 4, x += 16) a = f32x4.pmax(a, v128.load(x));
  if (cols) b = f32x4.pmax(b, loadTail<f32>(x, cols, -Infinity));
  return hmax<f32>(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

/** Whether a row without a finite maximum holds a NaN. */
export function hasNaN(x: usize, cols: i32): bool {
  for (const end = x + ((<usize>cols) << 2); x != end; x += 4) if (isNaN(load<f32>(x))) return true;
  return false;
}
