// Each growth of memory and each allocation of an array fails once, the first, the second, … until none is left: what a
// call began it has not done, and the next one works.

import { afterEach, describe, expect, it, vi } from "vitest";
import type * as Library from "../../src/index.js";
import { type Instance, instantiate, softmaxJacobian, type WasmArray } from "../../src/index.js";
import { HeapPages } from "../../src/memory/linearMemory.js";
import { BACKENDS } from "../reference/backends.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const NOISE = new Float32Array(2 ** 18).map((_, i) => Math.fround(9 * Math.sin(i * i)));
const noise = (length: number) => NOISE.slice(0, length);

/** What a step gives, as bytes; what it may write to. */
interface Step {
  readonly name: string;
  readonly run: (instance: Instance, live: WasmArray[]) => unknown;
}

/** Each needs more than what was there before it. */
const GROWING: readonly Step[] = [
  { name: "a long row", run: (i) => i.softmax(noise(2 ** 16 + 100)) },
  {
    name: "alloc",
    run: (i, live) => {
      live.push(i.alloc(Float32Array, 2 ** 17));
      live[0].view.set(noise(2 ** 17));
      return live[0].view;
    },
  },
  {
    name: "from a resident row to another",
    run: (i, live) => {
      live[1] ??= i.alloc(Float32Array, 2 ** 17);
      i.logSoftmax(live[0], { out: live[1], temperature: 2 });
      return live[1].view;
    },
  },
  { name: "a gradient", run: (i) => i.crossEntropyGrad(noise(2 ** 18), [7], { labelSmoothing: 0.1 }) },
  {
    name: "a gradient in place",
    run: (i, live) => {
      live[0].view.set(noise(2 ** 17));
      const { loss } = i.crossEntropyGrad(live[0], [3], { out: live[0], zLoss: 0.1 });
      return [loss, live[0].view];
    },
  },
  { name: "positions beside each other", run: (i) => i.softmax(noise(2 ** 18), { shape: [2 ** 13, 32], axis: 0 }) },
  {
    name: "a Hessian",
    run: (i) => i.crossEntropyHvp(noise(2 ** 18), noise(2 ** 18), noise(2 ** 18), { labelSmoothing: 0.1 }),
  },
];

/** Every byte of a result, whatever arrays it is of. */
function bytesOf(result: unknown): string {
  if (typeof result === "number") return String(result);
  if (ArrayBuffer.isView(result)) {
    return Buffer.from(result.buffer, result.byteOffset, result.byteLength).toString("latin1");
  }
  return Object.values(result as object)
    .map(bytesOf)
    .join();
}

