import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/index.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { bitsOfAll, CHUNKED, expectBitsOfChunks, type All } from "./chunkSizes.js";
import { BACKENDS, gradientsOf, logitsOf, problemOf, TYPES } from "./layers.js";

const SEED = 20;

/** Sizes around those of a tile: 4 rows, 8 or 4 columns. */
const TAILS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17];

describe.each(TYPES)("in %s", (_, T) => {
  it("sums have the bits of their definition for every tail of N, D and C, in both backends", () => {
    let cases = 0;
    for (const rows of TAILS) {
      for (const features of TAILS) {
        for (const classes of TAILS) {
          const problem = problemOf(T, rows, features, classes, SEED + cases);
          const { x, layer, labels } = problem;
          if (rows > 2) labels[rows >> 1] = -100;
          const expected = [bitsOf(logitsOf(T, problem)), ...bitsOfAll(gradientsOf(T, problem))];
          for (const [backend, functions] of BACKENDS) {
            const logits = functions.linear(x, layer);
            const got = [bitsOf(logits), ...bitsOfAll(functions.linearCrossEntropyGrad(x, layer, labels))];
            // Compared before expect: a grid of calls to it would take longer than the grid.
            if (got.join() !== expected.join())
              expect(got, `${backend} ${[rows, features, classes].join("x")}`).toEqual(expected);
          }
          cases++;
        }
      }
    }
    expect(cases).toBe(TAILS.length ** 3);
  });

  it.each(CHUNKED)("bits do not depend on the sizes of chunks: %i × %i × %i", (rows, features, classes) => {
    expectBitsOfChunks(T, rows, features, classes, "by turns");
  });

  it("both backends have the same bits where sizes call for several chunks", () => {
    const problem = problemOf(T, 150, 700, 1100, SEED);
    const { x, layer, labels } = problem;
    for (let n = 5; n < 150; n += 17) labels[n] = -100;
    const [wasm, js] = BACKENDS.map(([, functions]) => [
      bitsOf(functions.linear(x, layer) as FloatArray),
      ...bitsOfAll(functions.linearCrossEntropyGrad(x, layer, labels) as All),
    ]);
    expect(wasm.every((bits, i) => bits === js[i])).toBe(true);
  });

  it("NaN and infinities give the same bits in both backends, with canonical NaN", () => {
    const random = mulberry32(SEED);
    const values = [NaN, Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-45];
    const poison = (array: FloatArray, share: number) =>
      array.forEach((_, i) => {
        if (random() < share) array[i] = values[Math.floor(random() * values.length)];
      });
    let nans = 0;
    for (let trial = 0; trial < 200; trial++) {
      const [rows, features, classes] = [0, 0, 0].map(() => 1 + Math.floor(19 * random()));
      const problem = problemOf(T, rows, features, classes, trial);
      const { x, layer, labels } = problem;
      poison(x, 0.02);
      poison(layer.weight, 0.01);
      poison(layer.bias, 0.01);
      const [wasm, js] = BACKENDS.map(([, functions]) => [
        bitsOf(functions.linear(x, layer) as FloatArray),
        ...bitsOfAll(functions.linearCrossEntropyGrad(x, layer, labels) as All),
      ]);
      expect(wasm, `trial ${trial}`).toEqual(js);
      const logits = BACKENDS[0][1].linear(x, layer) as FloatArray;
      const canonical = bitsOf(T.of(NaN));
      for (let i = 0; i < logits.length; i++) {
        if (!Number.isNaN(logits[i])) continue;
        expect(bitsOf(logits.subarray(i, i + 1))).toBe(canonical);
        nans++;
      }
    }
    expect(nans).toBeGreaterThan(100);
  });
});

/** The exact sum of products of f32 or f64 numbers, as far as a double can hold it: by sums of integers. */
function exactSum(terms: readonly (readonly [number, number])[]): number {
  let sum = 0n;
  for (const [a, b] of terms) sum += exact(a) * exact(b);
  const shift = 2n ** BigInt(2 * SCALE - 60);
  return Number(sum / shift) / 2 ** 60;
}

/** Numbers here are multiples of 2^-SCALE. */
const SCALE = 200;
function exact(value: number): bigint {
  const [mantissa, exponent] = [value * 2 ** 100, SCALE - 100];
  // A double of less than 2^-47 of the largest would lose bits here: the problems have none.
  return BigInt(Math.trunc(mantissa)) * 2n ** BigInt(exponent);
}

describe("the error of a sum", () => {
  /** γ_k = k·u/(1 − k·u): Higham, "Accuracy and Stability of Numerical Algorithms" (2002), (3.5), for k products and k sums. */
  const gamma = (k: number, unit: number) => (k * unit) / (1 - k * unit);

  it.each(TYPES)("is at most γ_D·Σ|x·w| where rows cancel: %s", (key, T) => {
    const unit = key === "f32" ? 2 ** -24 : 2 ** -53;
    const random = mulberry32(SEED);
    let worst = 0;
    for (let trial = 0; trial < 60; trial++) {
      const features = 2 * (1 + Math.floor(100 * random()));
      const classes = 1 + Math.floor(20 * random());
      const { x, layer } = problemOf(T, 3, features, classes, trial);
      // Pairs that cancel but for their last bits: the sum is far smaller than its terms.
      for (let i = 0; i < x.length; i += 2) x[i + 1] = -x[i] * (1 + unit * 64 * random());
      for (let i = 0; i < layer.weight.length; i += 2) layer.weight[i + 1] = layer.weight[i];
      const bias = new T(classes);
      const logits = BACKENDS[0][1].linear(x, { weight: layer.weight, bias }) as FloatArray;
      logits.forEach((logit, at) => {
        const n = Math.floor(at / classes);
        const c = at % classes;
        const terms = Array.from(
          { length: features },
          (_, d) => [x[n * features + d], layer.weight[c * features + d]] as const,
        );
        const size = terms.reduce((sum, [a, b]) => sum + Math.abs(a * b), 0);
        const error = Math.abs(logit - exactSum(terms));
        expect(error).toBeLessThanOrEqual(gamma(features, unit) * size);
        worst = Math.max(worst, error / (unit * size));
      });
    }
    // Not a test of zeros: rows that cancel have errors of several roundings of their terms.
    expect(worst).toBeGreaterThan(0.1);
  });
});
