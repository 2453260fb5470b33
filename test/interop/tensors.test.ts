// Tensors through every function of the entry, and `like`.

import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import { widened } from "../../src/interop/float16.js";
import * as interop from "../../src/interop/index.js";
import { bitsOf } from "../reference/backends.js";
import { logits, shape, labels, onnx, sync, stdlib, scijs, TENSORS, LABELS } from "./ofLibraries.js";

describe("the entry ./interop", () => {
  it("has every function of arrays that the library has", () => {
    const others = ["alloc", "backend", "instantiate"];
    const functions = Object.keys(library).filter((name) => !others.includes(name));
    expect(Object.keys(interop).sort()).toEqual([...functions, "like"].sort());
  });

  it("gives arrays for arrays", () => {
    const out = new Float32Array(6);
    expect(interop.softmax(logits, { shape })).toEqual(library.softmax(logits, { shape }));
    expect(interop.softmax(logits, { shape, out })).toBe(out);
    expect(interop.logSumExp([1, 2])).toEqual(library.logSumExp([1, 2]));
    expect(interop.crossEntropy(logits, labels)).toBe(library.crossEntropy(logits, labels));
    expect(interop.crossEntropyGrad(logits, labels)).toEqual(library.crossEntropyGrad(logits, labels));
    expect(interop.softmaxJacobian(logits)).toEqual(library.softmaxJacobian(logits));
  });

  it("gives the parts of a mean as they are", () => {
    const expected = library.crossEntropy(logits, labels, { reduction: "parts" });
    for (const [, x] of TENSORS) {
      for (const [, y] of LABELS) expect(interop.crossEntropy(x, y as never, { reduction: "parts" })).toEqual(expected);
    }
  });

  it("takes arrays that live in linear memory", () => {
    const resident = library.alloc(Float32Array, 6);
    resident.view.set(logits);
    expect(interop.softmax(resident, { shape, out: resident })).toBe(resident);
    expect(bitsOf(resident.view)).toBe(bitsOf(library.softmax(logits, { shape })));
    resident.free();
  });
});

