// WasmArrays that are not this copy's own, or that come behind a proxy; and what a WasmArray is to JSON, to iteration, to
// structured cloning and to `using`.

import { describe, expect, it, vi } from "vitest";
import { type Instance, instantiate, type WasmArray } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";

vi.resetModules();
/** The library once more, as a second bundle in a page has it: none of its classes are ours. */
const another = await import("../../src/index.js");

const VALUES = [2, 1, 0.1];
const SHAPE = [1, 3];

/** As a framework hands it out that watches objects: what is read of it is a proxy again, unless it is a function. */
function watched<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (object, key, receiver) => {
      const value: unknown = Reflect.get(object, key, receiver);
      const isWatched = typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
      return isWatched ? watched(value) : value;
    },
  });
}

type Lend = (own: Instance, values: ArrayLike<number>) => WasmArray<Float64Array>;

function filled(instance: Instance, values: ArrayLike<number>): WasmArray<Float64Array> {
  const array = instance.alloc(Float64Array, values.length);
  array.view.set(values);
  return array;
}

const LENDERS: readonly (readonly [string, Lend])[] = [
  ["another copy's", (_, values) => filled(another, values)],
  ["another copy's, of its JavaScript", (_, values) => filled(another.instantiate({ backend: "js" }), values)],
  ["its own, behind a proxy", (own, values) => watched(filled(own, values))],
  ["its own, behind two proxies", (own, values) => new Proxy(watched(filled(own, values)), {})],
  ["another copy's, behind a proxy", (_, values) => watched(filled(another as unknown as Instance, values))],
  ["what inherits from its own", (own, values) => Object.create(filled(own, values)) as WasmArray<Float64Array>],
];

/** Every argument that takes an array of floats, by the function that takes it. */
const ARGUMENTS: readonly (readonly [string, (i: Instance, a: never) => unknown])[] = [
  ["softmax: x", (i, x) => i.softmax(x)],
  ["logSoftmax: x", (i, x) => i.logSoftmax(x, { shape: SHAPE })],
  ["logSumExp: x", (i, x) => i.logSumExp(x, { temperature: 2 })],
  ["crossEntropy: logits", (i, x) => i.crossEntropy(x, [1])],
  ["crossEntropy: targets", (i, q) => i.crossEntropy(Float64Array.from(VALUES), q)],
  ["crossEntropy: both", (i, x) => i.crossEntropy(x, x)],
  ["crossEntropy: weight", (i, weight) => i.crossEntropy(VALUES, [1], { weight, labelSmoothing: 0.1 })],
  ["crossEntropyGrad: logits", (i, x) => i.crossEntropyGrad(x, Int32Array.of(1))],
  ["crossEntropyHvp: v", (i, v) => i.crossEntropyHvp(VALUES, [1], v)],
  ["softmaxBackward: dy", (i, dy) => i.softmaxBackward(Float64Array.from(VALUES), dy)],
  ["logSoftmaxBackward: y", (i, y) => i.logSoftmaxBackward(y, Float64Array.from(VALUES))],
];

