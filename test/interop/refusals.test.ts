// What tensors are refused for, and the messages.

import { describe, expect, it } from "vitest";
import * as interop from "../../src/interop/index.js";
import { PROBABILITIES, FLOATS } from "../arguments/refusal.js";
import { mulberry32 } from "../reference/random.js";
import { logits, shape, labels, onnx, sync, stdlib, scijs } from "./ofLibraries.js";

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
