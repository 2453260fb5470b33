// Where the gradient goes, added or not, and what it is multiplied by.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { gradientOf, lossesOf, type Options } from "./calls.js";
import { lossGrid, PRECISIONS } from "./lossGrid.js";

const SEED = 20261203;
const KEYS = ["f32", "f64"] as const;

/** One in so many cases of the grid. */
const STRIDE = 7;

describe.each(BACKENDS)("%s", (_, instance) => {
  it.each(KEYS)("%s: accumulate adds the gradient to what is in out, bit for bit, and the loss is the same", (key) => {
    const { type } = PRECISIONS[key];
    const random = mulberry32(SEED);
    let index = 0;
    for (const { name, logits, targets, options, upstream } of lossGrid(PRECISIONS[key])) {
      if (index++ % STRIDE !== 0) continue;
      const all: Options = upstream === undefined ? options : { ...options, upstream };
      const before = logits.map(() => (random() < 0.2 ? 0 : 1e3 ** (2 * random() - 1) * (random() - 0.5)));
      const { loss, grad } = gradientOf(instance, logits, targets, all);
      const out = before.slice();
      const added = gradientOf(instance, logits, targets, { ...all, out, accumulate: true });
      const expected = type.create(before.length).map((_, i) => before[i] + grad[i]);
      expect(added.grad, name).toBe(out);
      if (bitsOf(out) !== bitsOf(expected)) expect(out, name).toEqual(expected);
      if (bitsOf(lossesOf(added.loss)) !== bitsOf(lossesOf(loss))) expect(added.loss, name).toEqual(loss);
    }
  });

  it("adds up over the steps of a loop, in linear memory as in an ordinary array", () => {
    const random = mulberry32(SEED);
    for (const [rows, cols] of [
      [3, 5],
      [700, 130],
    ]) {
      const resident = instance.alloc(Float32Array, rows * cols);
      const ordinary = new Float32Array(rows * cols);
      const byHand = new Float32Array(rows * cols);
      for (let step = 0; step < 3; step++) {
        const x = new Float32Array(rows * cols).map(() => 10 * (random() - 0.5));
        const labels = new Int32Array(rows).map(() => Math.floor(random() * cols));
        instance.crossEntropyGrad(x, labels, { out: resident, accumulate: true });
        instance.crossEntropyGrad(x, labels, { out: ordinary, accumulate: true });
        const { grad } = instance.crossEntropyGrad(x, labels);
        for (let i = 0; i < grad.length; i++) byHand[i] += grad[i];
      }
      expect(bitsOf(ordinary) === bitsOf(byHand)).toBe(true);
      expect(bitsOf(resident.view) === bitsOf(byHand)).toBe(true);
      resident.free();
    }
  });

  it("leaves out as it is where positions are ignored or classes absent", () => {
    const x = Float32Array.of(1, NaN, 3, NaN, NaN, NaN);
    const out = Float32Array.of(1, 2, 3, 4, 5, 6);
    const mask = Uint8Array.of(1, 0, 1, 1, 1, 1);
    instance.crossEntropyGrad(x, [0, -100], { mask, out, accumulate: true });
    expect(out[1]).toBe(2);
    expect([...out.subarray(3)]).toEqual([4, 5, 6]);
    expect(out[0]).toBeLessThan(1);
    expect(out[2]).toBeGreaterThan(3);
  });

  it("accumulate false is as if it were absent: out is overwritten, new or given", () => {
    const x = Float32Array.of(1, 2, 3);
    const out = Float32Array.of(9, 9, 9);
    const plain = instance.crossEntropyGrad(x, [1]);
    expect(instance.crossEntropyGrad(x, [1], { accumulate: false })).toEqual(plain);
    instance.crossEntropyGrad(x, [1], { out, accumulate: false });
    expect(out).toEqual(plain.grad);
  });

  it.each(KEYS)("%s: an upstream power of two passes through every rounding, and a sign too", (key) => {
    const { type } = PRECISIONS[key];
    const random = mulberry32(SEED);
    const [rows, cols] = [4, 9];
    const x = type.create(rows * cols).map(() => 6 * (random() - 0.5));
    const labels = [0, 8, -100, 3];
    for (const options of [{}, { weight: [1, 2, 0, 1, 1, 3, 1, 1, 0.5], labelSmoothing: 0.1, zLoss: 0.01 }]) {
      for (const reduction of ["mean", "sum", "none"]) {
        const all = { ...options, reduction };
        const plain = gradientOf(instance, x, labels, all);
        for (const upstream of [1, 4, 0.25, -2]) {
          const scaled = gradientOf(instance, x, labels, { ...all, upstream });
          scaled.grad.forEach((g, i) => {
            // Ignored positions stay +0, whatever the sign.
            const expected = plain.grad[i] === 0 ? 0 : upstream * plain.grad[i];
            expect(g).toBe(expected);
          });
          expect(scaled.loss, "the loss is not the upstream's matter").toEqual(plain.loss);
        }
      }
    }
  });

  it.each(KEYS)("%s: an array of upstream has a number for each position: the bits of the position alone", (key) => {
    const { type } = PRECISIONS[key];
    const random = mulberry32(SEED);
    const [rows, cols] = [5, 7];
    const x = type.create(rows * cols).map(() => 6 * (random() - 0.5));
    const labels = [0, 6, -100, 3, 2];
    const numbers = [0.3, -1.7, 5, 0, 1e-3];
    const kinds = [numbers, Float64Array.from(numbers), Float32Array.from(numbers)];
    for (const options of [{ reduction: "none" }, { reduction: "none", labelSmoothing: 0.1, zLoss: 0.1 }] as const) {
      for (const upstream of kinds) {
        const { grad } = gradientOf(instance, x, labels, { ...options, upstream });
        labels.forEach((label, n) => {
          const row = x.slice(n * cols, (n + 1) * cols);
          const alone: FloatArray = gradientOf(instance, row, [label], { ...options, upstream: upstream[n] }).grad;
          expect(bitsOf(grad.subarray(n * cols, (n + 1) * cols)), `row ${n}`).toBe(bitsOf(alone));
        });
      }
    }
  });

  it("an upstream of 0 makes a gradient of 0", () => {
    const { grad } = instance.crossEntropyGrad(Float32Array.of(1, 2, 3), [1], { upstream: 0 });
    grad.forEach((g) => expect(Math.abs(g)).toBe(0));
  });
});
