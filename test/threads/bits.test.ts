import { afterAll, describe, expect, it } from "vitest";
import {
  type FloatArray,
  type Instance,
  instantiate,
  type Samples,
  type TopK,
  type WasmArray,
} from "../../src/index.js";
import { createPool } from "../../src/threads/node.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { preferWorkers, spyOnTasks } from "./eitherWay.js";

const SEED = 11;
const single = instantiate();
const pool = await createPool({ threads: 3 });
// Overloads of a union cannot be called: what differs, the promises, `await` takes from either.
const several = pool as unknown as Instance;
afterAll(() => pool.terminate());
const tasks = spyOnTasks();
preferWorkers();

/** A large call's arguments: such as workers are given. */
interface Case {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly Type: typeof Float32Array | typeof Float64Array;
}

const CASES: readonly Case[] = [
  { shape: [390, 1031], axis: -1, Type: Float32Array },
  { shape: [3, 140_001], axis: 1, Type: Float32Array },
  { shape: [140_001, 3], axis: 1, Type: Float32Array },
  { shape: [1, 1100, 401], axis: 1, Type: Float32Array },
  { shape: [5, 33, 2700], axis: -2, Type: Float32Array },
  { shape: [750, 21, 27], axis: 1, Type: Float32Array },
  { shape: [400_001], axis: 0, Type: Float32Array },
  { shape: [390, 531], axis: -1, Type: Float64Array },
  { shape: [1, 420, 501], axis: 1, Type: Float64Array },
  { shape: [5, 33, 1401], axis: 1, Type: Float64Array },
];

/** Everything that a call may be given, seeded; a few rows are poisoned. */
function inputsOf({ shape, axis, Type }: Case) {
  const random = mulberry32(SEED);
  const length = shape.reduce((a, b) => a * b, 1);
  const cols = shape.at(axis) ?? 1;
  const positions = length / cols;
  const array = () => new Type(length).map(() => 12 * (random() - 0.5));
  const x = array();
  for (const value of [NaN, Infinity, -Infinity]) x[Math.floor(random() * length)] = value;
  // Class 0 of every position is present, so that its label is allowed.
  const inner = shape.slice(shape.length + (axis < 0 ? axis : axis - shape.length) + 1).reduce((a, b) => a * b, 1);
  const mask = new Uint8Array(length).map((_, i) => (Math.floor(i / inner) % cols === 0 || random() < 0.8 ? 1 : 0));
  return {
    x,
    other: array(),
    soft: array().map(Math.abs),
    mask,
    labels: Int32Array.from({ length: positions }, (_, n) => (n % 5 === 3 ? -100 : Math.floor(random() * cols))),
    zeros: new Int32Array(positions),
    weight: Float64Array.from({ length: cols }, random),
    upstream: Float64Array.from({ length: positions }, () => random() - 0.5),
    out: array(),
  };
}

type Chosen = TopK<FloatArray> | Samples<FloatArray> | Int32Array;
type Result = FloatArray | number | Chosen | { readonly loss: FloatArray | number; readonly grad: FloatArray };

