import { describe, expect, it } from "vitest";
import { exp as expOf, expPrecise } from "../../src/backend/js/rows/exp.js";
import { expF64, rowExponentF64 } from "../../src/backend/js/rows/expF64.js";
import { dd, exp as expOracle } from "../reference/oracle/doubleDouble.js";
import { F64, ulpError } from "../reference/oracle/ulp.js";
import { mulberry32 } from "../reference/random.js";

// The exponential of the JavaScript backend, which has the bits of the SIMD kernels' (bits.test.ts).

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const toBits = (value: number): number => {
  float[0] = value;
  return bits[0];
};
const fromBits = (value: number): number => {
  bits[0] = value;
  return float[0];
};

const exp = (x: number, k: number, of = expOf): number => {
  float[0] = x;
  of(float, 0, 0, 1, k);
  return float[0];
};

/** Every `stride`-th f32 from `low` up to `high`, ascending. */
function* floats(low: number, high: number, stride: number): Generator<number> {
  if (low < 0) for (let b = toBits(low); b > toBits(Math.min(high, -0)); b -= stride) yield fromBits(b);
  if (high > 0) for (let b = toBits(Math.max(low, 0)); b <= toBits(high); b += stride) yield fromBits(b);
}

/** The worst error in ulp at row exponent k, and how often a larger x has the smaller e^x. */
function sweep(
  k: number,
  low: number,
  high: number,
  stride: number,
  of = expOf,
): { worst: number; at: number; falls: number } {
  let worst = 0;
  let at = 0;
  let falls = 0;
  let before = 0;
  for (const x of floats(low, high, stride)) {
    const y = exp(x, k, of);
    // Math.exp is within an ulp of f64, 2^-29 of the ulp that counts here.
    const truth = Math.exp(x - k * Math.LN2) * 2 ** 64;
    const ulp = 2 ** (Math.floor(Math.log2(truth)) - 23);
    const error = Math.abs(y - truth) / ulp;
    if (error > worst) [worst, at] = [error, x];
    if (y < before) falls++;
    before = y;
  }
  return { worst, at, falls };
}

describe("exp in f64", () => {
  it("is within 0.75 ulp, sampled, at the row exponents of its domain", () => {
    const random = mulberry32(11);
    const heap = new Float64Array(1);
    let worst = 0;
    let where = 0;
    for (let i = 0; i < 20_000; i++) {
      const max = 1500 * (2 * random() - 1);
      const k = rowExponentF64(max);
      const x = max - 745 * random() ** 3;
      heap[0] = x;
      expF64(heap, 0, 0, 1, k);
      // e^x·2^-k, the shift in the oracle: e^1500 is no f64.
      const error = ulpError(heap[0], expOracle(dd(x), 64 - k), F64);
      if (error > worst) [worst, where] = [error, x];
    }
    expect(worst, `at ${where}`).toBeLessThanOrEqual(0.75);
  });
});

describe("exp in f32", () => {
  // The row exponent of a maximum of 0, of the ends of the domain, and odd ones: k moves which ties round up.
  it.each([0, 1, -1, 77, 150, 299, 300, -300])("row exponent %d: ≤ 1 ulp and monotone over its rows", (k) => {
    const max = k * Math.LN2;
    const low = Math.max(max - 104, -312);
    const high = Math.min(max + 0.3, 208);
    const { worst, at, falls } = sweep(k, low, high, 1009);
    expect(worst, `at ${at}`).toBeLessThanOrEqual(1);
    expect(falls).toBe(0);
  });

  it.each([0, 1, -1, 77, 300, -300])("row exponent %d: ≤ 0.72 ulp where it is precise", (k) => {
    const max = k * Math.LN2;
    const { worst, at, falls } = sweep(k, Math.max(max - 104, -312), Math.min(max + 0.3, 208), 1009, expPrecise);
    expect(worst, `at ${at}`).toBeLessThanOrEqual(0.72);
    expect(falls).toBe(0);
  });

  it("gives +0 for −∞ and whatever lies below the limit, and NaN for NaN", () => {
    const limit = Math.fround((10 - 191) * Math.LN2);
    for (const of of [expOf, expPrecise]) {
      for (const x of [-Infinity, -3.4e38, limit, limit - 1]) expect(exp(x, 10, of)).toBe(0);
      expect(exp(NaN, 10, of)).toBeNaN();
    }
  });
});
