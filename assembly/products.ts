// Sums over the classes of a position, worked in f64: into sumLow and sumHigh (sum.ts), in its order.

import { tailHigh, tailLow } from "./elementwise";
import { tail, vectors } from "./groups";
import { high, loadTail, low } from "./lanes";
import { addValues, beginSlots, endValues } from "./sum";

/** Σ a_c·b_c; Σ a_c where b is 0. */
export function dot<T>(a: usize, fromA: usize, b: usize, fromB: usize): void {
  beginSlots<T>();
  let lane = 0;
  for (; lane < vectors; lane++, a += fromA, b += fromB) {
    const u = v128.load(a);
    const v = fromB ? v128.load(b) : v128.splat<T>(1);
    addValues<T>(lane, f64x2.mul(low<T>(u), low<T>(v)), f64x2.mul(high<T>(u), high<T>(v)));
  }
  if (tail) {
    const u = loadTail<T>(a, tail, 0);
    const v = fromB ? loadTail<T>(b, tail, 0) : v128.splat<T>(1);
    addValues<T>(0, f64x2.mul(low<T>(u), low<T>(v)), f64x2.mul(high<T>(u), high<T>(v)));
  }
  endValues<T>();
}

/** Σ b_c of an array in f64, `wide` bytes from a vector's elements to the next's. */
export function sumOf<T>(b: usize, wide: usize): void {
  beginSlots<T>();
  let lane = 0;
  for (; lane < vectors; lane++, b += wide) {
    const first = v128.load(b);
    addValues<T>(lane, first, sizeof<T>() == 4 ? v128.load(b, 16) : first);
  }
  if (tail) addValues<T>(0, tailLow<T>(b), tailHigh<T>(b));
  endValues<T>();
}

/** Σ b_c·(max − x_c) over the classes whose b_c is not 0, b in f64. */
export function sumOfDistances<T>(x: usize, max: v128, b: usize, wide: usize): void {
  beginSlots<T>();
  const maxLow = low<T>(max);
  const maxHigh = high<T>(max);
  let lane = 0;
  for (; lane < vectors; lane++, x += 16, b += wide) {
    const v = v128.load(x);
    const last = sizeof<T>() == 4 ? weighed(v128.load(b, 16), f64x2.sub(maxHigh, high<T>(v))) : v;
    addValues<T>(lane, weighed(v128.load(b), f64x2.sub(maxLow, low<T>(v))), last);
  }
  if (tail) {
    const v = loadTail<T>(x, tail, 0);
    const last = sizeof<T>() == 4 ? weighed(tailHigh<T>(b), f64x2.sub(maxHigh, high<T>(v))) : v;
    addValues<T>(0, weighed(tailLow<T>(b), f64x2.sub(maxLow, low<T>(v))), last);
  }
  endValues<T>();
}

/** b·d, and 0 where b is 0, whatever d. */
@inline
function weighed(b: v128, d: v128): v128 {
  return v128.and(f64x2.mul(b, d), f64x2.ne(b, f64x2.splat(0)));
}
