// Rows and batches at the edge, with options: what edgeCases.test.ts says of plain rows.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { gradientOf, hessianTimesOf, lossOf, type Options } from "./calls.js";

const NAN_BITS = "0000c07f"; // 0x7fc00000, little-endian
const ZERO_BITS = "00000000";

describe.each(BACKENDS)("%s", (_, instance) => {
  const { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad } = instance;
  const of = (...x: number[]) => Float32Array.from(x);
  const present = (...mask: number[]) => Uint8Array.from(mask);
  const nanWhere = (...isNaN: boolean[]) => isNaN.map((yes) => (yes ? NAN_BITS : ZERO_BITS)).join("");

  it("a row without classes: softmax 0, log-softmax and log-sum-exp −∞, loss 0, gradient 0", () => {
    const x = of(5.5, NaN, Infinity, 1, 2, 3);
    const mask = present(0, 0, 0, 1, 1, 1);
    const shape = [2, 3];
    expect(softmax(x, { shape, mask }).subarray(0, 3)).toEqual(of(0, 0, 0));
    expect(logSoftmax(x, { shape, mask }).subarray(0, 3)).toEqual(of(-Infinity, -Infinity, -Infinity));
    expect(logSumExp(x, { shape, mask })[0]).toBe(-Infinity);
    const { loss, grad } = crossEntropyGrad(x, [1, 0], { mask, reduction: "none", upstream: -1 });
    expect(loss[0]).toBe(0);
    expect(grad.subarray(0, 3)).toEqual(of(0, 0, 0));
    const soft = gradientOf(instance, x, of(1, 0, 0, 1, 0, 0), { shape, mask, reduction: "none", zLoss: 0.1 });
    expect((soft.loss as FloatArray)[0]).toBe(0);
    expect(soft.grad.subarray(0, 3)).toEqual(of(0, 0, 0));
  });

  it("a row without classes does not count in the mean, whatever the targets", () => {
    const x = of(1, 2, 3, 4);
    const mask = present(0, 0, 1, 1);
    const alone = crossEntropy(of(3, 4), [0]);
    expect(crossEntropy(x, [0, 0], { mask })).toBe(alone);
    expect(crossEntropyGrad(x, [0, 0], { mask }).grad.subarray(2)).toEqual(crossEntropyGrad(of(3, 4), [0]).grad);
    expect(crossEntropy(x, of(1, 0, 1, 0), { shape: [2, 2], mask })).toBe(alone);
    // zLoss is divided by the positions that count, whatever the targets.
    const penalty = 0.1 * logSumExp(Float64Array.of(3, 4)) ** 2;
    const soft = crossEntropy(x, of(1, 0, 1, 0), { shape: [2, 2], mask, zLoss: 0.1 });
    expect(soft).toBeCloseTo(alone + penalty, 5);
    const hard = crossEntropy(Float64Array.of(1, 2, 3, 4), [0, 1], { weight: [3, 5], zLoss: 0.1 });
    const first = 0.1 * logSumExp(Float64Array.of(1, 2)) ** 2;
    const losses = crossEntropy(Float64Array.of(1, 2, 3, 4), [0, 1], { weight: [3, 5], reduction: "sum" });
    expect(hard).toBeCloseTo(losses / 8 + (first + penalty) / 2, 13);
  });

  it("no position counts: the mean is NaN, the sum 0, the gradient +0", () => {
    const x = of(1, 2, NaN, 4);
    const hidden = { mask: present(0, 0, 0, 0) };
    const cases: (readonly [unknown, Options])[] = [
      [[-100, -100], {}],
      [[0, 1], hidden],
      [[-100, 1], { mask: present(1, 1, 0, 0) }],
      [of(1, 0, 0, 1), { shape: [2, 2], ...hidden }],
      [[-100, -100], { zLoss: 0.1, labelSmoothing: 0.1, weight: [1, 2] }],
    ];
    for (const [targets, options] of cases) {
      const { loss, grad } = gradientOf(instance, x, targets, options);
      expect(loss).toBeNaN();
      expect(lossOf(instance, x, targets, options)).toBeNaN();
      expect(bitsOf(grad)).toBe(ZERO_BITS.repeat(4));
      expect(bitsOf(hessianTimesOf(instance, x, targets, of(1, 2, 3, 4), options))).toBe(ZERO_BITS.repeat(4));
      expect(lossOf(instance, x, targets, { ...options, reduction: "sum" })).toBe(0);
    }
  });

  it("the labels' weights sum to 0: the mean is NaN, the whole gradient +0, zLoss's part too", () => {
    for (const more of [{}, { zLoss: 0.1 }, { labelSmoothing: 0.1 }, { labelSmoothing: 1, zLoss: 0.1 }]) {
      const options = { weight: [0, 1], ...more };
      for (const x of [of(1, 2, 3, 4), of(1, NaN, 3, 4)]) {
        const { loss, grad } = crossEntropyGrad(x, [0, 0], options);
        expect(loss).toBeNaN();
        expect(bitsOf(grad)).toBe(ZERO_BITS.repeat(4));
        expect(bitsOf(hessianTimesOf(instance, x, [0, 0], of(1, 2, 3, 4), options))).toBe(ZERO_BITS.repeat(4));
      }
    }
    // Under sum and none there is nothing to divide by.
    expect(crossEntropy(of(1, 2), [0], { weight: [0, 1], reduction: "sum" })).toBe(0);
    expect(crossEntropy(of(1, 1), [0], { weight: [0, 1], reduction: "sum", labelSmoothing: 0.5 })).toBeCloseTo(
      0.25 * Math.LN2,
      6,
    );
  });

  it("soft targets: the mean is over all positions, never over weights", () => {
    const x = Float64Array.of(1, 2, 3, 4);
    const q = Float64Array.of(1, 0, 0, 1);
    const weight = [3, 0.5];
    const sum = crossEntropy(x, q, { shape: [2, 2], weight, reduction: "sum" });
    expect(crossEntropy(x, q, { shape: [2, 2], weight })).toBe(sum / 2);
    const zeros = crossEntropyGrad(x, q, { shape: [2, 2], weight: [0, 0] });
    expect(zeros.loss).toBe(0);
    for (const g of zeros.grad) expect(Math.abs(g)).toBe(0);
  });

  it("NaN, +∞ or nothing but −∞ among the present classes: those are NaN in canonical bits, absent ones 0", () => {
    const mask = present(1, 0, 1, 1);
    for (const x of [of(1, 5, NaN, 2), of(1, NaN, Infinity, 2), of(-Infinity, 5, -Infinity, -Infinity)]) {
      const where = nanWhere(true, false, true, true);
      expect(bitsOf(softmax(x, { mask }))).toBe(where);
      const logP = logSoftmax(x, { mask });
      expect(logP[1]).toBe(-Infinity);
      logP[1] = 0;
      expect(bitsOf(logP)).toBe(where);
      for (const targets of [[0], of(0.5, 0, 0.5, 0)]) {
        for (const options of [{}, { weight: [0, 1, 1, 1] }, { labelSmoothing: 0.1, zLoss: 0.1 }]) {
          const all = { mask, reduction: "none", ...options };
          const { loss, grad } = gradientOf(instance, x, targets, all);
          expect(bitsOf(loss as FloatArray)).toBe(NAN_BITS);
          expect(bitsOf(grad)).toBe(where);
          expect(bitsOf(hessianTimesOf(instance, x, targets, of(1, 2, 3, 4), all))).toBe(where);
        }
      }
    }
    expect(logSumExp(of(1, 5, NaN, 2), { mask })).toBe(NaN);
    expect(logSumExp(of(1, NaN, Infinity, 2), { mask })).toBe(Infinity);
    expect(logSumExp(of(-Infinity, 5, -Infinity, -Infinity), { mask })).toBe(-Infinity);
  });

  it("a NaN row touches no other, under any option", () => {
    const clean = of(1, 2, 3, 3, 2, 1);
    const x = of(1, 2, 3, 3, NaN, 1);
    const options = { weight: [1, 2, 3], labelSmoothing: 0.1, zLoss: 0.1, mask: present(1, 1, 1, 1, 1, 0) };
    const a = gradientOf(instance, clean, [0, 1], { ...options, reduction: "none" });
    const b = gradientOf(instance, x, [0, 1], { ...options, reduction: "none" });
    expect((b.loss as FloatArray)[0]).toBe((a.loss as FloatArray)[0]);
    expect((b.loss as FloatArray)[1]).toBeNaN();
    expect(bitsOf(b.grad.subarray(0, 3))).toBe(bitsOf(a.grad.subarray(0, 3)));
    expect(bitsOf(b.grad.subarray(3))).toBe(nanWhere(true, true, false));
    expect(gradientOf(instance, x, [0, 1], options).loss).toBeNaN();
  });

  it("one class that is present: softmax 1, log-softmax 0, loss 0, gradient 0, all +0", () => {
    const mask = present(0, 1, 0);
    for (const value of [0, -0, 5, -1e30, 1e-45, 208, 3e38]) {
      const x = of(7, value, NaN);
      expect(softmax(x, { mask })).toEqual(of(0, 1, 0));
      expect(logSoftmax(x, { mask })).toEqual(of(-Infinity, 0, -Infinity));
      const { loss, grad } = crossEntropyGrad(x, [1], { mask });
      expect(loss).toBe(0);
      expect(grad).toEqual(of(0, 0, 0));
    }
  });

  it("one class, whatever its value: a softmax of exactly 1", () => {
    const random = mulberry32(1);
    for (let i = 0; i < 100; i++) {
      const value = 60 * (random() - 0.5);
      expect(softmax(of(value))).toEqual(of(1));
      expect(softmax([value])).toEqual([1]);
      expect(softmax(of(7, value), { mask: present(0, 1) })).toEqual(of(0, 1));
    }
  });

  it("a class beside which all others vanish: a softmax of exactly 1, wherever it stands in its row", () => {
    const random = mulberry32(2);
    for (const type of [Float32Array, Float64Array]) {
      for (const cols of [2, 3, 4, 5, 6, 7, 8, 9, 257, 258, 259, 260]) {
        for (const place of new Set([0, 1, cols - 4, cols - 3, cols - 2, cols - 1].filter((c) => c >= 0))) {
          for (let i = 0; i < 20; i++) {
            const x = new type(cols).fill(-900);
            x[place] = 60 * (random() - 0.5);
            const y = softmax(x);
            expect([y[place], y.filter((p) => p !== 0).length], `${cols} classes, at ${place}`).toEqual([1, 1]);
          }
        }
      }
    }
  });

  it("every byte of a mask but 0 says that the class is there", () => {
    const x = of(1, 2, 3, 4);
    const expected = bitsOf(softmax(x, { mask: present(1, 0, 1, 1) }));
    for (const yes of [2, 127, 128, 255]) {
      expect(bitsOf(softmax(x, { mask: present(yes, 0, 1, yes) }))).toBe(expected);
    }
  });

  it("a mask of ones gives the bits of none", () => {
    const x = new Float32Array(130).map((_, i) => ((i * 37) % 29) / 3);
    const mask = new Uint8Array(130).fill(1);
    expect(bitsOf(softmax(x, { mask }))).toBe(bitsOf(softmax(x)));
    expect(bitsOf(logSoftmax(x, { mask }))).toBe(bitsOf(logSoftmax(x)));
    expect(logSumExp(x, { mask })).toBe(logSumExp(x));
    const [plain, masked] = [{}, { mask }].map((options) => gradientOf(instance, x, [7], options));
    expect(masked.loss).toBe(plain.loss);
    expect(bitsOf(masked.grad)).toBe(bitsOf(plain.grad));
  });

  it("a label on an absent class is taken where its row does not count", () => {
    const x = of(1, 2, 3, 4);
    expect(crossEntropy(x, [0, 1], { mask: present(0, 0, 1, 1) })).toBe(crossEntropy(of(3, 4), [1]));
    // Ignored by an index within the classes, and absent at that.
    expect(crossEntropy(x, [0, 1], { mask: present(0, 1, 1, 1), ignoreIndex: 0 })).toBe(crossEntropy(of(3, 4), [1]));
  });

  it("options at their defaults give the bits of none", () => {
    const x = new Float32Array(21).map((_, i) => ((i * 37) % 29) / 3);
    const plain = gradientOf(instance, x, [0, 4, 6], {});
    const defaults = { labelSmoothing: 0, zLoss: 0, temperature: 1, ignoreIndex: -100, reduction: "mean", axis: -1 };
    for (const options of [defaults, { ...defaults, weight: undefined, mask: undefined, upstream: 1 }]) {
      const { loss, grad } = gradientOf(instance, x, [0, 4, 6], options);
      expect(loss).toBe(plain.loss);
      expect(bitsOf(grad)).toBe(bitsOf(plain.grad));
    }
  });

  it("zero rows: empty results, sum 0, mean NaN, with every option and on every axis", () => {
    const none = new Float32Array(0);
    const shape = [0, 3, 2];
    const all = { weight: [1, 2, 3], labelSmoothing: 0.1, zLoss: 0.1, mask: new Uint8Array(0), axis: 1, shape };
    for (const targets of [[], none]) {
      expect(lossOf(instance, none, targets, { ...all, reduction: "sum" })).toBe(0);
      expect(lossOf(instance, none, targets, all)).toBeNaN();
      expect(lossOf(instance, none, targets, { ...all, reduction: "none" })).toEqual(none);
      expect(gradientOf(instance, none, targets, all).grad).toEqual(none);
    }
    for (const axis of [0, 1, 2]) expect(softmax(none, { shape, axis })).toEqual(none);
    expect(logSumExp(none, { shape, axis: 1 })).toEqual(none);
    expect(logSumExp(none, { shape, axis: 0 })).toEqual(new Float32Array(6).fill(-Infinity));
  });
});
