// Input that means harm: the wrong kind of everything at every argument, arrays that are not what they say, memory that
// another thread writes meanwhile, a realm that has been tampered with, sizes that nothing could hold.

import { execFileSync } from "node:child_process";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { type Instance, instantiate, softmaxJacobian } from "../../src/index.js";
import { createEngine } from "../../src/backend/createEngine.js";
import { functionsOn } from "../../src/instance.js";
import { alloc as allocOf } from "../../src/memory/wasmArray.js";
import { BACKENDS } from "../reference/backends.js";
import { NUMBERS, patterned, PLAIN_ARRAYS, WRONG_KINDS } from "./refusal.js";

const x = Float32Array.of(1, 2, 3);

/** Every function of an instance: good arguments, and what its messages call each. */
const FUNCTIONS: Readonly<Record<string, { readonly args: readonly unknown[]; readonly names: readonly string[] }>> = {
  softmax: { args: [x, {}], names: ["x", "options"] },
  logSoftmax: { args: [x, {}], names: ["x", "options"] },
  logSumExp: { args: [x, {}], names: ["x", "options"] },
  argmax: { args: [x, {}], names: ["x", "options"] },
  topK: { args: [x, { k: 2 }], names: ["x", "options"] },
  sample: { args: [x, {}], names: ["logits", "options"] },
  crossEntropy: { args: [x, [1], {}], names: ["logits", "(?:targets|labels)", "options"] },
  crossEntropyGrad: { args: [x, [1], {}], names: ["logits", "(?:targets|labels)", "options"] },
  crossEntropyHvp: { args: [x, [1], x, {}], names: ["logits", "(?:targets|labels)", "v", "options"] },
  softmaxBackward: { args: [x, x, {}], names: ["y", "dy", "options"] },
  logSoftmaxBackward: { args: [x, x, {}], names: ["y", "dy", "options"] },
  entropy: { args: [x, {}], names: ["x", "options"] },
  tokenLogProbs: { args: [x, [1], {}], names: ["logits", "tokens", "options"] },
  binaryCrossEntropy: { args: [x, x, {}], names: ["logits", "(?:targets|labels)", "options"] },
  binaryCrossEntropyGrad: { args: [x, x, {}], names: ["logits", "(?:targets|labels)", "options"] },
  sigmoid: { args: [x, {}], names: ["x", "options"] },
  alloc: { args: [Float32Array, 3], names: ["alloc", "alloc"] },
};

const callOf = (instance: Instance, name: string) =>
  Reflect.get(instance, name) as (...args: readonly unknown[]) => unknown;

const NULLISH = [
  ["null", null],
  ["undefined", undefined],
] as const;
const TYPED = [Uint16Array, Uint32Array, BigInt64Array, Float64Array].map(
  (Type) => [`${Type.name}(3)`, new Type(3)] as const,
);

