// Tensors by structure: fakes of what test/e2e/interop/ does with the real packages.

import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { PROBABILITIES } from "../arguments/refusal.js";
import { describe, expect, it } from "vitest";
import { FLOATS } from "../arguments/refusal.js";
import * as library from "../../src/index.js";
import * as interop from "../../src/interop/index.js";
import { narrow, widened } from "../../src/interop/float16.js";
import { inOrder } from "../../src/interop/strided.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const logits = Float32Array.of(2, 1, -0.5, 0, 3, 1);
const shape = [2, 3];
const labels = Int32Array.of(0, 1);

/** onnxruntime's and transformers.js's. */
const onnx = <Type extends string, Data extends ArrayLike<unknown>>(
  type: Type,
  data: Data,
  dims: readonly number[],
) => ({
  type,
  dims,
  data,
  location: "cpu",
  size: data.length,
});

/** TensorFlow.js's, of which `data` is a function. */
const sync = <Type extends string>(dtype: Type, data: ArrayLike<number>, sizes: readonly number[]) => ({
  dtype,
  shape: sizes,
  size: data.length,
  strides: [sizes[1]],
  data: () => Promise.resolve(data),
  dataSync: () => data,
});

const stdlib = <Data>(data: Data, sizes: readonly number[], strides: readonly number[], offset: number) => ({
  data,
  shape: sizes,
  strides,
  offset,
});

const scijs = <Data>(data: Data, sizes: readonly number[], stride: readonly number[], offset: number) => ({
  data,
  shape: sizes,
  stride,
  offset,
});

/** By the kind of tensor, the same logits. */
const TENSORS = [
  ["onnx", onnx("float32", logits, shape)],
  ["sync", sync("float32", logits, shape)],
  ["stdlib", stdlib(logits, shape, [3, 1], 0)],
  ["scijs", scijs(Float32Array.of(9, 2, 0, 1, 3, -0.5, 1), shape, [1, 2], 1)],
] as const;

const LABELS = [
  ["Int32Array", labels],
  ["plain", [0, 1]],
  ["int64", onnx("int64", BigInt64Array.of(0n, 1n), [2])],
  ["uint8", onnx("uint8", Uint8Array.of(0, 1), [2])],
  ["int32 of another rank", sync("int32", labels, [2, 1])],
  ["reversed", stdlib(Int16Array.of(1, 0), [2], [-1], 1)],
  ["plain, strided", scijs([0, 7, 1], [2], [2], 0)],
] as const;

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

