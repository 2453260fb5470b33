// What is no options object, for every function that takes options: a Map, a Date, a class's instance and the like hold
// nothing that a function reads, so that taking one would pass over what its caller meant.

import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type Instance, instantiate, softmaxJacobian } from "../../src/index.js";
import * as interop from "../../src/interop/index.js";
import { createPool } from "../../src/threads/node.js";
import { BACKENDS } from "../reference/backends.js";

class Settings {
  readonly temperature = 2;
}

/** Taken for options, each of these would be an object without any. */
const NO_OPTIONS: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["a number", 7],
  ["a string", "mean"],
  ["a symbol", Symbol("options")],
  ["a bigint", 1n],
  ["true", true],
  ["a function", () => ({})],
  ["a class", Settings],
  ["an instance of a class", new Settings()],
  ["an array", []],
  ["an array of another realm", runInNewContext("[]")],
  ["a Float32Array", new Float32Array(0)],
  ["an Int32Array", Int32Array.of(1)],
  ["a DataView", new DataView(new ArrayBuffer(8))],
  ["an ArrayBuffer", new ArrayBuffer(8)],
  ["a SharedArrayBuffer", new SharedArrayBuffer(8)],
  ["a Map", new Map([["temperature", 2]])],
  ["a Map of another realm", runInNewContext("new Map()")],
  ["a Set", new Set(["temperature"])],
  ["a WeakMap", new WeakMap()],
  ["a WeakSet", new WeakSet()],
  ["a Date", new Date(0)],
  ["a RegExp", /temperature/],
  ["a Promise", Promise.resolve({ temperature: 2 })],
  ["an Error", new Error("options")],
  ["a boxed number", Object(2)],
  ["a boxed string", Object("")],
  ["a boxed boolean", Object(true)],
  ["a boxed symbol", Object(Symbol("options"))],
  ["a boxed bigint", Object(1n)],
  ["a WasmArray", instantiate().alloc(Float32Array, 1)],
  ["a URL", new URL("file:///")],
];

/** Each without options in it: what they are is enough. */
const OPTIONS: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["a plain object", {}],
  ["a frozen plain object", Object.freeze({})],
  ["a plain object of another realm", runInNewContext("({})")],
  ["an object without a prototype", Object.create(null)],
  ["an object of another realm without a prototype", runInNewContext("Object.create(null)")],
  ["an object of one without a prototype", Object.create(Object.create(null) as object)],
  ["a proxy of a plain object", new Proxy({}, {})],
];

/** With an option, which has to be read. */
const WITH_TEMPERATURE: readonly (readonly [string, object])[] = [
  ["a plain object", { temperature: 2 }],
  ["a plain object of another realm", runInNewContext("({ temperature: 2 })") as object],
  ["an object without a prototype", Object.assign(Object.create(null), { temperature: 2 }) as object],
  [
    "an object of one without a prototype",
    Object.assign(Object.create(Object.create(null) as object), { temperature: 2 }) as object,
  ],
];

const x = Float32Array.of(1, 2, 3);
const tensor = { data: x, dims: [1, 3], type: "float32" };
const vector = { ...tensor, dims: [3] };
// Their types have no options, of which JavaScript knows nothing.
const jacobianOfRow = interop.softmaxJacobian as (row: unknown, options: unknown) => unknown;

/** What is an object of options with one that a function needs, or that makes its result known; every other value as it is. */
function withOption(options: unknown, name: string, value: unknown): never {
  if (options === undefined) return { [name]: value } as never;
  if (!OPTIONS.some(([, plain]) => plain === options)) return options as never;
  return Object.assign(Object.create(Object.getPrototypeOf(options) as object | null) as object, {
    [name]: value,
  }) as never;
}
const withK = (options: unknown) => withOption(options, "k", 2);
const withRandom = (options: unknown) => withOption(options, "random", 0.5);

type Call = (by: Instance, options: never) => unknown;

/** Every function of an instance that takes options. */
const CALLS: Readonly<Record<string, Call>> = {
  softmax: (by, options) => by.softmax(x, options),
  logSoftmax: (by, options) => by.logSoftmax(x, options),
  logSumExp: (by, options) => by.logSumExp(x, options),
  argmax: (by, options) => by.argmax(x, options),
  topK: (by, options) => by.topK(x, withK(options)),
  sample: (by, options) => by.sample(x, withRandom(options)),
  crossEntropy: (by, options) => by.crossEntropy(x, [1], options),
  crossEntropyGrad: (by, options) => by.crossEntropyGrad(x, [1], options),
  crossEntropyHvp: (by, options) => by.crossEntropyHvp(x, [1], x, options),
  softmaxBackward: (by, options) => by.softmaxBackward(x, x, options),
  logSoftmaxBackward: (by, options) => by.logSoftmaxBackward(x, x, options),
  sigmoid: (by, options) => by.sigmoid(x, options),
  binaryCrossEntropy: (by, options) => by.binaryCrossEntropy(x, x, options),
  binaryCrossEntropyGrad: (by, options) => by.binaryCrossEntropyGrad(x, x, options),
  entropy: (by, options) => by.entropy(x, options),
  tokenLogProbs: (by, options) => by.tokenLogProbs(x, [1], options),
};

