// Halves: their bits, and tensors of them.

import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import { narrow, widened } from "../../src/interop/float16.js";
import * as interop from "../../src/interop/index.js";
import { logits, shape, labels, onnx, stdlib } from "./ofLibraries.js";

describe("float16", () => {
  const every = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const NAN = 0x7e00;
  const isNaNHalf = (bits: number) => (bits & 0x7fff) > 0x7c00;
  const halves = (...values: number[]) => {
    const bits = new Uint16Array(values.length);
    narrow(Float32Array.from(values), bits);
    return bits;
  };

  /** Where two arrays differ first; a message of all that differs would take seconds. */
  const firstOther = (a: Uint16Array, b: Uint16Array) => a.findIndex((bits, i) => bits !== b[i]);

  it("is widened to the value that its bits stand for", () => {
    const of = (bits: number) => widened(Uint16Array.of(bits))[0];
    const cases = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3c00, 1],
      [0xbc01, -(1 + 2 ** -10)],
      [0x7bff, 65504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x7c01, NaN],
    ] as const;
    for (const [bits, value] of cases) expect(of(bits)).toBe(value);
  });

  it("comes back from f32 with its bits, every one; each NaN as the one", () => {
    const back = new Uint16Array(65536);
    narrow(widened(every), back);
    expect(
      firstOther(
        back,
        every.map((bits) => (isNaNHalf(bits) ? NAN : bits)),
      ),
    ).toBe(-1);
  });

  it("is rounded to the nearest, from halfway to the even one: at every pair of neighbours", () => {
    const largest = 0x7bff;
    const values = widened(every);
    values[largest + 1] = 65536; // where the next would be
    const middles = values.subarray(0, largest + 1).map((value, bits) => (value + values[bits + 1]) / 2);
    const beside = (step: number) => {
      const words = new Uint32Array(middles.buffer).map((word) => word + step);
      return new Float32Array(words.buffer);
    };
    const down = every.subarray(0, largest + 1);
    for (const [from, to] of [
      [beside(-1), down],
      [middles, down.map((bits) => bits + (bits & 1))],
      [beside(1), down.map((bits) => bits + 1)],
    ] as const) {
      expect(firstOther(halves(...from), to)).toBe(-1);
      expect(
        firstOther(
          halves(...from.map((value) => -value)),
          to.map((half) => half | 0x8000),
        ),
      ).toBe(-1);
    }
    expect(Array.from(halves(1e-30, -1e-30, 3e38, -3e38))).toEqual([0, 0x8000, 0x7c00, 0xfc00]);
  });

  const bits = halves(...logits);
  const x = onnx("float16", bits, shape);

  it("is computed in f32, and the results rounded once", () => {
    const { loss, grad } = library.crossEntropyGrad(logits, labels, { reduction: "none" });
    const tensor = (values: Float32Array, dims: number[]) => ({ type: "float16", dims, data: halves(...values) });
    expect(interop.softmax(x)).toEqual(tensor(library.softmax(logits, { shape }), shape));
    expect(interop.logSumExp(x)).toEqual(tensor(library.logSumExp(logits, { shape }), [2]));
    expect(interop.crossEntropy(x, labels)).toBe(library.crossEntropy(logits, labels));
    expect(interop.crossEntropyGrad(x, labels, { reduction: "none" })).toEqual({
      loss: tensor(loss, [2]),
      grad: tensor(grad, shape),
    });
  });

  it("goes into `out`, itself too", () => {
    const out = bits.slice();
    const inPlace = interop.softmax(onnx("float16", out, shape), { out });
    expect(inPlace.data).toBe(out);
    expect(inPlace).toEqual(interop.softmax(x));
  });

  it("is added to `out`, and the sum rounded once", () => {
    const before = halves(1, -2, 0.5, 2048, 4, -1);
    const out = before.slice();
    const { loss, grad } = interop.crossEntropyGrad(x, labels, { out, accumulate: true });
    const sum = widened(before);
    const expected = library.crossEntropyGrad(logits, labels, { out: sum, accumulate: true });
    expect(loss).toBe(expected.loss);
    expect(grad.data).toBe(out);
    expect(out).toEqual(halves(...sum));
    expect(out).not.toEqual(before);
  });

  it("takes an `out` where the library does, and refuses it elsewhere", () => {
    const out = new Uint16Array(2);
    const { data } = interop.crossEntropy(x, labels, { reduction: "none", out });
    expect(data).toBe(out);
    expect(out).toEqual(halves(...library.crossEntropy(logits, labels, { reduction: "none" })));
    const refused = 'out: expected reduction "none", which gives an array, got "mean"';
    expect(() => interop.crossEntropy(x, labels, { out })).toThrow(refused);
    expect(() => interop.crossEntropyGrad(x, labels, { accumulate: true })).toThrow(
      "out: expected an array to accumulate in",
    );
  });

  it("in a Uint16Array alone is what the option `type` says", () => {
    const type = "float16";
    const p = interop.softmax(x);
    expect(interop.softmax(bits, { type, shape })).toEqual(p.data);
    expect(interop.softmax(halves(1, 2), { type })).toEqual(halves(...library.softmax(Float32Array.of(1, 2))));
    expect(interop.logSumExp(bits, { type, shape })).toEqual(interop.logSumExp(x).data);
    expect(interop.crossEntropy(bits, Uint16Array.of(0, 1), { type })).toBe(library.crossEntropy(logits, labels));
    const { loss, grad } = interop.crossEntropyGrad(bits, labels, { type, reduction: "none" });
    const expected = interop.crossEntropyGrad(x, labels, { reduction: "none" });
    expect([loss, grad]).toEqual([expected.loss.data, expected.grad.data]);
    const dy = halves(1, -2, 0.5, 0, 4, -1);
    const backward = interop.softmaxBackward(x, onnx(type, dy, shape)).data;
    expect(interop.softmaxBackward(bits, dy, { type, shape })).toEqual(backward);
    expect(interop.softmaxBackward(x, dy).data, "beside a tensor of halves").toEqual(backward);
    expect(interop.crossEntropyHvp(bits, labels, dy, { type })).toEqual(interop.crossEntropyHvp(x, labels, dy).data);
    const weight = halves(1, 2, 0.5);
    const upstream = halves(3, -1);
    const weighted = interop.crossEntropyGrad(x, labels, {
      reduction: "none",
      weight: onnx(type, weight, [3]),
      upstream: onnx(type, upstream, [2]),
    });
    const inArrays = { type, reduction: "none", weight, upstream } as const;
    expect(interop.crossEntropyGrad(bits, labels, inArrays).grad).toEqual(weighted.grad.data);
    const out = bits.slice();
    expect(interop.softmax(out, { type, shape, out })).toBe(out);
    expect(out).toEqual(p.data);
    expect(bits).toEqual(halves(...logits));
    expect(interop.softmax(logits, { shape, type: undefined } as never)).toEqual(library.softmax(logits, { shape }));
  });

  it("in an array whose dtype says so needs no option", () => {
    expect(interop.softmax({ ...stdlib(bits, shape, [3, 1], 0), dtype: "float16" })).toEqual(interop.softmax(x));
  });

  it.runIf("Float16Array" in globalThis)("goes from Float16Array to Float16Array", () => {
    const { Float16Array } = globalThis as unknown as { Float16Array: new (values: Iterable<number>) => Float32Array };
    const native = new Float16Array(logits);
    const { data } = interop.softmax(onnx("float16", native, shape));
    expect(data).toBeInstanceOf(Float16Array);
    expect(data).toEqual(new Float16Array(library.softmax(logits, { shape })));
    expect(interop.softmax(stdlib(native, shape, [3, 1], 0))).toEqual(interop.softmax(onnx("float16", native, shape)));
  });

  it("is not what a Uint16Array holds unless its tensor says so", () => {
    const ints = stdlib(Uint16Array.of(0x3c00, 0), [2], [1], 0);
    expect(() => interop.softmax(ints)).toThrow('x.data: expected float16, float32, float64, got "uint16"');
  });
});