describe.each(BACKENDS)("%s", (_, instance) => {
  it("every function is in the table", () => {
    expect(Object.keys(FUNCTIONS).sort()).toEqual(
      Object.keys(instance)
        .filter((name) => name !== "backend")
        .sort(),
    );
  });

  describe.each(Object.entries(FUNCTIONS))("%s", (name, { args, names }) => {
    it.each(args.map((_, at) => [names[at], at] as const))("refuses what is no %s (argument %i)", (argument, at) => {
      let refused = 0;
      for (const [shown, value] of [...WRONG_KINDS, ...NUMBERS, ...NULLISH, ...TYPED, ...PLAIN_ARRAYS]) {
        const isOptions = names[at] === "options";
        // What is right there: no options, a length, numbers. Which objects are options: noOptions.test.ts.
        if (isOptions && (value === undefined || shown.startsWith("an object ("))) continue;
        if (name === "alloc" && at === 1 && typeof value === "number" && Number.isInteger(value)) continue;
        if (
          ["x", "logits"].includes(argument) &&
          !LOSSES.includes(name) &&
          (shown.startsWith("Float64") || shown.startsWith("an array"))
        )
          continue;
        const out = patterned(["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : 3);
        const given: unknown[] = args.slice();
        if (names.at(-1) === "options") given[names.length - 1] = optionsOf(name, args.at(-1), out);
        given[at] = value;
        let thrown: (Error & { code?: string }) | undefined;
        try {
          callOf(instance, name)(...given);
        } catch (error) {
          thrown = error as Error & { code?: string };
        }
        if (thrown === undefined) {
          // Three numbers are targets of three elements, booleans too.
          if (name.startsWith("binary")) continue;
          // 0 is the label of one row, and three of them are targets of three rows.
          expect(`${argument}: ${shown}`).toMatch(
            /^(?:\S+labels\)|tokens): (?:-0|(?:Uint16|Uint32|BigInt64)Array\(3\))$/,
          );
          continue;
        }
        refused++;
        expect(thrown.name, `${shown}: ${thrown.message}`).toMatch(/^(?:Type|Range)Error$/);
        expect(thrown.code, `${shown}: ${thrown.message}`).toMatch(/^ERR_[A-Z_]+$/);
        expect(thrown.message).toMatch(/^[\w.]+(?:\[\d+\])?: expected .+, got .+$/s);
        expect(
          new Uint8Array(out.buffer).every((byte) => byte === 0xa5),
          `${shown}: out`,
        ).toBe(true);
        expect(instance.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
      }
      expect(refused, "of the kinds").toBeGreaterThanOrEqual(12);
    });
  });

  it("a proxy of an array is no array, whatever its traps do; nothing is written", () => {
    const throwing = new Proxy(x, {
      get: () => {
        throw new Error("a trap");
      },
    });
    const { proxy: revoked, revoke } = Proxy.revocable([1, 2, 3], {});
    revoke();
    const throwingToo = new Proxy(instance.alloc(Float32Array, 3), {
      get: () => {
        throw new Error("a trap");
      },
    });
    for (const value of [new Proxy(x, {}), throwing, revoked, throwingToo]) {
      for (const [name, { args, names }] of Object.entries(FUNCTIONS)) {
        names.forEach((argument, at) => {
          if (argument === "options") return;
          const out = patterned(["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : 3);
          const given: unknown[] = args.slice();
          if (names.at(-1) === "options") given[names.length - 1] = optionsOf(name, args.at(-1), out);
          given[at] = value;
          expect(() => callOf(instance, name)(...given), `${name}, ${argument}`).toThrow(Error);
          expect(new Uint8Array(out.buffer).every((byte) => byte === 0xa5)).toBe(true);
        });
        if (names.at(-1) !== "options") continue;
        const given: unknown[] = args.slice();
        given[names.length - 1] = { out: value };
        expect(() => callOf(instance, name)(...given), `${name}, out`).toThrow(Error);
      }
    }
    expect(instance.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
  });

  it("a proxy of options is read once, by its traps", () => {
    const reads: string[] = [];
    const options = new Proxy(
      { temperature: 2, shape: [3] },
      {
        get: (target, key) => {
          reads.push(String(key));
          return Reflect.get(target, key) as unknown;
        },
      },
    );
    expect(instance.softmax(x, options)).toEqual(instance.softmax(x, { temperature: 2 }));
    expect(reads).toEqual(["temperature", "shape"]);
  });

  it("arrays, options and labels of another realm work at every argument", () => {
    const realm = (code: string) => runInNewContext(code) as never;
    const other = { x: "Float32Array.of(1, 2, 3)", out: "new Float32Array(3)", shape: "[1, 3]" };
    const options = () => realm(`({ shape: ${other.shape}, out: ${other.out}, mask: Uint8Array.of(1, 1, 1) })`);
    const here = { shape: [1, 3], mask: Uint8Array.of(1, 1, 1) };
    const there: unknown = instance.softmax(realm(other.x), options());
    expect(Array.from(there as Float32Array)).toEqual(Array.from(instance.softmax(x, here)));
    const weighted = realm("({ shape: [1, 3], weight: [1, 2, 3], upstream: Float64Array.of(2), reduction: 'none' })");
    const expected = instance.crossEntropyGrad(x, [1], { weight: [1, 2, 3], upstream: [2], reduction: "none" });
    expect(instance.crossEntropyGrad(realm(other.x), realm("BigInt64Array.of(1n)"), weighted)).toEqual(expected);
    expect(instance.crossEntropyHvp(realm(other.x), realm("[1]"), realm(other.x))).toEqual(
      instance.crossEntropyHvp(x, [1], x),
    );
    expect(instance.softmaxBackward(realm(other.x), realm(other.x))).toEqual(instance.softmaxBackward(x, x));
    expect(softmaxJacobian(realm(other.x))).toEqual(softmaxJacobian(x));
  });

  it("subclasses that lie about their length and elements are what they are", () => {
    class Liar extends Float32Array {
      override get length(): number {
        return 1e9;
      }
      override get byteLength(): number {
        return 4e9;
      }
      override subarray(): never {
        throw new Error("subarray");
      }
      override [Symbol.iterator](): never {
        throw new Error("iterator");
      }
      static get [Symbol.species](): never {
        throw new Error("species");
      }
    }
    class LyingLabels extends Int32Array {
      override get length(): number {
        return 7;
      }
      override *[Symbol.iterator](): ReturnType<Int32Array[typeof Symbol.iterator]> {
        yield 0;
      }
    }
    const long = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i));
    for (const values of [x, long]) {
      const lie = () => Liar.from(Array.from(values)) as Float32Array;
      const shape = [values.length / 3, 3];
      const labels = Array.from({ length: shape[0] }, (_, n) => n % 3);
      const { loss, grad } = instance.crossEntropyGrad(lie(), LyingLabels.from(labels), { shape });
      expect({ loss, grad }).toEqual(instance.crossEntropyGrad(values, labels));
      expect(instance.softmax(lie(), { shape })).toEqual(instance.softmax(values, { shape }));
      expect(instance.softmax(lie(), { shape, mask: LyingLabels.of(256, 0, -1) })).toEqual(
        instance.softmax(values, { shape, mask: [true, false, true] }),
      );
      expect(instance.softmaxBackward(lie(), lie(), { shape })).toEqual(
        instance.softmaxBackward(values, values, { shape }),
      );
      expect(instance.crossEntropyHvp(lie(), labels, lie())).toEqual(instance.crossEntropyHvp(values, labels, values));
      expect(instance.crossEntropy(lie(), lie(), { shape })).toBe(instance.crossEntropy(values, values, { shape }));
    }
  });

  it("arrays of a buffer that shrinks between calls are what is left of them, or refused", () => {
    const buffer = new (
      ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize(n: number): void }
    )(24, { maxByteLength: 24 });
    const tracking = new Float32Array(buffer);
    const fixed = new Float32Array(buffer, 0, 6);
    tracking.set([1, 2, 3, 4, 5, 6]);
    const six = instance.softmax(tracking);
    expect(instance.softmax(fixed)).toEqual(six);
    buffer.resize(12);
    expect(instance.softmax(tracking)).toEqual(instance.softmax(x));
    expect(() => instance.softmax(fixed)).toThrow(expect.objectContaining({ code: "ERR_DETACHED" }));
    expect(() => instance.softmax(x, { out: fixed.subarray(0) })).toThrow(expect.objectContaining({ code: "ERR_OUT" }));
    expect(() => instance.softmax(x, { out: fixed })).toThrow(expect.objectContaining({ code: "ERR_DETACHED" }));
    buffer.resize(0);
    expect(instance.softmax(tracking)).toEqual(new Float32Array(0));
  });

  it.each([
    [[2 ** 29], [2 ** 30], [2 ** 31 - 1], [2 ** 31], [2 ** 31 + 1], [2 ** 32 - 1], [2 ** 32], [2 ** 32 + 1]],
    [
      [2 ** 16, 2 ** 16],
      [2 ** 31, 2],
      [2 ** 52, 2 ** 52],
      [3, 2 ** 32 + 1],
      [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1],
    ],
  ])("shapes that are claimed for 3 elements: %j, …", (...shapes) => {
    for (const shape of shapes) {
      for (const axis of shape.map((_, at) => at)) {
        const out = patterned(3);
        const refused = expect.objectContaining({ name: "RangeError", code: "ERR_SHAPE" }) as Error;
        expect(() => instance.softmax(x, { shape, axis, out })).toThrow(refused);
        expect(() => instance.logSumExp(x, { shape, axis })).toThrow(refused);
        expect(() => instance.crossEntropyGrad(x, [1], { shape, axis, out })).toThrow(refused);
        expect(() => instance.crossEntropyHvp(x, x, x, { shape, axis, out })).toThrow(refused);
        expect(() => instance.softmaxBackward(x, x, { shape, axis, out })).toThrow(refused);
        expect(out).toEqual(patterned(3));
      }
    }
  });

  it("shapes of as many elements as there are, none, with sizes that nothing could hold", () => {
    const none = new Float32Array(0);
    for (const size of [2 ** 29, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) {
      expect(instance.softmax(none, { shape: [size, 0] })).toEqual(none);
      expect(instance.softmax(none, { shape: [0, size] })).toEqual(none);
      expect(instance.logSumExp(none, { shape: [0, size] })).toEqual(none);
      expect(instance.softmaxBackward(none, none, { shape: [size, 0, 3], axis: 0 })).toEqual(none);
      expect(instance.crossEntropy(none, [], { shape: [0, size], reduction: "sum" })).toBe(0);
      expect(instance.crossEntropyGrad(none, none, { shape: [size, 0], axis: 0 })).toEqual({ loss: NaN, grad: none });
      expect(() => instance.crossEntropy(none, [], { shape: [size, 0] })).toThrow(
        expect.objectContaining({ code: "ERR_SHAPE" }),
      );
    }
  });
});

const LOSSES = ["crossEntropy", "crossEntropyGrad", "crossEntropyHvp"];
/** Whose results have no `out`. */
const CHOICES = ["argmax", "topK", "sample"];

const optionsOf = (name: string, options: unknown, out: Float32Array) => ({
  ...(options as object),
  ...(!CHOICES.includes(name) && { out }),
  ...(LOSSES.includes(name) && { reduction: "none" }),
});

describe("addresses beyond 2^31", () => {
  it("are unsigned: arrays there have the results of arrays anywhere", () => {
    const engine = createEngine("wasm");
    // Pages that nobody touches take no memory.
    const low = engine.memory.allocate(2 ** 31 + 4096);
    const { softmax } = functionsOn(engine);
    const [at, out] = [allocOf(engine.newArray, Float32Array, 400), allocOf(engine.newArray, Float32Array, 400)];
    expect(at.view.byteOffset).toBeGreaterThan(2 ** 31);
    const values = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i));
    at.view.set(values);
    for (const shape of [[400], [100, 4], [4, 100]]) {
      for (const axis of shape.map((_, k) => k)) {
        const expected = instantiate().softmax(values, { shape, axis });
        softmax(at, { shape, axis, out });
        expect(out.view).toEqual(expected);
        // And staging itself, once it had to move there.
        expect(softmax(values, { shape, axis })).toEqual(expected);
      }
    }
    const long = new Float32Array(2 ** 17).fill(1);
    expect((softmax(long, undefined) as Float32Array)[5]).toBe(2 ** -17);
    expect(engine.staging.address).toBeGreaterThan(2 ** 31);
    engine.memory.release(low);
  });
});

/** What another thread does to shared memory as long as it may. */
const RACER = `
  const { workerData: { shared, values, stop } } = require("node:worker_threads");
  const view = new (globalThis[values.type])(shared);
  const flag = new Int32Array(stop);
  for (let i = 0; Atomics.load(flag, 0) === 0; i++) view.fill(values.of[i % values.of.length]);
`;

describe("shared memory that a worker writes meanwhile", () => {
  /** Runs beside a worker that fills an array with one value after another: for a while, and until enough has been met. */
  async function raced(
    type: string,
    bytes: number,
    of: unknown[],
    hasEnough: () => boolean,
    run: (shared: SharedArrayBuffer) => void,
  ) {
    const shared = new SharedArrayBuffer(bytes);
    const Type = globalThis[type as "Float64Array"];
    new Type(shared).fill(of[0] as number);
    const stop = new SharedArrayBuffer(4);
    const worker = new Worker(RACER, { eval: true, workerData: { shared, values: { type, of }, stop } });
    await new Promise((resolve) => worker.once("online", resolve));
    const start = performance.now();
    let calls = 0;
    for (let ms = 0; ms < 150 || calls < 20 || (!hasEnough() && ms < 10_000); ms = performance.now() - start) {
      run(shared);
      calls++;
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    await new Promise((resolve) => worker.once("exit", resolve));
  }

  it.each(BACKENDS)("%s: logits are read once: whatever is read of them, it sums to 1", async (_, instance) => {
    let summed = 0;
    await raced(
      "Float32Array",
      4 * 3000,
      [-5, 80, NaN, 0, 3e38],
      () => summed > 0,
      (shared) => {
        const logits = new Float32Array(shared);
        for (const p of [instance.softmax(logits), instance.softmax(logits.subarray(0, 7))]) {
          if (p.every(Number.isNaN)) continue;
          const sum = p.reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - 1)).toBeLessThanOrEqual(4 * 2 ** -24);
          summed++;
        }
      },
    );
    expect(summed, "rows that were no NaN").toBeGreaterThan(0);
  });

  it.each(BACKENDS)("%s: labels are copied, then checked: each is a class, or all are refused", async (_, instance) => {
    const logits = new Float32Array(400 * 4).map((_, i) => i % 4);
    const losses = new Set(Array.from({ length: 4 }, (_, y) => instance.crossEntropy(logits.subarray(0, 4), [y])));
    losses.add(0); // ignored
    let refused = 0;
    let taken = 0;
    const both = () => refused > 0 && taken > 0;
    await raced("Int32Array", 4 * 400, [1, 3, -100, 2 ** 30, -1, 0], both, (shared) => {
      const out = new Float32Array(400).fill(7);
      try {
        instance.crossEntropy(logits, new Int32Array(shared), { reduction: "none", out });
        expect(out.every((loss) => losses.has(loss))).toBe(true);
        taken++;
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ code: "ERR_LABEL" });
        expect(out.every((loss) => loss === 7)).toBe(true);
      }
    });
    expect(refused).toBeGreaterThan(0);
    expect(taken).toBeGreaterThan(0);
  });

  it.each(BACKENDS)("%s: masks and weights are copied: no class is half absent", async (_, instance) => {
    const logits = new Float32Array(900).fill(1);
    let some = 0;
    await raced(
      "Uint8Array",
      900,
      [0, 1, 255],
      () => some > 0,
      (shared) => {
        const p = instance.softmax(logits, { mask: new Uint8Array(shared) });
        const present = p.filter((value) => value !== 0);
        some += Number(present.length > 0);
        // All alike, and as many as make 1; or none is present.
        for (const value of present) {
          if (value !== present[0] || Math.abs(present.length * value - 1) > 1e-6)
            expect.fail(`${value} of ${present.length}`);
        }
      },
    );
    expect(some, "masks with a class").toBeGreaterThan(0);
    let refused = 0;
    let taken = 0;
    const expected = instance.crossEntropy(x, [1]);
    const both = () => refused > 0 && taken > 0;
    await raced("Float64Array", 8 * 3, [1, 2, NaN, -1], both, (shared) => {
      const out = new Float32Array(3).fill(7);
      let loss: number;
      try {
        ({ loss } = instance.crossEntropyGrad(x, [1], { weight: new Float64Array(shared), out }));
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ code: "ERR_OPTION" });
        expect(out).toEqual(new Float32Array(3).fill(7));
        return;
      }
      taken++;
      // A mean over one: its weight cancels.
      expect(Math.abs(loss / expected - 1)).toBeLessThanOrEqual(2 ** -22);
    });
    expect(refused).toBeGreaterThan(0);
    expect(taken).toBeGreaterThan(0);
  });
});

