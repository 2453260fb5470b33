import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";

const NAN_BITS = "0000c07f"; // 0x7fc00000, little-endian

describe.each(BACKENDS)(
  "%s",
  (_, { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad, softmaxBackward }) => {
    const of = (...x: number[]) => Float32Array.from(x);
    const rows = (...x: number[][]) => ({ x: of(...x.flat()), shape: [x.length, x[0].length] });
    const allNaN = (array: Float32Array) => bitsOf(array) === NAN_BITS.repeat(array.length);

    it("exponentials that add up to a multiple of the largest, and are not all equal", () => {
      const x = of(Math.LN2, 0, 0);
      expect(softmax(x)).toEqual(of(0.5, 0.25, 0.25));
      expect(softmax(of(3, 3, -Infinity))).toEqual(of(0.5, 0.5, 0));
    });

    it.each([1, 4, 5, 33])("a NaN makes its row NaN, in canonical bits, and no other: %d classes", (cols) => {
      for (let at = 0; at < cols; at++) {
        const x = new Float32Array(3 * cols).map((_, i) => i % 5);
        const clean = softmax(x.slice(0, cols));
        // A NaN with payload and sign, to see that it does not come through.
        new Uint32Array(x.buffer)[cols + at] = 0xffc12345;
        const p = softmax(x, { shape: [3, cols] });
        expect(bitsOf(p.subarray(0, cols))).toBe(bitsOf(clean));
        expect(allNaN(p.subarray(cols, 2 * cols))).toBe(true);
        expect(allNaN(logSoftmax(x.slice(cols, 2 * cols)))).toBe(true);
        expect(logSumExp(x.slice(cols, 2 * cols))).toBeNaN();
        const { loss, grad } = crossEntropyGrad(x, [0, 0, 0], { reduction: "none" });
        expect(allNaN(loss.subarray(1, 2))).toBe(true);
        expect(allNaN(grad.subarray(cols, 2 * cols))).toBe(true);
        expect(loss[0]).not.toBeNaN();
        expect(loss[2]).not.toBeNaN();
      }
    });

    it("a +∞ makes its row NaN, and logSumExp +∞", () => {
      const x = of(1, Infinity, 2);
      expect(allNaN(softmax(x))).toBe(true);
      expect(allNaN(logSoftmax(x))).toBe(true);
      expect(logSumExp(x)).toBe(Infinity);
      expect(crossEntropy(x, [1])).toBeNaN();
      expect(allNaN(crossEntropyGrad(x, [1]).grad)).toBe(true);
    });

    it("NaN goes before +∞ in logSumExp", () => {
      expect(logSumExp(of(Infinity, NaN, -Infinity))).toBe(NaN);
      expect(logSumExp(of(NaN, -Infinity))).toBe(NaN);
    });

    it("−∞ among finite: p is +0, log p is −∞, the gradient 0", () => {
      const x = of(0, -Infinity, 0);
      expect(softmax(x)).toEqual(of(0.5, 0, 0.5));
      expect(logSoftmax(x)[1]).toBe(-Infinity);
      const { loss, grad } = crossEntropyGrad(x, [0]);
      expect(grad).toEqual(of(-0.5, 0, 0.5));
      expect(loss).toBe(Math.fround(Math.LN2));
    });

    it("a row of −∞ is NaN, its logSumExp −∞", () => {
      const x = of(-Infinity, -Infinity);
      expect(allNaN(softmax(x))).toBe(true);
      expect(allNaN(logSoftmax(x))).toBe(true);
      expect(logSumExp(x)).toBe(-Infinity);
      expect(crossEntropy(x, [0])).toBeNaN();
    });

    it("a label on a −∞ logit: loss +∞, gradient finite with −1 at the label", () => {
      const { loss, grad } = crossEntropyGrad(of(0, -Infinity, 0), [1]);
      expect(loss).toBe(Infinity);
      expect(grad).toEqual(of(0.5, -1, 0.5));
      const many = crossEntropyGrad(of(0, -Infinity, 0, 0), [1, 0]);
      expect(many.loss, "an infinite sum is not NaN").toBe(Infinity);
    });

    it("differences that overflow: ±3e38 mixed", () => {
      const x = of(3e38, -3e38, 3e38);
      expect(softmax(x)).toEqual(of(0.5, 0, 0.5));
      expect(logSoftmax(x)).toEqual(of(-Math.LN2, -Infinity, -Math.LN2));
    });

    it("one class: softmax 1, log-softmax 0, loss 0, gradient 0, all +0", () => {
      for (const value of [0, -0, 5, -1e30, 1e-45, 207.9, 208, 3e38]) {
        expect(softmax(of(value))).toEqual(of(1));
        expect(logSoftmax(of(value))).toEqual(of(0));
        const { loss, grad } = crossEntropyGrad(of(value), [0]);
        expect(loss).toBe(0);
        expect(grad).toEqual(of(0));
        expect(logSumExp(of(value))).toBe(Math.fround(value) + 0);
      }
    });

    it("p below 2^-126 stays a subnormal", () => {
      const [, p] = softmax(of(0, -100));
      expect(p).toBe(Math.fround(Math.exp(-100)));
      expect(p).toBeLessThan(2 ** -126);
      expect(p).toBeGreaterThan(0);
    });

    it("equal logits have equal bits, a larger one never the smaller p, log p is never above 0", () => {
      const x = new Float32Array(1000).map((_, i) => Math.fround(Math.floor(i / 2) * 0.0173 - 4));
      const p = softmax(x);
      const logP = logSoftmax(x);
      for (let i = 0; i + 1 < x.length; i++) {
        if (x[i] === x[i + 1]) expect(p[i]).toBe(p[i + 1]);
        expect(p[i]).toBeLessThanOrEqual(p[i + 1]);
        expect(p[i]).toBeLessThanOrEqual(1);
        expect(logP[i]).toBeLessThanOrEqual(0);
      }
    });

    it("an ignored row is not read: NaN and ∞ there change nothing, its loss and gradient are +0", () => {
      const { x } = rows([1, 2, 3], [NaN, Infinity, -Infinity], [3, 1, 0]);
      const { loss, grad } = crossEntropyGrad(x, [2, -100, 0], { reduction: "none" });
      expect(loss[1]).toBe(0);
      expect(bitsOf(grad.subarray(3, 6))).toBe("00".repeat(12));
      const mean = crossEntropyGrad(x, [2, -100, 0]);
      expect(mean.loss).toBe((loss[0] + loss[2]) / 2);
      expect(mean.loss).toBe(crossEntropy(x, [2, -100, 0]));
      expect(mean.grad[0]).toBe(Math.fround(grad[0] / 2));
    });

    it("ignoreIndex within the classes: only labels are ignored", () => {
      const { x } = rows([1, 2, 3], [3, 1, 0]);
      const { loss, grad } = crossEntropyGrad(x, [2, 0], { ignoreIndex: 0 });
      expect(loss).toBe(crossEntropy(x.slice(0, 3), [2]));
      expect(grad.subarray(0, 3)).toEqual(crossEntropyGrad(x.slice(0, 3), [2]).grad);
      expect(grad.subarray(3)).toEqual(of(0, 0, 0));
    });

    it("all positions ignored: the mean is NaN, the sum 0, the gradient 0", () => {
      const { loss, grad } = crossEntropyGrad(of(1, 2, 3, 4), [-100, -100]);
      expect(loss).toBeNaN();
      expect(grad).toEqual(of(0, 0, 0, 0));
      expect(crossEntropy(of(1, 2, 3, 4), [-100, -100], { reduction: "sum" })).toBe(0);
    });

    it("ignoreIndex null: −100 is a label like any other, and out of range", () => {
      expect(() => crossEntropy(of(1, 2), [-100], { ignoreIndex: null })).toThrow("got -100");
    });

    it("zero rows: empty results, sum 0, mean NaN", () => {
      const none = new Float32Array(0);
      expect(softmax(none, { shape: [0, 5] })).toEqual(none);
      expect(logSumExp(none, { shape: [0, 5] })).toEqual(none);
      expect(crossEntropy(none, [], { reduction: "sum" })).toBe(0);
      expect(crossEntropy(none, [])).toBeNaN();
      expect(crossEntropy(none, [], { reduction: "none", shape: [0, 3] })).toEqual(none);
      expect(crossEntropyGrad(none, []).grad).toEqual(none);
    });

    it("no classes: softmax is empty, logSumExp −∞", () => {
      const none = new Float32Array(0);
      expect(softmax(none)).toEqual(none);
      expect(logSoftmax(none, { shape: [3, 0] })).toEqual(none);
      expect(logSumExp(none, { shape: [3, 0] })).toEqual(of(-Infinity, -Infinity, -Infinity));
      expect(logSumExp(none)).toBe(-Infinity);
    });

    it("results are those of the real numbers x/τ, and the gradient is of the undivided ones", () => {
      const x = of(1, 2, 4);
      const divided = Float64Array.of(1 / 0.3, 2 / 0.3, 4 / 0.3);
      const p = softmax(x, { temperature: 0.3 });
      softmax(divided).forEach((expected, i) => expect(p[i] / expected).toBeCloseTo(1, 6));
      expect(logSumExp(x, { temperature: 0.3 }) / logSumExp(divided)).toBeCloseTo(1, 6);
      expect(crossEntropy(x, [1], { temperature: 0.3 }) / crossEntropy(divided, [1])).toBeCloseTo(1, 6);
      const { grad } = crossEntropyGrad(x, [1], { temperature: 2 });
      const half = crossEntropyGrad(Float64Array.of(0.5, 1, 2), [1]).grad;
      half.forEach((g, i) => expect(grad[i] / (g / 2)).toBeCloseTo(1, 6));
      expect(x, "the input is left alone").toEqual(of(1, 2, 4));
    });

    it("a temperature may be any finite number above 0: nothing overflows", () => {
      expect(softmax(of(1, 2), { temperature: 1e-39 })).toEqual(of(0, 1));
      expect(softmax(of(0, 1e-45), { temperature: 5e-324 })).toEqual(of(0, 1));
      expect(softmax(of(2e38, 1e38), { temperature: 0.5 })).toEqual(of(1, 0));
      const lowest = -3.4028234663852886e38;
      expect(softmax(of(lowest, lowest), { temperature: 0.7 })).toEqual(of(0.5, 0.5));
      expect(softmax(of(3e38, -3e38), { temperature: 1e300 })).toEqual(of(0.5, 0.5));
      expect(logSoftmax(of(1, 2), { temperature: 1e-39 })).toEqual(of(-Infinity, 0));
      expect(softmax(of(0, Infinity), { temperature: 2 })).toEqual(of(NaN, NaN));
      expect(softmax(of(0, -Infinity), { temperature: 2 })).toEqual(of(1, 0));
      expect(logSumExp(of(0, Infinity), { temperature: 2 })).toBe(Infinity);
    });

    it.each([1e-39, 1e-45, 1e-60, 1e-100, 1e-300, 1e-320])(
      "a gradient over τ = %d is 0 or infinite, never NaN",
      (τ) => {
        // One row, a batch, a long row, and another axis: each has a loop of its own. The first class has label and maximum, or a tie.
        for (const [rows, cols] of [
          [1, 4],
          [8, 3],
          [2, 400],
        ]) {
          // prettier-ignore
          for (const axis of [0, 1]) {
        const shape = axis === 1 ? [rows, cols] : [cols, rows];
        const at = (row: number, c: number) => (axis === 1 ? row * cols + c : c * rows + row);
        for (const labelSmoothing of [0, 0.5]) {
          const x = new Float32Array(rows * cols);
          for (let row = 0; row < rows; row++) {
            x[at(row, 0)] = 2;
            if (row % 2 === 1) x[at(row, 1)] = 2;
          }
          const options = { shape, axis, temperature: τ, labelSmoothing, reduction: "sum" } as const;
          const { grad } = crossEntropyGrad(x, new Int32Array(rows), options);
          for (let row = 0; row < rows; row++) {
            for (let c = 0; c < cols; c++) {
              const p = row % 2 === 1 ? (c < 2 ? 0.5 : 0) : c === 0 ? 1 : 0;
              const target = (c === 0 ? 1 - labelSmoothing : 0) + labelSmoothing / cols;
              const value = Math.fround(Math.max(-1e300, Math.min((p - target) / τ, 1e300)));
              expect(grad[at(row, c)] / value || 1).toBeCloseTo(1, 5);
            }
          }
        }
      }
        }
      },
    );

    it("a derivative of softmax over a tiny temperature is 0 or infinite, never NaN", () => {
      for (const temperature of [1e-100, 1e-300, 1e-320]) {
        const dx = softmaxBackward(of(0.25, 0.25, 0.5, 0), of(1, 3, 2, 1), { temperature });
        expect(dx).toEqual(of(-Infinity, Infinity, 0, -0));
      }
    });

    it("a power of two of equal logits has exactly 1/n each, at every offset and temperature", () => {
      for (let n = 1; n <= 1024; n *= 2) {
        for (let offset = -300; offset <= 300; offset += 0.7) {
          const x = of(...new Array<number>(n).fill(offset));
          const temperature = n % 3 === 1 ? 1 : 0.7;
          expect(
            softmax(x, { temperature }).every((p) => p === 1 / n),
            `${n} of ${offset}`,
          ).toBe(true);
        }
      }
    });

    it("labels of every integer type count alike", () => {
      const { x } = rows([1, 2, 3], [3, 1, 0]);
      const expected = crossEntropy(x, [2, 0]);
      const types = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
      for (const Type of types) expect(crossEntropy(x, Type.of(2, 0)), Type.name).toBe(expected);
      for (const Type of [BigInt64Array, BigUint64Array]) {
        expect(crossEntropy(x, Type.of(2n, 0n)), Type.name).toBe(expected);
      }
      expect(crossEntropy(x, BigInt64Array.of(2n, -100n))).toBe(crossEntropy(x.slice(0, 3), [2]));
    });
  },
);

