import { type DD, subtract, dd } from "./doubleDouble.js";

export interface Format {
  /** Bits, the leading one included. */
  readonly precision: number;
  /** The exponent of the smallest subnormal. */
  readonly lowest: number;
  /** What is as large rounds to infinity. */
  readonly overflow: number;
}

export const F16: Format = { precision: 11, lowest: -24, overflow: 65520 };
export const F32: Format = { precision: 24, lowest: -149, overflow: 2 ** 128 * (1 - 2 ** -25) };
export const F64: Format = { precision: 53, lowest: -1074, overflow: Infinity };

/** The distance between neighbours in a format at the size of `value`. */
export function ulpAt(value: number, format: Format): number {
  const size = Math.abs(value);
  if (size === 0) return 2 ** format.lowest;
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  if (2 ** (exponent + 1) <= size) exponent++;
  return 2 ** Math.max(exponent - format.precision + 1, format.lowest);
}

/** |value − truth| in units in the last place of the truth, or of something larger where that is the promise. */
export function ulpError(value: number, truth: DD, format: Format, of: number = truth.hi): number {
  if (Object.is(value, truth.hi)) return 0;
  if (Math.abs(truth.hi) >= format.overflow) return value === Math.sign(truth.hi) * Infinity ? 0 : Infinity;
  if (!Number.isFinite(value)) return Infinity;
  return Math.abs(subtract(dd(value), truth).hi) / ulpAt(of, format);
}
