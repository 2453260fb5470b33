// What else is taken by its structure: rows of typed arrays, Matrix of ml-matrix, Vector of Arrow, arrays of NumJs; masks of
// integers; tensors as out. And what the main entry says of them.

import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import * as interop from "../../src/interop/index.js";

const VALUES = [2, 1, -0.5, 0, 3, 1];
const shape = [2, 3];
const f32 = Float32Array.from(VALUES);
const f64 = Float64Array.from(VALUES);
const rowsOf = (array: ArrayLike<number>) =>
  [0, 3].map((at) => Array.prototype.slice.call(array, at, at + 3) as number[]);

const matrix = {
  rows: 2,
  columns: 3,
  data: rowsOf(f64).map((row) => Float64Array.from(row)),
  to2DArray: () => rowsOf(f64),
};
const ndarray = { data: VALUES, shape, stride: [3, 1], offset: 0 };
const numJs = { selection: ndarray, shape, dtype: "array" };
const vector = { length: 6, nullCount: 0, toArray: () => f32, get: () => 0 };
const f32Rows = rowsOf(f32).map((row) => Float32Array.from(row));
const tensor = { type: "float32", dims: shape, data: f32 };

const TABLES = [
  ["a Matrix", matrix, "float64", f64],
  ["an array of NumJs", numJs, "float64", VALUES],
  ["rows of Float32Array", f32Rows, "float32", f32],
  ["rows of Float64Array", matrix.data, "float64", f64],
] as const;

const refused = (name: string, code: string, message: RegExp) =>
  expect.objectContaining({ name, code, message: expect.stringMatching(message) as string }) as Error;

describe.each(TABLES)("%s", (_, table, type, array) => {
  it("is a tensor of its rows", () => {
    const { data, dims, type: got } = interop.softmax(table);
    expect([data, dims, got]).toEqual([library.softmax(array, { shape }), shape, type]);
    expect(interop.crossEntropy(table, [0, 1])).toBe(library.crossEntropy(array, [0, 1], { shape }));
    // Plain numbers of a NumJs array would be labels.
    if (table !== numJs) expect(interop.crossEntropy(table, table)).toBe(library.crossEntropy(array, array, { shape }));
    expect(interop.logSumExp(table, { axis: 0 }).dims).toEqual([3]);
    expect(interop.softmaxBackward(table, table).data).toEqual(library.softmaxBackward(array, array, { shape }));
  });

  it("leads from the main entry to interop", () => {
    const message = /: expected .*softmax-wasm\/interop/;
    expect(() => library.softmax(table as never)).toThrow(refused("TypeError", "ERR_DTYPE", message));
  });
});

it.each([
  ["onnxruntime's", tensor],
  ["TensorFlow.js's", { dtype: "float32", shape, dataSync: () => f32 }],
  ["an ndarray", ndarray],
  ["a Vector", vector],
])("the main entry says where a tensor is taken: %s", (_, given) => {
  const message = /got an object \(Object\): softmax-wasm\/interop takes tensors and tables/;
  expect(() => library.softmax(given as never)).toThrow(refused("TypeError", "ERR_DTYPE", message));
  expect(() => library.crossEntropy(f32, given as never)).toThrow(refused("TypeError", "ERR_DTYPE", message));
});

describe("a Vector of Arrow", () => {
  it("is a tensor of one axis, and labels", () => {
    const { data, dims } = interop.softmax(vector);
    expect([data, dims]).toEqual([library.softmax(f32), [6]]);
    const labels = { length: 2, nullCount: 0, toArray: () => BigInt64Array.of(0n, 1n) };
    expect(interop.crossEntropy(tensor, labels)).toBe(library.crossEntropy(f32, [0, 1]));
  });

  it("with nulls, or of something else than numbers, is refused", () => {
    expect(() => interop.softmax({ ...vector, nullCount: 2 })).toThrow(
      refused("RangeError", "ERR_SHAPE", /^x: expected a vector without nulls, got 2 of them$/),
    );
    expect(() => interop.softmax({ ...vector, toArray: () => ["a"] })).toThrow(
      refused("TypeError", "ERR_DTYPE", /^x: expected a vector of numbers, got an array of 1$/),
    );
    expect(() => interop.softmax({ ...vector, toArray: () => Int32Array.of(1) })).toThrow(
      refused("TypeError", "ERR_DTYPE", /^x\.type: expected float16, float32, float64, got "int32"$/),
    );
  });
});