describe.each(BACKENDS)("%s, in f64", (_, { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad }) => {
  const of = (...x: number[]) => Float64Array.from(x);

  it("Float64Array and plain arrays are computed in f64", () => {
    expect(softmax(of(1, 2))[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 15);
    expect(softmax([1, 2])).toEqual([...softmax(of(1, 2))]);
    expect(logSumExp([1, 2])).toBe(logSumExp(of(1, 2)));
    const { loss, grad } = crossEntropyGrad(of(1, 2, 3, 4), [0, 1]);
    expect(crossEntropyGrad([1, 2, 3, 4], [0, 1])).toEqual({ loss, grad: [...grad] });
  });

  it("NaN, +∞ and rows of −∞ make their row NaN, −∞ among finite is 0", () => {
    expect(softmax([1, NaN])).toEqual([NaN, NaN]);
    expect(softmax([1, Infinity])).toEqual([NaN, NaN]);
    expect(softmax([-Infinity, -Infinity])).toEqual([NaN, NaN]);
    expect(softmax([0, -Infinity, 0])).toEqual([0.5, 0, 0.5]);
    expect(logSumExp([1, Infinity])).toBe(Infinity);
    expect(logSumExp([-Infinity])).toBe(-Infinity);
    expect(crossEntropy([0, -Infinity], [1])).toBe(Infinity);
  });

  it("differences that overflow, subnormal results, one class", () => {
    expect(softmax([1.7e308, -1.7e308, 1.7e308])).toEqual([0.5, 0, 0.5]);
    expect(logSoftmax([1.7e308, -1.7e308])).toEqual([0, -Infinity]);
    const [, p] = softmax([0, -740]);
    expect(p).toBeGreaterThan(0);
    expect(p).toBeLessThan(2 ** -1022);
    for (const value of [0, -0, 5, 1499.9, 1500, -1e300]) {
      expect(softmax([value])).toEqual([1]);
      expect(logSoftmax([value])).toEqual([0]);
      expect(crossEntropyGrad([value], [0])).toEqual({ loss: 0, grad: [0] });
    }
  });

  it("a class that leads by 50: loss and label gradient keep their digits", () => {
    const { loss, grad } = crossEntropyGrad([50, 0], [0]);
    expect(loss).toBeCloseTo(1.9287498479639178e-22, 36);
    expect(grad[0]).toBe(-grad[1]);
    expect(loss).toBe(-logSoftmax([50, 0])[0]);
  });

  it("a temperature may be any finite number above 0: nothing overflows", () => {
    expect(softmax(of(1, 2), { temperature: 1e-308 })).toEqual(of(0, 1));
    const p = softmax(of(1, 0, 2));
    expect(softmax(of(5e-324, 0, 1e-323), { temperature: 5e-324 })[1]).toBeCloseTo(p[1], 15);
    expect(softmax(of(1e300, 0, 2e300), { temperature: 1e300 })[1]).toBeCloseTo(p[1], 15);
    expect(logSoftmax(of(1.5e308, -1.5e308), { temperature: 1e10 })).toEqual(of(0, -3e298));
    expect(crossEntropy(of(1.5e308, -1.5e308), [1], { temperature: 1e10 })).toBe(3e298);
    expect(crossEntropyGrad(of(1, 2, 0.5), [1], { temperature: 1e-320 }).grad).toEqual(of(0, 0, 0));
  });
});

describe("the Jacobian", () => {
  it("of plain arrays and Float64Array is f64", () => {
    const jacobian = softmaxJacobian([1, 2]);
    expect(jacobian).toEqual([...softmaxJacobian(Float64Array.of(1, 2))]);
    const p = 1 / (1 + Math.exp(-1));
    expect(jacobian[0]).toBeCloseTo(p * (1 - p), 15);
  });

  it("of a row with NaN is NaN, of one class 0, of none empty", () => {
    expect(softmaxJacobian(Float32Array.of(1, NaN))).toEqual(Float32Array.of(NaN, NaN, NaN, NaN));
    expect(softmaxJacobian(Float32Array.of(1, Infinity))).toEqual(Float32Array.of(NaN, NaN, NaN, NaN));
    expect(softmaxJacobian(Float32Array.of(-Infinity))).toEqual(Float32Array.of(NaN));
    expect(softmaxJacobian(Float32Array.of(7))).toEqual(Float32Array.of(0));
    expect(softmaxJacobian(new Float32Array(0))).toEqual(new Float32Array(0));
  });

  it("of an impossible class is +0", () => {
    const jacobian = softmaxJacobian(Float32Array.of(0, -Infinity));
    expect(bitsOf(jacobian)).toBe("00".repeat(16));
  });
});