describe("refusals", () => {
  const y = onnx("int64", BigInt64Array.of(0n, 1n), [2]);
  const x = onnx("float32", logits, shape);
  const gone = Float32Array.of(1, 2);
  const goneHalves = Uint16Array.of(1, 2);
  structuredClone(null, { transfer: [gone.buffer, goneHalves.buffer] });
  const onGpu = {
    type: "float32",
    dims: shape,
    location: "gpu-buffer",
    get data(): Float32Array {
      throw new Error("The data is not on CPU.");
    },
  };
  const run = (value: unknown, options?: unknown) => () => interop.softmax(value as never, options as never);
  const loss = (a: unknown, b: unknown, options?: unknown) => () =>
    interop.crossEntropy(a as never, b as never, options as never);

  const CASES: readonly (readonly [
    title: string,
    call: () => unknown,
    type: "Type" | "Range",
    code: string,
    text: string,
  ])[] = [
    [
      "a tensor on the GPU",
      run(onGpu),
      "Range",
      "ERR_LOCATION",
      'x.location: expected "cpu", where getData() brings it, got "gpu-buffer"',
    ],
    [
      "a disposed one",
      run({ ...x, location: "none" }),
      "Range",
      "ERR_LOCATION",
      'x.location: expected "cpu", where getData() brings it, got "none"',
    ],
    [
      "logits of integers",
      run(onnx("int32", labels, [2])),
      "Type",
      "ERR_DTYPE",
      'x.type: expected float16, float32, float64, got "int32"',
    ],
    [
      "a type that is none",
      run(sync("complex64", logits, shape)),
      "Type",
      "ERR_DTYPE",
      'x.dtype: expected float16, float32, float64, got "complex64"',
    ],
    [
      "strings",
      run(onnx("string", ["a", "b"], [2])),
      "Type",
      "ERR_DTYPE",
      'x.type: expected float16, float32, float64, got "string"',
    ],
    [
      "labels that are text",
      loss(x, onnx("string", Uint8Array.of(0, 1), [2])),
      "Type",
      "ERR_DTYPE",
      'targets.type: expected int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64, bool, got "string"',
    ],
    [
      "data of another type than said",
      run(onnx("float32", Float64Array.from(logits), shape)),
      "Type",
      "ERR_DTYPE",
      "x.data: expected a Float32Array, which holds float32, got Float64Array(6)",
    ],
    [
      "halves in a Float32Array",
      run(onnx("float16", logits, shape)),
      "Type",
      "ERR_DTYPE",
      "x.data: expected a Uint16Array or Float16Array, which holds float16, got Float32Array(6)",
    ],
    [
      "halves in a plain array",
      run(onnx("float16", Array.from(logits), shape)),
      "Type",
      "ERR_DTYPE",
      "x.data: expected a Uint16Array or Float16Array, which holds float16, got an array of 6",
    ],
    [
      "what is no number in a plain array",
      run(onnx("float32", [1, 2, "3", 4, 5, 6], shape)),
      "Type",
      "ERR_DTYPE",
      'x.data[2]: expected a number, got "3"',
    ],
    [
      "what is no number in a strided one",
      run(stdlib([1, null], [2], [1], 0)),
      "Type",
      "ERR_DTYPE",
      "x[1]: expected a number, got null",
    ],
    [
      "too few elements in a plain array",
      run(onnx("float32", [1, 2, 3], shape)),
      "Range",
      "ERR_SHAPE",
      "x.dims: expected a product of 3, the length of its data, got 2 × 3 = 6",
    ],
    [
      "a type beside the tensor's",
      run(x, { type: "float16" }),
      "Type",
      "ERR_OPTION",
      'type: expected none for x, a tensor of shape [2, 3], got "float16"',
    ],
    [
      "a type of an array that is not of halves",
      run(new Uint16Array(2), { type: "bfloat16" }),
      "Range",
      "ERR_OPTION",
      'type: expected "float16", for bits in a Uint16Array, got "bfloat16"',
    ],
    [
      "a type that is none at all",
      run(new Uint16Array(2), { type: 16 }),
      "Type",
      "ERR_OPTION",
      'type: expected "float16", for bits in a Uint16Array, got 16',
    ],
    [
      "halves in an array of another kind",
      run(logits, { type: "float16" }),
      "Type",
      "ERR_DTYPE",
      "x: expected a Uint16Array or Float16Array, which holds float16, got Float32Array(6)",
    ],
    [
      "detached halves",
      run(goneHalves, { type: "float16" }),
      "Type",
      "ERR_DETACHED",
      "x: expected an array with its memory, got one whose buffer is detached",
    ],
    [
      "sizes of one element for more",
      run(onnx("float32", logits, [])),
      "Range",
      "ERR_SHAPE",
      "x.dims: expected a product of 6, the length of its data, got [] = 1",
    ],
    [
      "a mask of other sizes",
      run(x, { mask: onnx("bool", new Uint8Array(6), [3, 2]) }),
      "Range",
      "ERR_SHAPE",
      "mask: expected a tensor of shape [2, 3], to fit x, got [3, 2]",
    ],
    [
      "a mask of numbers",
      run(x, { mask: onnx("float32", new Float32Array(6), shape) }),
      "Type",
      "ERR_DTYPE",
      'mask.type: expected bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, got "float32"',
    ],
    [
      "sizes without a type",
      run({ data: logits, dims: shape }),
      "Type",
      "ERR_DTYPE",
      `x: expected ${FLOATS}, got an object (Object)`,
    ],
    [
      "a type without sizes",
      run({ data: logits, type: "float32" }),
      "Type",
      "ERR_DTYPE",
      `x: expected ${FLOATS}, got an object (Object)`,
    ],
    [
      "elements and a shape that nothing strides over",
      run({ data: logits, shape }),
      "Type",
      "ERR_DTYPE",
      `x: expected ${FLOATS}, got an object (Object): softmax-wasm/interop takes tensors and tables`,
    ],
    [
      "more sizes than elements",
      run(onnx("float32", logits, [2, 4])),
      "Range",
      "ERR_SHAPE",
      "x.dims: expected a product of 6, the length of its data, got 2 × 4 = 8",
    ],
    [
      "fewer",
      run(sync("float32", logits, [5])),
      "Range",
      "ERR_SHAPE",
      "x.shape: expected a product of 6, the length of its data, got 5 = 5",
    ],
    [
      "a size that is none",
      run(onnx("float32", logits, [2, 1.5])),
      "Range",
      "ERR_SHAPE",
      "x.dims[1]: expected an integer ≥ 0, got 1.5",
    ],
    [
      "a size of another kind",
      run(onnx("float32", logits, ["6"] as never)),
      "Type",
      "ERR_SHAPE",
      'x.dims[0]: expected an integer ≥ 0, got "6"',
    ],
    [
      "sizes that are no list",
      run({ ...x, dims: 6 }),
      "Type",
      "ERR_SHAPE",
      "x.dims: expected an array of integers, got 6",
    ],
    [
      "no axis at all",
      run(onnx("float32", Float32Array.of(1), [])),
      "Range",
      "ERR_SHAPE",
      "x: expected a tensor of one axis or more, got shape []",
    ],
    [
      "detached elements",
      run(onnx("float32", gone, [2])),
      "Type",
      "ERR_DETACHED",
      "x: expected an array with its memory, got one whose buffer is detached",
    ],
    [
      "a shape beside the tensor's",
      run(x, { shape: [6] }),
      "Type",
      "ERR_OPTION",
      "shape: expected none for x, a tensor of shape [2, 3], got an array of 1",
    ],
    [
      "an axis that is none",
      loss(x, y, { axis: 2 }),
      "Range",
      "ERR_AXIS",
      "axis: expected an integer in [-2, 2), got 2",
    ],
    [
      "an axis in a string",
      loss(x, y, { axis: "0" }),
      "Type",
      "ERR_AXIS",
      'axis: expected an integer in [-2, 2), got "0"',
    ],
    ["options that are none", run(x, 5), "Type", "ERR_OPTION", "options: expected a plain object, got 5"],
    ["options that are null", run(x, null), "Type", "ERR_OPTION", "options: expected a plain object, got null"],
    [
      "an option that is none",
      run(x, { dim: 1 }),
      "Type",
      "ERR_OPTION",
      'options: expected only shape, axis, temperature, mask, lengths, out, got "dim", which is axis here',
    ],
    [
      "labels in another order",
      loss(onnx("float32", new Float32Array(24), [2, 3, 4]), onnx("int64", new BigInt64Array(6), [3, 2])),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [2, 3], to fit logits, got [3, 2]",
    ],
    [
      "too few labels",
      loss(x, onnx("int64", new BigInt64Array(1), [1])),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [2], to fit logits, got [1]",
    ],
    [
      "too few labels in an array",
      loss(x, [1]),
      "Range",
      "ERR_SHAPE",
      `targets: expected 2 labels, one per position of 2 × 3, got 1${PROBABILITIES}`,
    ],
    [
      "probabilities of another shape",
      loss(x, onnx("float32", new Float32Array(6), [3, 2])),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [2, 3], to fit logits, got [3, 2]",
    ],
    [
      "a label out of range",
      loss(x, onnx("int64", BigInt64Array.of(0n, 3n), [2])),
      "Range",
      "ERR_LABEL",
      "targets[1]: expected an integer in [0, 3), got 3n",
    ],
    [
      "a Jacobian of a matrix",
      () => interop.softmaxJacobian(x),
      "Range",
      "ERR_SHAPE",
      "x: expected a tensor of one axis, got shape [2, 3]",
    ],
    [
      "an out of another type",
      run(x, { out: new Float64Array(6) }),
      "Type",
      "ERR_OUT",
      "out: expected a Float32Array or a WasmArray of one, got Float64Array(6)",
    ],
    [
      "a tensor of another type as out",
      run(x, { out: onnx("float64", new Float64Array(6), shape) }),
      "Type",
      "ERR_OUT",
      "out: expected a Float32Array or a WasmArray of one, got Float64Array(6)",
    ],
    [
      "an out of f32 for halves",
      run(onnx("float16", new Uint16Array(6), shape), { out: new Float32Array(6) }),
      "Type",
      "ERR_OUT",
      "out: expected a Uint16Array, like the input, got Float32Array(6)",
    ],
    [
      "an out of another length for halves",
      run(onnx("float16", new Uint16Array(6), shape), { out: new Uint16Array(5) }),
      "Range",
      "ERR_OUT",
      "out: expected length 6, got 5",
    ],
    [
      "a row too many",
      run(stdlib(logits, [3, 3], [3, 1], 0)),
      "Range",
      "ERR_SHAPE",
      "x: expected a shape within the 6 elements of its data, got 3 × 3 from element 0 to 8",
    ],
    [
      "a stride below the start",
      run(scijs(logits, [6], [-1], 4)),
      "Range",
      "ERR_SHAPE",
      "x: expected a shape within the 6 elements of its data, got 6 from element -1 to 4",
    ],
    [
      "an offset below it",
      run(scijs(logits, [6], [1], -1)),
      "Range",
      "ERR_SHAPE",
      "x.offset: expected an integer ≥ 0, got -1",
    ],
    [
      "no offset",
      run({ data: logits, shape, stride: [3, 1] }),
      "Type",
      "ERR_SHAPE",
      "x.offset: expected an integer ≥ 0, got undefined",
    ],
    [
      "a stride too few",
      run(stdlib(logits, shape, [1], 0)),
      "Range",
      "ERR_SHAPE",
      "x: expected a stride for each of 2 sizes, got 1",
    ],
    [
      "a stride that is none",
      run(stdlib(logits, shape, [3, NaN], 0)),
      "Range",
      "ERR_SHAPE",
      "x.strides[1]: expected an integer, got NaN",
    ],
    [
      "elements behind accessors",
      run(stdlib({ get: () => 1, length: 6 }, shape, [3, 1], 0)),
      "Type",
      "ERR_DTYPE",
      "x.data: expected a typed array or an array of numbers, got an object (Object)",
    ],
    [
      "more repeated elements than there is room for",
      run(stdlib(logits, [2 ** 40, 3], [0, 1], 0)),
      "Range",
      "ERR_OUT_OF_MEMORY",
      `x: expected room for ${3 * 2 ** 40} elements, got none`,
    ],
    [
      "more of them than a plain array has",
      run(stdlib([1], [2 ** 33], [0], 0)),
      "Range",
      "ERR_OUT_OF_MEMORY",
      `x: expected room for ${2 ** 33} elements, got none`,
    ],
    ["an object", run({}), "Type", "ERR_DTYPE", `x: expected ${FLOATS}, got an object (Object)`],
    ["null", run(null), "Type", "ERR_DTYPE", `x: expected ${FLOATS}, got null`],
    [
      "strides and a shape without elements",
      run({ shape, strides: [3, 1], offset: 0 }),
      "Type",
      "ERR_DTYPE",
      `x: expected ${FLOATS}, got an object (Object)`,
    ],
    [
      "elements and strides without a shape",
      run({ data: logits, strides: [3, 1], offset: 0 }),
      "Type",
      "ERR_DTYPE",
      `x: expected ${FLOATS}, got an object (Object)`,
    ],
    [
      "a size that is none, of a tensor with dataSync",
      run(sync("float32", logits, [2, -3])),
      "Range",
      "ERR_SHAPE",
      "x.shape[1]: expected an integer ≥ 0, got -3",
    ],
    [
      "a size that is none, of a strided array",
      run(stdlib(logits, [2.5, 3], [3, 1], 0)),
      "Range",
      "ERR_SHAPE",
      "x.shape[0]: expected an integer ≥ 0, got 2.5",
    ],
    [
      "detached elements of a strided array",
      run(stdlib(gone, [2], [1], 0)),
      "Type",
      "ERR_DETACHED",
      "x: expected an array with its memory, got one whose buffer is detached",
    ],
    [
      "a mask in a plain array of other numbers",
      run(x, { mask: stdlib([1, 1, 1, 1, 1, 2], shape, [3, 1], 0) }),
      "Range",
      "ERR_OPTION",
      "mask[5]: expected true or false, 1 or 0, got 2",
    ],
    [
      "binary targets of another shape",
      () => interop.binaryCrossEntropy(x as never, onnx("bool", Uint8Array.of(1, 0, 1, 0, 1, 0), [3, 2]) as never),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [2, 3], to fit logits, got [3, 2]",
    ],
    [
      "labels as binary targets",
      () => interop.binaryCrossEntropyGrad(x as never, onnx("int64", BigInt64Array.of(0n, 1n), [2]) as never),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [2, 3], to fit logits, got [2]",
    ],
    [
      "a Jacobian of integers",
      () => interop.softmaxJacobian(onnx("int32", labels, [2])),
      "Type",
      "ERR_DTYPE",
      'x.type: expected float16, float32, float64, got "int32"',
    ],
    [
      "a detached out for halves",
      run(onnx("float16", new Uint16Array(2), [2]), { out: goneHalves }),
      "Type",
      "ERR_DETACHED",
      "out: expected an array with its memory, got one whose buffer is detached",
    ],
  ];

  it.each(CASES)("%s", (_, call, type, code, message) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    const { name } = (thrown as Error).constructor;
    expect({ name, code: (thrown as { code: unknown }).code, message: (thrown as Error).message }).toEqual({
      name: `${type}Error`,
      code,
      message,
    });
  });

  it("changes no byte of `out`", () => {
    const random = mulberry32(3);
    const out = Uint16Array.from({ length: 6 }, () => 65536 * random());
    const before = out.slice();
    expect(() => interop.softmax(onnx("float16", new Uint16Array(4), [2, 2]), { out })).toThrow(
      "out: expected length 4",
    );
    expect(out).toEqual(before);
  });
});

