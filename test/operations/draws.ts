// What `sample` draws from, computed in plain f64, and draws to hold against it: so many in `npm test`, and all of them in
// the slow suite.

import { expect } from "vitest";
import type { FloatArray, Instance, SampleOptions } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

export const SEED = 20261130;
const [[, wasm], [, js]] = BACKENDS;
export const TYPES = [Float32Array, Float64Array] as const;
export const ALMOST_ONE = 1 - 2 ** -53;

/** What probabilities may be off by, and their logarithms. */
export const errorOf = (Type: (typeof TYPES)[number]): number => (Type === Float32Array ? 2e-6 : 1e-12);

/** What is drawn from, in plain f64: the probability of each class after the filters, 0 for what they leave out. */
export function distribution(x: ArrayLike<number>, options: SampleOptions, mask?: ArrayLike<number>): Distribution {
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

/** The logit of class c. */
type ValueOf = (c: number, random: () => number) => number;

export const ROWS: readonly (readonly [name: string, ValueOf])[] = [
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
export const LONG_ROWS: readonly (readonly [name: string, ValueOf])[] = [
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

export type Filters = Omit<SampleOptions, "shape">;

export const FILTERS: readonly Filters[] = [
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

/** Rows of one kind, with every filter and so many random numbers: how many draws were compared, and which are wrong. */
export function drawAll(
  instance: Instance,
  Type: (typeof TYPES)[number],
  valueOf: ValueOf,
  count: number,
): { compared: number; uncertain: number; wrong: string[] } {
  const random = mulberry32(SEED);
  const error = errorOf(Type);
  let compared = 0;
  let uncertain = 0;
  const wrong: string[] = [];
  for (const cols of [1, 2, 5, 33, 300, 1000]) {
    const x = new Type(cols).map((_, c) => valueOf(c, random));
    x[0] = Math.max(x[0], 0);
    for (const options of FILTERS) {
      const { p, margin } = distribution(x, options);
      if (margin < error) {
        uncertain += count;
        continue;
      }
      const us = Float64Array.from({ length: count }, (_, i) => i / count);
      us[count - 1] = ALMOST_ONE;
      const many = new Type(cols * count);
      for (let n = 0; n < count; n++) many.set(x, n * cols);
      const { tokens, logProbs } = instance.sample(many, { ...options, shape: [count, cols], random: us });
      us.forEach((u, n) => {
        const [token, logProb] = [tokens[n], logProbs[n]];
        const expected = drawn(p, u);
        const log = Math.log(p[token]);
        const add = (what: string) =>
          wrong.push(`u = ${u}, ${cols} classes, ${JSON.stringify(options)}: ${token}, ${logProb}, ${what}`);
        if (!(p[token] > 0)) add("left out");
        if (expected.margin > error && token !== expected.token) add(`not ${expected.token}`);
        if (!(Math.abs(logProb - log) <= error * Math.max(1, Math.abs(log)))) add(`not ${log}`);
        compared++;
      });
    }
  }
  return { compared, uncertain, wrong };
}

/** So many calls with all options together, in both backends. */
export function expectBitsOfBoth(calls: number): void {
  const random = mulberry32(SEED);
  const choose = <T>(values: readonly T[]): T => values[Math.floor(values.length * random())];
  const different: string[] = [];
  for (let n = 0; n < calls; n++) {
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
    const about = () => JSON.stringify({ ...options, mask: undefined, x: Array.from(x.slice(0, 5)) });
    if (a !== b) different.push(`${about()}: ${a}, in JavaScript ${b}`);
  }
  expect(different.slice(0, 5)).toEqual([]);
}

/** topP of long rows, at both ends of [0, 1) and at so many numbers between. */
export function expectLongRow(valueOf: ValueOf, between: number): void {
  const random = mulberry32(SEED);
  for (const Type of TYPES) {
    for (const cols of [511, 512, 1500, 9001]) {
      const x = new Type(cols).map((_, c) => valueOf(c, random));
      for (const topP of [1e-12, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9, ALMOST_ONE]) {
        const { p, margin } = distribution(x, { topP });
        for (const u of [0, ALMOST_ONE, ...Array.from({ length: between }, random)]) {
          const got = wasm.sample(x, { topP, random: u });
          expect(got, `${cols} ${topP} ${u}`).toEqual(js.sample(x, { topP, random: u }));
          const wanted = drawn(p, u);
          if (margin > 1e-6 && wanted.margin > 1e-6) expect(got.token, `${cols} ${topP} ${u}`).toBe(wanted.token);
          if (u !== ALMOST_ONE) continue;
          // Where nothing but what is kept decides.
          const lastKept = Array.from(p, (one) => one > 0).lastIndexOf(true);
          if (margin > 1e-6 && p[lastKept] > 1e-6) expect(got.token, `${cols} ${topP}`).toBe(lastKept);
        }
      }
    }
  }
}

/** Rows of 2^20 classes in both backends: so many of the filters for each spread of logits, each filter for one of them. */
export function expectSameOfMillion(filters: number): void {
  const random = mulberry32(SEED);
  const all = [{}, { topP: 0.9 }, { topK: 5000, topP: 0.99 }, { minP: 0.1 }];
  for (const [i, spread] of [0.01, 1, 12, 60].entries()) {
    const x = new Float32Array(2 ** 20).map(() => spread * (random() - 0.5));
    for (let j = 0; j < filters; j++) {
      const given = { ...all[(i + j) % all.length], random: random() };
      expect(wasm.sample(x, given)).toEqual(js.sample(x, given));
    }
  }
}
