// Small calls go a way of their own (src/smallRun.ts), which an option at its default does not: both have the same bits,
// and write to the same places.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../backends.js";
import { mulberry32 } from "../random.js";
import { gradientOf, lossesOf, lossOf, type Options } from "./calls.js";

/** Asks for nothing, and still for the general way. */
const GENERAL = { temperature: 1 };

const REDUCTIONS: readonly Options[] = [{}, { reduction: "mean" }, { reduction: "sum" }, { reduction: "none" }];

/** Rows and classes, up to the most elements that are small, and beyond. */
const SIZES = [
  [1, 1],
  [1, 2],
  [2, 3],
  [3, 5],
  [1, 255],
  [1, 256],
  [16, 16],
  [256, 1],
  [1, 257],
  [257, 1],
] as const;

/** Where an array of x.length may be: by itself, at the beginning of a buffer, behind it, and x. */
const PLACES: readonly (readonly [string, (x: Float32Array) => Float32Array])[] = [
  ["in memory of its own", (x) => new Float32Array(x.length).fill(7)],
  ["at the beginning of more memory", (x) => new Float32Array(x.length + 9).fill(7).subarray(0, x.length)],
  ["behind other elements", (x) => new Float32Array(x.length + 9).fill(7).subarray(3, x.length + 3)],
  ["in x", (x) => x],
];

describe.each(BACKENDS)("%s", (_, instance) => {
  const random = mulberry32(256);
  const noise = (length: number) => Float32Array.from({ length }, () => 20 * (random() - 0.5));
  const everything = (array: FloatArray) => bitsOf(new Float32Array(array.buffer));

  // Several rows have a shape, which is an option: the general way.
  it.each([1, 2, 5, 255, 256, 257])("a row of %d classes", (cols) => {
    const x = noise(cols);
    for (const name of ["softmax", "logSoftmax"] as const) {
      expect(bitsOf(instance[name](x)), name).toBe(bitsOf(instance[name](x, GENERAL)));
      for (const [where, place] of PLACES) {
        const [short, general] = [x.slice(), x.slice()].map((row) => ({ row, out: place(row) }));
        expect(instance[name](short.row, { out: short.out }), where).toBe(short.out);
        instance[name](general.row, { out: general.out, ...GENERAL });
        expect(everything(short.out), `${name}, ${where}`).toBe(everything(general.out));
      }
    }
  });

  describe.each(SIZES)("%d × %d", (rows, cols) => {
    const x = noise(rows * cols);
    const labels = Int32Array.from({ length: rows }, (_, n) => (n % 5 === 3 ? -100 : (n * 7) % cols));

    it.each(REDUCTIONS)("losses and gradients: %o", (options) => {
      for (const targets of [labels, labels.map(() => cols - 1), labels.map(() => -100)]) {
        const general = gradientOf(instance, x, targets, { ...options, ...GENERAL });
        const { loss, grad } = gradientOf(instance, x, targets, options);
        expect(bitsOf(lossesOf(loss))).toBe(bitsOf(lossesOf(general.loss)));
        expect(bitsOf(lossesOf(lossOf(instance, x, targets, options)))).toBe(bitsOf(lossesOf(loss)));
        expect(bitsOf(grad)).toBe(bitsOf(general.grad));
        for (const [where, place] of PLACES) {
          const row = x.slice();
          const out = place(row);
          const written = gradientOf(instance, row, targets, { ...options, out });
          expect(written.grad, where).toBe(out);
          expect(bitsOf(lossesOf(written.loss)), where).toBe(bitsOf(lossesOf(loss)));
          expect(bitsOf(out), where).toBe(bitsOf(grad));
          const others = Array.from(new Float32Array(out.buffer));
          others.splice(out.byteOffset / 4, out.length);
          expect(others, where).toEqual(others.map(() => 7));
        }
      }
    });
  });

  it("labels that are beyond the classes, or as many as do not divide the elements, are refused as elsewhere", () => {
    const x = noise(6);
    for (const targets of [Int32Array.of(0, 3), Int32Array.of(-1, 0), Int32Array.of(0, 0, 0, 0), new Int32Array(0)]) {
      const message = (options: Options) => {
        try {
          gradientOf(instance, x, targets, options);
        } catch (error) {
          return String(error);
        }
        return "nothing";
      };
      expect(message({})).toMatch(/^(Type|Range)Error: /);
      expect(message({})).toBe(message(GENERAL));
    }
  });
});
