import { describe, expectTypeOf, it } from "vitest";
import { createPool, type LossAndGrad, type WasmArray } from "../../src/threads/node.js";

const pool = await createPool();
const x = new Float32Array(6);
const y = [0, 1];
const shape = [2, 3];
const resident = pool.alloc(Float64Array, 6);

describe("the types of a pool's functions", () => {
  it("an array like the logits comes out, or out", () => {
    expectTypeOf(pool.softmax(x)).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.logSumExp(x, { shape })).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.logSoftmax([1, 2])).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(pool.logSumExp(x)).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool.softmax(resident, { shape })).resolves.toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(pool.softmax(resident, { out: resident })).resolves.toEqualTypeOf<WasmArray<Float64Array>>();
    expectTypeOf(pool.entropy(x, { shape })).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.tokenLogProbs(x, y)).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.binaryCrossEntropy(x, x)).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool.binaryCrossEntropyGrad(x, x)).resolves.toEqualTypeOf<
      LossAndGrad<number, Float32Array<ArrayBuffer>>
    >();
    expectTypeOf(pool.sigmoid(x)).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.softmaxBackward(x, x, { out: x })).resolves.toEqualTypeOf<typeof x>();
    expectTypeOf(pool.crossEntropyHvp(x, y, x, { reduction: "sum" })).resolves.toEqualTypeOf<
      Float32Array<ArrayBuffer>
    >();
  });

  it("a loss is a number, and with reduction none an array", () => {
    expectTypeOf(pool.crossEntropy(x, y)).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool.crossEntropy(x, y, { labelSmoothing: 0.1 })).resolves.toEqualTypeOf<number>();
    expectTypeOf(pool.crossEntropy(x, y, { reduction: "none" })).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(pool.crossEntropy(x, y, { reduction: "none", out: resident })).resolves.toEqualTypeOf<
      WasmArray<Float64Array>
    >();
    // @ts-expect-error A number goes into no array.
    void pool.crossEntropy(x, y, { out: x });
  });

  it("and so it is beside its gradient", () => {
    expectTypeOf(pool.crossEntropyGrad(x, y)).resolves.toEqualTypeOf<LossAndGrad<number, Float32Array<ArrayBuffer>>>();
    expectTypeOf(pool.crossEntropyGrad(x, y, { out: resident })).resolves.toEqualTypeOf<
      LossAndGrad<number, WasmArray<Float64Array>>
    >();
    expectTypeOf(pool.crossEntropyGrad(x, y, { reduction: "none", upstream: [1, 2] })).resolves.toEqualTypeOf<
      LossAndGrad<Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>>
    >();
    // @ts-expect-error One number per position is for losses of each.
    void pool.crossEntropyGrad(x, y, { upstream: [1, 2] });
  });
});
