import { across, begin, next, offset, position, step, tail, vectors } from "./groups";
import { high, lanes, low } from "./lanes";

/**
 * b_c = w_c·(share·q_c + spread), in f64: what a loss spreads over the classes of each position.
 *
 * q: soft targets, laid out like the logits; 0 for none. weights: a w for each class, f64; 0 for weights of 1. spreads: f64,
 * one a position; 0 for the one `spread`.
 */
export function spreadOver<T>(
  q: usize,
  weights: usize,
  spreads: usize,
  share: f64,
  spread: f64,
  b: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, false);
  const shares = f64x2.splat(share);
  while (next()) {
    let from = q + offset;
    let to = b + offset * (8 / sizeof<T>());
    const wide = step * (8 / sizeof<T>());
    let weight = weights;
    let spreadLow = f64x2.splat(spread);
    let spreadHigh = spreadLow;
    if (spreads) {
      const at = spreads + ((<usize>position) << 3);
      spreadLow = across ? v128.load(at) : v128.load64_splat(at);
      spreadHigh = across && sizeof<T>() == 4 ? v128.load(at, 16) : spreadLow;
    }
    for (let n = vectors; n > 0; --n) {
      let bLow = spreadLow;
      let bHigh = spreadHigh;
      if (q) {
        const v = v128.load(from);
        bLow = f64x2.add(f64x2.mul(shares, low<T>(v)), bLow);
        if (sizeof<T>() == 4) bHigh = f64x2.add(f64x2.mul(shares, high<T>(v)), bHigh);
      }
      if (weights) {
        bLow = f64x2.mul(across ? v128.load64_splat(weight) : v128.load(weight), bLow);
        if (sizeof<T>() == 4) bHigh = f64x2.mul(across ? v128.load64_splat(weight) : v128.load(weight, 16), bHigh);
        weight += across ? 8 : 8 * lanes<T>();
      }
      v128.store(to, bLow);
      if (sizeof<T>() == 4) v128.store(to, bHigh, 16);
      from += step;
      to += wide;
    }
    for (let n = tail; n > 0; --n, from += sizeof<T>(), to += 8, weight += 8) {
      let value = f64x2.extract_lane(spreadLow, 0);
      if (q) value = share * <f64>load<T>(from) + value;
      if (weights) value = load<f64>(weight) * value;
      store<f64>(to, value);
    }
  }
}
