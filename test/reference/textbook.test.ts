// The library against the textbook's formulas (textbook.ts), worked in f64: the same numbers wherever the textbook has
// digits, and what it loses where it has not.

import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import { adversarialRows } from "./adversarialRows.js";
import { BACKENDS } from "./backends.js";
import { dd } from "./oracle/doubleDouble.js";
import { F32, ulpError } from "./oracle/ulp.js";
import { mulberry32, normals } from "./random.js";
import * as textbook from "./textbook.js";

const SEED = 20261126;

/** The contract in ulp of f32, and 0.001 for the textbook: C roundings of 2^-53 are C·2^-29 ulp, C ≤ 4099. */
const GATE = { probability: 4.001, loss: 3.001, gradient: 4.001 };

function expectWithin(values: ArrayLike<number>, truths: ArrayLike<number>, ulps: number, where: string): void {
  expect(values.length).toBe(truths.length);
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const error = ulpError(values[i], dd(truths[i]), F32);
    if (!(error <= worst)) worst = error;
  }
  expect(worst, where).toBeLessThanOrEqual(ulps);
}

function batch(rows: number, cols: number, random: () => number) {
  const normal = normals(random);
  return {
    x: new Float32Array(rows * cols).map(() => Math.max(-5, Math.min(5, normal()))),
    labels: new Int32Array(rows).map(() => Math.floor(random() * cols)),
  };
}

