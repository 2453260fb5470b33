// `lengths`: the bits of each shorter row alone, whatever the options and wherever the arrays lie; what is absent is not read.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { gradientOf, hessianTimesOf, lossesOf, lossOf, type Options } from "./calls.js";

const SEED = 20261206;
const SIZES = [
  [1, 1],
  [5, 3],
  [7, 32],
  [6, 33],
  [9, 97],
  [4, 300],
  [3, 2500],
  [2, 40_000],
] as const;

const TYPES = [
  ["f32", Float32Array],
  ["f64", Float64Array],
] as const;

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(TYPES)("%s", (_, Type) => {
    it.each(SIZES)(`%i × %i (seed ${SEED})`, (rows, cols) => {
      const random = mulberry32(SEED + cols);
      const lengths = Int32Array.from({ length: rows }, (_, n) =>
        n === 1 ? 0 : n === 2 ? cols : Math.floor(random() * (cols + 1)),
      );
      const isPresent = (k: number) => k % cols < lengths[Math.floor(k / cols)];
      const filled = (value: (k: number) => number, absent: number): FloatArray =>
        new Type(rows * cols).map((_, k) => (isPresent(k) ? value(k) : absent));
      const x = filled(() => 30 * (random() - 0.5), NaN);
      const v = filled(() => random() - 0.5, Infinity);
      const soft = filled(() => random(), NaN);
      const labels = Int32Array.from(lengths, (length) => (length === 0 ? 0 : Math.floor(random() * length)));
      const upstream = new Type(rows).map(() => random() - 0.5);
      const weight = new Type(cols).map(() => random());
      const shape = [rows, cols];
      const every = { labelSmoothing: 0.1, zLoss: 0.01, temperature: 0.7 };

      /** What a call gives for each row: of the leading classes alone, and what absent ones have. */
      const rowByRow = (
        absent: number,
        one: (n: number, from: number, end: number) => ArrayLike<number>,
      ): FloatArray => {
        const all = new Type(rows * cols).fill(absent);
        lengths.forEach((length, n) => {
          if (length > 0) all.set(one(n, n * cols, n * cols + length), n * cols);
        });
        return all;
      };
      const same = (actual: FloatArray, expected: FloatArray, name: string) =>
        expect(bitsOf(actual) === bitsOf(expected), name).toBe(true);

      for (const options of [{}, { temperature: 0.7 }]) {
        const place = { shape, lengths, ...options };
        const softmax = rowByRow(0, (_, from, end) => instance.softmax(x.subarray(from, end), options));
        same(instance.softmax(x, place), softmax, "softmax");
        const inPlace = x.slice();
        same(instance.softmax(inPlace, { ...place, out: inPlace }), softmax, "softmax in place");
        const resident = instance.alloc(Type as Float32ArrayConstructor, rows * cols);
        resident.view.set(x);
        instance.softmax(resident, { ...place, out: resident });
        same(resident.view, softmax, "softmax in linear memory");
        resident.free();
        const logSoftmax = rowByRow(-Infinity, (_, from, end) => instance.logSoftmax(x.subarray(from, end), options));
        same(instance.logSoftmax(x, place), logSoftmax, "logSoftmax");
        const sums = new Type(rows).map((_, n) =>
          lengths[n] === 0 ? -Infinity : instance.logSumExp(x.subarray(n * cols, n * cols + lengths[n]), options),
        );
        same(instance.logSumExp(x, place), sums, "logSumExp");
      }

      const targetsOf = {
        labels: (n: number) => [labels[n]],
        probabilities: (_: number, from: number, end: number) => soft.subarray(from, end),
      };
      for (const [name, targetOf] of Object.entries(targetsOf)) {
        const targets = name === "labels" ? labels : soft;
        for (const options of [{}, every] as Options[]) {
          const place = { ...options, shape, lengths, reduction: "none" };
          const none = { ...options, reduction: "none" };
          const alone = (n: number, from: number, end: number, more: Options) =>
            gradientOf(instance, x.subarray(from, end), targetOf(n, from, end), { ...none, ...more });
          const losses = new Type(rows).map((_, n) => {
            if (lengths[n] === 0) return 0;
            return (alone(n, n * cols, n * cols + lengths[n], {}).loss as FloatArray)[0];
          });
          const { loss, grad } = gradientOf(instance, x, targets, { ...place, upstream });
          same(lossesOf(loss), losses, `losses beside the gradient, ${name}`);
          same(lossesOf(lossOf(instance, x, targets, place)), losses, `losses, ${name}`);
          const gradients = rowByRow(0, (n, from, end) => alone(n, from, end, { upstream: [upstream[n]] }).grad);
          same(grad, gradients, `gradient, ${name}`);
          const products = rowByRow(0, (n, from, end) =>
            hessianTimesOf(instance, x.subarray(from, end), targetOf(n, from, end), v.subarray(from, end), none),
          );
          same(hessianTimesOf(instance, x, targets, v, place), products, `Hessian, ${name}`);
          const sum = gradientOf(instance, x, targets, { ...place, reduction: "sum", weight });
          const out = new Type(rows * cols).fill(1);
          gradientOf(instance, x, targets, { ...place, reduction: "sum", weight, out, accumulate: true });
          same(
            out,
            sum.grad.map((value) => 1 + value),
            `accumulated, ${name}`,
          );
        }
      }
    });
  });

  it("causal: position t has t + 1 classes, in every matrix of a batch", () => {
    const random = mulberry32(SEED);
    for (const times of [1, 4, 40]) {
      const x = new Float32Array(3 * times * times).map(() => random());
      const shape = [3, times, times];
      const lengths = Array.from({ length: 3 * times }, (_, n) => (n % times) + 1);
      expect(instance.softmax(x, { shape, lengths: "causal" })).toEqual(instance.softmax(x, { shape, lengths }));
    }
    const rows = instance.softmax([[1, 9, 9], [0, 0, 9], [0, 0, 0]], { lengths: "causal" }); // prettier-ignore
    expect(rows[0]).toEqual([1, 0, 0]);
    expect(rows[1]).toEqual([0.5, 0.5, 0]);
  });

  it("every kind of integers is taken, and a mean counts the positions that have classes", () => {
    const x = [[1, 2, 3], [4, 5, 6]]; // prettier-ignore
    const expected = instance.crossEntropy([1, 2], [1]);
    for (const lengths of [
      [2, 0],
      Uint8Array.of(2, 0),
      Int32Array.of(2, 0),
      Int8Array.of(2, 0),
      BigUint64Array.of(2n, 0n),
      [2n, 0n],
    ]) {
      expect(instance.crossEntropy(x, [1, 0], { lengths })).toBe(expected);
    }
  });

  it("a label on an absent class is refused, and a probability of one", () => {
    const run = (targets: unknown) => () => instance.crossEntropy([[1, 2, 3]], targets as never, { lengths: [2] });
    const label = { name: "RangeError", code: "ERR_LABEL" };
    expect(run([2])).toThrow(expect.objectContaining(label) as Error);
    expect(run([[0.5, 0, 0.5]])).toThrow(expect.objectContaining(label) as Error);
    expect(run([[0.5, 0.5, 0]])()).toBeCloseTo(0.8133, 4);
  });
});
