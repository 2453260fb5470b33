import { SingleGroup } from "./groups";
import { hmax, loadTail } from "./lanes";

/**
 * The largest element of a row, in every lane; −∞ where there are only −∞ and NaN. It skips NaN, which the pass over the
 * exponentials finds.
 */
export function maxOf<T>(group: SingleGroup, x: usize): v128 {
  const tail = group.tail;
  // Four independent maxima: pmax has the latency of an add.
  let a = v128.splat<T>(<T>-Infinity);
  let b = a;
  let c = a;
  let d = a;
  let n = group.vectors;
  for (; n >= 4; n -= 4, x += 64) {
    a = v128.pmax<T>(a, v128.load(x));
    b = v128.pmax<T>(b, v128.load(x, 16));
    c = v128.pmax<T>(c, v128.load(x, 32));
    d = v128.pmax<T>(d, v128.load(x, 48));
  }
  for (; n > 0; --n, x += 16) a = v128.pmax<T>(a, v128.load(x));
  if (tail) b = v128.pmax<T>(b, loadTail<T>(x, tail, <T>-Infinity));
  return v128.splat<T>(hmax<T>(v128.pmax<T>(v128.pmax<T>(a, b), v128.pmax<T>(c, d))));
}

/** Which positions hold a NaN. */
export function hasNaN<T>(group: SingleGroup, x: usize): v128 {
  const tail = group.tail;
  let found = v128.splat<T>(0);
  for (let n = group.vectors; n > 0; --n, x += 16) {
    const v = v128.load(x);
    found = v128.or(found, v128.ne<T>(v, v));
  }
  if (tail) {
    const v = loadTail<T>(x, tail, 0);
    found = v128.or(found, v128.ne<T>(v, v));
  }
  if (group.lanesArePositions) return found;
  return v128.any_true(found) ? i8x16.splat(-1) : found;
}