describe("tables that are none", () => {
  it("rows of different lengths or types", () => {
    expect(() => interop.softmax([f32, f32.subarray(1)])).toThrow(
      refused("RangeError", "ERR_SHAPE", /^x\[1\]: expected length 6, got 5$/),
    );
    expect(() => interop.softmax([f32, f64] as never)).toThrow(
      refused("TypeError", "ERR_DTYPE", /^x\[1\]: expected a Float32Array, got Float64Array\(6\)$/),
    );
    expect(interop.softmax([1, 2])).toEqual(library.softmax([1, 2]));
  });

  it("a matrix whose rows are not what it says", () => {
    for (const to2DArray of [() => rowsOf(f64).slice(1), () => [[1], [2]], () => "rows"]) {
      expect(() => interop.softmax({ ...matrix, to2DArray } as never)).toThrow(
        refused("RangeError", "ERR_SHAPE", /^x: expected 2 rows of 3, got /),
      );
    }
  });
});

describe("a mask", () => {
  const expected = library.softmax(f32, { shape, mask: Uint8Array.of(1, 0, 1, 1, 1, 0) });

  it.each([
    ["int64", BigInt64Array.of(1n, 0n, 1n, 1n, 2n ** 32n, 0n)],
    ["uint64", BigUint64Array.of(1n, 0n, 1n, 1n, 1n, 0n)],
    ["int32", Int32Array.of(1, 0, 256, -1, 1, 0)],
    ["uint16", Uint16Array.of(1, 0, 256, 1, 1, 0)],
    ["int8", Int8Array.of(1, 0, 1, 1, 1, 0)],
    ["bool", Uint8Array.of(1, 0, 1, 1, 1, 0)],
  ])("of %s is taken: what is not 0 is present", (type, data) => {
    expect(interop.softmax(tensor, { mask: { type, dims: shape, data } }).data).toEqual(expected);
  });

  it("of floats is refused", () => {
    expect(() => interop.softmax(tensor, { mask: tensor })).toThrow(
      refused("TypeError", "ERR_DTYPE", /^mask\.type: expected bool, .*int64.*, got "float32"$/),
    );
  });
});

describe("a tensor as out", () => {
  it("gets the result in its elements", () => {
    const out = { type: "float32", dims: shape, data: new Float32Array(6) };
    const { data, dims } = interop.softmax(tensor, { out });
    expect(data).toBe(out.data);
    expect([dims, out.data]).toEqual([shape, library.softmax(f32, { shape })]);
    const sums = { type: "float32", dims: [2, 1], data: new Float32Array(2) };
    expect(interop.logSumExp(tensor, { out: sums }).data).toBe(sums.data);
    const halves = { type: "float16", dims: shape, data: new Uint16Array(6) };
    const half = { ...halves, data: halves.data.slice() };
    expect(interop.softmax(halves, { out: half }).data).toBe(half.data);
  });

  it("of other sizes, or whose elements cannot be written, is refused and says what to do", () => {
    const other = { type: "float32", dims: [3, 2], data: new Float32Array(6) };
    expect(() => interop.softmax(tensor, { out: other })).toThrow(
      refused("RangeError", "ERR_OUT", /^out: expected a tensor of shape \[2, 3\], got \[3, 2\]$/),
    );
    for (const out of [
      { dtype: "float32", shape, dataSync: () => f32 },
      { ...ndarray, data: f32 },
    ]) {
      expect(() => interop.softmax(tensor, { out: out as never })).toThrow(
        refused("TypeError", "ERR_OUT", /^out: expected a typed array, .*: pass its data, or make one of the result$/),
      );
    }
    expect(() => interop.softmax(tensor, { out: {} as never })).toThrow(
      refused("TypeError", "ERR_OUT", /^out: expected/),
    );
    expect(() => interop.softmax(tensor, { axis: 7, out: other })).toThrow(refused("RangeError", "ERR_AXIS", /^axis/));
  });
});
