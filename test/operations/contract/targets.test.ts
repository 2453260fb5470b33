// Class indices, soft targets and smoothing say the same thing in several ways.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { dd } from "../../reference/oracle/doubleDouble.js";
import { type Entry, type Factors, rowTruth } from "../../reference/oracle/lossOracle.js";
import { type Format, ulpAt } from "../../reference/oracle/ulp.js";
import { mulberry32 } from "../../reference/random.js";
import { gradientOf, lossesOf } from "./calls.js";
import { PRECISIONS } from "./lossGrid.js";

const SEED = 20261201;
const FACTORS: Factors = { crossEntropy: dd(1), penalty: dd(1) };
const KEYS = ["f32", "f64"] as const;

/** Both within the gate of one truth: at most two gates apart. */
function expectClose(a: number, b: number, { size }: Entry, gate: number, format: Format, where: string): void {
  if (Object.is(a, b)) return;
  expect(Math.abs(a - b) / ulpAt(size, format), where).toBeLessThanOrEqual(2 * gate);
}

describe.each(BACKENDS)("%s", (_, instance) => {
  it.each(KEYS)("%s: a label is the soft target that is 1 there and 0 elsewhere", (key) => {
    const { type, format, rows } = PRECISIONS[key];
    const random = mulberry32(SEED);
    for (const { kind, x } of rows(SEED, [1, 2, 3, 4, 5, 8, 17, 33])) {
      const label = Math.floor(random() * x.length);
      const oneHot = type.create(x.length).map((_, c) => Number(c === label));
      const weight = Array.from(x, () => 0.1 + random());
      for (const options of [{}, { weight }, { labelSmoothing: 0.1 }, { weight, labelSmoothing: 0.3, zLoss: 0.01 }]) {
        // Under "none": soft targets have no mean over weights.
        const hard = gradientOf(instance, x, [label], { ...options, reduction: "none" });
        const soft = gradientOf(instance, x, oneHot, { ...options, reduction: "none" });
        const truth = rowTruth({ x, target: label, labelSmoothing: 0, zLoss: 0, ...options }, false);
        if (truth.widest >= format.overflow) continue;
        const where = `${kind}, ${JSON.stringify(options)}`;
        const [[a], [b]] = [lossesOf(hard.loss), lossesOf(soft.loss)];
        expectClose(a, b, truth.loss, key === "f32" ? 3 : 4, format, where);
        hard.grad.forEach((g, c) => expectClose(g, soft.grad[c], truth.gradient(c, FACTORS), 5, format, where));
      }
    }
  });

  it.each(KEYS)("%s: without weights, labels and one-hot targets have one mean where no position is ignored", (key) => {
    const { type } = PRECISIONS[key];
    const random = mulberry32(SEED);
    const [rows, cols] = [7, 5];
    const x = type.create(rows * cols).map(() => 8 * (random() - 0.5));
    const labels = Array.from({ length: rows }, () => Math.floor(random() * cols));
    const oneHot = type.create(x.length);
    labels.forEach((label, n) => (oneHot[n * cols + label] = 1));
    const shape = [rows, cols];
    const hard = gradientOf(instance, x, labels, { shape });
    const soft = gradientOf(instance, x, oneHot, { shape });
    // Relative, as some of the gradient's entries are small: each side is within 5 ulp.
    const bound = 10 * (key === "f32" ? 2 ** -23 : 2 ** -52);
    expect(Math.abs((soft.loss as number) / (hard.loss as number) - 1)).toBeLessThanOrEqual(bound);
    hard.grad.forEach((g, i) => expect(Math.abs(soft.grad[i] - g)).toBeLessThanOrEqual(bound * Math.abs(g)));
  });

  it.each(KEYS)("%s: ε/(C − 1) on each of the other classes is a smoothing of ε·C/(C − 1)", (key) => {
    const { type, format, rows } = PRECISIONS[key];
    const random = mulberry32(SEED);
    for (const { kind, x } of rows(SEED, [2, 3, 4, 7, 10, 33])) {
      const cols = x.length;
      const label = Math.floor(random() * cols);
      const epsilon = 0.1;
      const target = type.create(cols).map((_, c) => (c === label ? 1 - epsilon : epsilon / (cols - 1)));
      const labelSmoothing = (epsilon * cols) / (cols - 1);
      const smoothed = gradientOf(instance, x, [label], { labelSmoothing });
      const others = gradientOf(instance, x, target, {});
      const truth = rowTruth({ x, target: label, labelSmoothing, zLoss: 0 }, false);
      if (truth.widest >= format.overflow) continue;
      // Half an ulp more for the targets' own rounding, which half a gate has room for.
      const gate = (key === "f32" ? 3 : 4) + 0.5;
      expectClose(smoothed.loss as number, others.loss as number, truth.loss, gate, format, kind);
      smoothed.grad.forEach((g, c) => expectClose(g, others.grad[c], truth.gradient(c, FACTORS), 5.5, format, kind));
    }
  });

  it("soft targets are one row without a shape, and laid out like the logits with one", () => {
    const x = Float64Array.of(1, 2, 3, 0, 5, -1);
    const q = Float64Array.of(0.2, 0.3, 0.5, 0, 1, 0.25);
    expect(instance.crossEntropy(x, q)).toBe(instance.crossEntropy(x, q, { shape: [1, 6] }));
    const [first, second] = instance.crossEntropy(x, q, { shape: [2, 3], reduction: "none" });
    expect(first).toBe(instance.crossEntropy(x.slice(0, 3), q.slice(0, 3)));
    expect(second).toBe(instance.crossEntropy(x.slice(3), q.slice(3)));
    const columns = instance.crossEntropy(x, q, { shape: [2, 3], axis: 0, reduction: "none" });
    expect(columns[1]).toBe(instance.crossEntropy(Float64Array.of(2, 5), Float64Array.of(0.3, 1)));
  });

  it("soft targets need not sum to 1: nothing is normalised", () => {
    const x = Float64Array.of(0, 0);
    expect(instance.crossEntropy(x, Float64Array.of(2, 4))).toBeCloseTo(6 * Math.LN2, 14);
    expect(instance.crossEntropyGrad(x, Float64Array.of(2, 4)).grad).toEqual(Float64Array.of(1, -1));
    expect(instance.crossEntropy(x, Float64Array.of(0, 0))).toBe(0);
  });

  it("soft targets know no ignoreIndex: null, which switches it off, is all that goes with them", () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const q = Float32Array.of(1, 0, 0.5, 0.5);
    const plain = instance.crossEntropyGrad(x, q, { shape: [2, 2] });
    expect(instance.crossEntropyGrad(x, q, { shape: [2, 2], ignoreIndex: null })).toEqual(plain);
    for (const ignoreIndex of [0, 1, -100]) {
      expect(() => instance.crossEntropy(x, q, { shape: [2, 2], ignoreIndex })).toThrow(
        expect.objectContaining({ name: "RangeError", code: "ERR_OPTION" }) as Error,
      );
    }
  });

  it("soft targets in linear memory are targets as well", () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const resident = instance.alloc(Float32Array, 4);
    resident.view.set([1, 0, 0.5, 0.5]);
    const expected = instance.crossEntropy(x, resident.view.slice(), { shape: [2, 2] });
    expect(instance.crossEntropy(x, resident, { shape: [2, 2] })).toBe(expected);
    expect(instance.crossEntropy(x, resident.view, { shape: [2, 2] })).toBe(expected);
    resident.free();
  });

  it("labels are one per position, in the order of the axes that are left: outer, then inner", () => {
    // Two images of 3 classes and 2 × 2 pixels: [batch, class, height, width], K-dimensional cross entropy.
    const random = mulberry32(SEED);
    const shape = [2, 3, 2, 2];
    const x = new Float64Array(24).map(() => 6 * (random() - 0.5));
    const labels = [0, 1, 2, -100, 2, 2, 1, 0];
    const losses = instance.crossEntropy(x, labels, { shape, axis: 1, reduction: "none" });
    const { grad } = instance.crossEntropyGrad(x, labels, { shape, axis: 1, reduction: "none" });
    labels.forEach((label, n) => {
      const at = (c: number) => Math.floor(n / 4) * 12 + c * 4 + (n % 4);
      const row = Float64Array.of(x[at(0)], x[at(1)], x[at(2)]);
      const alone = instance.crossEntropyGrad(row, [label], { reduction: "none" });
      expect(losses[n]).toBe(alone.loss[0]);
      expect([grad[at(0)], grad[at(1)], grad[at(2)]]).toEqual([...alone.grad]);
    });
    const valid = labels.filter((label) => label >= 0).length;
    expect(instance.crossEntropy(x, labels, { shape, axis: 1 })).toBeCloseTo(
      losses.reduce((a, b) => a + b, 0) / valid,
      14,
    );
  });

  it("labels of every integer type count alike on every axis", () => {
    const random = mulberry32(SEED);
    const shape = [3, 4, 2];
    const x = new Float32Array(24).map(() => 6 * (random() - 0.5));
    const labels = [0, 3, 2, 1, 1, 3];
    const everything = (targets: unknown) => {
      const options = { shape, axis: -2, weight: [1, 0, 2, 0.5], labelSmoothing: 0.1 };
      const { loss, grad } = gradientOf(instance, x, targets, options);
      return bitsOf(lossesOf(loss)) + bitsOf(grad);
    };
    const expected = everything(labels);
    const types = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
    for (const Type of types) expect(everything(Type.from(labels)), Type.name).toBe(expected);
    for (const Type of [BigInt64Array, BigUint64Array]) {
      expect(everything(Type.from(labels.map((label) => BigInt(label)))), Type.name).toBe(expected);
    }
    const withIgnored = [0, -100, 2, 1, -100, 3];
    expect(everything(BigInt64Array.from(withIgnored, BigInt))).toBe(everything(withIgnored));
  });
});

describe("a weight", () => {
  it("of 2^k multiplies the loss of its label exactly, and the gradient with it", () => {
    const [[, instance]] = BACKENDS;
    const x: FloatArray = Float32Array.of(1, -2, 0.5);
    const plain = instance.crossEntropyGrad(x, [1], { reduction: "sum" });
    const weighted = instance.crossEntropyGrad(x, [1], { reduction: "sum", weight: [1, 4, 1] });
    expect(weighted.loss).toBe(4 * plain.loss);
    expect(weighted.grad).toEqual(plain.grad.map((g) => 4 * g));
    // Under the mean of one position it divides what it multiplies.
    expect(instance.crossEntropy(x, [1], { weight: [1, 4, 1] })).toBe(plain.loss);
  });
});