describe("a realm that has been tampered with", () => {
  /** Runs the built library in a process of its own; what it prints. */
  const run = (prepare: string, flags: readonly string[] = []) =>
    execFileSync(
      process.execPath,
      [
        ...flags,
        "-e",
        `const library = require("./dist/index.cjs");
         const { writeSync } = require("node:fs");
         ${prepare}
         const x = Float32Array.of(1, 2, 3), y = [1];
         const code = (f) => { try { f(); return "none" } catch (e) { return [e.name, Object.hasOwn(e, "code") && e.code, e.message].join() } };
         for (const backend of ["wasm", "js"]) {
           const i = library.instantiate(backend === "js" ? { backend } : undefined);
           const { loss, grad } = i.crossEntropyGrad(x, y, { weight: [1, 2, 3], labelSmoothing: 0.1, mask: Uint8Array.of(1, 1, 0) });
           const resident = i.alloc(Float32Array, 3);
           resident.view.set(x);
           writeSync(1, [i.backend().kind, i.softmax(resident).join(), i.softmax(new Float32Array(70000))[9], loss, grad.join(),
             i.crossEntropyHvp(x, y, x).join(), library.softmaxJacobian(x).join(),
             code(() => i.softmax("x")), code(() => i.softmax(x, { shape: [2] })), code(() => i.alloc(Float32Array, 2 ** 40))].join(' ') + '\\n');
           resident.free();
         }`,
      ],
      { encoding: "utf8" },
    );

  const expected = run("");

  it("computes at all", () => {
    expect(expected.split("\n").length).toBe(3);
    expect(expected).toContain("TypeError,ERR_DTYPE,x: expected");
  });

  it.each([
    ["frozen intrinsics", "", ["--frozen-intrinsics", "--no-warnings"]],
    [
      "everything frozen",
      "for (const C of [Object, Function, Array, Error, TypeError, RangeError, Number, String, Map, RegExp, ArrayBuffer, Float32Array, Float64Array, Int32Array, Uint8Array, Object.getPrototypeOf(Uint8Array), WebAssembly.Memory]) { Object.freeze(C); Object.freeze(C.prototype); } Object.freeze(Math); Object.freeze(WebAssembly); Object.freeze(globalThis.Reflect);",
      [],
    ],
    [
      "setters on Object.prototype",
      "for (const k of ['code','value','get','set','x','out','shape','view','length_','0x','writable','rows','type']) Object.defineProperty(Object.prototype, k, { __proto__: null, set() { throw new Error('set ' + k) }, get() { return undefined }, configurable: true });",
      [],
    ],
    [
      "values on Object.prototype that cannot be written",
      "for (const k of ['code','get','set','x','out','shape','axis','mask','temperature','backend','reason','start','end']) Object.defineProperty(Object.prototype, k, { __proto__: null, value: k === 'get' || k === 'set' ? () => 1 : 7, enumerable: true });",
      [],
    ],
    ["no eval, by a flag", "", ["--disallow-code-generation-from-strings"]],
    ["no Object.prototype.__proto__", "", ["--disable-proto=throw"]],
  ] as const)("changes nothing: %s", (_, prepare, flags) => {
    expect(run(prepare, flags)).toBe(expected);
  });
});
