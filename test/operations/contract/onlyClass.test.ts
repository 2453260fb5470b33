// A position with a single class, whatever its logit, its target and the options: loss 0 and gradient 0, to the bit.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { gradientOf } from "./calls.js";

const SEED = 20261221;
const POSITIONS = 300;

describe.each(BACKENDS)(`%s: a single class (seed ${SEED})`, (_, instance) => {
  describe.each([Float32Array, Float64Array])("%o", (Type) => {
    const random = mulberry32(SEED);
    const draw = (length: number, value: () => number): FloatArray => new Type(length).map(value);
    const weight = [1.3192721333145183];
    const OPTIONS = [{}, { labelSmoothing: 0.1 }, { weight }, { weight, labelSmoothing: 0.3 }, { temperature: 0.7 }];

    it.each([
      { shape: [POSITIONS, 1], axis: 1 },
      { shape: [1, POSITIONS], axis: 0 },
      { shape: [100, 1, 3], axis: 1 },
    ])("$shape along $axis: gradient and loss are +0", ({ shape, axis }) => {
      const x = draw(POSITIONS, () => 40 * (random() - 0.5));
      const soft = draw(POSITIONS, () => 1.5 * random());
      const labels = new Int32Array(POSITIONS);
      const zeros = new Type(POSITIONS);
      for (const targets of [soft, labels]) {
        for (const options of OPTIONS) {
          const given = { shape, axis, reduction: "none", upstream: 0.7, ...options };
          const { loss, grad } = gradientOf(instance, x, targets, given);
          expect(grad).toEqual(zeros);
          expect(loss).toEqual(zeros);
        }
      }
    });

    it("present in a longer row: as alone", () => {
      const x = draw(3 * POSITIONS, () => 40 * (random() - 0.5));
      const soft = x.map((_: number, i: number) => (i % 3 === 0 ? random() : 0));
      const lengths = new Int32Array(POSITIONS).fill(1);
      const given = { shape: [POSITIONS, 3], lengths, labelSmoothing: 0.1, reduction: "none" };
      expect(gradientOf(instance, x, soft, given).grad).toEqual(new Type(x.length));
    });

    it("NaN and +∞ stay NaN", () => {
      const x = Type.of(NaN, 1, Infinity);
      const { grad } = gradientOf(instance, x, Type.of(0.3, 0.7, 0.9), { shape: [3, 1], labelSmoothing: 0.1 });
      expect(grad).toEqual(Type.of(NaN, 0, NaN));
    });
  });
});
