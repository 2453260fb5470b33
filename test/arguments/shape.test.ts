import { describe, expect, it } from "vitest";
import { BACKENDS } from "../reference/backends.js";
import { expectRefusal, FUNCTIONS, LOSSES, NUMBERS, patterned, PLAIN_ARRAYS, PROBABILITIES } from "./refusal.js";
import { rangeError, ROW_FUNCTIONS, typeError, WRONG_KINDS } from "./refusal.js";

const NO_ARRAYS = [
  ...WRONG_KINDS,
  ...NUMBERS,
  ["Int32Array(2)", Int32Array.of(2, 3)],
  ["Float32Array(0)", new Float32Array(0)],
] as const;
const NOT_NUMBERS = [...WRONG_KINDS, ...PLAIN_ARRAYS, ["null", null], ["undefined", undefined]] as const;

/** `got` in messages: the sizes and their product. */
const product = (sizes: readonly number[]) => `${sizes.join(" × ")} = ${sizes.reduce((a, b) => a * b, 1)}`;

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(FUNCTIONS)("$name", ({ name, input, call }) => {
    const isLoss = input === "logits";
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    const labels = Int32Array.of(1, 0);
    const out = patterned(["logSumExp", "entropy", "crossEntropy"].includes(name) ? 2 : 6);
    const rest = isLoss ? { reduction: "none", out } : { out };
    const refuses = (options: object, refusal: ReturnType<typeof typeError>) =>
      expectRefusal(instance, () => call(instance, x, labels, { ...rest, ...options }), [x, labels, out], refusal);

    it.each(NO_ARRAYS)("refuses %s as shape", (shown, shape) => {
      refuses({ shape }, typeError("ERR_SHAPE", `shape: expected an array of integers, got ${shown}`));
    });

    it("refuses a shape of no sizes", () => {
      refuses({ shape: [] }, rangeError("ERR_SHAPE", "shape: expected one size or more, got []"));
    });

    it.each(NOT_NUMBERS)("refuses %s as a size", (shown, size) => {
      const message = `shape[1]: expected an integer ≥ 0, got ${shown}`;
      refuses({ shape: [2, size] }, typeError("ERR_SHAPE", message));
    });

    it("refuses a sparse shape, naming the hole", () => {
      const shape: number[] = [];
      shape[1] = 3;
      refuses({ shape }, typeError("ERR_SHAPE", "shape[0]: expected an integer ≥ 0, got undefined"));
    });

    it("refuses fractions, negatives, NaN, infinities and what is beyond 2^53 as sizes", () => {
      for (const size of [1.5, -1, -2, NaN, Infinity, -Infinity, 2 ** 53, 1e300, 5e-324]) {
        const message = `shape[0]: expected an integer ≥ 0, got ${size}${size === -1 ? "; no size is inferred" : ""}`;
        refuses({ shape: [size, 3] }, rangeError("ERR_SHAPE", message));
      }
      // Two wrongs whose product would be right.
      refuses({ shape: [-2, -3] }, rangeError("ERR_SHAPE", "shape[0]: expected an integer ≥ 0, got -2"));
      refuses({ shape: [1.5, 4] }, rangeError("ERR_SHAPE", "shape[0]: expected an integer ≥ 0, got 1.5"));
    });

    it("refuses a product that is not the length, with all the numbers", () => {
      const shapes = [[2, 2], [3, 3], [5], [1, 1, 1], [6, 0], [0], [2, 3, 2]];
      // Products that 32 bits would make 6, or 0, or negative; and some that f64 cannot hold.
      shapes.push([2 ** 32 + 6], [2 ** 31 - 1], [2 ** 31], [2 ** 32 - 1], [2 ** 32], [2 ** 32 + 1]);
      shapes.push([2 ** 16, 2 ** 16], [2 ** 15, 2 ** 16], [2 ** 29, 8], [641, 6700417]);
      shapes.push(
        [2 ** 53 - 1, 2 ** 53 - 1],
        Array.from({ length: 25 }, () => 2 ** 53 - 1),
      );
      for (const shape of shapes) {
        const message = `shape: expected a product of 6, the length of ${input}, got ${product(shape)}`;
        refuses({ shape }, rangeError("ERR_SHAPE", message));
      }
    });

    it("shows as many sizes as can be read", () => {
      const shown = `${"1 × ".repeat(32)}… = 1`;
      const message = `shape: expected a product of 6, the length of ${input}, got ${shown}`;
      refuses({ shape: new Array(1000).fill(1) }, rangeError("ERR_SHAPE", message));
    });

    it.each([...WRONG_KINDS, ...PLAIN_ARRAYS])("refuses %s as axis", (shown, axis) => {
      refuses({ shape: [2, 3], axis }, typeError("ERR_AXIS", `axis: expected an integer in [-2, 2), got ${shown}`));
    });

    it("refuses an axis that the shape does not have", () => {
      for (const axis of [2, -3, 0.5, -0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 32 + 1, 2 ** 32 - 1]) {
        const message = `axis: expected an integer in [-2, 2), got ${axis}`;
        refuses({ shape: [2, 3], axis }, rangeError("ERR_AXIS", message));
      }
      refuses({ shape: [2, 1, 3], axis: 3 }, rangeError("ERR_AXIS", "axis: expected an integer in [-3, 3), got 3"));
      const plain = call(instance, x, labels, { shape: [2, 3] });
      for (const axis of [1, -1]) expect(call(instance, x, labels, { shape: [2, 3], axis })).toEqual(plain);
      for (const axis of [2, -1]) expect(call(instance, x, labels, { shape: [2, 1, 3], axis })).toEqual(plain);
      for (const axis of [1, -2]) expect(call(instance, x, labels, { shape: [2, 3, 1], axis })).toEqual(plain);
    });
  });

  it.each(ROW_FUNCTIONS)("$name: without a shape there is one axis", ({ call }) => {
    const x = Float32Array.of(1, 2);
    for (const axis of [1, -2]) {
      const message = `axis: expected an integer in [-1, 1), got ${axis}`;
      expectRefusal(instance, () => call(instance, x, [], { axis }), [x], rangeError("ERR_AXIS", message));
    }
    expect(call(instance, x, [], { axis: 0 })).toEqual(call(instance, x, []));
  });

  it("logSumExp refuses more rows than an array can have, though they hold nothing", () => {
    const x = new Float32Array(0);
    for (const rows of [2 ** 40, 2 ** 53 - 1]) {
      const message = `result: expected room for ${rows} elements, got none`;
      const run = () => instance.logSumExp(x, { shape: [rows, 0] });
      expectRefusal(instance, run, [], rangeError("ERR_OUT_OF_MEMORY", message));
      expect(instance.softmax(x, { shape: [rows, 0] })).toEqual(x);
      expect(instance.softmax(x, { shape: [0, rows] })).toEqual(x);
    }
  });

  describe.each(LOSSES)("$name", ({ call }) => {
    const shapeError = (message: string) => rangeError("ERR_SHAPE", message);
    const zeros = (length: number) => new Float32Array(length);

    it("refuses labels that do not divide the logits", () => {
      for (const [logits, count] of [
        [6, 4],
        [6, 0],
        [0, 2],
        [3, 6],
        [7, 2],
      ]) {
        const expected = "expected logits.length to be a positive multiple of targets.length";
        for (const labels of [new Int32Array(count), new Uint8Array(count), new Array<number>(count).fill(0)]) {
          const run = () => call(instance, zeros(logits), labels);
          expectRefusal(
            instance,
            run,
            [],
            shapeError(`logits: ${expected}, got ${logits} and ${count}${PROBABILITIES}`),
          );
        }
      }
    });

    it("refuses no classes", () => {
      for (const shape of [[0], [2, 0], [0, 0], [2, 3, 0]]) {
        const message = `shape: expected one class or more, got ${shape.join(" × ")}`;
        expectRefusal(instance, () => call(instance, zeros(0), [], { shape }), [], shapeError(message));
      }
    });

    it("refuses another number of labels than positions", () => {
      const cases: [number[], number, number][] = [
        [[2, 3], 2, 1],
        [[2, 3], 2, 3],
        [[2, 3], 2, 0],
        [[6], 1, 2],
        [[2, 3, 1], 6, 2],
        [[0, 3], 0, 1],
      ];
      for (const [shape, positions, count] of cases) {
        const logits = zeros(shape.reduce((a, b) => a * b));
        const message = `targets: expected ${positions} labels, one per position of ${shape.join(" × ")}, got ${count}${PROBABILITIES}`;
        const run = () => call(instance, logits, new Int32Array(count), { shape });
        expectRefusal(instance, run, [], shapeError(message));
      }
    });

    it("takes labels of every rank that there is a position for", () => {
      const x = Float32Array.of(1, 2, 3, 4, 5, 6);
      const plain = call(instance, x, [0, 1]);
      for (const shape of [
        [2, 3],
        [1, 2, 3],
        [2, 1, 1, 3],
      ])
        expect(call(instance, x, [0, 1], { shape })).toEqual(plain);
      expect(call(instance, x, [4], { shape: [6] })).toEqual(call(instance, x, [4]));
    });
  });
});
