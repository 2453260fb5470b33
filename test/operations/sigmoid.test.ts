// σ(x) = 1/(1 + e^−x): its digits, where it ends, and its bits.

import { describe, expect, it } from "vitest";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { sigmoidOf } from "../reference/oracle/binaryOracle.js";
import { F32, F64, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";
import { CONTRACT } from "./search/bounds.js";

const SEED = 20261129;
const [[, wasm], [, js]] = BACKENDS;

/** Where e^x is subnormal, and where it is beyond the type. */
const TYPES = [
  { key: "f32", Type: Float32Array, format: F32, tail: 87.3, end: 103.9 },
  { key: "f64", Type: Float64Array, format: F64, tail: 708.4, end: 745.1 },
] as const;

describe.each(TYPES)("sigmoid in $key (seed " + String(SEED) + ")", ({ key, Type, format, tail, end }) => {
  const random = mulberry32(SEED);
  const gate = CONTRACT.sigmoid[key];
  const spread = (count: number, from: number, to: number) => new Type(count).map(() => from + (to - from) * random());
  const KINDS = [
    ["small", new Type(20_000).map(() => 2 ** (-60 * random()) * Math.sign(random() - 0.5))],
    ["ordinary", spread(50_000, -20, 20)],
    ["small results", spread(20_000, -tail, -20)],
    ["subnormal results", spread(20_000, -end - 2, -tail)],
    ["results of 1", spread(1000, 40, 2 * end)],
  ] as const;

  it.each(KINDS)("%s: is within the contract", (kind, x) => {
    const errors = new UlpErrors();
    wasm.sigmoid(x).forEach((value, i) => errors.add(ulpError(value, sigmoidOf(x[i]), format), `σ(${x[i]})`));
    console.info(`sigmoid, ${key}, ${kind}: worst ${errors.worst.toFixed(3)} (${errors.where}), gate ${gate}`);
    expect(errors.worst, errors.where).toBeLessThanOrEqual(gate);
  });

  it.each(KINDS)("%s: a larger x never has a smaller σ", (_, x) => {
    const sorted = x.slice().sort();
    const results = wasm.sigmoid(sorted);
    const falls = Array.from(sorted.subarray(1)).filter((_, i) => results[i + 1] < results[i]);
    expect(falls).toEqual([]);
  });

  it("subnormal results are kept, down to the smallest", () => {
    const results = wasm.sigmoid(Type.of(-tail - 2, -end + 1, -end));
    for (const value of results) expect(value).toBeGreaterThan(0);
    expect(results[0]).toBeLessThan(2 ** (format.lowest + format.precision - 1));
  });

  it("is 1 and 0 at the ends, and ½ at both zeros", () => {
    const largest = key === "f32" ? 3e38 : 1.7e308;
    for (const { sigmoid } of [wasm, js]) {
      expect(sigmoid(Type.of(Infinity, -Infinity, largest, -largest))).toEqual(Type.of(1, 0, 1, 0));
      expect(sigmoid(Type.of(0, -0))).toEqual(Type.of(0.5, 0.5));
    }
  });

  it("a NaN is its element's alone, with canonical bits", () => {
    const negative = key === "f32" ? new Uint32Array([0xffc12345]) : new BigUint64Array([0xfff8123456789abcn]);
    for (let length = 1; length <= 40; length++) {
      for (let at = 0; at < length; at++) {
        const x = new Type(length).fill(1);
        x[at] = NaN;
        new Uint8Array(x.buffer, at * Type.BYTES_PER_ELEMENT).set(new Uint8Array(negative.buffer));
        const expected = new Type(length).fill(wasm.sigmoid(Type.of(1))[0]);
        expected[at] = NaN;
        for (const { sigmoid } of [wasm, js]) expect(bitsOf(sigmoid(x))).toBe(bitsOf(expected));
      }
    }
  });

  it("has the same bits on both backends, at every length and place, alone, in place and resident", () => {
    const all = new Type(140_003).map(() => (random() < 0.5 ? 20 : 2 * end) * (random() - 0.5));
    const expected = wasm.sigmoid(all);
    expect(bitsOf(js.sigmoid(all)) === bitsOf(expected)).toBe(true);
    for (let length = 0; length <= 40; length++) {
      const x = all.subarray(length, 2 * length);
      const own = bitsOf(expected.slice(length, 2 * length));
      for (const instance of [wasm, js]) {
        expect(bitsOf(instance.sigmoid(x).slice())).toBe(own);
        const inPlace = x.slice();
        expect(instance.sigmoid(inPlace, { out: inPlace })).toBe(inPlace);
        expect(bitsOf(inPlace)).toBe(own);
      }
    }
    const resident = wasm.alloc(Type as typeof Float32Array, all.length);
    resident.view.set(all);
    expect(wasm.sigmoid(resident, { out: resident })).toBe(resident);
    expect(bitsOf(resident.view) === bitsOf(expected)).toBe(true);
    resident.free();
  });
});

describe.each(BACKENDS)("%s: sigmoid", (_, { sigmoid }) => {
  it("gives σ(−x) the digits that 1 − σ(x) has lost", () => {
    expect(1 - sigmoid([40])[0]).toBe(0);
    expect(sigmoid([-40])[0]).toBeCloseTo(4.248354255291589e-18, 32);
  });

  it("computes numbers in f64, and an empty array of any type", () => {
    expect(sigmoid([1])[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 15);
    expect(sigmoid([]).length).toBe(0);
    expect(sigmoid(new Float32Array(0))).toEqual(new Float32Array(0));
  });

  it("reads what out overlaps in part as if it had been read first", () => {
    const memory = Float32Array.from({ length: 50 }, (_, i) => i / 10 - 2);
    const expected = sigmoid(memory.slice(0, 40));
    sigmoid(memory.subarray(0, 40), { out: memory.subarray(10) });
    expect(memory.slice(10)).toEqual(expected);
  });
});
