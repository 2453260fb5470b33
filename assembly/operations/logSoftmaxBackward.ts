import { OPERAND, OUT, TEMPERATURE, X } from "../abi";
import { address, number } from "../call";
import { replace, scale } from "../elementwise";
import { unitOf } from "../exp";
import { storeExponentials } from "../exponentials";
import { begin, next, SingleGroup } from "../groups";
import { allTrue, canonical, half0, half1, loadTail, narrow, storeTail } from "../lanes";
import { hasNaN, maxOf } from "../max";
import { sumOf } from "../reductions";
import { useTemperature } from "../temperature";
import { toScratch } from "../scratch";

const TINY = reinterpret<f64>(0x3bf0000000000000); // 2^-64
const LEAST = reinterpret<f64>(0x0010000000000000); // 2^-1022, the smallest normal number

/**
 * The vector-Jacobian product of log-softmax, from y = log softmax(x), which is X, and dy, which is OPERAND:
 *
 *   out_c = (dy_c − e^y_c·Σ_j dy_j)/TEMPERATURE
 *
 * computed in f64. `out` is `y` or `dy`, or disjoint from both.
 */
export function logSoftmaxBackward<T>(call: usize): void {
  const y = address(call, X);
  const dy = address(call, OPERAND);
  const out = address(call, OUT);
  const temperature = number(call, TEMPERATURE);
  useTemperature<T>(1);
  const group = begin<T>(call);
  const exponentials = group.terms;
  while (next(group)) {
    const lanesArePositions = group.lanesArePositions;
    const offset = group.offset;
    const from = lanesArePositions ? group.secondHalf : y + offset;
    const max = lanesArePositions ? toScratch<T>(group, y + offset, from) : maxOf<T>(group, from);
    storeExponentials<T>(group, from, exponentials, max, false);
    sumOf<T>(group, dy + offset, group.step);
    const exponent = group.exponent;
    const sum0 = group.sum0;
    let factor0 = unscaled<T>(sum0, half0<T>(exponent));
    let factor1 = unscaled<T>(group.sum1, half1<T>(exponent));
    if (sizeof<T>() == 8) {
      // A subnormal factor has lost digits: then 2^-64 is multiplied into the exponentials.
      const isTiny = v128.and(f64x2.lt(f64x2.abs(factor0), f64x2.splat(LEAST)), f64x2.ne(sum0, f64x2.splat(0)));
      if (v128.any_true(isTiny)) {
        scale<T>(group, exponentials, v128.bitselect(f64x2.splat(TINY), f64x2.splat(1), isTiny));
        const larger = unscaled<T>(sum0, f64x2.add(exponent, f64x2.splat(64)));
        factor0 = v128.bitselect(larger, factor0, isTiny);
      }
    }
    const keep = v128.lt<T>(v128.abs<T>(max), v128.splat<T>(farFrom<T>()));
    if (!allTrue<T>(keep)) {
      const isZero = v128.andnot(v128.lt<T>(max, v128.splat<T>(0)), hasNaN<T>(group, from));
      replace<T>(group, exponentials, 16, keep, v128.andnot(v128.splat<T>(<T>NaN), isZero));
      factor0 = v128.and(factor0, sizeof<T>() == 4 ? i64x2.extend_low_i32x4_s(keep) : keep);
      factor1 = v128.and(factor1, i64x2.extend_high_i32x4_s(keep));
    }
    subtractProducts<T>(group, dy, exponentials, out, factor0, factor1, temperature);
  }
}

/**
 * From this |max y| on, e^max is 0, or overflows, whatever it is multiplied by. No logarithm of a probability is as far from
 * 0. (In f32 e^max would not overflow in f64 yet, but exponentials would not be those of y: exponentials.ts.)
 */
@inline
function farFrom<T>(): T {
  return sizeof<T>() == 4 ? <T>208 : <T>745;
}

/** sum·2^(k − 64): multiplied by a stored exponential it is e^x·sum. In f64 that is beyond the exponents of one factor. */
@inline
function unscaled<T>(sum: v128, k: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.mul(sum, unitOf(k));
  const half = f64x2.floor(f64x2.mul(f64x2.add(k, f64x2.splat(64)), f64x2.splat(0.5)));
  const rest = f64x2.sub(f64x2.add(k, f64x2.splat(64)), half);
  return f64x2.mul(f64x2.mul(sum, unitOf(half)), unitOf(rest));
}

/** out_c = (dy_c − e_c·factor)/τ for a group. */
function subtractProducts<T>(
  group: SingleGroup,
  dy: usize,
  exponentials: usize,
  out: usize,
  factor0: v128,
  factor1: v128,
  temperature: f64,
): void {
  const tail = group.tail;
  // In f32 the inverse: its rounding is not seen. 2^-1000, beyond which all but 0 overflows, has one.
  const scale = sizeof<T>() == 4 ? 1 / max(temperature, reinterpret<f64>(0x0170000000000000)) : temperature;
  const scales = f64x2.splat(scale);
  const step = group.step;
  dy += group.offset;
  out += group.offset;
  for (let n = group.vectors; n > 0; --n, dy += step, exponentials += 16, out += step) {
    const e = v128.load(exponentials);
    v128.store(out, difference<T>(v128.load(dy), e, factor0, factor1, scales));
  }
  if (tail) {
    const e = loadTail<T>(exponentials, tail, 0);
    storeTail<T>(out, tail, difference<T>(loadTail<T>(dy, tail, 0), e, factor0, factor1, scales));
  }
}


@inline
function difference<T>(dy: v128, e: v128, factor0: v128, factor1: v128, scales: v128): v128 {
  const d0 = f64x2.sub(half0<T>(dy), f64x2.mul(half0<T>(e), factor0));
  if (sizeof<T>() == 8) return canonical<T>(f64x2.div(d0, scales));
  const d1 = f64x2.sub(half1<T>(dy), f64x2.mul(half1<T>(e), factor1));
  return canonical<T>(narrow<T>(f64x2.mul(d0, scales), f64x2.mul(d1, scales)));
}
