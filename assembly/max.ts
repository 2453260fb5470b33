import { hmax, lanes, loadTail } from "./lanes";

/** The largest element; −∞ for a row of nothing but −∞ and NaN. NaN is passed over: the exp pass brings it back. */
export function maxOf<T>(x: usize, cols: i32): T {
  // Four maxima in flight: pmax has the latency of an add.
  let a = v128.splat<T>(<T>-Infinity);
  let b = a;
  let c = a;
  let d = a;
  const step = lanes<T>();
  for (; cols >= 4 * step; cols -= 4 * step, x += 64) {
    a = v128.pmax<T>(a, v128.load(x));
    b = v128.pmax<T>(b, v128.load(x, 16));
    c = v128.pmax<T>(c, v128.load(x, 32));
    d = v128.pmax<T>(d, v128.load(x, 48));
  }
  for (; cols >= step; cols -= step, x += 16) a = v128.pmax<T>(a, v128.load(x));
  if (cols) b = v128.pmax<T>(b, loadTail<T>(x, cols, <T>-Infinity));
  return hmax<T>(v128.pmax<T>(v128.pmax<T>(a, b), v128.pmax<T>(c, d)));
}

/** Whether a row without a finite maximum holds a NaN. */
export function hasNaN<T>(x: usize, cols: i32): bool {
  for (const end = x + ((<usize>cols) << alignof<T>()); x != end; x += sizeof<T>()) if (isNaN(load<T>(x))) return true;
  return false;
}