const numbersOf = (result: unknown): unknown =>
  typeof result === "number" || ArrayBuffer.isView(result) ? result : Object.values(result as object).map(numbersOf);

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(LENDERS)("a WasmArray: %s", (_, lend) => {
    it.each(ARGUMENTS)("%s", (_, call) => {
      const expected = numbersOf(call(instance, Float64Array.from(VALUES) as never));
      const array = lend(instance, VALUES);
      expect(numbersOf(call(instance, array as never))).toEqual(expected);
      expect([...array.view]).toEqual(VALUES);
      array.free();
    });

    it("out: is what comes back, with the result in it", () => {
      const x = Float64Array.from(VALUES);
      const out = lend(instance, [7, 7, 7]);
      expect(instance.softmax(x, { out })).toBe(out);
      expect(out.view).toEqual(instance.softmax(x));
      expect(instance.crossEntropyGrad(x, Int32Array.of(1), { out }).grad).toBe(out);
      expect(out.view).toEqual(instance.crossEntropyGrad(x, [1]).grad);
      expect(instance.crossEntropyGrad(x, [1], { out, accumulate: true }).grad).toBe(out);
      expect(out.view).toEqual(instance.crossEntropyGrad(x, [1], { upstream: 2 }).grad);
      const one = lend(instance, [7]);
      expect(instance.crossEntropy(x, [1], { reduction: "none", out: one, weight: lend(instance, VALUES) })).toBe(one);
      expect(one.view[0]).toBe(instance.crossEntropy(x, [1], { reduction: "sum", weight: VALUES }));
      const upstream = lend(instance, [3]);
      expect(instance.crossEntropyGrad(x, [1], { reduction: "none", upstream }).grad).toEqual(
        instance.crossEntropyGrad(x, [1], { upstream: 3 }).grad,
      );
    });

    it("in place", () => {
      const x = lend(instance, VALUES);
      const expected = instance.softmax(VALUES);
      expect(instance.softmax(x, { out: x })).toBe(x);
      expect([...x.view]).toEqual(expected);
    });

    it("of the wrong type or length is refused, as out and beside another", () => {
      const x = Float64Array.from(VALUES);
      const refused = (code: string) => expect.objectContaining({ code }) as Error;
      expect(() => instance.softmax(x, { out: lend(instance, [1, 2]) })).toThrow(refused("ERR_OUT"));
      expect(() => instance.softmax(Float32Array.from(VALUES), { out: lend(instance, VALUES) as never })).toThrow(
        refused("ERR_OUT"),
      );
      expect(() => instance.softmaxBackward(x, lend(instance, [1, 2]))).toThrow(refused("ERR_SHAPE"));
    });

    it("has length, view, elements and free of its own", () => {
      const array = lend(instance, VALUES);
      expect(array.length).toBe(3);
      expect([...array]).toEqual(VALUES);
      expect(JSON.stringify({ array })).toBe('{"array":[2,1,0.1]}');
      array.free();
      array.free();
      const disposed = expect.objectContaining({ name: "RangeError", code: "ERR_DISPOSED" }) as Error;
      expect(() => array.view).toThrow(disposed);
      expect(() => instance.softmax(array)).toThrow(disposed);
      expect(() => instance.softmax(VALUES, { out: array })).toThrow(disposed);
      expect(() => JSON.stringify(array)).toThrow(disposed);
    });
  });

  it("behind a proxy it is used where it is: it may be a part of no overlap", () => {
    const array = instance.alloc(Float64Array, 4);
    const isResident = instance.backend().kind === "wasm";
    const run = () => instance.softmax(array.view.subarray(1), { out: array.view.subarray(0, 3) });
    if (isResident) expect(run).toThrow(expect.objectContaining({ code: "ERR_OVERLAP" }));
    const proxy = watched(array);
    const overlapping = () => instance.softmax(proxy, { out: array.view });
    expect(overlapping).not.toThrow();
    expect(instance.softmax(new Float64Array(4), { out: proxy })).toBe(proxy);
    expect(array.view).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
    array.free();
  });
});

const BRAND = Symbol.for("softmax-wasm.WasmArray");

/** What passes for a WasmArray of another copy, and does something whenever it is asked for its elements. */
const armed = (view: unknown, act: () => void) => ({
  [BRAND]: () => ({
    get view() {
      act();
      return view;
    },
  }),
});