/** Every function, and every option of each in one call or another. `by` is the pool or one thread. */
function callsOf(given: Case): Record<string, (by: Instance) => Result | Promise<Result>> {
  const { x, other, soft, mask, labels, zeros, weight, upstream, out } = inputsOf(given);
  const { shape, axis } = given;
  const at = { shape, axis };
  const positions = labels.length;
  const cols = weight.length;
  const ofLast = Float64Array.from({ length: shape.at(-1) ?? 1 }, (_, c) => 0.5 + (c % 7));
  const copy = () => out.slice() as Float32Array;
  return {
    softmax: (by) => by.softmax(x, at),
    "softmax at a temperature, masked, into out": (by) => by.softmax(x, { ...at, temperature: 0.7, mask, out: copy() }),
    "softmax in place": (by) => {
      const own = x.slice();
      return by.softmax(own, { ...at, out: own });
    },
    logSoftmax: (by) => by.logSoftmax(x, { ...at, mask }),
    logSumExp: (by) => by.logSumExp(x, at),
    argmax: (by) => by.argmax(x, at),
    topK: (by) => by.topK(x, { ...at, k: Math.min(cols, 7), mask, temperature: 0.7 }),
    sample: (by) => by.sample(other, { shape: [positions, cols], topK: 20, topP: 0.9, random: 0.4 }),
    crossEntropy: (by) => by.crossEntropy(x, labels, { ...at, reduction: "sum" }),
    "crossEntropy of each": (by) => by.crossEntropy(other, labels, { ...at, reduction: "none" }),
    "crossEntropy, mean": (by) => by.crossEntropy(other, labels, at),
    "crossEntropy with weights, smoothing and z-loss": (by) =>
      by.crossEntropy(other, labels, { ...at, weight, labelSmoothing: 0.1, zLoss: 1e-3 }),
    "crossEntropy, masked": (by) => by.crossEntropy(other, zeros, { ...at, mask, labelSmoothing: 0.2 }),
    "crossEntropy of probabilities": (by) => by.crossEntropy(other, soft, { ...at, weight }),
    crossEntropyGrad: (by) => by.crossEntropyGrad(other, labels, at),
    "crossEntropyGrad with everything": (by) =>
      by.crossEntropyGrad(x, zeros, {
        ...at,
        reduction: "none",
        weight,
        mask,
        labelSmoothing: 0.1,
        zLoss: 1e-3,
        temperature: 1.3,
        upstream,
        accumulate: true,
        out: copy(),
      }),
    "crossEntropyGrad of probabilities, accumulated": (by) =>
      by.crossEntropyGrad(other, soft, { ...at, accumulate: true, out: copy(), upstream: 0.3 }),
    crossEntropyHvp: (by) => by.crossEntropyHvp(other, labels, soft, { ...at, weight }),
    softmaxBackward: (by) => by.softmaxBackward(soft, other, at),
    logSoftmaxBackward: (by) => by.logSoftmaxBackward(other, soft, { ...at, temperature: 2 }),
    entropy: (by) => by.entropy(x, { ...at, temperature: 1.3 }),
    "entropy, masked": (by) => by.entropy(other, { ...at, mask }),
    tokenLogProbs: (by) => by.tokenLogProbs(other, labels, at),
    binaryCrossEntropy: (by) => by.binaryCrossEntropy(x, soft, { shape, weight: 0.3, posWeight: ofLast }),
    "binaryCrossEntropy of each": (by) => by.binaryCrossEntropy(x, soft, { reduction: "none" }),
    binaryCrossEntropyGrad: (by) =>
      by.binaryCrossEntropyGrad(other, soft, { shape, weight: ofLast, upstream: 0.3, accumulate: true, out: copy() }),
    "binaryCrossEntropyGrad of each": (by) =>
      by.binaryCrossEntropyGrad(other, soft, { reduction: "none", upstream: Float64Array.from(soft) }),
    sigmoid: (by) => by.sigmoid(x, { out: copy() }),
  };
}

/** Where every element is a position. */
const ELEMENTWISE = /^(?:sigmoid|binary)/;

const bits = (result: Result): string => {
  if (typeof result === "number") return bitsOf(Float64Array.of(result));
  if (result instanceof Int32Array) return result.join();
  if ("indices" in result) return `${result.indices.join()} ${bitsOf(result.values)}`;
  if ("tokens" in result) return `${result.tokens.join()} ${bitsOf(result.logProbs)}`;
  if ("grad" in result) return `${bits(result.loss)} ${bits(result.grad)}`;
  return bitsOf(result);
};

