// Pieces of probabilities and gradients with every option, put together again.

import { describe, expect, it } from "vitest";
import { crossEntropyGrad, softmax } from "../../src/index.js";
import { crossEntropyGradFrom, merge, partial, softmaxFrom } from "../../src/shards/index.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261215;
const [rows, cols, cut] = [9, 12, 5];
const random = mulberry32(SEED);
const x = Array.from({ length: rows }, () => Array.from({ length: cols }, () => 20 * (random() - 0.5)));
const labels = Array.from({ length: rows }, (_, r) => (r === 3 ? -100 : (5 * r) % cols));
const weight = Array.from({ length: cols }, () => 0.2 + random());
const left = x.map((row) => row.slice(0, cut));
const right = x.map((row) => row.slice(cut));

describe(`pieces with options (seed ${SEED})`, () => {
  it.each([
    {},
    { reduction: "sum" },
    { reduction: "none", upstream: Array.from({ length: rows }, (_, r) => r - 3) },
    { upstream: 3 },
    { labelSmoothing: 0.1 },
    { zLoss: 0.01 },
    { weight },
    { weight, labelSmoothing: 0.3, zLoss: 0.02 },
    { temperature: 0.5, labelSmoothing: 0.1, zLoss: 0.1 },
  ] as const)("the gradient is that of the whole: %o", (options) => {
    const { temperature, weight: all, ...loss } = { temperature: 1, weight: undefined, ...options };
    const part = (from: number, to: number) => ({ labels, offset: from, weight: all?.slice(from, to) });
    const of = (piece: number[][], from: number, to: number) =>
      partial(piece, { ...part(from, to), temperature, smoothing: true });
    const states = merge(of(left, 0, cut), of(right, cut, cols));
    const a = crossEntropyGradFrom(left, states, { ...part(0, cut), ...loss });
    const b = crossEntropyGradFrom(right, states, { ...part(cut, cols), ...loss });
    const { grad } = crossEntropyGrad(x, labels, { ...options } as object);
    grad.forEach((row, r) => {
      [...a[r], ...b[r]].forEach((value, c) => {
        expect(Math.abs(value - row[c]), `${r}, ${c}`).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(row[c])));
      });
    });
  });

  it("a position with NaN is NaN, one whose classes are all here is softmax's, and absent classes are 0", () => {
    const mask = [1, 1, 1, 1, 1, 0, 1, 1, 1];
    const first = [
      [1, 2, 3],
      [4, NaN, 6],
      [7, 8, 9],
    ];
    const second = [[1], [2], [3]];
    // The last position has nothing in the second piece.
    const other = partial(second, { offset: 3, mask: [1, 1, 0].map((present) => present === 1) });
    const states = merge(partial(first, { mask }), other);
    const p = softmaxFrom(first, states, { mask });
    expect(p[1].slice(0, 2)).toEqual([NaN, NaN]);
    expect(p[1][2]).toBe(0);
    expect(p[2]).toEqual(softmax(first[2]));
    const whole = softmax([1, 2, 3, 1]);
    p[0].forEach((value, c) => expect(value).toBeCloseTo(whole[c], 15));
    const grad = crossEntropyGradFrom(
      first,
      merge(partial(first, { labels: [0, 0, 0] }), partial(second, { offset: 3, labels: [0, 0, 0] })),
      { labels: [0, 0, 0] },
    );
    expect(grad[1]).toEqual([NaN, NaN, NaN]);
  });
});