describe.each(BACKENDS)("%s: what passes for another copy's array", (kind, instance) => {
  it("and gives something else than floats is refused", () => {
    for (const value of [undefined, null, 7, [1, 2, 3], Int32Array.of(1, 2, 3), new DataView(new ArrayBuffer(12))]) {
      const fake = armed(value, () => undefined);
      for (const given of [fake, { [BRAND]: () => value }, { [BRAND]: value }]) {
        const refused = expect.objectContaining({ name: "TypeError", code: "ERR_DTYPE" }) as Error;
        expect(() => instance.softmax(given as never)).toThrow(refused);
        expect(() => instance.crossEntropy(Float32Array.of(1, 2, 3), given as never)).toThrow(refused);
        const out = expect.objectContaining({ name: "TypeError", code: "ERR_OUT" }) as Error;
        expect(() => instance.softmax(VALUES, { out: given as never })).toThrow(out);
      }
    }
  });

  const x = () => Float64Array.from(VALUES);
  const CALLS: readonly (readonly [
    string,
    (i: Instance, x: Float64Array, fake: never, out: Float64Array) => unknown,
  ])[] = [
    ["as out of softmax", (i, logits, fake) => i.softmax(logits, { out: fake })],
    ["as out of a gradient", (i, logits, fake) => i.crossEntropyGrad(logits, Int32Array.of(1), { out: fake })],
    ["as targets", (i, logits, fake, out) => i.crossEntropyGrad(logits, fake, { out })],
    ["as weights", (i, logits, weight, out) => i.crossEntropyGrad(logits, Int32Array.of(1), { weight, out })],
    ["as dy", (i, logits, fake, out) => i.softmaxBackward(logits, fake, { out })],
    ["as v", (i, logits, fake, out) => i.crossEntropyHvp(logits, [1], fake, { out })],
    ["as v of probabilities", (i, logits, fake, out) => i.crossEntropyHvp(logits, x(), fake, { out })],
  ];

  it.each(CALLS)("and calls the library meanwhile changes nothing: %s", (_, call) => {
    const expected = numbersOf(call(instance, x(), x() as never, x()));
    const own = instantiate({ backend: kind as "wasm" });
    const array = x();
    const fake = armed(array, () => {
      own.softmax(new Float32Array(2 ** 17));
      own.crossEntropyGrad([0, 0, 0, 5, 5, 5], Int32Array.of(2, 2));
    });
    const result = call(own, x(), fake as never, x());
    if (result !== fake && (result as { grad?: unknown }).grad !== fake) expect(numbersOf(result)).toEqual(expected);
    else expect(array).toEqual(Array.isArray(expected) ? expected[1] : expected);
  });

  it.each(CALLS)("and takes the logits away is refused, and nothing is written: %s", (_, call) => {
    for (const taken of ["logits", "out"]) {
      const logits = x();
      const out = x();
      const array = x();
      const { buffer } = taken === "logits" ? logits : out;
      const fake = armed(array, () => {
        if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
      });
      let thrown: unknown;
      try {
        call(instance, logits, fake as never, out);
      } catch (error) {
        thrown = error;
      }
      // Not every call has an out beside it.
      if (taken === "out" && thrown === undefined) continue;
      expect(thrown).toMatchObject({ code: "ERR_DETACHED" });
      expect(array).toEqual(x());
      if (taken === "logits") expect(out).toEqual(x());
    }
  });
});

describe.each(BACKENDS)("%s: a WasmArray", (kind, instance) => {
  it("is iterated over, spread, and made an array of", () => {
    const array = filled(instance, VALUES);
    expect([...array]).toEqual(VALUES);
    expect(Array.from(array)).toEqual(VALUES);
    expect(new Float32Array(array)).toEqual(Float32Array.from(VALUES));
    expect(Math.max(...array)).toBe(2);
    array.free();
    expect(() => [...array]).toThrow(expect.objectContaining({ code: "ERR_DISPOSED" }));
  });

  it("goes on being iterated over when memory grows in between", () => {
    const own = instantiate({ backend: kind as "wasm" });
    const seen: number[] = [];
    for (const value of filled(own, VALUES)) {
      if (seen.length === 0) own.softmax(new Float32Array(2 ** 17));
      seen.push(value);
    }
    expect(seen).toEqual(VALUES);
  });

  it("is an array of numbers in JSON", () => {
    const array = filled(instance, VALUES);
    expect(JSON.parse(JSON.stringify({ logits: array }))).toEqual({ logits: VALUES });
    array.free();
  });

  it("is refused by structured cloning, which would lose its elements", () => {
    const array = filled(instance, VALUES);
    const refused = expect.objectContaining({ name: "DataCloneError" }) as Error;
    expect(() => structuredClone(array)).toThrow(refused);
    expect(() => structuredClone({ deep: [array] })).toThrow(refused);
    const copy = structuredClone(array.view.slice());
    expect(copy).toEqual(Float64Array.from(VALUES));
    array.free();
  });

  it("is freed at the end of a block of `using`, whose symbol compilers find", () => {
    const array = instance.alloc(Float32Array, 1);
    const key = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for("Symbol.dispose");
    (array as unknown as Record<symbol, () => void>)[key]();
    expect(() => array.view).toThrow(expect.objectContaining({ code: "ERR_DISPOSED" }));
  });

  it("says what it is", () => {
    const array = instance.alloc(Float32Array, 1);
    expect(Object.prototype.toString.call(array)).toBe("[object WasmArray]");
    expect(() => instance.crossEntropy([0], [0], { temperature: array as never })).toThrow("an object (WasmArray)");
  });
});