describe.each(TENSORS)("a tensor: %s", (_, x) => {
  it("goes through the functions of rows, by its shape", () => {
    const type = "float32";
    expect(interop.softmax(x)).toEqual({ type, dims: shape, data: library.softmax(logits, { shape }) });
    expect(interop.logSoftmax(x, { axis: 1, temperature: 2 })).toEqual({
      type,
      dims: shape,
      data: library.logSoftmax(logits, { shape, temperature: 2 }),
    });
    expect(interop.logSumExp(x)).toEqual({ type, dims: [2], data: library.logSumExp(logits, { shape }) });
  });

  it.each(LABELS)("goes through the losses, with labels: %s", (_, y) => {
    const none = library.crossEntropyGrad(logits, labels, { reduction: "none" });
    const [loss, grad] = [
      { type: "float32", dims: [2], data: none.loss },
      { type: "float32", dims: shape, data: none.grad },
    ];
    const mean = library.crossEntropyGrad(logits, labels);
    expect(interop.crossEntropy(x, y)).toBe(mean.loss);
    expect(interop.crossEntropyGrad(x, y)).toEqual({ loss: mean.loss, grad: { ...grad, data: mean.grad } });
    expect(interop.crossEntropy(x, y, { reduction: "none" })).toEqual(loss);
    expect(interop.crossEntropyGrad(x, y, { reduction: "none" })).toEqual({ loss, grad });
  });

  it("goes through the gradients of what was computed, and the Hessian times a vector", () => {
    const dy = Float32Array.of(1, -2, 0.5, 0, 4, -1);
    const tensor = (data: Float32Array) => ({ type: "float32", dims: shape, data });
    for (const other of [dy, onnx("float32", dy, shape), scijs(dy, shape, [3, 1], 0)] as const) {
      expect(interop.softmaxBackward(x, other)).toEqual(tensor(library.softmaxBackward(logits, dy, { shape })));
      expect(interop.logSoftmaxBackward(x, other)).toEqual(tensor(library.logSoftmaxBackward(logits, dy, { shape })));
      expect(interop.crossEntropyHvp(x, labels, other)).toEqual(
        tensor(library.crossEntropyHvp(logits, labels, dy, { shape })),
      );
    }
  });

  it("goes along any axis, counted from behind too", () => {
    for (const axis of [0, -2]) {
      const along = { type: "float32", dims: [3], data: library.logSumExp(logits, { shape, axis: 0 }) };
      expect(interop.logSumExp(x, { axis })).toEqual(along);
    }
  });

  it("goes with options that are tensors: weights, and a mask of its sizes", () => {
    const weight = Float32Array.of(1, 2, 0.5);
    const mask = Uint8Array.of(1, 1, 0, 1, 0, 1);
    const y = Int32Array.of(0, 2);
    const expected = library.crossEntropy(logits, y, { weight, mask });
    for (const [w, m] of [
      [onnx("float32", weight, [3]), onnx("bool", mask, shape)],
      [weight, onnx("uint8", mask, [2, 1, 3])],
      [sync("float32", weight, [3]), mask],
    ] as const) {
      expect(interop.crossEntropy(x, y, { weight: w as never, mask: m as never })).toBe(expected);
    }
  });

  it("goes with an upstream gradient that is a tensor: one per position, or one for all", () => {
    const each = Float32Array.of(3, -0.5);
    const expected = library.crossEntropyGrad(logits, labels, { reduction: "none", upstream: each });
    for (const upstream of [
      onnx("float32", each, [2]),
      sync("float32", each, [2, 1]),
      onnx("float16", Uint16Array.of(0x4200, 0xb800), [2]),
      scijs([3, 9, -0.5], [2], [2], 0),
    ] as const) {
      const { loss, grad } = interop.crossEntropyGrad(x, labels, { reduction: "none", upstream });
      expect([loss.data, grad.data]).toEqual([expected.loss, expected.grad]);
    }
    const all = sync("float32", Float32Array.of(3), []);
    const { data } = interop.crossEntropyGrad(x, labels, { upstream: all }).grad;
    expect(data).toEqual(library.crossEntropyGrad(logits, labels, { upstream: 3 }).grad);
    const wrong = onnx("float32", new Float32Array(6), shape);
    const options = { reduction: "none", upstream: wrong } as const;
    const message = "upstream: expected a tensor of shape [2], to fit";
    expect(() => interop.crossEntropyGrad(x, labels, options)).toThrow(message);
    const upstream = onnx("float32", each, [2]) as never;
    expect(interop.crossEntropyGrad(logits, labels, { reduction: "none", upstream })).toEqual(expected);
  });

  it("goes with lengths that are a tensor of integers, one per position", () => {
    const expected = library.softmax(logits, { shape, lengths: [2, 3] });
    for (const lengths of [
      onnx("int32", Int32Array.of(2, 3), [2]),
      sync("int32", Int32Array.of(2, 3), [2, 1]),
    ] as const) {
      expect(interop.softmax(x, { lengths }).data).toEqual(expected);
    }
    const three = onnx("int32", new Int32Array(3), [3]);
    expect(() => interop.softmax(x, { lengths: three })).toThrow("lengths: expected a tensor of shape [2], to fit x");
  });

  it("leaves its elements alone, and writes to `out`", () => {
    const out = new Float32Array(6);
    expect(interop.softmax(x, { out }).data).toBe(out);
    expect(out).toEqual(library.softmax(logits, { shape }));
    expect(logits).toEqual(Float32Array.of(2, 1, -0.5, 0, 3, 1));
    const resident = library.alloc(Float32Array, 6);
    expect(interop.softmax(x, { out: resident as never }).data).toEqual(out);
    resident.free();
  });
});

