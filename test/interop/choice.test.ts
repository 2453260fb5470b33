// argmax, topK and sample of tensors, whose classes are int32; and the option `last`.

import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import * as interop from "../../src/interop/index.js";
import { narrow } from "../../src/interop/float16.js";

// Exact in halves.
const VALUES = [2, 1, -0.5, 0, 3, 1, 4, 5, -8, 7, -7, 0];
const dims = [2, 2, 3];
const f32 = Float32Array.from(VALUES);
const options = { temperature: 0.7, topP: 0.9, random: [0.1, 0.95, 0.5, 0.7] };

function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  narrow(values, halves);
  return halves;
}

const bits = halvesOf(f32);
const classes = (data: Int32Array, sizes: number[]) => ({ data, dims: sizes, type: "int32" });

const KINDS = [
  ["float32", f32, f32, (values: Float32Array | number[]) => values],
  ["float64", VALUES, VALUES, (values: Float32Array | number[]) => values],
  ["float16", bits, f32, (values: Float32Array | number[]) => halvesOf(values as Float32Array)],
] as const;

describe.each(KINDS)("a tensor of %s", (type, data, array, asGiven) => {
  const x = { type, dims, data };

  it("gives the library's classes, and what they have in an array like its own", () => {
    const shape = dims;
    expect(interop.argmax(x)).toEqual(classes(library.argmax(array, { shape }), [2, 2]));
    const top = library.topK(array, { shape, k: 2 });
    const expected = { data: asGiven(top.values), dims: [2, 2, 2], type };
    expect(interop.topK(x, { k: 2 })).toEqual({ values: expected, indices: classes(top.indices, [2, 2, 2]) });
    const drawn = library.sample(array, { ...options, shape });
    expect(interop.sample(x, options)).toEqual({
      tokens: classes(drawn.tokens, [2, 2]),
      logProbs: { data: asGiven(drawn.logProbs as number[]), dims: [2, 2], type },
    });
  });

  it("goes along any axis", () => {
    const top = library.topK(array, { shape: dims, axis: 0, k: 1, of: "logit" });
    const { values, indices } = interop.topK(x, { axis: 0, k: 1, of: "logit" });
    expect([values.data, values.dims]).toEqual([asGiven(top.values as number[]), [1, 2, 3]]);
    expect(indices).toEqual(classes(top.indices, [1, 2, 3]));
  });

  it("has the log-probabilities of tokens in a tensor of the other sizes, which may end in 1", () => {
    const tokens = [0, 1, 1, 2];
    const expected = { data: asGiven(library.tokenLogProbs(array, tokens, { shape: dims })), dims: [2, 2], type };
    for (const sizes of [
      [2, 2],
      [2, 2, 1],
    ]) {
      const ids = { type: "int64", dims: sizes, data: BigInt64Array.from(tokens, BigInt) };
      expect(interop.tokenLogProbs(x, ids)).toEqual(expected);
    }
    const along = { type: "int32", dims: [2, 3], data: Int32Array.of(0, 1, 1, 1, 0, 1) };
    const { data: logProbs, dims: sizes } = interop.tokenLogProbs(x, along, { axis: 1 });
    expect(logProbs).toEqual(asGiven(library.tokenLogProbs(array, along.data, { shape: dims, axis: 1 })));
    expect(sizes).toEqual([2, 3]);
    const flat = { ...along, dims: [4], data: Int32Array.from(tokens) };
    const message = "tokens: expected a tensor of shape [2, 2], to fit logits, got [4]";
    expect(() => interop.tokenLogProbs(x, flat)).toThrow(
      expect.objectContaining({ code: "ERR_SHAPE", message }) as Error,
    );
  });

  it("may be read at its last positions alone", () => {
    const ends = data.slice(3, 6);
    const one = { type, dims: [1, 3], data: ends };
    const batch = { type, dims: [1, 2, 3], data: data.slice(0, 6) };
    expect(interop.topK(batch, { k: 2, last: true })).toEqual(interop.topK(one, { k: 2 }));
    const { data: tokens, dims: sizes } = interop.argmax(x, { last: true });
    expect([tokens, sizes]).toEqual([Int32Array.of(1, 0), [2]]);
    expect(interop.argmax(x, { last: false })).toEqual(interop.argmax(x));
  });
});

it("bits of halves give bits of halves, with the option `type`", () => {
  const type = "float16";
  const x = { type, dims, data: bits };
  const { values, indices } = interop.topK(x, { k: 2 });
  const top = interop.topK(bits, { type, shape: dims, k: 2 });
  expect([top.values, top.indices]).toEqual([values.data, indices.data]);
  const { tokens, logProbs } = interop.sample(x, options);
  const drawn = interop.sample(bits, { ...options, type, shape: dims });
  expect([drawn.tokens, drawn.logProbs]).toEqual([tokens.data, logProbs.data]);
  expect(interop.argmax(bits, { type, shape: dims })).toEqual(interop.argmax(x).data);

  const row = bits.slice(0, 3);
  expect(interop.argmax(row, { type })).toBe(0);
  const numbers = interop.sample(row, { type, random: 0.99 });
  expect(numbers).toEqual(library.sample(f32.slice(0, 3), { random: 0.99 }));
});

it("refuses `last` of what has no positions, and what is not true or false", () => {
  const refused = (name: string, code: string) => expect.objectContaining({ name, code }) as Error;
  for (const sizes of [[12], [3], [1, 0, 3]]) {
    const x = { type: "float32", dims: sizes, data: f32.slice(0, sizes.length === 1 ? sizes[0] : 0) };
    const message = `x: expected a tensor with positions before the classes, whose last is taken, got shape [${sizes.join(", ")}]`;
    expect(() => interop.argmax(x, { last: true })).toThrow(message);
    expect(() => interop.argmax(x, { last: true })).toThrow(refused("RangeError", "ERR_SHAPE"));
    expect(() => interop.sample(x, { last: true })).toThrow(refused("RangeError", "ERR_SHAPE"));
  }
  const wrong = () => interop.argmax({ type: "float32", dims, data: f32 }, { last: 1 as never });
  expect(wrong).toThrow("last: expected true or false, got 1");
  expect(wrong).toThrow(refused("TypeError", "ERR_OPTION"));
  const ofArray = () => interop.argmax(f32, { last: true } as never);
  expect(ofArray).toThrow(refused("TypeError", "ERR_OPTION"));
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
});
