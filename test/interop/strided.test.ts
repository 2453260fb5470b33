// Arrays with strides and an offset, in any layout.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import * as interop from "../../src/interop/index.js";
import { inOrder } from "../../src/interop/strided.js";
import { shape, stdlib } from "./ofLibraries.js";

describe("a strided array", () => {
  /** Any layout, in or out of its data. */
  const layouts = fc.record({
    sizes: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    strides: fc.array(fc.integer({ min: -7, max: 7 }), { minLength: 4, maxLength: 4 }),
    offset: fc.integer({ min: 0, max: 40 }),
    length: fc.integer({ min: 0, max: 60 }),
  });

  it("is read where it says, or refused where that is beyond its data: 3,000 layouts", () => {
    let read = 0;
    fc.assert(
      fc.property(layouts, ({ sizes, strides: all, offset, length }) => {
        const strides = all.slice(0, sizes.length);
        const data = Float32Array.from({ length }, (_, i) => Math.sin(i));
        const count = sizes.reduce((a, b) => a * b, 1);
        const places = Array.from({ length: count }, (_, flat) => {
          let [rest, at] = [flat, offset];
          for (let axis = sizes.length - 1; axis >= 0; axis--) {
            at += (rest % sizes[axis]) * strides[axis];
            rest = Math.floor(rest / sizes[axis]);
          }
          return at;
        });
        const x = stdlib(data, sizes, strides, offset);
        if (places.some((at) => at < 0 || at >= length)) {
          expect(() => interop.softmax(x)).toThrow(/^x: expected a shape within the \d+ elements of its data, got/);
          return;
        }
        read++;
        const dense = Float32Array.from(places, (at) => data[at]);
        const expected = library.softmax(dense, { shape: sizes });
        expect(interop.softmax(x)).toEqual({ type: "float32", dims: sizes, data: expected });
      }),
      { seed: 5, numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(300);
  });

  it("of elements in order is taken where they are, without a copy", () => {
    const data = Float32Array.of(9, 1, 2, 3, 4, 5, 6);
    const layout = (sizes: number[], strides: number[], offset: number) => ({ sizes, strides, offset });
    for (const [sizes, strides] of [
      [shape, [3, 1]],
      [
        [2, 1, 3],
        [3, 99, 1],
      ],
      [[6], [1]],
    ]) {
      const part = inOrder("x", data, layout(sizes, strides, 1)) as Float32Array;
      expect(part.buffer).toBe(data.buffer);
      expect(part).toEqual(data.subarray(1));
    }
    expect(inOrder("x", data, layout([7], [1], 0)), "the array itself").toBe(data);
    expect(inOrder("x", data, layout([6], [1], 0)), "a part from its start").toEqual(data.subarray(0, 6));
    expect((inOrder("x", data, layout(shape, [1, 2], 1)) as Float32Array).buffer).not.toBe(data.buffer);
    expect(inOrder("x", data, layout([0, 3], [100, 100], 7))).toEqual(new Float32Array(0));
  });

  it("that is plain and in order is read from its offset on", () => {
    const { data } = interop.softmax(stdlib([9, 1, 2, 3, 9], [3], [1], 1));
    expect(data).toEqual(Array.from(library.softmax(Float64Array.of(1, 2, 3))));
  });

  it("may repeat elements", () => {
    const x = stdlib(Float32Array.of(5, 1, 2, 3), [2, 3], [0, 1], 1);
    const row = library.softmax(Float32Array.of(1, 2, 3));
    expect(interop.softmax(x)).toEqual({ type: "float32", dims: [2, 3], data: Float32Array.of(...row, ...row) });
  });
});
