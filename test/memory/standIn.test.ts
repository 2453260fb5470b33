// JavaScript that stands in for WebAssembly: for lack of memory, and in a startup snapshot, which has no WebAssembly. It is
// not kept: the next call tries again.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as library from "../../src/index.js";

/** What V8 says beyond its limit of address space. */
const OUT_OF_MEMORY = "WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance";
const REASON =
  `${OUT_OF_MEMORY}. To free memory let go of instances that are not used, terminate pools, or share one; ` +
  "the next call tries again";

let fresh: typeof library;
/** How often WebAssembly was tried, and what stands in its way. */
let attempts = 0;
let obstacle: (() => Error) | undefined;
let clock = 0;
/** What an attempt takes. */
let costs = 0;

beforeEach(async () => {
  attempts = 0;
  obstacle = () => new RangeError(OUT_OF_MEMORY);
  clock = 1000;
  costs = 0;
  const { Instance } = WebAssembly;
  const failing = new Proxy(Instance, {
    construct: (target, args, newTarget) => {
      attempts++;
      clock += costs;
      if (obstacle !== undefined) throw obstacle();
      return Reflect.construct<unknown[], object>(target as never, args as unknown[], newTarget as never);
    },
  });
  const all = Object.getOwnPropertyNames(WebAssembly).map((key) => [key, Reflect.get(WebAssembly, key)] as const);
  vi.stubGlobal("WebAssembly", { ...Object.fromEntries(all), Instance: failing });
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  vi.resetModules();
  fresh = await import("../../src/index.js");
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const p = Float32Array.of(0.5, 0.5);
const halves = (instance: Pick<typeof library, "softmax">) => instance.softmax(Float32Array.of(7, 7));
const WASM = { kind: "wasm", variant: "simd" };
const STAND_IN = { kind: "js", variant: "scalar", reason: REASON };

describe.each([
  ["the default instance", () => fresh],
  ["an instance", () => fresh.instantiate()],
] as const)("%s", (_, instanceOf) => {
  it("computes in JavaScript for lack of memory, says what to do, and tries again at the next call", () => {
    const instance = instanceOf();
    expect(halves(instance)).toEqual(p);
    expect(instance.backend()).toEqual(STAND_IN);
    const array = instance.alloc(Float32Array, 2);
    obstacle = undefined;
    expect(halves(instance)).toEqual(p);
    expect(instance.backend()).toEqual(WASM);
    const made = attempts;
    // Every function is one of the new engine, and arrays that the old one made are what they were.
    array.view.set([1, 3]);
    expect(instance.softmax(array, { out: array })).toBe(array);
    expect(array.view).toEqual(instance.softmax(Float32Array.of(1, 3)));
    expect(instance.alloc(Float32Array, 2).view.buffer).not.toBe(array.view.buffer);
    expect(instance.crossEntropyGrad(Float32Array.of(0, 0), [0])).toEqual({
      loss: Math.fround(Math.LN2),
      grad: Float32Array.of(-0.5, 0.5),
    });
    expect(attempts, "and no other is made").toBe(made);
  });

  it("tries at every call where a try costs nothing, each function, alloc and backend alike", () => {
    const instance = instanceOf();
    const calls = [
      () => instance.softmax(p),
      () => instance.logSoftmax(p),
      () => instance.logSumExp(p),
      () => instance.crossEntropy(p, [0]),
      () => instance.crossEntropyGrad(p, [0]),
      () => instance.crossEntropyHvp(p, [0], p),
      () => instance.softmaxBackward(p, p),
      () => instance.logSoftmaxBackward(p, p),
      () => instance.alloc(Float32Array, 1),
      () => instance.backend(),
    ];
    for (const call of calls) {
      const before = attempts;
      call();
      expect(attempts).toBe(before + 1);
    }
  });

  it("tries again at once, then the more rarely the longer a try takes: an engine collects garbage first", () => {
    costs = 50;
    const instance = instanceOf();
    const tried = attempts > 0 ? [clock] : [];
    for (let call = 0; call < 4000; call++) {
      const before = attempts;
      halves(instance);
      if (attempts > before) tried.push(clock);
      clock++;
    }
    const waits = tried.slice(1).map((at, i) => at - tried[i] - costs);
    expect(waits[0]).toBeLessThanOrEqual(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10 * costs + 1);
    expect(tried.length).toBeGreaterThan(9);
    expect(tried.length * costs, "the tries' share of the time").toBeLessThan(clock / 5);
  });

  it("keeps what is not for lack of memory: a policy, a module that does not compile", () => {
    const { CompileError } = WebAssembly;
    for (const error of [
      () => new EvalError("Wasm code generation disallowed by embedder"),
      () => new CompileError("multiple memories are not allowed, nor is this memory"),
    ]) {
      obstacle = error;
      const instance = fresh.instantiate();
      expect(instance.backend().reason).toBe(error().message);
      const made = attempts;
      halves(instance);
      obstacle = undefined;
      expect(instance.backend().kind).toBe("js");
      expect(attempts).toBe(made);
    }
  });

  it("takes another reason where another one comes, and is then kept", () => {
    const instance = instanceOf();
    expect(instance.backend()).toEqual(STAND_IN);
    obstacle = () => new EvalError("Wasm code generation disallowed by embedder");
    expect(instance.backend().reason).toBe("Wasm code generation disallowed by embedder");
    obstacle = undefined;
    expect(instance.backend().kind).toBe("js");
    expect(halves(instance)).toEqual(p);
  });

  it("where there is no WebAssembly yet, as in a startup snapshot, it is used once it is there", () => {
    const there = WebAssembly;
    vi.stubGlobal("WebAssembly", undefined);
    const instance = instanceOf();
    expect(halves(instance)).toEqual(p);
    expect(instance.backend()).toEqual({ kind: "js", variant: "scalar", reason: "this engine has no WebAssembly" });
    vi.stubGlobal("WebAssembly", there);
    expect(instance.backend(), "there, but without memory").toEqual(STAND_IN);
    obstacle = undefined;
    expect(halves(instance)).toEqual(p);
    expect(instance.backend()).toEqual(WASM);
  });

  it("does not ask for the time where nothing fails: Node would load its clock", () => {
    obstacle = undefined;
    const asked = vi.spyOn(performance, "now");
    expect(halves(instanceOf())).toEqual(p);
    expect(asked).not.toHaveBeenCalled();
  });

  it("works in hosts without a clock", () => {
    vi.stubGlobal("performance", undefined);
    const instance = instanceOf();
    expect(halves(instance)).toEqual(p);
    obstacle = undefined;
    expect(instance.backend()).toEqual(WASM);
  });
});

it("asked for WebAssembly, lack of memory is an error that says what to do", () => {
  const run = () => fresh.instantiate({ backend: "wasm" });
  expect(run).toThrow(`backend: expected "wasm" to be possible, got: ${REASON}`);
  obstacle = undefined;
  expect(run().backend()).toEqual(WASM);
});
