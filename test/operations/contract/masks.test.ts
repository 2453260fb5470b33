// `mask`: the bits of rows with −∞ for what is absent, whatever the mask leaves out and wherever the arrays lie; what is
// absent is not read. Masks of a few patterns, as chunks of which there is nothing are not computed.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";

const SEED = 20261207;
const SIZES = [
  [5, 63],
  [9, 64],
  [6, 97],
  [40, 128],
  [7, 257],
  [4, 1000],
  [2, 10_000],
] as const;

const TYPES = [
  ["f32", Float32Array],
  ["f64", Float64Array],
] as const;

/** Whether the class c of the row n is there, of a random number of its own. */
const PATTERNS: Readonly<Record<string, (n: number, c: number, cols: number, u: number) => boolean>> = {
  "all of them": () => true,
  "any half": (_n, _c, _cols, u) => u < 0.5,
  "the first half": (_n, c, cols) => c < cols / 2,
  "the last third": (_n, c, cols) => c > (2 * cols) / 3,
  "one of 200": (_n, _c, _cols, u) => u < 0.005,
  "every other chunk": (n, c) => Math.floor(c / 16 + n) % 2 === 0,
  "rows of nothing": (n, _c, _cols, u) => n % 2 === 0 && u < 0.3,
};

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(TYPES)("%s", (_, Type) => {
    it.each(SIZES)(`%i × %i (seed ${SEED})`, (rows, cols) => {
      const random = mulberry32(SEED + cols);
      const length = rows * cols;
      const shape = [rows, cols];
      for (const [pattern, isThere] of Object.entries(PATTERNS)) {
        const mask = Uint8Array.from({ length }, (_, k) =>
          Number(isThere(Math.floor(k / cols), k % cols, cols, random())),
        );
        const filled = (absent: number, value: (k: number) => number): FloatArray =>
          new Type(length).map((_, k) => (mask[k] === 0 ? absent : value(k)));
        const logits = new Type(length).map(() => 30 * (random() - 0.5));
        const x = filled(NaN, (k) => logits[k]);
        const v = new Type(length).map(() => random() - 0.5);
        const infinite = filled(-Infinity, (k) => logits[k]);
        const isEmpty = (n: number) => mask.subarray(n * cols, (n + 1) * cols).every((present) => present === 0);
        const same = (actual: FloatArray, expected: FloatArray, name: string) =>
          expect(bitsOf(actual) === bitsOf(expected), `${name} of ${pattern}`).toBe(true);

        for (const options of [{}, { temperature: 0.7 }]) {
          const place = { shape, mask, ...options };
          const whole = { shape, ...options };
          const p = instance.softmax(infinite, whole);
          const softmax = filled(0, (k) => p[k]);
          same(instance.softmax(x, place), softmax, "softmax");
          const inPlace = x.slice();
          same(instance.softmax(inPlace, { ...place, out: inPlace }), softmax, "softmax in place");
          const resident = instance.alloc(Type as Float32ArrayConstructor, length);
          const other = instance.alloc(Type as Float32ArrayConstructor, length);
          resident.view.set(x);
          instance.softmax(resident, { ...place, out: other });
          same(other.view, softmax, "softmax to another place of linear memory");
          instance.softmax(resident, { ...place, out: resident });
          same(resident.view, softmax, "softmax in linear memory");
          resident.free();
          other.free();
          const logarithms = instance.logSoftmax(infinite, whole);
          const logSoftmax = filled(-Infinity, (k) => logarithms[k]);
          same(instance.logSoftmax(x, place), logSoftmax, "logSoftmax");
          same(instance.logSumExp(x, place), instance.logSumExp(infinite, whole), "logSumExp");
          const entropies = instance.entropy(infinite, whole).map((value, n) => (isEmpty(n) ? 0 : value));
          same(instance.entropy(x, place), entropies, "entropy");

          // dL/dx of a row is that of its present elements: the others add nothing to its sum.
          const dy = filled(0, (k) => v[k]);
          const unread = filled(Infinity, (k) => v[k]);
          const ofSoftmax = instance.softmaxBackward(softmax, dy, whole);
          const expected = filled(0, (k) => ofSoftmax[k]);
          same(instance.softmaxBackward(softmax, unread, place), expected, "softmaxBackward");
          const ofLogSoftmax = instance.logSoftmaxBackward(logSoftmax, dy, whole);
          const log = filled(0, (k) => ofLogSoftmax[k]);
          same(instance.logSoftmaxBackward(logSoftmax, unread, place), log, "logSoftmaxBackward");
        }
      }
    });
  });
});