describe("a tensor", () => {
  it("of f64 is computed in f64", () => {
    const doubles = Float64Array.from(logits);
    const expected = { type: "float64", dims: shape, data: library.softmax(doubles, { shape }) };
    expect(interop.softmax(onnx("float64", doubles, shape))).toEqual(expected);
    expect(interop.softmax(stdlib(doubles, shape, [3, 1], 0))).toEqual(expected);
  });

  it("of numbers in a plain array is a gradient or a vector, of the sizes of the first one", () => {
    const [plain, dy] = [Array.from(logits), [1, -2, 0.5, 0, 4, -1]];
    const strided = (data: number[]) => scijs(data, shape, [3, 1], 0);
    const { data } = interop.softmaxBackward(strided(plain), strided(dy));
    const expected = library.softmaxBackward(Float64Array.from(plain), Float64Array.from(dy), { shape });
    expect(data).toEqual(Array.from(expected));
  });

  it("of labels goes with logits in an array", () => {
    const y = onnx("int64", BigInt64Array.of(0n, 1n), [2]);
    expect(interop.crossEntropy(logits, y)).toBe(library.crossEntropy(logits, labels));
    expect(interop.crossEntropyGrad(logits, y)).toEqual(library.crossEntropyGrad(logits, labels));
  });

  it.each([
    ["int8", Int8Array],
    ["uint8", Uint8Array],
    ["uint8", Uint8ClampedArray],
    ["int16", Int16Array],
    ["uint16", Uint16Array],
    ["int32", Int32Array],
    ["uint32", Uint32Array],
    ["int64", BigInt64Array],
    ["uint64", BigUint64Array],
  ] as const)("of labels may be of %s, in a %o", (type, Type) => {
    const of = (...values: number[]) =>
      Type === BigInt64Array || Type === BigUint64Array
        ? Type.from(values.map(BigInt))
        : (Type as Int8ArrayConstructor).from(values);
    const expected = library.crossEntropy(logits, labels);
    const x = onnx("float32", logits, shape);
    expect(interop.crossEntropy(x, onnx(type, of(0, 1), [2]))).toBe(expected);
    expect(interop.crossEntropy(x, stdlib(of(1, 0), [2], [-1], 1))).toBe(expected);
    const other = onnx(type === "int8" ? "uint8" : "int8", of(0, 1), [2]);
    const message =
      /^targets\.data: expected an? .*Array, which holds u?int8, got (?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array\(2\)$/;
    if (type !== "uint8") expect(() => interop.crossEntropy(x, other)).toThrow(message);
  });

  it.each([
    ["float16", [0, 0x3c00, 0, 0x3800, 0x3800, 0]],
    ["float32", [0, 1, 0, 0.5, 0.5, 0]],
  ] as const)("of soft targets may be of %s", (type, values) => {
    const q = type === "float16" ? Uint16Array.from(values) : Float32Array.from(values);
    const expected = library.crossEntropy(logits, Float32Array.of(0, 1, 0, 0.5, 0.5, 0), { shape });
    expect(interop.crossEntropy(onnx("float32", logits, shape), onnx(type, q, shape))).toBe(expected);
  });

  it.each([
    ["int32", Int32Array.of(1, 0, 0, 0, 1, 0)],
    ["uint8", Uint8Array.of(1, 0, 0, 0, 1, 0)],
    ["int64", BigInt64Array.of(1n, 0n, 0n, 0n, 1n, 0n)],
  ] as const)("of one-hot targets may be of %s, as `tf.oneHot` gives them", (type, values) => {
    const x = [2, 1, 0.1, 0, 3, 1];
    const oneHot = onnx(type, values, shape);
    expect(interop.crossEntropy(sync("float32", Float32Array.from(x), shape), oneHot)).toBeCloseTo(0.29344, 5);
    const expected = library.crossEntropyGrad(Float64Array.from(x), Float64Array.of(1, 0, 0, 0, 1, 0), { shape });
    expect(expected.loss).toBeCloseTo(0.29344, 5);
    expect(interop.crossEntropyGrad(onnx("float64", Float64Array.from(x), shape), oneHot)).toEqual({
      loss: expected.loss,
      grad: { type: "float64", dims: shape, data: expected.grad },
    });
    const halves = Uint16Array.of(0x4000, 0x3c00, 0, 0, 0x4200, 0x3c00);
    expect(interop.crossEntropy(onnx("float16", halves, shape), oneHot)).toBe(
      library.crossEntropy(widened(halves), Float32Array.of(1, 0, 0, 0, 1, 0), { shape }),
    );
  });

  it("of one-hot targets goes with logits in an array of a shape", () => {
    const oneHot = onnx("int32", Int32Array.of(1, 0, 0, 0, 1, 0), shape);
    const expected = library.crossEntropy(logits, Float32Array.of(1, 0, 0, 0, 1, 0), { shape });
    expect(interop.crossEntropy(logits, oneHot, { shape })).toBe(expected);
    const resident = library.alloc(Float32Array, 6);
    resident.view.set(logits);
    expect(interop.crossEntropy(resident, oneHot, { shape })).toBe(expected);
    resident.free();
    const doubles = Float64Array.from(logits);
    const inDoubles = library.crossEntropy(doubles, Float64Array.of(1, 0, 0, 0, 1, 0), { shape });
    expect(interop.crossEntropy(doubles, oneHot, { shape })).toBe(inDoubles);
    expect(interop.crossEntropy(Array.from(logits), oneHot, { shape })).toBe(inDoubles);
    const rows = [Array.from(logits.subarray(0, 3)), Array.from(logits.subarray(3))];
    expect(interop.crossEntropy(rows, oneHot)).toBe(inDoubles);
    expect(interop.crossEntropy(rows, onnx("int64", BigInt64Array.of(0n, 1n), [2]))).toBe(inDoubles);
    expect(() => interop.crossEntropy(logits, oneHot, { shape: [3, 2] })).toThrow("expected 3");
  });

  it("of one-hot targets may be along another axis, strided, and in a plain array", () => {
    const x = onnx("float32", logits, shape);
    const classes = [0, 1, 1]; // of the three columns
    const expected = library.crossEntropy(logits, classes, { shape, axis: 0 });
    const rows = [1, 0, 0, 0, 1, 1];
    const columns = [1, 0, 0, 1, 0, 1];
    for (const oneHot of [sync("int32", Int32Array.from(rows), shape), stdlib(columns, shape, [1, 2], 0)] as const) {
      expect(interop.crossEntropy(x, oneHot, { axis: 0 })).toBe(expected);
    }
  });

  it("of integers with the sizes of the positions are labels, where there is one class too", () => {
    const x = onnx("float32", Float32Array.of(5, 6), [2, 1]);
    expect(interop.crossEntropy(x, onnx("int32", Int32Array.of(0, -100), [2, 1]))).toBe(0);
    expect(() => interop.crossEntropy(x, onnx("int32", Int32Array.of(1, 1), [2]))).toThrow("targets[0]: expected");
  });

  it("whose data is a plain array gives plain arrays, in its type", () => {
    const singles = library.crossEntropyGrad(logits, labels, { reduction: "none" });
    const plain = onnx("float32", Array.from(logits), shape);
    const { loss, grad } = interop.crossEntropyGrad(plain, onnx("int64", [0, 1], [2]), { reduction: "none" });
    expect(loss).toEqual({ type: "float32", dims: [2], data: Array.from(singles.loss) });
    expect(grad).toEqual({ type: "float32", dims: shape, data: Array.from(singles.grad) });

    const p = { type: "float64", dims: shape, data: Array.from(library.softmax(Float64Array.from(logits), { shape })) };
    expect(interop.softmax(onnx("float64", Array.from(logits), shape))).toEqual(p);
    expect(interop.softmax(scijs(Array.from(logits), shape, [3, 1], 0))).toEqual(p);
    expect(interop.softmax(interop.logSoftmax(plain)).data[0]).toBeCloseTo(p.data[0], 6);
    expect(interop.softmaxJacobian(onnx("float32", [0, 0], [2])).data).toEqual([0.25, -0.25, -0.25, 0.25]);

    const out = new Float64Array(6);
    expect(interop.softmax(scijs(Array.from(logits), shape, [3, 1], 0), { out }).data).toBe(out);
    expect(Array.from(out)).toEqual(p.data);
  });

  it("goes to an array of f64 in linear memory, and stays of f64", () => {
    const out = library.alloc(Float64Array, 6);
    const { type, data } = interop.softmax(onnx("float64", Float64Array.from(logits), shape), { out: out as never });
    expect([type, data]).toEqual(["float64", out.view]);
    out.free();
  });

  it("without elements gives one without elements", () => {
    const x = onnx("float32", new Float32Array(0), [0, 3]);
    expect(interop.softmax(x)).toEqual({ type: "float32", dims: [0, 3], data: new Float32Array(0) });
    expect(interop.softmax(stdlib(new Float32Array(2), [0, 3], [100, 100], 7))).toEqual(interop.softmax(x));
    expect(interop.crossEntropy(x, onnx("int64", new BigInt64Array(0), [0]), { reduction: "sum" })).toBe(0);
  });

  it("of one axis has a Jacobian", () => {
    const x = Float32Array.of(1, 2, 3);
    const expected = { type: "float32", dims: [3, 3], data: library.softmaxJacobian(x) };
    expect(interop.softmaxJacobian(onnx("float32", x, [3]))).toEqual(expected);
  });

  it("that is in memory for a GPU's transfers counts as on the CPU", () => {
    const x = { ...onnx("float32", logits, shape), location: "cpu-pinned" };
    expect(interop.softmax(x)).toEqual(interop.softmax(onnx("float32", logits, shape)));
  });

  it("may be cast by name alone, as by TensorFlow.js on its CPU backend: its values are converted", () => {
    const cast = (array: Int32Array | Uint8Array) => interop.softmax(sync("float32", array, shape));
    const values = Float32Array.of(2, 1, 0, 0, 3, 1);
    const expected = { type: "float32", dims: shape, data: library.softmax(values, { shape }) };
    const integers = Int32Array.from(values);
    expect(cast(integers)).toEqual(expected);
    expect(cast(Uint8Array.from(values))).toEqual(expected);
    expect(integers, "left alone").toEqual(Int32Array.of(2, 1, 0, 0, 3, 1));
    const booleans = sync("int32", Uint8Array.of(0, 1), [2]);
    expect(interop.crossEntropy(onnx("float32", logits, shape), booleans)).toBe(library.crossEntropy(logits, labels));
    const detached = Int32Array.of(1, 2);
    structuredClone(null, { transfer: [detached.buffer] });
    expect(() => interop.softmax(sync("float32", detached, [2]))).toThrow("x: expected an array with its memory");
  });

  it("may leave out where it is", () => {
    const { location, ...x } = onnx("float32", logits, shape);
    expect(location).toBe("cpu");
    expect(interop.softmax(x).data).toEqual(library.softmax(logits, { shape }));
  });

  it("may be the mask of an array", () => {
    const mask = Uint8Array.of(1, 0, 1, 1, 1, 0);
    const expected = library.softmax(logits, { shape, mask });
    expect(interop.softmax(logits, { shape, mask: onnx("bool", mask, shape) as never })).toEqual(expected);
  });

  it("is read once", () => {
    const reads: string[] = [];
    const x = new Proxy(onnx("float32", logits, shape), {
      get(target, name: "data") {
        reads.push(name);
        return target[name];
      },
    });
    interop.softmax(x);
    expect(reads.filter((name) => name !== "dataSync").sort()).toEqual(["data", "dims", "location", "type"]);
  });
});

describe("like", () => {
  class Tensor {
    readonly location = "cpu";
    constructor(
      readonly type: string,
      readonly data: ArrayLike<number>,
      readonly dims: readonly number[],
    ) {}
  }
  const x = new Tensor("float32", logits, shape);

  it("makes a tensor of the class that another one is of, without a copy", () => {
    const result = interop.softmax(x);
    const p = interop.like(x, result);
    expect(p).toBeInstanceOf(Tensor);
    expect([p.type, p.dims]).toEqual(["float32", shape]);
    expect(p.data).toBe(result.data);
    const { grad } = interop.crossEntropyGrad(x, labels);
    expect(interop.logSumExp(interop.like(x, grad)).dims).toEqual([2]);
  });

  it("goes by the class behind a Proxy, as transformers.js's tensors are", () => {
    const behind = new Proxy(x, {});
    expect(interop.like(behind, interop.softmax(behind))).toBeInstanceOf(Tensor);
  });

  it("gives the result itself for a plain object, of any realm", () => {
    const { data, dims, type } = x;
    for (const plain of [{ data, dims, type }, Object.assign(Object.create(null) as object, { data, dims, type })]) {
      const result = interop.softmax(plain);
      expect(interop.like(plain, result)).toBe(result);
    }
    const foreign: unknown = runInNewContext("({ type: 'float32', dims: [1] })");
    const result = interop.softmax(x);
    expect(interop.like(foreign as never, result)).toBe(result);
  });

  it.each([
    ["a tensor of another kind", sync("float32", logits, shape), interop.softmax(x), "tensor"],
    ["an array", logits, interop.softmax(x), "tensor"],
    ["null", null, interop.softmax(x), "tensor"],
    ["a result that is an array", x, logits, "result"],
    ["a result that is a number", x, 0.5, "result"],
  ])("refuses %s", (_, tensor, result, name) => {
    const message = new RegExp(`^${name}: expected an object with data, dims and type, got `);
    const call = () => interop.like(tensor as never, result as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: "ERR_DTYPE" }));
  });
});
