// What is drawn. More random numbers, more options together and longer rows: test/slow/sample.test.ts.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type SampleOptions } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import {
  ALMOST_ONE,
  distribution,
  drawAll,
  errorOf,
  expectBitsOfBoth,
  expectLongRow,
  expectSameOfMillion,
  type Filters,
  FILTERS,
  LONG_ROWS,
  ROWS,
  SEED,
  TYPES,
} from "./draws.js";

const [[, wasm]] = BACKENDS;

describe.each(BACKENDS)("%s: sample", (name, instance) => {
  describe.each(TYPES)("%o", (Type) => {
    const error = errorOf(Type);

    it.each(ROWS)(`gives the class and the logarithm of plain f64, for every u of a grid: rows %s`, (_, valueOf) => {
      // The other backend has the same bits.
      const { compared, uncertain, wrong } = drawAll(instance, Type, valueOf, name === "wasm" ? 200 : 40);
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(compared).toBeGreaterThan(name === "wasm" ? 5000 : 1000);
      // What rounding decides: where half of equals reach what is asked for exactly, and so on.
      expect(4 * uncertain).toBeLessThan(compared);
    });

    it("logProb has the bits of logSoftmax of what is left", () => {
      const random = mulberry32(SEED);
      for (const cols of [7, 100, 700]) {
        for (const options of FILTERS) {
          const x = new Type(cols).map(() => 6 * (random() - 0.5));
          const { p, margin } = distribution(x, options);
          if (margin < error) continue;
          const { temperature = 1 } = options;
          const left = instance.logSoftmax(x, { temperature, mask: Uint8Array.from(p, (one) => Number(one > 0)) });
          for (let n = 0; n < 20; n++) {
            const { token, logProb } = instance.sample(x, { ...options, random });
            expect(Object.is(logProb, left[token]), `${logProb} and ${left[token]}`).toBe(true);
          }
        }
      }
    });
  });

  it("draws as often as the probabilities say: χ² of 20,000 draws", () => {
    const random = mulberry32(SEED);
    const x = Float32Array.of(2, 1, 0, 1.5, -1, 0.5, 2, -3);
    for (const options of [{}, { temperature: 0.7, topK: 6 }, { topP: 0.9 }, { minP: 0.1 }]) {
      const { p } = distribution(x, options);
      const counts = new Float64Array(8);
      const many = new Float32Array(20_000 * 8).map((_, i) => x[i % 8]);
      for (const token of instance.sample(many, { ...options, random, shape: [20_000, 8] }).tokens) counts[token]++;
      const chi2 = counts.reduce(
        (sum, n, c) => (p[c] === 0 ? sum + n : sum + (n - 20_000 * p[c]) ** 2 / (20_000 * p[c])),
        0,
      );
      // One in 10,000 at seven degrees of freedom.
      expect(chi2).toBeLessThan(29.9);
    }
  });

  it("u = 0 is the first class that is left, and the largest u the last", () => {
    const x = [-Infinity, 1, 5, -Infinity, 4, 1, -Infinity];
    expect(instance.sample(x, { random: 0 }).token).toBe(1);
    expect(instance.sample(x, { random: ALMOST_ONE }).token).toBe(5);
    expect(instance.sample(x, { random: 0, topK: 2 }).token).toBe(2);
    expect(instance.sample(x, { random: ALMOST_ONE, topK: 2 }).token).toBe(4);
    // 2^-150 and less of a sum is 0 in f32, and is never drawn.
    expect(instance.sample(Float32Array.of(-104, 0), { random: 0 }).token).toBe(1);
  });

  it("of equals at a boundary the lower classes are kept", () => {
    const tokens = (options: SampleOptions, x: readonly number[]) => {
      const us = Array.from({ length: 64 }, (_, i) => i / 64);
      const shape = [64, x.length];
      const many = us.flatMap(() => x);
      return [...new Set(instance.sample(Float32Array.from(many), { ...options, shape, random: us }).tokens)].sort();
    };
    expect(tokens({ topK: 2 }, [1, 3, 1, 1])).toEqual([0, 1]);
    expect(tokens({ topP: 0.5 }, [7, 7, 7, 7])).toEqual([0, 1]);
    expect(tokens({ topP: 0.51 }, [7, 7, 7, 7])).toEqual([0, 1, 2]);
    expect(tokens({ topK: 3, topP: 2 / 3 }, [0, 2, 2, 2])).toEqual([1, 2]);
    expect(tokens({ minP: 1 }, [7, 6, 7, 7])).toEqual([0, 2, 3]);
  });

  it("equal logits have equal parts of [0, 1), to the last bit", () => {
    // In f64 sums of equal exponentials are exact where those are powers of two.
    for (const [Type, logit] of [
      [Float32Array, -3],
      [Float64Array, 0],
    ] as const) {
      for (const cols of [2, 8, 64, 512]) {
        const x = new Type(cols).fill(logit);
        for (let c = 0; c < cols; c++) {
          expect(instance.sample(x, { random: c / cols })).toEqual({ token: c, logProb: instance.logSoftmax(x)[c] });
          expect(instance.sample(x, { random: (c + 1) / cols - 2 ** -53 }).token).toBe(c);
        }
      }
    }
  });

  it("one class that is left has logProb 0", () => {
    const x = Float32Array.of(1, 9, 3);
    for (const options of [
      { topK: 1 },
      { topP: 1e-12 },
      { minP: 1 },
      { mask: Uint8Array.of(0, 1, 0) },
      { temperature: 0 },
    ])
      expect(instance.sample(x, { ...options, random: 0.99 })).toEqual({ token: 1, logProb: 0 });
    // A confident row keeps its digits.
    expect(instance.sample([20, 0], { random: 0.5 }).logProb).toBeCloseTo(-2.0611536e-9, 15);
  });

  it("temperature 0 takes the argmax, with absent classes and ties", () => {
    const x = Float32Array.of(1, 5, 5, 7, 0, 0);
    const mask = Uint8Array.of(1, 1, 1, 0, 1, 1);
    expect(instance.sample(x, { temperature: 0, mask, topK: 3, topP: 0.1 })).toEqual({ token: 1, logProb: 0 });
    const { tokens } = instance.sample(x, { shape: [2, 3], temperature: 0 });
    expect(Array.from(tokens)).toEqual([1, 0]);
  });

  it.each([
    ["NaN", [1, NaN, 2], "NaN"],
    ["+∞", [1, Infinity, 2], "Infinity"],
    ["nothing but −∞", [-Infinity, -Infinity, -Infinity], "none"],
  ])("a row with %s is refused, and its position named, before anything is drawn", (_, row, got) => {
    const expected = got === "none" ? "a finite one" : "finite numbers or −∞";
    const message = `logits: expected ${expected} at position 1, got ${got}`;
    for (const options of [{}, { topK: 2 }, { topP: 0.5 }, { temperature: 0 }, { minP: 0.1 }]) {
      for (const x of [[1, 2, 3, ...row], Float32Array.of(1, 2, 3, ...row)]) {
        let draws = 0;
        const random = () => ++draws / 10;
        for (const given of [random, 0.5, undefined]) {
          const call = () =>
            instance.sample(x, { ...options, shape: [2, 3], ...(given !== undefined && { random: given }) });
          expect(call).toThrow(expect.objectContaining({ name: "RangeError", code: "ERR_VALUE", message }) as Error);
        }
        expect(draws).toBe(0);
      }
    }
  });

  it("a position without a present class is refused; what is absent is not looked at", () => {
    const x = Float32Array.of(NaN, 1, Infinity, 2);
    expect(instance.sample(x, { mask: Uint8Array.of(0, 1, 0, 0), random: 0.5 })).toEqual({ token: 1, logProb: 0 });
    const refused = expect.objectContaining({ code: "ERR_VALUE" }) as Error;
    for (const random of [0.5, () => 0.5]) {
      expect(() => instance.sample(x, { mask: new Uint8Array(4), random })).toThrow(refused);
      expect(() => instance.sample([], { random })).toThrow(refused);
    }
  });

  it("random numbers: a function once per position in order, an array, or one for all", () => {
    const x = new Float32Array(12);
    const shape = [3, 4];
    const us = [0.1, 0.6, 0.9];
    let calls = 0;
    const byFunction = instance.sample(x, { shape, random: () => us[calls++] });
    expect(calls).toBe(3);
    expect(Array.from(byFunction.tokens)).toEqual([0, 2, 3]);
    expect(instance.sample(x, { shape, random: us })).toEqual(byFunction);
    expect(instance.sample(x, { shape, random: Float64Array.from(us) })).toEqual(byFunction);
    expect(Array.from(instance.sample(x, { shape, random: 0.3 }).tokens)).toEqual([1, 1, 1]);
    expect(instance.sample(new Float32Array(0), { shape: [0, 4] }).tokens).toEqual(new Int32Array(0));
    expect(instance.sample([0, 0]).token).toBeLessThan(2);
  });

  it("a function that draws may call the library, and may not take the logits away", () => {
    const x = Float32Array.of(0, 1, 2, 3);
    const random = () => instance.sample([5, 1, 1], { random: 0.25 }).token + 0.5;
    expect(instance.sample(x, { random }).token).toBe(instance.sample(x, { random: 0.5 }).token);
    const taking = () => {
      structuredClone(x, { transfer: [x.buffer] });
      return 0.5;
    };
    expect(() => instance.sample(x, { random: taking })).toThrow(
      expect.objectContaining({ code: "ERR_DETACHED" }) as Error,
    );
  });

  it(`llama.cpp's samplers keep the same classes`, () => {
    const { cases } = JSON.parse(
      readFileSync(new URL("../reference/vectors/llamacpp-samplers.json", import.meta.url), "utf8"),
    ) as { cases: readonly Vector[] };
    let checked = 0;
    for (const { sampler, probs, expected, ...given } of cases) {
      const options = optionsOf(sampler, given);
      if (options === undefined) continue;
      const x = Float32Array.from(probs, Math.log);
      const got = new Float64Array(probs.length);
      for (let u = 0; u < 1; u += 1 / 512) {
        const { token, logProb } = instance.sample(x, { ...options, random: u });
        got[token] = Math.exp(logProb);
      }
      const descending = (values: Iterable<number>) => [...values].filter((p) => p > 0).sort((a, b) => b - a);
      const wanted = descending(expected);
      expect(descending(got).length, `${sampler} ${JSON.stringify(options)}`).toBe(wanted.length);
      descending(got).forEach((p, i) => expect(Math.abs(p - wanted[i])).toBeLessThan(1e-5));
      checked++;
    }
    expect(checked).toBe(16);
  });

  if (name === "wasm") {
    it(`all options together have the bits of the other backend (seed ${SEED})`, () => {
      expectBitsOfBoth(500);
    });

    it.each(LONG_ROWS)("topP of a long row: %s", (_, valueOf) => {
      expectLongRow(valueOf, 1);
    });

    it("a row of 2^20 classes has the same token and bits in both backends, whatever is kept", () => {
      expectSameOfMillion(1);
      const equal = new Float32Array(2 ** 20);
      expect(wasm.sample(equal, { topP: 0.5, random: ALMOST_ONE }).token).toBe(2 ** 19 - 1);
    });
  }
});

interface Vector {
  readonly sampler: string;
  readonly probs: readonly number[];
  readonly expected: readonly number[];
  readonly temp?: number;
  readonly k?: number;
  readonly p?: number;
}

/** What a case is here: a p of 0 keeps one class there, and a min-p above 1 is refused here. */
function optionsOf(sampler: string, { temp, k, p }: Partial<Vector>): Filters | undefined {
  if (sampler === "temp" && temp !== undefined) return { temperature: temp };
  if (sampler === "top_k" && k !== undefined) return { topK: k };
  if (sampler === "top_p" && p !== undefined && p > 0) return { topP: p };
  if (sampler === "min_p" && p !== undefined && p <= 1) return { minP: p };
  return undefined;
}