describe.each(CASES)("on several threads: $Type.name $shape, axis $axis", (given) => {
  it.each(Object.entries(callsOf(given)))("%s has the bits of one thread", async (name, call) => {
    const expected = bits(await call(single));
    const before = tasks.mock.calls.length;
    expect(bits(await call(several))).toBe(expected);
    // A single position has nothing to be divided.
    const isDivided = given.shape.length > 1 || ELEMENTWISE.test(name);
    expect(tasks.mock.calls.length - before, "tasks").toBe(isDivided ? 1 : 0);
    preferWorkers(false);
    expect(bits(await call(several)), "on the calling thread").toBe(expected);
    preferWorkers();
    expect(tasks.mock.calls.length - before, "tasks").toBe(isDivided ? 1 : 0);
  });
});

describe("lengths", () => {
  it.each([
    [4000, 100],
    [390, 1031],
  ])("have the bits of one thread: %i × %i", async (rows, cols) => {
    const { x, soft, zeros, out } = inputsOf({ shape: [rows, cols], axis: 1, Type: Float32Array });
    const lengths = zeros.map((_, row) => (row * 7919) % (cols + 1));
    const given = { shape: [rows, cols], lengths, temperature: 0.7 };
    const calls: ((by: Instance) => Result | Promise<Result>)[] = [
      (by) => by.softmax(x, given),
      (by) => by.logSumExp(x, given),
      (by) => by.crossEntropyGrad(x, zeros, { ...given, reduction: "none", labelSmoothing: 0.1 }),
      (by) => by.crossEntropyHvp(x, zeros, soft, { ...given, out: out.slice() as Float32Array }),
      (by) => by.topK(x, { ...given, lengths: lengths.map((length) => Math.max(length, 5)), k: 5 }),
    ];
    for (const call of calls) {
      const before = tasks.mock.calls.length;
      expect(bits(await call(several))).toBe(bits(await call(single)));
      expect(tasks.mock.calls.length - before, "tasks").toBe(1);
    }
  });
});

describe("arrays in shared memory", () => {
  const given: Case = { shape: [390, 1031], axis: -1, Type: Float32Array };
  const { shape } = given;
  const { x, other, labels, soft } = inputsOf(given);
  const resident = (values: FloatArray): WasmArray<Float32Array> => {
    const array = pool.alloc(Float32Array, values.length);
    array.view.set(values);
    return array;
  };

  it("are used where they are, as input, beside it and as out, with the same bits", async () => {
    const [a, b, c] = [resident(x), resident(other), resident(soft)];
    expect(await pool.softmax(a, { shape, out: b })).toBe(b);
    expect(bitsOf(b.view)).toBe(bitsOf(single.softmax(x, { shape })));
    expect(bitsOf(a.view), "the input is left alone").toBe(bitsOf(x));
    expect(await pool.softmax(a, { shape, out: a })).toBe(a);
    expect(bitsOf(a.view)).toBe(bitsOf(single.softmax(x, { shape })));
    b.view.set(other);
    const { loss, grad } = await pool.crossEntropyGrad(b, labels, { out: b });
    const expected = single.crossEntropyGrad(other, labels);
    expect(grad).toBe(b);
    expect([loss, bitsOf(b.view)]).toEqual([expected.loss, bitsOf(expected.grad)]);
    b.view.set(other);
    await pool.softmaxBackward(c, b, { shape, out: b });
    expect(bitsOf(b.view)).toBe(bitsOf(single.softmaxBackward(soft, other, { shape })));
    for (const array of [a, b, c]) array.free();
  });

  it("stay views of their memory when it grows", async () => {
    const a = resident(x);
    const view = a.view;
    const big = pool.alloc(Float32Array, 30_000_000);
    view.set(other);
    expect(await pool.softmax(view, { shape, out: view })).toBe(view);
    expect(bitsOf(view)).toBe(bitsOf(single.softmax(other, { shape })));
    expect(bitsOf(a.view)).toBe(bitsOf(view));
    a.free();
    big.free();
  });

  it("may be longer in a row than a worker's staging area", async () => {
    const values = Float64Array.from({ length: 4 * 70_001 }, (_, i) => (i * 7919) % 23);
    const a = pool.alloc(Float64Array, values.length);
    a.view.set(values);
    const wide = { shape: [4, 70_001] };
    const { loss, grad } = await pool.crossEntropyGrad(a, [1, 2, 3, 4]);
    const expected = single.crossEntropyGrad(values, [1, 2, 3, 4]);
    expect([loss, bitsOf(grad)]).toEqual([expected.loss, bitsOf(expected.grad)]);
    await pool.logSoftmax(a, { ...wide, out: a });
    expect(bitsOf(a.view)).toBe(bitsOf(single.logSoftmax(values, wide)));
    a.free();
  });
});

