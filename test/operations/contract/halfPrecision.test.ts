// Float16Array, where the engine has one: computed as f32 and rounded once. Elsewhere nothing can be one.

import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";

interface HalfArray extends Iterable<number> {
  readonly length: number;
  [i: number]: number;
}

interface HalfArrayType {
  readonly BYTES_PER_ELEMENT: number;
  from(values: Iterable<number>): HalfArray;
  of(...values: number[]): HalfArray;
}

/** The engine's; Node has had it since 24. */
const Half = (globalThis as { Float16Array?: HalfArrayType }).Float16Array;

/** Half an ulp of f16 of a number below 1: what rounding costs. */
const rounding = (value: number) => Math.max(2 ** -12 * Math.abs(value), 2 ** -25) * 2;

describe.runIf(Half !== undefined)("Float16Array", () => {
  const Type = Half as HalfArrayType;
  const random = mulberry32(16);

  describe.each(BACKENDS)("%s", (_, instance) => {
    it("gives a Float16Array that is the result of f32 to half an ulp and its neighbour", () => {
      for (const cols of [1, 2, 5, 8, 33]) {
        const x = Type.from(Array.from({ length: 3 * cols }, () => 8 * (random() - 0.5)));
        const wide = Float32Array.from(x);
        const shape = [3, cols];
        for (const name of ["softmax", "logSoftmax", "logSumExp"] as const) {
          const result: unknown = instance[name](x as never, { shape } as never);
          expect(result, name).toBeInstanceOf(Type);
          const expected: Float32Array = instance[name](wide, { shape } as never);
          Array.from(result as HalfArray).forEach((value, i) => {
            expect(Math.abs(value - expected[i]), name).toBeLessThanOrEqual(rounding(expected[i]));
          });
        }
      }
    });

    it("has a loss in f64 and a gradient in f16", () => {
      const x = Type.of(1, 2, 3, 3, 2, 1);
      const result: unknown = instance.crossEntropyGrad(x as never, [0, 2] as never, {} as never);
      const { loss, grad } = result as { loss: number; grad: HalfArray };
      const expected = instance.crossEntropyGrad(Float32Array.from(x), [0, 2]);
      expect(grad).toBeInstanceOf(Type);
      expect(Math.abs(loss - expected.loss)).toBeLessThanOrEqual(2 * rounding(expected.loss));
      Array.from(grad).forEach((g, i) => {
        expect(Math.abs(g - expected.grad[i])).toBeLessThanOrEqual(rounding(expected.grad[i]));
      });
    });

    it("takes soft targets of its own type only", () => {
      const x = Type.of(1, 2);
      expect(() => instance.crossEntropy(x as never, Float32Array.of(1, 0) as never)).toThrow(
        expect.objectContaining({ code: "ERR_DTYPE" }),
      );
      const loss: unknown = instance.crossEntropy(x as never, Type.of(1, 0) as never, {} as never);
      expect(loss).toBe(instance.crossEntropy(Float32Array.of(1, 2), Float32Array.of(1, 0)));
    });

    it("goes into an `out` of its own type only, which no WasmArray is", () => {
      const x = Type.of(1, 2);
      const out = Type.of(7, 7);
      expect(instance.softmax(x as never, { out: out as never })).toBe(out);
      expect(out).toEqual(instance.softmax(x as never));
      const resident = instance.alloc(Float32Array, 2);
      for (const [other, got] of [
        [Float32Array.of(7, 7), "Float32Array(2)"],
        [resident, "an object (WasmArray)"],
      ] as const) {
        expect(() => instance.softmax(x as never, { out: other as never })).toThrow(
          expect.objectContaining({ code: "ERR_OUT", message: `out: expected a Float16Array, got ${got}` }),
        );
      }
      resident.free();
    });
  });
});

describe("what calls itself a Float16Array", () => {
  // As polyfills make them: an object over the bits, which no engine takes for numbers.
  class Float16Array extends Object {
    readonly length = 2;
    readonly 0 = 1;
    readonly 1 = 2;
    get [Symbol.toStringTag](): string {
      return "Float16Array";
    }
  }

  it.each(BACKENDS)("%s: is refused by name, as logits, targets and out", (_, { softmax, crossEntropy }) => {
    const half = new Float16Array() as never;
    const x = Float32Array.of(1, 2);
    for (const run of [() => softmax(half), () => crossEntropy(half, [0]), () => crossEntropy(x, half)]) {
      expect(run).toThrow(TypeError);
      expect(run).toThrow(expect.objectContaining({ code: "ERR_DTYPE" }));
      expect(run).toThrow("Float16Array");
    }
    const out = () => softmax(x, { out: half });
    expect(out).toThrow(TypeError);
    expect(out).toThrow(expect.objectContaining({ code: "ERR_OUT" }));
  });
});