describe.each(BACKENDS)("%s", (kind) => {
  it("the n-th growth of memory fails, for every n there is", () => {
    const instance = () => instantiate({ backend: kind as "wasm" });
    const prototype: { grow(pages: number): number } =
      kind === "wasm" ? WebAssembly.Memory.prototype : HeapPages.prototype;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the memory that it is asked of
    const { grow } = prototype;
    let growths = 0;
    let failing = 0;
    vi.spyOn(prototype, "grow").mockImplementation(function (this: unknown, pages: number) {
      growths++;
      if (growths === failing) throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
      return grow.call(this, pages);
    });
    const whole = instance();
    const live: WasmArray[] = [];
    const expected = GROWING.map(({ run }) => bytesOf(run(whole, live)));
    const all = growths;
    expect(all, "there is something to fail").toBeGreaterThanOrEqual(5);
    for (failing = 1; failing <= all; failing++) {
      growths = 0;
      let failures = 0;
      let own: Instance;
      try {
        own = instance();
      } catch (error) {
        // The staging of an instance in JavaScript is a growth too.
        expect(error).toMatchObject({ name: "RangeError", code: "ERR_OUT_OF_MEMORY" });
        failures++;
        own = instance();
      }
      const kept: WasmArray[] = [];
      GROWING.forEach(({ name, run }, step) => {
        const about = `${name}, growth ${failing} of ${all} failing`;
        const before = kept.map(({ view }) => bytesOf(view));
        let result: string;
        try {
          result = bytesOf(run(own, kept));
        } catch (error) {
          failures++;
          expect(error, about).toMatchObject({ name: "RangeError", code: "ERR_OUT_OF_MEMORY" });
          // A gradient in place has set its input itself.
          if (name !== "a gradient in place") {
            expect(
              before.every((bytes, i) => bytes === bytesOf(kept[i].view)),
              about,
            ).toBe(true);
          }
          expect(own.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
          result = bytesOf(run(own, kept));
        }
        if (result !== expected[step]) expect.fail(`${about}: another result`);
      });
      expect(failures, `growth ${failing}`).toBe(1);
    }
  });

  it("the n-th allocation of an array fails, for every n there is", () => {
    const own = instantiate({ backend: kind as "wasm" });
    const [x, v, labels] = [noise(600), noise(600), Array.from({ length: 300 }, (_, n) => n % 2)];
    const shape = [300, 2];
    const mask = new Uint8Array(600).fill(1);
    const weight = [1, 2];
    const all = { shape, mask, weight, temperature: 2, labelSmoothing: 0.1 };
    const CALLS: readonly ((out: Float32Array) => unknown)[] = [
      (out) => own.softmax(x, { shape, mask, out }),
      () => own.softmax([1, 2, 3]),
      (out) => own.softmax(x, { shape: [2, 300], axis: 0, out }),
      (out) => own.crossEntropyGrad(x, labels, { ...all, reduction: "none", upstream: v.slice(0, 300), out }),
      (out) => own.crossEntropyGrad(x, BigInt64Array.from(labels, BigInt), { ...all, accumulate: true, out }),
      (out) => own.crossEntropyGrad(x, v, { ...all, out }),
      (out) => own.crossEntropyHvp(x, Uint8Array.from(labels), v, { ...all, out }),
      // Overlaps x in part: read from a copy.
      (out) => own.softmaxBackward(out.subarray(1), v.subarray(1), { out: out.subarray(0, 599) }),
      () => own.crossEntropy(x, labels, { ...all, reduction: "none" }),
      () => own.alloc(Float32Array, 100),
      () => softmaxJacobian(x.subarray(0, 5)),
    ];
    let total = 0;
    CALLS.forEach((call, c) => {
      const expected = bytesOf(call(noise(600)));
      let failures = 0;
      for (let failing = 1; ; failing++) {
        const out = noise(600);
        const before = bytesOf(out);
        const { result, thrown, failed } = withFailingAllocation(failing, () => call(out));
        if (!failed) {
          expect(bytesOf(result), `call ${c} with all it needs`).toBe(expected);
          break;
        }
        failures++;
        expect(thrown, `call ${c}, allocation ${failing}`).toBeInstanceOf(RangeError);
        expect(bytesOf(out), `call ${c}, allocation ${failing}`).toBe(before);
        expect(own.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
      }
      total += failures;
    });
    expect(total, "there was something to fail").toBeGreaterThan(20);
  });
});

const TYPES = ["Float32Array", "Float64Array", "Int32Array", "Uint8Array", "ArrayBuffer"] as const;

/** Runs with constructors of which the n-th that needs memory of its own finds none. */
function withFailingAllocation(n: number, run: () => unknown): { result?: unknown; thrown?: unknown; failed: boolean } {
  let count = 0;
  let failed = false;
  for (const name of TYPES) {
    const construct = (target: typeof Float32Array, args: [unknown], newTarget: () => unknown): object => {
      const isView = args[0] instanceof ArrayBuffer || Object.prototype.toString.call(args[0]).includes("Buffer");
      if (!isView && ++count === n) {
        failed = true;
        throw new RangeError("Array buffer allocation failed");
      }
      return Reflect.construct(target, args, newTarget) as object;
    };
    vi.stubGlobal(name, new Proxy(globalThis[name] as typeof Float32Array, { construct: construct as never }));
  }
  try {
    return { result: run(), failed };
  } catch (thrown) {
    return { thrown, failed };
  } finally {
    vi.unstubAllGlobals();
  }
}

describe("an instance that cannot be made", () => {
  const [[, instance]] = BACKENDS;
  const expected = instance.softmax(Float32Array.of(1, 2, 3));

  /** As it is before its first instance: the module is compiled once. */
  async function newLibrary(): Promise<typeof Library> {
    vi.resetModules();
    return import("../../src/index.js");
  }

  /** The constructors of which the n-th call throws. */
  function failing(n: number): { count: () => number } {
    let count = 0;
    const failingConstructor = (target: object) =>
      new Proxy(target, {
        construct: (original, args, newTarget) => {
          if (++count === n) throw new RangeError("WebAssembly: Out of memory");
          return Reflect.construct<unknown[], object>(original as never, args as unknown[], newTarget as never);
        },
      });
    const { Module, Instance: WasmInstance } = WebAssembly;
    vi.stubGlobal("WebAssembly", {
      ...Object.fromEntries(Object.getOwnPropertyNames(WebAssembly).map((key) => [key, Reflect.get(WebAssembly, key)])),
      Module: failingConstructor(Module),
      Instance: failingConstructor(WasmInstance),
    });
    return { count: () => count };
  }

  it("in WebAssembly is one in JavaScript with the same bits, until its next call; the next one is in WebAssembly", async () => {
    const { count } = failing(0);
    expect((await newLibrary()).instantiate().backend().kind).toBe("wasm");
    const steps = count();
    vi.unstubAllGlobals();
    expect(steps).toBe(2);
    for (let n = 1; n <= steps; n++) {
      const { instantiate } = await newLibrary();
      failing(n);
      const fallback = instantiate();
      failing(1);
      expect(fallback.softmax(Float32Array.of(1, 2, 3))).toEqual(expected);
      failing(1);
      const { reason, ...rest } = fallback.backend();
      expect(rest).toEqual({ kind: "js", variant: "scalar" });
      expect(reason).toMatch(/^WebAssembly: Out of memory\. To free memory let go of instances/);
      vi.unstubAllGlobals();
      expect(fallback.softmax(Float32Array.of(1, 2, 3))).toEqual(expected);
      const other = await newLibrary();
      failing(n);
      const run = () => other.instantiate({ backend: "wasm" });
      expect(run).toThrow(expect.objectContaining({ name: "RangeError", code: "ERR_BACKEND" }));
      vi.unstubAllGlobals();
      for (const each of [instantiate, other.instantiate]) expect(each().backend().kind).toBe("wasm");
    }
  });

  it("has a reason whatever an engine throws", async () => {
    const { instantiate } = await newLibrary();
    // Hosts wrap WebAssembly, and throw what they like.
    const refusing = new Proxy(WebAssembly.Module, {
      construct() {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what this is about
        throw "no code at run time";
      },
    });
    vi.stubGlobal("WebAssembly", { Module: refusing });
    expect(instantiate().backend()).toEqual({ kind: "js", variant: "scalar", reason: "no code at run time" });
    expect(() => instantiate({ backend: "wasm" })).toThrow(
      'backend: expected "wasm" to be possible, got: no code at run time',
    );
  });

  it("for want of ordinary memory is an error or one in JavaScript, and the next one is whole", async () => {
    let failures = 0;
    for (let n = 1; ; n++) {
      const { instantiate } = await newLibrary();
      const { result, thrown, failed } = withFailingAllocation(n, () => {
        // Whose memory is not made by a constructor.
        vi.stubGlobal("Buffer", undefined);
        return instantiate();
      });
      if (!failed) break;
      failures++;
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(RangeError);
      else expect((result as Instance).softmax(Float32Array.of(1, 2, 3))).toEqual(expected);
      expect(instantiate().softmax(Float32Array.of(1, 2, 3))).toEqual(expected);
    }
    expect(failures).toBeGreaterThan(0);
  });
});