describe.each(BACKENDS)(`%s (seed ${SEED})`, (_, { softmax, logSoftmax, crossEntropy, crossEntropyGrad }) => {
  it("softmax is e^a_i / Σ e^a_k where that does not overflow", () => {
    for (const { kind, x } of adversarialRows(SEED, [1, 2, 3, 10, 100, 1000], ["spread 1", "spread 10", "ties"])) {
      const p = new Float64Array(x.length);
      textbook.unstableSoftmax(x, p, 1, x.length);
      expectWithin(softmax(x), p, GATE.probability, kind);
    }
  });

  it("a logit of 1000 overflows the plain formula, and all of −1000 divide it by 0", () => {
    for (const x of [Float32Array.of(1000, 0), Float32Array.of(1000, 1000)]) {
      const p = new Float64Array(2);
      textbook.unstableSoftmax(x, p, 1, 2);
      expect(p[0]).toBeNaN();
    }
    const p = new Float32Array(2);
    textbook.unstableSoftmax(Float32Array.of(-1000, -1000), p, 1, 2);
    expect(p).toEqual(Float32Array.of(NaN, NaN));
    expect(softmax(Float32Array.of(1000, 0))).toEqual(Float32Array.of(1, 0));
    expect(softmax(Float32Array.of(1000, 1000))).toEqual(Float32Array.of(0.5, 0.5));
    expect(softmax(Float32Array.of(-1000, -1000))).toEqual(Float32Array.of(0.5, 0.5));
    expect(logSoftmax(Float32Array.of(1000, 0))).toEqual(Float32Array.of(0, -1000));
  });

  it("softmax is e^(a_i − m) / Σ e^(a_k − m) on every kind of row", () => {
    for (const { kind, x } of adversarialRows(SEED)) {
      const p = new Float64Array(x.length);
      textbook.softmax(x, p, 1, x.length);
      expectWithin(softmax(x), p, GATE.probability, kind);
    }
  });

  it("softmax of a batch is that of its rows", () => {
    const { x } = batch(37, 10, mulberry32(SEED));
    const p = new Float64Array(x.length);
    textbook.softmax(x, p, 37, 10);
    expectWithin(softmax(x, { shape: [37, 10] }), p, GATE.probability, "37 × 10");
  });

  it("the loss is the mean of −log p_y, the gradient (softmax(X) − onehot(y)) / m", () => {
    const random = mulberry32(SEED);
    for (const [rows, cols] of [
      [1, 2],
      [1, 10],
      [32, 10],
      [7, 100],
      [100, 3],
    ]) {
      const { x, labels } = batch(rows, cols, random);
      const expected = new Float64Array(x.length);
      const mean = textbook.crossEntropyGrad(x, labels, expected, rows, cols);
      const { loss, grad } = crossEntropyGrad(x, labels);
      // Each row's loss is within 3 ulp, 3·2^-23 of itself; they are positive, and so the mean is.
      expect(Math.abs(loss - mean)).toBeLessThanOrEqual(3.001 * 2 ** -23 * mean);
      expect(crossEntropy(x, labels)).toBe(loss);
      // Logits within ±5: 1 − p_y is e^-10 = 2^-14.4 or more, and p_y − 1 exact to 2^-38 in f64.
      expectWithin(grad, expected, GATE.gradient, `${rows} × ${cols}`);
      const losses = Float64Array.from(labels, (label, r) => {
        const p = new Float64Array(cols);
        textbook.softmax(x.subarray(r * cols, (r + 1) * cols), p, 1, cols);
        return textbook.crossEntropy(p, [label], 1, cols);
      });
      expectWithin(crossEntropy(x, labels, { reduction: "none" }), losses, GATE.loss, `${rows} × ${cols}`);
    }
  });

  it("a confident loss is 0 in the textbook, and so is its gradient at the label; here both keep their digits", () => {
    const x = Float32Array.of(40, 0);
    const grad = new Float64Array(2);
    expect(textbook.crossEntropyGrad(x, [0], grad, 1, 2)).toBe(0);
    expect(grad[0]).toBe(0);
    const ours = crossEntropyGrad(x, [0]);
    const truth = 4.248354255291589e-18; // log1p(e^-40), and e^-40 / (1 + e^-40) to as many digits
    expectWithin([ours.loss], [truth], GATE.loss, "loss");
    expectWithin(ours.grad, [-truth, truth], GATE.gradient, "gradient");
  });

  it("in f32 the textbook's loss is 0 from a gap of 18 on", () => {
    // 1 / (1 + e^-gap) is nearer to 1 than to 1 − 2^-24 from 25·ln 2 = 17.4 on.
    for (let gap = 18; gap <= 100; gap++) {
      const x = Float32Array.of(gap, 0);
      const p = new Float32Array(2);
      textbook.softmax(x, p, 1, 2);
      expect(textbook.crossEntropy(p, [0], 1, 2)).toBe(0);
      expectWithin([crossEntropy(x, [0])], [Math.log1p(Math.exp(-gap))], GATE.loss, `gap ${gap}`);
    }
  });

  it("an impossible label costs the textbook infinity, and here what it costs", () => {
    const x = Float32Array.of(800, 0);
    const p = new Float64Array(2);
    textbook.softmax(x, p, 1, 2);
    expect(textbook.crossEntropy(p, [1], 1, 2)).toBe(Infinity);
    expect(crossEntropy(x, [1])).toBe(800);
  });
});

describe(`the Jacobian (seed ${SEED})`, () => {
  it("is p_i·(δ_ij − p_j)", () => {
    for (const { kind, x } of adversarialRows(SEED, [2, 3, 5, 10, 33, 100], ["spread 1", "ties"])) {
      const p = new Float64Array(x.length);
      textbook.softmax(x, p, 1, x.length);
      const expected = new Float64Array(x.length ** 2);
      textbook.softmaxJacobian(p, expected);
      expectWithin(softmaxJacobian(x), expected, GATE.probability, kind);
    }
  });

  it("of a confident row is 0 on the textbook's diagonal, and not here", () => {
    const p = new Float64Array(2);
    textbook.softmax(Float32Array.of(40, 0), p, 1, 2);
    const matrix = new Float64Array(4);
    textbook.softmaxJacobian(p, matrix);
    expect(matrix[0]).toBe(0);
    const truth = 4.248354255291589e-18;
    const ours = softmaxJacobian(Float32Array.of(40, 0));
    expectWithin(ours, [truth, -truth, -truth, truth], GATE.probability, "confident");
  });
});