describe.each([true, false])("arrays of several kinds in one call (with workers: %s)", (isDivided) => {
  const shape = [64, 1031];
  const given: Case = { shape, axis: -1, Type: Float32Array };
  const { x, other, soft, labels, out } = inputsOf(given);
  const length = x.length;
  // At places of their own: two buffers may be of the same shared memory, as far as anyone can tell.
  let places = 0;
  const inShared = (values: FloatArray) => {
    const offset = 3 + length * (places++ % 4);
    const array = new Float32Array(new SharedArrayBuffer(4 * (length + offset)), 4 * offset, length);
    array.set(values);
    return array;
  };
  const resident = (values: FloatArray, by = pool): WasmArray<Float32Array> => {
    const array = by.alloc(Float32Array, length);
    array.view.set(values);
    return array;
  };
  const expected = single.crossEntropyGrad(other, soft, { shape, accumulate: true, out: out.slice() as Float32Array });
  const kinds = [
    ["ordinary", (values: FloatArray) => values.slice() as Float32Array],
    ["on a SharedArrayBuffer", (values: FloatArray) => inShared(values)],
    ["of alloc", (values: FloatArray) => resident(values)],
  ] as const;
  const elements = (array: Float32Array | WasmArray<Float32Array>) => ("view" in array ? array.view : array);

  it.each(kinds.flatMap(([a, x]) => kinds.map(([b, y]) => [a, b, x, y] as const)))(
    "logits %s, targets and out %s",
    async (_, __, make, makeOther) => {
      preferWorkers(isDivided);
      const [logits, targets, sum] = [make(other), makeOther(soft), makeOther(out)];
      const { loss, grad } = await pool.crossEntropyGrad(logits, targets, {
        shape,
        accumulate: true,
        out: sum,
      });
      expect(grad).toBe(sum);
      expect([loss, bitsOf(elements(sum))]).toEqual([expected.loss, bitsOf(expected.grad)]);
      expect(bitsOf(elements(logits)), "the input is left alone").toBe(bitsOf(other));
      // In the place of one of its inputs.
      const direction = single.crossEntropyHvp(other, labels, soft, { shape });
      expect(bitsOf(elements(await pool.crossEntropyHvp(logits, labels, targets, { shape, out: targets })))).toBe(
        bitsOf(direction),
      );
      preferWorkers();
    },
  );

  it("of another pool, and a view of the input's own memory as out", async () => {
    preferWorkers(isDivided);
    const another = await createPool({ threads: 2 });
    const theirs = resident(other, another);
    const ours = inShared(other);
    await Promise.all([
      pool.softmaxBackward(theirs.view, soft, { shape, out: ours }),
      another.softmaxBackward(theirs, soft, { shape, out: theirs }),
    ]);
    const derivative = bitsOf(single.softmaxBackward(other, soft, { shape }));
    expect([bitsOf(ours), bitsOf(theirs.view)]).toEqual([derivative, derivative]);
    const plain = x.slice() as Float32Array;
    await pool.softmax(plain, { shape, out: plain.subarray(0) });
    expect(bitsOf(plain)).toBe(bitsOf(single.softmax(x, { shape })));
    await another.terminate();
    preferWorkers();
  });

  it.each([-7, 7])("that overlap by an offset of %i: the input is copied at the call", async (offset) => {
    preferWorkers(isDivided);
    for (const buffer of [new ArrayBuffer(4 * (length + 7)), new SharedArrayBuffer(4 * (length + 7))]) {
      const from = new Float32Array(buffer, 4 * Math.max(0, -offset), length);
      from.set(x);
      const to = new Float32Array(buffer, 4 * Math.max(0, offset), length);
      await pool.softmax(from, { shape, out: to });
      expect(bitsOf(to)).toBe(bitsOf(single.softmax(x, { shape })));
    }
    preferWorkers();
  });

  it.each([-4, 4])("out in other shared memory, %i bytes from where the pool's arrays begin in theirs", async (by) => {
    preferWorkers(isDivided);
    const [y, dy] = [resident(other), resident(soft)];
    for (const { view } of [y, dy]) {
      const at = view.byteOffset + by;
      const to = new Float32Array(new SharedArrayBuffer(at + 4 * length), at, length);
      await pool.softmax(y, { shape, out: to });
      expect(bitsOf(to)).toBe(bitsOf(single.softmax(other, { shape })));
      await pool.softmaxBackward(y, dy, { shape, out: to });
      expect(bitsOf(to)).toBe(bitsOf(single.softmaxBackward(other, soft, { shape })));
      await pool.crossEntropyGrad(y, dy, { shape, out: to });
      expect(bitsOf(to)).toBe(bitsOf(single.crossEntropyGrad(other, soft, { shape }).grad));
    }
    expect([bitsOf(y.view), bitsOf(dy.view)]).toEqual([bitsOf(other), bitsOf(soft)]);
    preferWorkers();
  });

  it("losses of each position into an array of any kind", async () => {
    preferWorkers(isDivided);
    const losses = bitsOf(single.crossEntropy(other, labels, { shape, reduction: "none" }));
    for (const [, make] of kinds) {
      const to = elements(make(new Float32Array(length))).subarray(0, 64);
      await pool.crossEntropy(make(other), labels, { shape, reduction: "none", out: to });
      expect(bitsOf(to)).toBe(losses);
    }
    preferWorkers();
  });
});

