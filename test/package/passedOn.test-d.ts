// Functions of a user that pass options on whose reduction or output they do not know: every function of every entry takes them.

import { describe, expectTypeOf, it } from "vitest";
import * as main from "../../src/index.js";
import type { NewFloat32Array as New32, Out, Reduction } from "../../src/index.js";
import * as interop from "../../src/interop/index.js";
import * as linear from "../../src/linear/index.js";
import * as shards from "../../src/shards/index.js";
import type { PoolFunctions } from "../../src/threads/functions.js";

const x = new Float32Array(3);
const layer = { weight: x };
const states = new Float64Array(4);

declare const pool: PoolFunctions;
declare const reduction: Reduction;
declare const out: Float32Array | undefined;

describe("the main entry", () => {
  it("takes options of a row", () => {
    const options = {} as main.RowOptions;
    expectTypeOf(main.softmax(x, options)).toEqualTypeOf<New32 | Out>();
    expectTypeOf(main.entropy(x, options)).toEqualTypeOf<number | New32 | Out>();
    expectTypeOf(main.sigmoid(x, {} as main.SigmoidOptions)).toEqualTypeOf<New32 | Out>();
    expectTypeOf(main.sigmoid(x, { out })).toExtend<Float32Array | New32>();
    expectTypeOf(main.sigmoid([1], {} as main.SigmoidOptions | undefined)).toEqualTypeOf<number[] | Out>();
    expectTypeOf(main.instantiate().sigmoid(x, { out })).toExtend<Float32Array | New32>();
  });

  it("takes options of choices", () => {
    expectTypeOf(main.argmax(x, {} as main.ArgmaxOptions)).toEqualTypeOf<number | Int32Array>();
    expectTypeOf(main.argmax([[1]], {} as main.ArgmaxOptions)).toEqualTypeOf<Int32Array>();
    expectTypeOf(main.sample(x, {} as main.SampleOptions)).toEqualTypeOf<main.Sample | main.Samples<New32>>();
    expectTypeOf(main.tokenLogProbs(x, [1], {} as main.TokenOptions)).toEqualTypeOf<New32 | Out>();
    expectTypeOf(main.tokenLogProbs(x, 1, { out })).toExtend<number | New32 | Float32Array>();
  });

  it("takes options of losses", () => {
    expectTypeOf(main.crossEntropy(x, [1], { reduction })).toEqualTypeOf<number | New32>();
    expectTypeOf(main.binaryCrossEntropy(x, x, {} as main.BinaryOptions)).toEqualTypeOf<number | New32 | Out>();
    expectTypeOf(main.binaryCrossEntropy(x, x, { reduction })).toEqualTypeOf<number | New32>();
    expectTypeOf(main.binaryCrossEntropy(x, x, { reduction: "none", out })).toExtend<New32 | Float32Array>();
    expectTypeOf(main.binaryCrossEntropyGrad(x, x, { reduction, out })).toExtend<
      main.LossAndGrad<number | New32, New32 | Float32Array>
    >();
    expectTypeOf(main.binaryCrossEntropyGrad(x, x, {} as main.BinaryGradOptions).grad).toEqualTypeOf<New32 | Out>();
    // @ts-expect-error a mean has no output
    main.binaryCrossEntropy(x, x, { reduction: "mean", out: x });
  });
});

describe("a pool", () => {
  it("takes them with promises", () => {
    const options: main.RowOptions = {};
    expectTypeOf(pool.softmax(x, options)).resolves.toExtend<New32 | Out>();
    expectTypeOf(pool.argmax(x, {} as main.ArgmaxOptions)).toEqualTypeOf<Promise<number | Int32Array>>();
    expectTypeOf(pool.sample(x, {} as main.SampleOptions)).resolves.toEqualTypeOf<main.Sample | main.Samples<New32>>();
    expectTypeOf(pool.binaryCrossEntropy(x, x, { reduction })).toEqualTypeOf<Promise<number | New32>>();
    expectTypeOf(pool.binaryCrossEntropyGrad(x, x, { reduction })).resolves.toHaveProperty("grad");
    const tokens: main.TokenOptions = {};
    expectTypeOf(pool.tokenLogProbs(x, [1], tokens)).resolves.toExtend<New32 | Out>();
  });
});

describe("tensors", () => {
  const tensor = { data: x, dims: [3], type: "float32" as const };
  type Tensor = interop.Tensor<"float32", Float32Array>;

  it("have losses and gradients of any reduction", () => {
    expectTypeOf(interop.crossEntropy(tensor, [1], { reduction })).toEqualTypeOf<number | Tensor>();
    expectTypeOf(interop.crossEntropy(tensor, [1], {} as interop.TensorLossOptions)).toEqualTypeOf<number | Tensor>();
    expectTypeOf(interop.crossEntropyGrad(tensor, [1], { reduction }).loss).toEqualTypeOf<number | Tensor>();
    expectTypeOf(interop.binaryCrossEntropy(tensor, x, { reduction })).toEqualTypeOf<number | Tensor>();
    expectTypeOf(interop.binaryCrossEntropyGrad(tensor, x, { reduction }).grad).toEqualTypeOf<Tensor>();
  });

  it("take the upstream gradient of a binary loss", () => {
    expectTypeOf(interop.binaryCrossEntropyGrad(tensor, x, { upstream: 2 }).loss).toEqualTypeOf<number>();
  });
});

describe("linear layers and states", () => {
  it("take options with any reduction and output", () => {
    expectTypeOf(linear.linear(x, layer, { out })).toExtend<New32 | Float32Array>();
    expectTypeOf(linear.linearCrossEntropy(x, layer, [1], { reduction })).toEqualTypeOf<number | New32>();
    expectTypeOf(linear.linearCrossEntropy(x, layer, [1], { reduction: "none", out })).toExtend<New32 | Float32Array>();
    expectTypeOf(linear.linearCrossEntropyGrad(x, layer, [1], { reduction }).loss).toEqualTypeOf<number | New32>();
    expectTypeOf(shards.softmaxFrom(x, states, { out })).toExtend<New32 | Float32Array>();
    expectTypeOf(shards.crossEntropyGradFrom(x, states, { labels: [1], out })).toExtend<New32 | Float32Array>();
    expectTypeOf(shards.crossEntropyOf(states, {} as shards.StateLossOptions)).not.toBeNever();
  });
});