describe("functions that choose classes", () => {
  const data = Float32Array.of(1, 2, 3, 6, 5, 4, 0, 0, 9, 8, 1, 1);
  const x = { data, dims: [2, 2, 3], type: "float32" } as const;

  it("give tensors of int32, and of the type that came", () => {
    const all = { shape: [2, 2, 3] };
    expect(interop.argmax(x)).toEqual({ type: "int32", dims: [2, 2], data: library.argmax(data, all) });
    const { values, indices } = interop.topK(x, { k: 2, axis: 1 });
    const expected = library.topK(data, { ...all, k: 2, axis: 1 });
    expect(indices).toEqual({ type: "int32", dims: [2, 2, 3], data: expected.indices });
    expect(values).toEqual({ type: "float32", dims: [2, 2, 3], data: expected.values });
    const drawn = interop.sample(x, { random: 0.4 });
    const tokens = library.sample(data, { ...all, random: 0.4 });
    expect(drawn.tokens).toEqual({ type: "int32", dims: [2, 2], data: tokens.tokens });
    expect(drawn.logProbs).toEqual({ type: "float32", dims: [2, 2], data: tokens.logProbs });
  });

  it("take the last position of each sequence, of every kind of tensor", () => {
    const last = Float32Array.of(6, 5, 4, 8, 1, 1);
    const expected = library.topK(last, { shape: [2, 3], k: 2 });
    const { values, indices } = interop.topK(x, { k: 2, last: true });
    expect(values).toEqual({ type: "float32", dims: [2, 2], data: expected.values });
    expect(indices.data).toEqual(expected.indices);
    expect(interop.topK(x, { k: 2, last: false }).values.dims).toEqual([2, 2, 2]);
    const one = { data: data.subarray(0, 6), dims: [1, 2, 3], type: "float32" } as const;
    expect(interop.argmax(one, { last: true })).toEqual({ type: "int32", dims: [1], data: Int32Array.of(0) });
    const plain = { data: Array.from(data), shape: [2, 2, 3], stride: [6, 3, 1], offset: 0 };
    expect(interop.argmax(plain, { last: true }).data).toEqual(Int32Array.of(0, 0));
    expect(interop.sample(x, { last: true, topK: 1 }).tokens).toEqual({
      type: "int32",
      dims: [2],
      data: Int32Array.of(0, 0),
    });
  });

  it("refuse a last that is none", () => {
    const thrown = (call: () => unknown, name: string, code: string) =>
      expect(call).toThrow(expect.objectContaining({ name, code }) as Error);
    thrown(() => interop.argmax(x, { last: 1 as never }), "TypeError", "ERR_OPTION");
    const row = { data: data.subarray(0, 3), dims: [3], type: "float32" } as const;
    thrown(() => interop.argmax(row, { last: true }), "RangeError", "ERR_SHAPE");
    const none = { data: new Float32Array(0), dims: [1, 0, 3], type: "float32" } as const;
    thrown(() => interop.sample(none, { last: true }), "RangeError", "ERR_SHAPE");
    thrown(() => interop.argmax(data, { last: true } as never), "TypeError", "ERR_OPTION");
  });
});