describe("calls that are not awaited", () => {
  it("are done in their order, small ones among large ones", async () => {
    const x = inputsOf(CASES[0]).x;
    const { shape } = CASES[0];
    const a = pool.alloc(Float32Array, x.length);
    const first = pool.alloc(Float32Array, 1031);
    a.view.set(x);
    const row = () => a.view.subarray(0, 1031);
    await Promise.all([
      pool.softmax(a, { shape, out: a }),
      pool.logSoftmax(row(), { out: first }),
      pool.softmax(a, { shape, out: a }),
    ]);
    const once = single.softmax(x, { shape });
    expect(bitsOf(first.view)).toBe(bitsOf(single.logSoftmax(once.slice(0, 1031))));
    expect(bitsOf(a.view)).toBe(bitsOf(single.softmax(once, { shape })));
    a.free();
    first.free();
  });

  it("are done in their order, a short row in ordinary memory too", async () => {
    const shape = [200, 2011];
    const x = new Float32Array(200 * 2011).map((_, i) => (i * 7919) % 31);
    const values = new Float32Array(200);
    const [, p, { loss, grad }, alone] = await Promise.all([
      pool.logSumExp(x, { shape, out: values }),
      pool.softmax(values),
      pool.crossEntropyGrad(values, Int32Array.of(7)),
      pool.crossEntropy(values, Int32Array.of(7)),
    ]);
    const expected = single.logSumExp(x, { shape });
    const { loss: expectedLoss, grad: expectedGrad } = single.crossEntropyGrad(expected, Int32Array.of(7));
    expect(bitsOf(p)).toBe(bitsOf(single.softmax(expected)));
    expect([loss, alone, bitsOf(grad)]).toEqual([expectedLoss, expectedLoss, bitsOf(expectedGrad)]);
  });
});