/** Likewise of the entry ./interop, on tensors and on arrays. */
const INTEROP_CALLS = Object.fromEntries(
  [tensor, x].flatMap((of) => {
    const kind = of === x ? "an array" : "a tensor";
    const all: Record<string, (options: never) => unknown> = {
      softmax: (options) => interop.softmax(of as never, options),
      logSoftmax: (options) => interop.logSoftmax(of as never, options),
      logSumExp: (options) => interop.logSumExp(of as never, options),
      argmax: (options) => interop.argmax(of as never, options),
      topK: (options) => interop.topK(of as never, withK(options)),
      sample: (options) => interop.sample(of as never, withRandom(options)),
      crossEntropy: (options) => interop.crossEntropy(of as never, [1], options),
      crossEntropyGrad: (options) => interop.crossEntropyGrad(of as never, [1], options),
      crossEntropyHvp: (options) => interop.crossEntropyHvp(of as never, [1], of as never, options),
      softmaxBackward: (options) => interop.softmaxBackward(of as never, of as never, options),
      logSoftmaxBackward: (options) => interop.logSoftmaxBackward(of as never, of as never, options),
      sigmoid: (options) => interop.sigmoid(of as never, options),
      binaryCrossEntropy: (options) => interop.binaryCrossEntropy(of as never, of as never, options),
      binaryCrossEntropyGrad: (options) => interop.binaryCrossEntropyGrad(of as never, of as never, options),
      entropy: (options) => interop.entropy(of as never, options),
      tokenLogProbs: (options) => interop.tokenLogProbs(of as never, [1], options),
      softmaxJacobian: (options) => jacobianOfRow(of === x ? x : vector, options),
    };
    return Object.entries(all).map(([name, call]) => [`${name} of ${kind}`, call] as const);
  }),
);

it("every function that takes options is here", () => {
  const without = ["alloc", "backend"];
  expect(Object.keys(CALLS).sort()).toEqual(
    Object.keys(instantiate())
      .filter((name) => !without.includes(name))
      .sort(),
  );
  const named = new Set(Object.keys(INTEROP_CALLS).map((name) => name.split(" ")[0]));
  expect([...named, "like"].sort()).toEqual(Object.keys(interop).sort());
});

/** Whether an error is the refusal of an options object; every other one fails the test. */
function checkRefusal(error: unknown, kind: string): void {
  const { name, code, message } = error as Error & { code?: unknown };
  expect({ name, code }, `${kind}: ${message}`).toEqual({ name: "TypeError", code: "ERR_OPTION" });
  expect(message, kind).toMatch(/^options: expected .+, got .+$/);
}

/** What a call takes of what it has to refuse. */
async function wronglyTaken(call: (options: never) => unknown): Promise<string[]> {
  const taken: string[] = [];
  for (const [kind, options] of NO_OPTIONS) {
    try {
      await call(options as never);
      taken.push(kind);
    } catch (error) {
      checkRefusal(error, kind);
    }
  }
  return taken;
}

function expectAllTaken(call: (options: never) => unknown): void {
  for (const [kind, options] of OPTIONS) expect(call(options as never), kind).toEqual(call(undefined as never));
}

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(Object.entries(CALLS))("%s", (_, call) => {
    it("refuses what is no options object", async () => {
      expect(await wronglyTaken((options) => call(instance, options))).toEqual([]);
    });

    it("takes plain objects of any realm, and objects without a prototype", () => {
      expectAllTaken((options) => call(instance, options));
    });
  });

  it.each(WITH_TEMPERATURE)("reads the options of %s", (_, options) => {
    const expected = instance.softmax(Float32Array.of(0.5, 1, 1.5));
    expect(instance.softmax(x, options)).toEqual(expected);
  });
});

describe.each(Object.entries(INTEROP_CALLS))("./interop: %s", (_, call) => {
  it("refuses what is no options object", async () => {
    expect(await wronglyTaken(call)).toEqual([]);
  });

  it("takes plain objects of any realm, and objects without a prototype", () => {
    expectAllTaken(call);
  });
});

describe("softmaxJacobian", () => {
  const jacobian = softmaxJacobian as (row: Float32Array, options: unknown) => unknown;

  it("refuses what is no options object", async () => {
    expect(await wronglyTaken((options) => jacobian(x, options))).toEqual([]);
  });

  it("takes an object without options", () => {
    expectAllTaken((options) => jacobian(x, options));
  });

  it("refuses every option: it takes none", () => {
    expect(() => jacobian(x, { temperature: 2 })).toThrow('options: expected none, got "temperature"');
  });
});

describe("instantiate", () => {
  it("refuses what is no options object", async () => {
    expect(await wronglyTaken((options) => instantiate(options))).toEqual([]);
  });

  it("takes plain objects of any realm, and objects without a prototype", () => {
    expectAllTaken((options) => instantiate(options).softmax(x));
  });
});

describe("createPool", () => {
  it("refuses what is no options object", async () => {
    const call = async (options: never) => (await createPool(options)).terminate();
    expect(await wronglyTaken(call)).toEqual([]);
  });

  it.each([
    ["a plain object", { threads: 1 }],
    ["a plain object of another realm", runInNewContext("({ threads: 1 })") as object],
    ["an object without a prototype", Object.assign(Object.create(null), { threads: 1 }) as object],
  ])("reads the options of %s", async (_, options) => {
    const pool = await createPool(options);
    expect(pool.backend().threads).toBe(1);
    await pool.terminate();
  });
});

describe("a pool", () => {
  // The same functions, by promise.
  const pool = createPool({ threads: 1 }) as unknown as Promise<Instance>;

  it.each(Object.entries(CALLS))("%s refuses what is no options object, by a promise", async (_, call) => {
    const by = await pool;
    const byPromise = (options: never) => {
      const promise = call(by, options);
      expect(promise).toBeInstanceOf(Promise);
      return promise;
    };
    expect(await wronglyTaken(byPromise)).toEqual([]);
  });
});
