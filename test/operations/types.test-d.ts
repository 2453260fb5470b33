// The types of the functions, which `npm run types` checks: what comes out follows from what goes in.

import { describe, expectTypeOf, it } from "vitest";
import {
  alloc,
  binaryCrossEntropy,
  binaryCrossEntropyGrad,
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  entropy,
  instantiate,
  logSoftmax,
  logSoftmaxBackward,
  logSumExp,
  sigmoid,
  softmax,
  softmaxBackward,
  tokenLogProbs,
  type WasmArray,
} from "../../src/index.js";

const f32: Float32Array = Float32Array.of(1, 2);
const f64: Float64Array = Float64Array.of(1, 2);
const numbers = [1, 2];
const mask = Uint8Array.of(1, 1);
const resident = alloc(Float32Array, 2);
const residentF64 = alloc(Float64Array, 2);

describe("functions of rows", () => {
  it.each([softmax, logSoftmax])("give what x is", (f) => {
    expectTypeOf(f(f32)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(f(f64)).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(f(numbers)).toEqualTypeOf<number[]>();
    expectTypeOf(f([1, 2] as const)).toEqualTypeOf<number[]>();
    expectTypeOf(f([numbers, [3, 4]])).toEqualTypeOf<number[][]>();
    expectTypeOf(f([[1, 2]] as const, { axis: 0 })).toEqualTypeOf<number[][]>();
    expectTypeOf(f(resident)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(f(residentF64)).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(f(f32, { shape: [1, 2], axis: -1, temperature: 2, mask })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(f(f32, { out: undefined })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  });

  it("give a number where they give one value and there is no shape", () => {
    expectTypeOf(logSumExp(f32)).toEqualTypeOf<number>();
    expectTypeOf(logSumExp(resident, { temperature: 2 })).toEqualTypeOf<number>();
    expectTypeOf(logSumExp(numbers)).toEqualTypeOf<number>();
    expectTypeOf(logSumExp([numbers])).toEqualTypeOf<number[]>();
    expectTypeOf(logSumExp(f32, { shape: [1, 2] })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(logSumExp(residentF64, { shape: [2], mask })).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(logSumExp(numbers, { shape: [1, 2] })).toEqualTypeOf<number[]>();
    expectTypeOf(logSumExp(f32, { out: f32 })).toEqualTypeOf<Float32Array>();
    expectTypeOf(entropy).toEqualTypeOf<typeof logSumExp>();
    expectTypeOf(tokenLogProbs(f32, 0)).toEqualTypeOf<number>();
    expectTypeOf(tokenLogProbs([1, 2], 1n, { temperature: 2 })).toEqualTypeOf<number>();
    expectTypeOf(tokenLogProbs(f32, 0, { shape: [1, 2] })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  });

  it("take masks of every kind, or lengths", () => {
    for (const present of [mask, [true, false], [1, 0], BigInt64Array.of(1n, 0n)]) {
      expectTypeOf(softmax(f32, { mask: present })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    }
    expectTypeOf(softmax([numbers, numbers], { lengths: "causal" })).toEqualTypeOf<number[][]>();
    expectTypeOf(crossEntropy(f32, 0, { lengths: [1] })).toEqualTypeOf<number>();
    for (const lengths of [Int8Array.of(1), Int16Array.of(1), Uint8ClampedArray.of(1), BigUint64Array.of(1n), [1n]]) {
      expectTypeOf(entropy(f32, { lengths })).toEqualTypeOf<number>();
    }
    expectTypeOf(softmaxBackward(f32, f32, { mask })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  });

  it("give out as what it is", () => {
    const out: Float32Array = new Float32Array(2);
    expectTypeOf(softmax(f32, { out })).toEqualTypeOf<Float32Array>();
    expectTypeOf(softmax(f32, { out: resident })).toEqualTypeOf<WasmArray<Float32Array<ArrayBuffer>>>();
    expectTypeOf(softmax(numbers, { out: residentF64, mask })).toEqualTypeOf<WasmArray<Float64Array<ArrayBuffer>>>();
    expectTypeOf(softmax(resident, { out: resident }).view).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  });

  it("and sigmoid, which has no rows", () => {
    expectTypeOf(sigmoid(f32)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(sigmoid(numbers, {})).toEqualTypeOf<number[]>();
    expectTypeOf(sigmoid([numbers])).toEqualTypeOf<number[][]>();
    expectTypeOf(sigmoid(f32, { out: resident })).toEqualTypeOf<typeof resident>();
  });

  it("have backward functions of two arrays", () => {
    for (const f of [softmaxBackward, logSoftmaxBackward]) {
      expectTypeOf(f(f32, f32)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
      expectTypeOf(f(f64, f64, { shape: [2], axis: 0, temperature: 2 })).toEqualTypeOf<Float64Array<ArrayBuffer>>();
      expectTypeOf(f(numbers, numbers)).toEqualTypeOf<number[]>();
      expectTypeOf(f([numbers], [numbers])).toEqualTypeOf<number[][]>();
      expectTypeOf(f(f32, f32, { out: resident })).toEqualTypeOf<WasmArray<Float32Array<ArrayBuffer>>>();
    }
  });
});

describe("losses", () => {
  it("are a number, or under none an array like the logits", () => {
    expectTypeOf(crossEntropy(f32, [0])).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(f32, Uint8Array.of(0), { reduction: "sum" })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(f32, BigInt64Array.of(0n), { reduction: "mean" })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(f32, [0], { reduction: "none" })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(crossEntropy(f64, [0], { reduction: "none" })).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(crossEntropy(numbers, [0], { reduction: "none" })).toEqualTypeOf<number[]>();
    expectTypeOf(crossEntropy([numbers], [0n], { reduction: "none" })).toEqualTypeOf<number[]>();
    expectTypeOf(crossEntropy(f32, 0, { reduction: "none" })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropyGrad(f32, 0n, { reduction: "none" }).loss).toEqualTypeOf<number>();
    const out = alloc(Float32Array, 1);
    expectTypeOf(crossEntropy(f32, [0], { reduction: "none", out })).toEqualTypeOf<
      WasmArray<Float32Array<ArrayBuffer>>
    >();
  });

  it("take soft targets, and every option", () => {
    expectTypeOf(crossEntropy(f32, f32)).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(resident, resident, { reduction: "none" })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    const all = { shape: [1, 2], axis: 1, labelSmoothing: 0.1, temperature: 2, mask, zLoss: 0.1 };
    expectTypeOf(crossEntropy(f32, [0], { ...all, ignoreIndex: null, weight: f32 })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(f32, [0], { ...all, weight: f64 })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropy(f32, [0], { ...all, weight: [1, 2] })).toEqualTypeOf<number>();
    expectTypeOf(crossEntropyGrad(f32, [0], { ...all, upstream: 2 }).grad).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  });

  it("come with gradients like the logits, or as out is", () => {
    const mean = crossEntropyGrad(f32, [0]);
    expectTypeOf(mean.loss).toEqualTypeOf<number>();
    expectTypeOf(mean.grad).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    const none = crossEntropyGrad(numbers, [0], { reduction: "none", upstream: [1] });
    expectTypeOf(none.loss).toEqualTypeOf<number[]>();
    expectTypeOf(none.grad).toEqualTypeOf<number[]>();
    expectTypeOf(crossEntropyGrad([numbers], [numbers]).grad).toEqualTypeOf<number[][]>();
    const added = crossEntropyGrad(f32, [0], { out: resident, accumulate: true });
    expectTypeOf(added.loss).toEqualTypeOf<number>();
    expectTypeOf(added.grad).toEqualTypeOf<WasmArray<Float32Array<ArrayBuffer>>>();
    const both = crossEntropyGrad(f32, f32, { reduction: "none", out: resident, upstream: f64.subarray(1) });
    expectTypeOf(both.loss).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(both.grad).toEqualTypeOf<WasmArray<Float32Array<ArrayBuffer>>>();
  });

  it("of classes that do not exclude each other take numbers and booleans", () => {
    expectTypeOf(binaryCrossEntropy(f32, [true, false])).toEqualTypeOf<number>();
    expectTypeOf(binaryCrossEntropy(f32, f32, { weight: 2, posWeight: [1, 2] })).toEqualTypeOf<number>();
    expectTypeOf(binaryCrossEntropy(f32, Int32Array.of(1, 0), { reduction: "none" })).toEqualTypeOf<
      Float32Array<ArrayBuffer>
    >();
    const { loss, grad } = binaryCrossEntropyGrad(f32, numbers, { out: resident });
    expectTypeOf(loss).toEqualTypeOf<number>();
    expectTypeOf(grad).toEqualTypeOf<WasmArray<Float32Array<ArrayBuffer>>>();
    expectTypeOf(binaryCrossEntropy(numbers, [1, 0], { reduction: "none" })).toEqualTypeOf<number[]>();
    expectTypeOf(binaryCrossEntropyGrad([numbers], [[true, false]]).grad).toEqualTypeOf<number[][]>();
    const none = binaryCrossEntropyGrad(f64, f64, { reduction: "none", upstream: [1, 2] });
    expectTypeOf(none.loss).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  });

  it("have log-probabilities of tokens beside them", () => {
    expectTypeOf(tokenLogProbs(f32, [0])).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(tokenLogProbs([numbers, numbers], [0, 1], { lengths: [1, 2] })).toEqualTypeOf<number[]>();
    expectTypeOf(tokenLogProbs(f32, [0], { out: resident, temperature: 2 })).toEqualTypeOf<
      WasmArray<Float32Array<ArrayBuffer>>
    >();
  });

  it("have a Hessian times a vector like the logits", () => {
    expectTypeOf(crossEntropyHvp(f32, [0], f32)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(crossEntropyHvp(f64, f64, f64, { labelSmoothing: 0.1 })).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(crossEntropyHvp(f32, [0], f32, { out: resident })).toEqualTypeOf<
      WasmArray<Float32Array<ArrayBuffer>>
    >();
  });
});

describe("an instance", () => {
  it("has the module's functions", () => {
    const instance = instantiate();
    expectTypeOf(instance.softmax).toEqualTypeOf(softmax);
    expectTypeOf(instance.logSoftmax).toEqualTypeOf(logSoftmax);
    expectTypeOf(instance.logSumExp).toEqualTypeOf(logSumExp);
    expectTypeOf(instance.softmaxBackward).toEqualTypeOf(softmaxBackward);
    expectTypeOf(instance.logSoftmaxBackward).toEqualTypeOf(logSoftmaxBackward);
    expectTypeOf(instance.crossEntropy).toEqualTypeOf(crossEntropy);
    expectTypeOf(instance.crossEntropyGrad).toEqualTypeOf(crossEntropyGrad);
    expectTypeOf(instance.crossEntropyHvp).toEqualTypeOf(crossEntropyHvp);
    expectTypeOf(instance.binaryCrossEntropy).toEqualTypeOf(binaryCrossEntropy);
    expectTypeOf(instance.binaryCrossEntropyGrad).toEqualTypeOf(binaryCrossEntropyGrad);
    expectTypeOf(instance.entropy).toEqualTypeOf(entropy);
    expectTypeOf(instance.tokenLogProbs).toEqualTypeOf(tokenLogProbs);
    expectTypeOf(instance.sigmoid).toEqualTypeOf(sigmoid);
    expectTypeOf(instance.alloc).toEqualTypeOf(alloc);
  });
});

describe("what the types refuse", () => {
  it("is what the functions would", () => {
    const never = () => {
      // @ts-expect-error a string is no array
      softmax("1,2");
      // @ts-expect-error an array of integers
      softmax(Int32Array.of(1, 2));
      // @ts-expect-error not an option of softmax
      softmax(f32, { weight: [1, 2] });
      // @ts-expect-error a mask of floats
      softmax(f32, { mask: f32 });
      // @ts-expect-error three levels
      softmax([[[1, 2]]]);
      // @ts-expect-error another name for the mean
      crossEntropy(f32, [0], { reduction: "avg" });
      // @ts-expect-error nor are there targets in one
      crossEntropy(f32, "0");
      // @ts-expect-error an array has no place in a mean
      crossEntropy(f32, [0], { out: f32 });
      // @ts-expect-error an upstream is the gradient's
      crossEntropy(f32, [0], { upstream: 2 });
      // @ts-expect-error nothing but a number
      crossEntropy(f32, [0], { labelSmoothing: "0.1" });
      // @ts-expect-error without the vector
      crossEntropyHvp(f32, [0]);
      // @ts-expect-error without what comes from above
      softmaxBackward(f32);
      // @ts-expect-error elements have no shape
      sigmoid(f32, { shape: [2] });
      // @ts-expect-error not an option of the backward functions
      softmaxBackward(f32, f32, { lengths: [1] });
    };
    expectTypeOf(never).toEqualTypeOf<() => void>();
  });
});
