// A plain call of few elements is one block at fixed places in staging (src/execute.ts); with a mask it is not plain. Both ways
// have the same bits, and write to the same places.

import { afterEach, describe, expect, it, vi } from "vitest";
import type { FloatArray, Out } from "../../src/index.js";
import { Plan } from "../../src/plan.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { gradientOf, lossesOf, lossOf, type Options } from "./contract/calls.js";

/** Leaves nothing out, and asks for the general way. */
const general = (length: number) => ({ mask: new Uint8Array(length).fill(1) });

const REDUCTIONS: readonly Options[] = [
  {},
  { reduction: "mean" },
  { reduction: "sum" },
  { reduction: "none" },
  { temperature: 0.7 },
  { temperature: 3, ignoreIndex: -100 },
];

/** Rows and classes, up to the most elements of a plain call, and beyond. */
const SIZES = [
  [1, 1],
  [1, 2],
  [2, 3],
  [3, 5],
  [1, 24],
  [5, 5],
  [1, 40],
  [1, 41],
  [1, 255],
  [16, 16],
  [256, 1],
  [2, 300],
  [64, 128],
  [1, 8192],
  [8192, 1],
  [1, 8193],
] as const;

/** What memory beside a result is filled with. */
const AROUND = 7;

describe.each(BACKENDS)("%s", (_, instance) => {
  describe("a small call", () => {
    const x = Float32Array.of(2, 1, 0.1);
    const label = Int32Array.of(0);
    /** How many plans were made: the short way needs none. */
    const plansOf = (call: () => unknown): number => {
      const make = vi.spyOn(Plan.prototype, "make");
      call();
      return make.mock.calls.length;
    };
    afterEach(() => void vi.restoreAllMocks());

    it.each<Options>([
      {},
      { shape: [1, 3] },
      { reduction: "sum" },
      { temperature: 0.7 },
      { ignoreIndex: -1 },
      { upstream: 2 },
    ])("takes the short way with %o", (options) => {
      expect(plansOf(() => gradientOf(instance, x, label, options))).toBe(0);
      const { temperature, shape } = options as { temperature?: number; shape?: number[] };
      expect(plansOf(() => instance.softmax(x, { temperature, shape }))).toBe(0);
      expect(plansOf(() => instance.logSumExp([2, 1, 0.1], { temperature }))).toBe(0);
    });

    it.each<Options>([{ mask: [1, 1, 0] }, { weight: [1, 2, 3] }, { labelSmoothing: 0.1 }, { zLoss: 0.1 }])(
      "takes the general way with %o",
      (options) => {
        expect(plansOf(() => gradientOf(instance, x, label, options))).toBe(1);
      },
    );
  });

  describe.each([
    ["f32", Float32Array],
    ["f64", Float64Array],
  ] as const)("%s", (_, type) => {
    const random = mulberry32(256);
    const noise = (length: number): FloatArray => new type(length).map(() => 20 * (random() - 0.5));
    const memoryOf = (length: number): FloatArray => new type(length).map(() => AROUND);
    const resident = (from: FloatArray): Out => {
      const array = instance.alloc(type as typeof Float32Array, from.length);
      array.view.set(from);
      return array;
    };
    const elementsOf = (array: Out) => (ArrayBuffer.isView(array) ? array : array.view);
    const free = (array: Out) => ArrayBuffer.isView(array) || array.free();

    /** Where logits and a result of so many elements may be. */
    const PLACES: readonly (readonly [string, (x: FloatArray, length: number) => readonly [Out, Out]])[] = [
      ["in memory of its own", (x, length) => [x, memoryOf(length)]],
      ["at the beginning of more memory", (x, length) => [x, memoryOf(length + 9).subarray(0, length)]],
      ["behind other elements", (x, length) => [x, memoryOf(length + 9).subarray(3, length + 3)]],
      ["in x", (x, length) => [x, x.subarray(0, length)]],
      ["from ordinary to linear memory", (x, length) => [x, resident(memoryOf(length))]],
      ["from linear to ordinary memory", (x, length) => [resident(x), memoryOf(length)]],
      ["in linear memory", (x, length) => [resident(x), resident(memoryOf(length))]],
    ];

    /** The result of a call for each place, with all that lies around it, after a check of what is returned. */
    function written(x: FloatArray, length: number, call: (logits: Out, out: Out) => unknown): string[] {
      return PLACES.map(([where, place]) => {
        const [logits, out] = place(x.slice(), length);
        expect(call(logits, out), where).toBe(out);
        const elements = elementsOf(out);
        const all = ArrayBuffer.isView(out) ? new type(elements.buffer as ArrayBuffer) : elements;
        const bits = `${where}: ${bitsOf(all)}`;
        free(logits);
        free(out);
        return bits;
      });
    }

    describe.each(SIZES)("%d × %d", (rows, cols) => {
      const x = noise(rows * cols);
      const labels = Int32Array.from({ length: rows }, (_, n) => (n % 5 === 3 ? -100 : (n * 7) % cols));

      it.each(["softmax", "logSoftmax", "logSumExp"] as const)("%s", (name) => {
        const place = { shape: [rows, cols] };
        for (const options of [...(rows === 1 ? [{}] : []), place, { ...place, temperature: 0.7 }]) {
          const call = (logits: Out, more: object) =>
            lossesOf(instance[name](logits, { ...options, ...more } as never));
          const expected = call(x, general(x.length));
          expect(bitsOf(call(x, {}))).toBe(bitsOf(expected));
          const short = written(x, expected.length, (logits, out) => instance[name](logits, { ...options, out }));
          expect(short).toEqual(
            written(x, expected.length, (logits, out) =>
              instance[name](logits, { ...options, ...general(x.length), out }),
            ),
          );
        }
      });

      // Of many elements the reductions have nothing to show that few do not.
      it.each(x.length < 1000 ? REDUCTIONS : [{}])("losses and gradients: %o", (options) => {
        const others = x.length < 1000 ? [labels.map(() => cols - 1), labels.map(() => -100)] : [];
        for (const targets of [labels, ...others]) {
          const expected = gradientOf(instance, x, targets, { ...options, ...general(x.length) });
          const { loss, grad } = gradientOf(instance, x, targets, options);
          expect(bitsOf(lossesOf(loss))).toBe(bitsOf(lossesOf(expected.loss)));
          expect(bitsOf(lossesOf(lossOf(instance, x, targets, options)))).toBe(bitsOf(lossesOf(loss)));
          expect(bitsOf(grad)).toBe(bitsOf(expected.grad));
          const gradients = (more: Options) =>
            written(x, x.length, (logits, out) => {
              const result = gradientOf(instance, logits as FloatArray, targets, { ...options, ...more, out });
              expect(bitsOf(lossesOf(result.loss))).toBe(bitsOf(lossesOf(loss)));
              return result.grad;
            });
          expect(gradients({})).toEqual(gradients(general(x.length)));
        }
      });
    });

    it("a result over a part of the logits is right in ordinary memory, and refused in a WebAssembly memory", () => {
      const x = noise(41);
      const labels = Int32Array.of(3);
      for (const call of [
        (logits: FloatArray, out: FloatArray) => instance.softmax(logits, { out }),
        (logits: FloatArray, out: FloatArray) => gradientOf(instance, logits, labels, { out }).grad,
      ]) {
        for (const [from, to] of [
          [0, 1],
          [1, 0],
        ]) {
          const apart = call(x.subarray(from, from + 40), memoryOf(40));
          const own = x.slice();
          expect(bitsOf(call(own.subarray(from, from + 40), own.subarray(to, to + 40)))).toBe(bitsOf(apart));
          const there = resident(x);
          const all = elementsOf(there);
          const over = () => call(all.subarray(from, from + 40), all.subarray(to, to + 40));
          if (instance.backend().kind === "wasm") {
            expect(over).toThrow(expect.objectContaining({ code: "ERR_OVERLAP" }));
            expect(bitsOf(all)).toBe(bitsOf(x));
          } else expect(bitsOf(over())).toBe(bitsOf(apart));
          free(there);
        }
      }
    });

    it("what is refused is refused as elsewhere", () => {
      const x = noise(6);
      const messageOf = (call: () => unknown) => {
        try {
          call();
        } catch (error) {
          return String(error);
        }
        return "nothing";
      };
      const same = (call: (options: Options) => unknown) => {
        const message = messageOf(() => call({}));
        expect(message).toMatch(/^(Type|Range)Error: /);
        expect(message).toBe(messageOf(() => call(general(x.length))));
      };
      for (const targets of [Int32Array.of(0, 3), Int32Array.of(-1, 0), Int32Array.of(0, 0, 0, 0), new Int32Array(0)]) {
        same((options) => gradientOf(instance, x, targets, options));
      }
      const other = type === Float32Array ? new Float64Array(6) : new Float32Array(6);
      for (const wrong of [{ shape: [4, 2] }, { shape: [6, 0] }, { out: new type(5) }, { out: other }]) {
        same((options) => instance.softmax(x, { ...wrong, ...options } as never));
        same((options) => instance.logSumExp(x, { ...wrong, ...options } as never));
        same((options) => gradientOf(instance, x, Int32Array.of(0, 1), { ...wrong, ...options }));
      }
    });
  });
});
