// Another axis has the bits of the transposed copy: every function, with every option, at every size that could have a
// loop of its own.

import { describe, expect, it } from "vitest";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";
import { axisOf, toAxis } from "./axis.js";
import { BLOCKS, CLASSES, expectBitsOfTransposed, INNER, rowsOf, TYPES } from "./transposed.js";

const SEED = 20261130;

describe.each(BACKENDS)("%s: another axis has the bits of the transposed copy", (name, instance) => {
  // The first of each vector's length, and what is left over, in JavaScript every third; the slow suite has all.
  const SAMPLE = CLASSES.filter((cols) => cols <= 9 || cols >= 40 || [12, 15, 16, 17, 31, 32, 33].includes(cols));

  it.each(TYPES)(
    `%s: with these many elements between neighbours of a row: ${INNER.join()}`,
    (_, Type) => {
      const random = mulberry32(SEED);
      for (const inner of INNER) {
        for (const cols of SAMPLE) {
          if (name === "js" && (cols + inner) % 3 !== 0) continue;
          expectBitsOfTransposed(instance, Type, [2, cols, inner], 1, random);
        }
      }
    },
    60_000,
  );

  it.each(TYPES)("%s: of every rank to 5, on every axis, counted from either end", (_, Type) => {
    const random = mulberry32(SEED + 1);
    for (const shape of [[5], [1], [4, 3], [1, 6], [3, 5, 2], [2, 3, 4, 3], [2, 3, 2, 5, 2], [1, 1, 7, 1, 1]]) {
      for (let axis = -shape.length; axis < shape.length; axis++) {
        expectBitsOfTransposed(instance, Type, shape, axis, random);
      }
    }
  });

  it.each(TYPES)(
    "%s: of sizes that go through linear memory in several blocks",
    (_, Type) => {
      const random = mulberry32(SEED + 2);
      for (const { shape, axis } of name === "js" ? BLOCKS.slice(0, 3) : BLOCKS) {
        expectBitsOfTransposed(instance, Type, shape, axis, random, "each function once");
      }
    },
    60_000,
  );

  it.each(TYPES)("%s: where the arrays live in linear memory, and in place", (_, Type) => {
    const random = mulberry32(SEED + 3);
    const shapes = [
      { shape: [2, 5, 3], axis: 1 },
      { shape: [33, 7], axis: 0 },
      { shape: [3, 300, 80], axis: 1 },
    ];
    for (const { shape, axis } of shapes) {
      const layout = axisOf(shape, axis);
      const data = rowsOf(Type, layout.rows, layout.cols, random);
      const x = toAxis(layout, data.x);
      const resident = instance.alloc(Type as typeof Float32Array, x.length);
      const out = instance.alloc(Type as typeof Float32Array, x.length);
      const fill = () => resident.view.set(x);
      const place = { shape, axis };
      const expected = bitsOf(instance.softmax(x, place));
      const { loss, grad } = instance.crossEntropyGrad(x, data.labels, place);

      fill();
      instance.softmax(resident, { ...place, out });
      expect(bitsOf(out.view) === expected, "softmax, out of place").toBe(true);
      expect(bitsOf(resident.view) === bitsOf(x), "the input is left alone").toBe(true);
      instance.softmax(resident, { ...place, out: resident });
      expect(bitsOf(resident.view) === expected, "softmax, in place").toBe(true);

      fill();
      const there = instance.crossEntropyGrad(resident, data.labels, { ...place, out: resident });
      expect(there.loss).toBe(loss);
      expect(bitsOf(resident.view) === bitsOf(grad), "gradient, in place").toBe(true);

      const ordinary = x.slice();
      instance.logSoftmax(ordinary, { ...place, out: ordinary });
      expect(bitsOf(ordinary) === bitsOf(instance.logSoftmax(x, place)), "log-softmax, in place").toBe(true);
      resident.free();
      out.free();
    }
  });
});
