import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FloatArray, type SampleOptions } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261130;
const [[, wasm], [, js]] = BACKENDS;
const TYPES = [Float32Array, Float64Array] as const;
const ALMOST_ONE = 1 - 2 ** -53;

/** What is drawn from, in plain f64: the probability of each class after the filters, 0 for what they leave out. */
function distribution(x: ArrayLike<number>, options: SampleOptions, mask?: ArrayLike<number>): Distribution {
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = options;
  const present = Array.from({ length: x.length }, (_, c) => c).filter((c) => mask?.[c] !== 0 && x[c] > -Infinity);
  const max = Math.max(...present.map((c) => x[c]));
  const weight = (c: number) => Math.exp((x[c] - max) / temperature);
  let kept = present.sort((a, b) => x[b] - x[a] || a - b);
  if (topK > 0) kept = kept.slice(0, topK);
  const whole = kept.reduce((sum, c) => sum + weight(c), 0);
  // How near a decision is to the other one: what rounding may decide otherwise.
  let margin = Infinity;
  if (topP < 1) {
    let sum = 0;
    let count = 0;
    do {
      margin = Math.min(margin, Math.abs(sum / whole - topP));
      sum += weight(kept[count++]);
    } while (count < kept.length && sum / whole < topP);
    if (count < kept.length) margin = Math.min(margin, Math.abs(sum / whole - topP));
    kept = kept.slice(0, count);
  }
  for (const c of kept) if (minP > 0 && minP < 1) margin = Math.min(margin, Math.abs(weight(c) - minP));
  kept = kept.filter((c) => weight(c) >= minP);
  const left = kept.reduce((sum, c) => sum + weight(c), 0);
  const p = new Float64Array(x.length);
  for (const c of kept) p[c] = weight(c) / left;
  return { p, margin };
}

interface Distribution {
  readonly p: Float64Array;
  readonly margin: number;
}

/** The class of a random number, and how near it is to another one's. */
function drawn(p: Float64Array, u: number): { token: number; margin: number } {
  let sum = 0;
  for (let c = 0; c < p.length; c++) {
    const before = sum;
    sum += p[c];
    if (p[c] > 0 && sum > u) return { token: c, margin: Math.min(Math.abs(sum - u), Math.abs(u - before)) };
  }
  return { token: Array.from(p, (one) => one > 0).lastIndexOf(true), margin: 0 };
}

const ROWS: readonly (readonly [string, (c: number, random: () => number) => number])[] = [
  ["ordinary", (_, random) => 8 * (random() - 0.5)],
  ["far from 0", (_, random) => 700 + 8 * random()],
  ["of ties", (_, random) => Math.floor(4 * random())],
  ["of equals", () => 0.3],
  ["confident", (c, random) => (c === 3 ? 20 : random())],
  ["with −∞", (_, random) => (random() < 0.5 ? -Infinity : random())],
  ["spread wide", (_, random) => -40 * random()],
  ["nearly alike", (_, random) => random() / 100],
];

/** Of 9001 classes the kernel looks at four of 64 (of f64 at two of 32) before it begins. */
const LONG_ROWS: readonly (readonly [string, (c: number, random: () => number) => number])[] = [
  ["normal", (_, random) => 3 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())],
  ["equals", () => 0.3],
  ["two values", (c) => 0.01 * (c % 2)],
  ["logits that differ, of equal exponentials", (_, random) => 1e-9 * random()],
  ["eighths", (_, random) => Math.round(8 * 5 * random()) / 8],
  ["confident", (c, random) => (c === 4321 ? 30 : random())],
  ["few of many", (c, random) => (c % 1000 === 7 ? 12 + random() : random())],
  ["a sample of large ones alone", (c, random) => random() + (c % 32 < 4 ? 6 : 0)],
  ["a sample of small ones alone", (c, random) => random() - (c % 32 < 4 ? 6 : 0)],
  ["a sample of equals alone", (c, random) => (c % 32 < 4 ? 1 : 2 * random())],
  ["a sample of nothing", (c, random) => (c % 32 < 4 ? -Infinity : random())],
  ["spread wide", (_, random) => -80 * random()],
];

type Filters = Omit<SampleOptions, "shape">;

const FILTERS: readonly Filters[] = [
  {},
  { temperature: 0.5 },
  { topK: 1 },
  { topK: 5 },
  { topK: 1000 },
  { topP: 0.9 },
  { topP: 1e-9 },
  { topP: 1 },
  { minP: 0.3 },
  { minP: 1 },
  { topK: 20, topP: 0.7, minP: 0.05, temperature: 1.5 },
  { topP: 0.95, minP: 0.1 },
];

