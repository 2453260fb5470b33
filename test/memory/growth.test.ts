// The first call of an instance on arrays in its linear memory, where staging has to grow for it: growth detaches every view
// that was taken before, the caller's among them.

import { describe, expect, it } from "vitest";
import { type FloatArray, type Instance, instantiate, type WasmArray } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

type Arrays = Readonly<Record<"x" | "q" | "v" | "out", FloatArray | WasmArray>>;
type Call = (by: Instance, arrays: Arrays, targets: Int32Array, options: object) => unknown;

/** Every function: with `out`, with integer targets and with probabilities. Of the losses `out` takes what is as long as x. */
const CALLS: Readonly<Record<string, Call>> = {
  softmax: (by, { x, out }, _, options) => by.softmax(x, { ...options, out }),
  "softmax in place": (by, { x }, _, options) => by.softmax(x, { ...options, out: x }),
  logSoftmax: (by, { x, out }, _, options) => by.logSoftmax(x, { ...options, out }),
  logSumExp: (by, { x }, _, options) => by.logSumExp(x, options),
  crossEntropy: (by, { x }, targets, options) => by.crossEntropy(x, targets, options),
  "crossEntropy of probabilities": (by, { x, q }, _, options) =>
    by.crossEntropy(x, q, { ...options, reduction: "none" }),
  crossEntropyGrad: (by, { x, out }, targets, options) => by.crossEntropyGrad(x, targets, { ...options, out }),
  "crossEntropyGrad of probabilities": (by, { x, q, out }, _, options) =>
    by.crossEntropyGrad(x, q, { ...options, reduction: "none", out }),
  "crossEntropyGrad added to out": (by, { x, out }, targets, options) =>
    by.crossEntropyGrad(x, targets, { ...options, labelSmoothing: 0.1, zLoss: 0.1, accumulate: true, out }),
  crossEntropyHvp: (by, { x, v, out }, targets, options) => by.crossEntropyHvp(x, targets, v, { ...options, out }),
  "crossEntropyHvp of probabilities": (by, { x, q, v, out }, _, options) =>
    by.crossEntropyHvp(x, q, v, { ...options, out }),
  softmaxBackward: (by, { x, v, out }, _, options) => by.softmaxBackward(x, v, { ...options, out }),
  "softmaxBackward in place": (by, { x, v }, _, options) => by.softmaxBackward(x, v, { ...options, out: v }),
  logSoftmaxBackward: (by, { x, v, out }, _, options) => by.logSoftmaxBackward(x, v, { ...options, out }),
};

interface Case {
  readonly Type: typeof Float32Array | typeof Float64Array;
  readonly shape: readonly number[];
  readonly axis: number;
}

const CASES: readonly Case[] = [
  // Strips of what lies beside each other, and two of them, fewer than a vector has.
  { Type: Float32Array, shape: [300, 1003], axis: 0 },
  { Type: Float64Array, shape: [40_000, 2], axis: 0 },
  // A row, and a row of positions, that are longer than staging.
  { Type: Float64Array, shape: [2, 40_000], axis: 1 },
  { Type: Float32Array, shape: [2, 1000, 67], axis: 1 },
];

/** Every array in a result. */
function arraysOf(result: unknown): FloatArray[] {
  if (typeof result === "number") return [Float64Array.of(result)];
  const array = result as FloatArray | WasmArray | { readonly loss: unknown; readonly grad: unknown };
  if ("grad" in array) return [...arraysOf(array.loss), ...arraysOf(array.grad)];
  return ["view" in array ? array.view : array];
}

const bytesOf = (result: unknown) =>
  Buffer.concat(
    arraysOf(result).map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );

const eachOf = <T, U>(arrays: Readonly<Record<string, T>>, make: (array: T) => U) =>
  Object.fromEntries(Object.entries(arrays).map(([slot, array]) => [slot, make(array)]));

describe.each(BACKENDS)("%s: staging that grows in the first call", (backend, ordinary) => {
  const fresh = () => instantiate({ backend: backend as "wasm" });

  describe.each(CASES)("$Type.name, $shape along $axis", ({ Type, shape, axis }) => {
    const random = mulberry32(20261230);
    const length = shape.reduce((a, b) => a * b, 1);
    const cols = shape[axis];
    const values = () => new Type(length).map(() => 10 * (random() - 0.5));
    const data = { x: values(), q: values().map((value) => Math.abs(value) / cols), v: values(), out: values() };
    const targets = new Int32Array(length / cols).map(() => Math.floor(random() * cols));
    const mask = new Uint8Array(length).fill(1);

    const expectAlike = (call: Call, options: object, given: (array: WasmArray) => FloatArray | WasmArray) => {
      const by = fresh();
      const resident = eachOf(data, () => by.alloc(Type as typeof Float32Array, length));
      // Views are of memory as it is once all arrays are there.
      const arrays = eachOf(resident, given);
      for (const [slot, array] of Object.entries(data)) resident[slot].view.set(array);
      const copies = eachOf(data, (array) => array.slice());
      const expected = bytesOf(call(ordinary, copies as unknown as Arrays, targets, options));
      expect(bytesOf(call(by, arrays as unknown as Arrays, targets, options)).equals(expected)).toBe(true);
      expect(bytesOf(resident.q).equals(bytesOf(data.q)), "an input").toBe(true);
    };

    it.each(Object.entries(CALLS))("%s of arrays in linear memory, and of views of it", (name, call) => {
      const options = { shape, axis, temperature: 2, ...(name.includes("Backward") ? {} : { mask }) };
      expectAlike(call, options, (array) => array);
      expectAlike(call, { shape, axis }, ({ view }) => view);
    });
  });

  it("three million elements along the middle axis", () => {
    const by = fresh();
    const [x, out] = [by.alloc(Float32Array, 3 * 1000 * 1003), by.alloc(Float32Array, 3 * 1000 * 1003)];
    x.view.forEach((_, i, view) => (view[i] = Math.sin(i)));
    const options = { shape: [3, 1000, 1003], axis: 1 };
    const expected = bytesOf(ordinary.softmax(x.view.slice(), options));
    expect(by.softmax(x, { ...options, out })).toBe(out);
    expect(bytesOf(out).equals(expected)).toBe(true);
  });
});
