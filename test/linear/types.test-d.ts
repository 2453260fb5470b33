import { describe, expectTypeOf, it } from "vitest";
import type { NewFloat32Array, NewFloat64Array, WasmArray } from "../../src/index.js";
import {
  type LinearGradients,
  linear,
  linearCrossEntropy,
  linearCrossEntropyGrad,
  linearOn,
} from "../../src/linear/index.js";
import type { Pool } from "../../src/threads/node.js";

declare const singles: Float32Array<ArrayBuffer>;
declare const doubles: Float64Array;
declare const resident: WasmArray<Float32Array>;
declare const rows: number[][];
declare const labels: Int32Array;
declare const pool: Pool;
declare const reduction: "mean" | "none";

describe("types in, types out", () => {
  it("linear", () => {
    expectTypeOf(linear(singles, { weight: singles })).toEqualTypeOf<NewFloat32Array>();
    expectTypeOf(linear(resident, { weight: resident, bias: singles })).toEqualTypeOf<NewFloat32Array>();
    expectTypeOf(linear(rows, { weight: rows })).toEqualTypeOf<number[][]>();
    expectTypeOf(linear([1, 2], { weight: [1, 2], classes: 1 })).toEqualTypeOf<number[]>();
    expectTypeOf(linear(singles, { weight: singles }, { out: resident })).toEqualTypeOf<WasmArray<Float32Array>>();
    // @ts-expect-error -- not an integer array
    linear(labels, { weight: singles });
  });

  it("linearCrossEntropy", () => {
    expectTypeOf(linearCrossEntropy(singles, { weight: singles }, labels)).toEqualTypeOf<number>();
    const none = { reduction: "none" } as const;
    expectTypeOf(linearCrossEntropy(doubles, { weight: doubles }, labels, none)).toEqualTypeOf<NewFloat64Array>();
    expectTypeOf(linearCrossEntropy(rows, { weight: rows }, [1], none)).toEqualTypeOf<number[]>();
    expectTypeOf(linearCrossEntropy(singles, { weight: singles }, 1, none)).toEqualTypeOf<number>();
    expectTypeOf(linearCrossEntropy(singles, { weight: singles }, labels, { reduction })).toEqualTypeOf<
      number | NewFloat32Array
    >();
    const into = { reduction: "none", out: singles } as const;
    expectTypeOf(linearCrossEntropy(singles, { weight: singles }, labels, into)).toEqualTypeOf<
      Float32Array<ArrayBuffer>
    >();
    // @ts-expect-error -- losses that are added up have no place
    linearCrossEntropy(singles, { weight: singles }, labels, { out: singles });
  });

  it("linearCrossEntropyGrad", () => {
    const plain = linearCrossEntropyGrad(singles, { weight: singles }, labels);
    expectTypeOf(plain.loss).toEqualTypeOf<number>();
    expectTypeOf(plain.gradX).toEqualTypeOf<NewFloat32Array>();
    expectTypeOf(plain.gradWeight).toEqualTypeOf<NewFloat32Array>();
    expectTypeOf(plain.gradBias).toEqualTypeOf<null>();
    const mixed = linearCrossEntropyGrad([1, 2], { weight: rows, bias: doubles }, [0], { reduction: "none" });
    expectTypeOf(mixed.loss).toEqualTypeOf<number[]>();
    expectTypeOf(mixed.gradX).toEqualTypeOf<number[]>();
    expectTypeOf(mixed.gradWeight).toEqualTypeOf<number[][]>();
    expectTypeOf(mixed.gradBias).toEqualTypeOf<NewFloat64Array>();
    const options = { gradX: false, out: { weight: resident } } as const;
    const first = linearCrossEntropyGrad(singles, { weight: singles, bias: singles }, labels, options);
    expectTypeOf(first.gradX).toEqualTypeOf<null>();
    expectTypeOf(first.gradWeight).toEqualTypeOf<WasmArray<Float32Array>>();
    expectTypeOf(first.gradBias).toEqualTypeOf<NewFloat32Array>();
    // @ts-expect-error -- an array of upstream gradients goes with "none"
    linearCrossEntropyGrad(singles, { weight: singles }, labels, { upstream: singles });
  });

  it("on a pool, by promise", () => {
    const on = linearOn(pool);
    expectTypeOf(on.linear(singles, { weight: singles })).toEqualTypeOf<Promise<NewFloat32Array>>();
    expectTypeOf(on.linear(rows, { weight: rows }, { out: resident })).toEqualTypeOf<
      Promise<WasmArray<Float32Array>>
    >();
    expectTypeOf(on.linearCrossEntropy(singles, { weight: singles }, labels)).toEqualTypeOf<Promise<number>>();
    const into = { reduction: "none", out: doubles } as const;
    expectTypeOf(on.linearCrossEntropy(doubles, { weight: doubles }, labels, into)).toEqualTypeOf<
      Promise<Float64Array>
    >();
    expectTypeOf(
      on.linearCrossEntropyGrad(singles, { weight: resident }, labels, { gradX: false, out: { weight: resident } }),
    ).toEqualTypeOf<Promise<LinearGradients<number, null, WasmArray<Float32Array>, null>>>();
    // @ts-expect-error -- neither an instance nor a pool
    linearOn({ threads: 2 });
  });
});
