// What takes no part is not read: no NaN, no infinity and no number there changes a bit of anything else.

import { describe, expect, it } from "vitest";
import type { FloatArray, Instance } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { type Axis, axisOf, fromAxis, toAxis } from "./axis.js";
import { gradientOf, hessianTimesOf, lossesOf, lossOf, type Options } from "./calls.js";

const SEED = 20261202;
const POISONS = [NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45];
/** Of targets: a probability above 0 of an absent class is refused. */
const NO_TARGETS = [NaN, -Infinity, -3e38];
const SHAPES = [
  { shape: [6, 1], axis: 1 },
  { shape: [9, 3], axis: 1 },
  { shape: [5, 17], axis: 1 },
  { shape: [2, 5, 3], axis: 1 },
  { shape: [40, 7], axis: 0 },
  { shape: [3, 130, 2], axis: 1 },
  { shape: [2, 300, 9], axis: 1 },
];

/** Losses under every reduction, gradients and Hessians times a vector, as bits; the gradients row by row. */
function everything(
  instance: Instance,
  axis: Axis,
  x: FloatArray,
  targets: unknown,
  v: FloatArray,
  options: Options,
  upstream: FloatArray,
): string[] {
  return ["mean", "sum", "none"].flatMap((reduction) => {
    const all = { ...options, reduction };
    const { loss, grad } = gradientOf(instance, x, targets, reduction === "none" ? { ...all, upstream } : all);
    const alone = lossOf(instance, x, targets, all);
    const product = hessianTimesOf(instance, x, targets, v, all);
    return [lossesOf(loss), lossesOf(alone), fromAxis(axis, grad), fromAxis(axis, product)].map(bitsOf);
  });
}

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each([
    ["f32", Float32Array],
    ["f64", Float64Array],
  ] as const)("%s", (_, Type) => {
    const filled = (length: number, value: (i: number) => number): FloatArray =>
      new Type(length).map((_: number, i: number) => value(i));

    it.each(SHAPES)("an ignored position: $shape along $axis", ({ shape, axis }) => {
      const random = mulberry32(SEED);
      const layout = axisOf(shape, axis);
      const { rows, cols } = layout;
      const labels = Array.from({ length: rows }, () => (random() < 0.4 ? -1 : Math.floor(random() * cols)));
      const clean = filled(rows * cols, () => 20 * (random() - 0.5));
      const v = filled(rows * cols, () => random() - 0.5);
      const upstream = filled(rows, () => random() + 0.5);
      const poison = (array: FloatArray, width: number) =>
        array.map((value, k) =>
          labels[Math.floor(k / width)] === -1 ? POISONS[Math.floor(random() * POISONS.length)] : value,
        );
      const weight = Array.from({ length: cols }, (_, c) => 0.5 + c);
      for (const more of [{}, { weight, labelSmoothing: 0.2, zLoss: 0.1, temperature: 2 }]) {
        const options = { shape, axis, ignoreIndex: -1, ...more };
        const results = [
          [clean, v, upstream],
          [poison(clean, cols), poison(v, cols), poison(upstream, 1)],
        ].map(([x, vector, g]) => {
          return everything(instance, layout, toAxis(layout, x), labels, toAxis(layout, vector), options, g);
        });
        expect(results[1]).toEqual(results[0]);

        const x = toAxis(layout, poison(clean, cols));
        const { loss, grad } = gradientOf(instance, x, labels, { ...options, reduction: "none", upstream: -1 });
        const entries = fromAxis(layout, grad);
        const zeros = new Type(cols);
        labels.forEach((label, n) => {
          if (label !== -1) return;
          expect((loss as FloatArray)[n], "the loss is +0").toBe(0);
          expect(entries.subarray(n * cols, (n + 1) * cols), "the gradient is +0").toEqual(zeros);
        });
      }
    });

    it.each(SHAPES)("an absent class: $shape along $axis", ({ shape, axis }) => {
      const random = mulberry32(SEED + 1);
      const layout = axisOf(shape, axis);
      const { rows, cols } = layout;
      const mask = new Uint8Array(rows * cols).map(() => Number(random() < 0.6));
      mask.fill(0, 0, cols); // a row without classes
      const labels = Array.from({ length: rows }, (_, n) => Math.max(0, mask.indexOf(1, n * cols) - n * cols) % cols);
      const keep = labels.map((label, n) => (mask[n * cols + label] === 0 ? -100 : label));
      const clean = filled(rows * cols, () => 20 * (random() - 0.5));
      // Where others are present, nothing of an absent class may be a target.
      const soft = filled(rows * cols, (k) => (mask[k] === 0 ? 0 : random()));
      const v = filled(rows * cols, () => random() - 0.5);
      const upstream = filled(rows, () => random() + 0.5);
      const poison = (array: FloatArray, poisons = POISONS) =>
        array.map((value, k) => (mask[k] === 0 ? poisons[Math.floor(random() * poisons.length)] : value));
      const laidMask = toAxis(layout, mask);
      const weight = Array.from({ length: cols }, (_, c) => 0.5 + c);
      for (const more of [{}, { weight, labelSmoothing: 0.2, zLoss: 0.1, temperature: 2 }]) {
        const options = { shape, axis, mask: laidMask, ...more };
        const results = [(array: FloatArray) => array, poison].map((change) => {
          const x = toAxis(layout, change(clean));
          const vector = toAxis(layout, v);
          const q = toAxis(layout, change(soft, NO_TARGETS));
          const place = { shape, axis, mask: laidMask };
          return [
            ...everything(instance, layout, x, keep, vector, options, upstream),
            ...everything(instance, layout, x, q, vector, options, upstream),
            bitsOf(instance.softmax(x, place)),
            bitsOf(instance.logSoftmax(x, place)),
            bitsOf(instance.logSumExp(x, place)),
          ];
        });
        expect(results[1]).toEqual(results[0]);

        const x = toAxis(layout, poison(clean));
        const p = fromAxis(layout, instance.softmax(x, { shape, axis, mask: laidMask }));
        const logP = fromAxis(layout, instance.logSoftmax(x, { shape, axis, mask: laidMask }));
        const { grad } = gradientOf(instance, x, keep, { ...options, upstream: -1 });
        const entries = fromAxis(layout, grad);
        const ofAbsent = (array: FloatArray) => array.filter((_: number, k: number) => mask[k] === 0);
        const zeros = ofAbsent(new Type(mask.length));
        expect(ofAbsent(p), "softmax is +0").toEqual(zeros);
        expect(ofAbsent(logP), "log-softmax is −∞").toEqual(zeros.fill(-Infinity));
        expect(ofAbsent(entries), "the gradient is +0").toEqual(new Type(zeros.length));
      }
    });

    it("v at an absent class, in the product of the Hessian", () => {
      const x = filled(3, (i) => i);
      const mask = Uint8Array.of(1, 0, 1);
      const [clean, poisoned] = [0.5, NaN].map((at) => {
        const v = filled(3, (i) => (i === 1 ? at : i));
        return bitsOf(hessianTimesOf(instance, x, [0], v, { mask }));
      });
      expect(poisoned).toBe(clean);
    });

    it("a masked row is the row of its present classes: they share the weights and the smoothing", () => {
      // Not the same bits: the present classes stand in other lanes. The same truth, within two gates of 4 ulp.
      const random = mulberry32(SEED + 2);
      for (const cols of [2, 5, 9, 33]) {
        const mask = new Uint8Array(cols).map((_, c) => Number(c === 0 || random() < 0.5));
        const x = filled(cols, () => 10 * (random() - 0.5));
        const present = Array.from({ length: cols }, (_, c) => c).filter((c) => mask[c] !== 0);
        const alone = filled(present.length, (i) => x[present[i]]);
        const ulp = Type === Float32Array ? 2 ** -23 : 2 ** -52;
        const weight = Array.from({ length: cols }, () => random() + 0.1);
        const few = present.map((c) => weight[c]);
        const smoothed = { labelSmoothing: 0.3, reduction: "sum" } as const;
        const a = instance.crossEntropy(x, [0], { mask, weight, ...smoothed });
        const b = instance.crossEntropy(alone, [0], { weight: few, ...smoothed });
        expect(Math.abs(a - b)).toBeLessThanOrEqual(8 * ulp * Math.abs(b));
        const p = instance.softmax(x, { mask });
        instance.softmax(alone).forEach((value, i) => {
          expect(Math.abs(p[present[i]] - value)).toBeLessThanOrEqual(8 * ulp * value);
        });
      }
    });
  });

  it("a term with coefficient 0 is 0, also of a logit of −∞: no weight, no target, no share of the label", () => {
    const x = Float64Array.of(0, -Infinity, 0);
    const sum = { reduction: "sum" } as const;
    const loss = (targets: unknown, options: Options) => lossOf(instance, x, targets, { ...sum, ...options });
    // The label's weight is 0.
    expect(loss([1], { weight: [1, 0, 1] })).toBe(0);
    // The class's weight is 0, and the others share the smoothing: (0.5/3)·2·log 2.
    expect(loss([0], { weight: [1, 0, 1], labelSmoothing: 0.5 })).toBeCloseTo((0.5 + 1 / 3) * Math.LN2, 14);
    // All mass is spread, none is the label's.
    expect(loss([1], { weight: [1, 0, 1], labelSmoothing: 1 })).toBeCloseTo((2 / 3) * Math.LN2, 14);
    // Soft targets of 0, where PyTorch has NaN.
    expect(loss(Float64Array.of(0.5, 0, 0.5), {})).toBeCloseTo(Math.LN2, 14);
    expect(loss(Float64Array.of(0.5, 1, 0.5), { weight: [1, 0, 1] })).toBeCloseTo(Math.LN2, 14);
    // And what is not 0 is infinite.
    expect(loss([1], {})).toBe(Infinity);
    expect(loss([0], { labelSmoothing: 0.1 })).toBe(Infinity);
    expect(loss(Float64Array.of(0.5, 1e-300, 0.5), {})).toBe(Infinity);
  });

  it("the gradient is finite on a logit of −∞, whatever its coefficient", () => {
    const x = Float32Array.of(0, -Infinity, 0);
    expect(gradientOf(instance, x, [1], {}).grad).toEqual(Float32Array.of(0.5, -1, 0.5));
    expect(gradientOf(instance, x, Float32Array.of(0, 1, 0), {}).grad).toEqual(Float32Array.of(0.5, -1, 0.5));
    const { grad } = gradientOf(instance, x, [1], { weight: [1, 0, 1], reduction: "sum" });
    for (const g of grad) expect(Math.abs(g)).toBe(0);
    const spread = gradientOf(instance, x, [0], { labelSmoothing: 1 }).grad;
    expect(spread[1]).toBeCloseTo(-1 / 3, 6);
    expect(spread[0]).toBeCloseTo(1 / 6, 6);
  });
});
