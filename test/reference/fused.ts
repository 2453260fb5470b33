// a·b + c with one rounding, by integers of any size.

import type { MultiplyAdd } from "../linear/layers.js";

/** What a double holds is mantissa·2^exponent. */
function partsOf(value: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: high >>> 31 === 1 ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 };
}

/** In f64 for results that are normal, or 0. */
export const fused: MultiplyAdd = (T, a, b, c) => {
  if (![a, b, c].every(Number.isFinite)) return a * b + c;
  const [x, y, z] = [a, b, c].map(partsOf);
  const exponent = Math.min(x.exponent + y.exponent, z.exponent);
  const aligned = (mantissa: bigint, from: number) => mantissa << BigInt(from - exponent);
  const sum = aligned(x.mantissa * y.mantissa, x.exponent + y.exponent) + aligned(z.mantissa, z.exponent);
  // Of which sign IEEE 754 says.
  if (sum === 0n) return a * b + c;
  // Bits enough, the last of them set for all that are cut off: 50 are exact in a double and rounded once, to f32, and of 60
  // a double is the rounding.
  const size = sum < 0n ? -sum : sum;
  const excess = Math.max(size.toString(2).length - (T === Float32Array ? 50 : 60), 0);
  const kept = size >> BigInt(excess);
  const sticky = kept << BigInt(excess) === size ? kept : kept | 1n;
  const value = timesPowerOf2(Number(sum < 0n ? -sticky : sticky), exponent + excess);
  return T === Float32Array ? Math.fround(value) : value;
};

/** In two steps: the power alone may be none of a double. */
function timesPowerOf2(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