describe.each(BACKENDS)("%s: sample", (name, instance) => {
  describe.each(TYPES)("%o", (Type) => {
    const error = Type === Float32Array ? 2e-6 : 1e-12;

    it.each(ROWS)(
      `gives the class and the logarithm of plain f64, for every u of a fine grid: rows %s`,
      (_, valueOf) => {
        const random = mulberry32(SEED);
        let compared = 0;
        let uncertain = 0;
        const wrong: string[] = [];
        for (const cols of [1, 2, 5, 33, 300, 1000]) {
          const x = new Type(cols).map((_, c) => valueOf(c, random));
          x[0] = Math.max(x[0], 0);
          for (const options of FILTERS) {
            const { p, margin } = distribution(x, options);
            if (margin < error) {
              uncertain++;
              continue;
            }
            const us = Float64Array.from({ length: 200 }, (_, i) => i / 200);
            us[199] = ALMOST_ONE;
            const many = new Type(cols * us.length);
            for (let n = 0; n < us.length; n++) many.set(x, n * cols);
            const { tokens, logProbs } = instance.sample(many, { ...options, shape: [us.length, cols], random: us });
            us.forEach((u, n) => {
              const expected = drawn(p, u);
              const about = `u = ${u}, ${cols} classes, ${JSON.stringify(options)}: ${tokens[n]}, ${logProbs[n]}`;
              if (!(p[tokens[n]] > 0)) wrong.push(`left out: ${about}`);
              if (expected.margin > error && tokens[n] !== expected.token)
                wrong.push(`${about}, not ${expected.token}`);
              const log = Math.log(p[tokens[n]]);
              if (!(Math.abs(logProbs[n] - log) <= error * Math.max(1, Math.abs(log))))
                wrong.push(`${about}, not ${log}`);
              compared++;
            });
          }
        }
        expect(wrong.slice(0, 5)).toEqual([]);
        expect(compared).toBeGreaterThan(5000);
        // What rounding decides: where half of equals reach what is asked for exactly, and so on.
        expect(uncertain).toBeLessThan(compared / 200 / 4);
      },
    );

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
    const message = `logits: expected finite ones at position 1, and −∞, got ${got}`;
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

  it("random numbers: a function once a position in order, an array, or one for all", () => {
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
      const random = mulberry32(SEED);
      const choose = <T>(values: readonly T[]): T => values[Math.floor(values.length * random())];
      for (let n = 0; n < 1500; n++) {
        const cols = choose([1, 2, 3, 5, 8, 17, 64, 65, 100, 257, 300, 1000]);
        const rows = 1 + Math.floor(3 * random());
        const [, valueOf] = choose(ROWS);
        const x = new (choose(TYPES))(rows * cols).map((_, i) => valueOf(i % cols, random)) as FloatArray;
        const options: SampleOptions = {
          shape: [rows, cols],
          ...(random() < 0.3 && { mask: new Uint8Array(x.length).map(() => Number(random() < 0.6)) }),
          temperature: choose([1, 1, 0, 0.1, 0.7, 3, 1e-30, 1e30, 1e-300, 1e300]),
          topK: choose([0, 0, 1, Math.floor(cols * random()), cols + 1]),
          topP: choose([1, 0.5, 0.9, 1e-9, ALMOST_ONE, 1 - random()]),
          minP: choose([0, 0, 0.01, 1, random()]),
          random: Array.from({ length: rows }, () => choose([0, ALMOST_ONE, random(), random()])),
        };
        const [a, b] = [wasm, js].map((by) => {
          try {
            const { tokens, logProbs } = by.sample(x, options as never) as unknown as {
              tokens: Int32Array;
              logProbs: FloatArray;
            };
            return `${tokens.join()} ${bitsOf(logProbs)}`;
          } catch (error) {
            return (error as Error).message;
          }
        });
        expect(a, JSON.stringify({ ...options, mask: undefined, x: Array.from(x.slice(0, 5)) })).toBe(b);
      }
    });

    it.each(LONG_ROWS)("topP of a long row: %s", (_, valueOf) => {
      const random = mulberry32(SEED);
      for (const Type of TYPES) {
        for (const cols of [511, 512, 1500, 9001]) {
          const x = new Type(cols).map((_, c) => valueOf(c, random));
          for (const topP of [1e-12, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9, ALMOST_ONE]) {
            const { p, margin } = distribution(x, { topP });
            const us = [0, ALMOST_ONE, random(), random(), random()];
            for (const u of us) {
              const got = wasm.sample(x, { topP, random: u });
              expect(got, `${cols} ${topP} ${u}`).toEqual(js.sample(x, { topP, random: u }));
              const wanted = drawn(p, u);
              if (margin > 1e-6 && wanted.margin > 1e-6) expect(got.token, `${cols} ${topP} ${u}`).toBe(wanted.token);
            }
            // Where nothing but what is kept decides.
            const lastKept = Array.from(p, (one) => one > 0).lastIndexOf(true);
            const last = wasm.sample(x, { topP, random: ALMOST_ONE }).token;
            if (margin > 1e-6 && p[lastKept] > 1e-6) expect(last, `${cols} ${topP}`).toBe(lastKept);
          }
        }
      }
    });

    it("a row of 2^20 classes has the same token and bits in both backends, whatever is kept", () => {
      const random = mulberry32(SEED);
      for (const spread of [0.01, 1, 12, 60]) {
        const x = new Float32Array(2 ** 20).map(() => spread * (random() - 0.5));
        for (const options of [{}, { topP: 0.9 }, { topK: 5000, topP: 0.99 }, { minP: 0.1 }]) {
          const given = { ...options, random: random() };
          expect(wasm.sample(x, given)).toEqual(js.sample(x, given));
        }
      }
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
