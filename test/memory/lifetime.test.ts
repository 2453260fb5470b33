import { afterEach, describe, expect, it, vi } from "vitest";
import { backend, instantiate } from "../../src/index.js";
import * as library from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { HeapPages } from "../../src/memory/linearMemory.js";
import { expectRefusal, FUNCTIONS, NUMBERS, patterned, PLAIN_ARRAYS } from "../arguments/refusal.js";
import { FLOATS, rangeError, typeError, WRONG_KINDS } from "../arguments/refusal.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const DISPOSED = rangeError(
  "ERR_DISPOSED",
  "WasmArray: expected an array that is still allocated, got one that was freed",
);

describe.each(BACKENDS)("%s", (kind, instance) => {
  const NO_TYPES = [...WRONG_KINDS, ...NUMBERS, ...PLAIN_ARRAYS, ["null", null], ["undefined", undefined]] as const;

  it.each(NO_TYPES)("alloc refuses %s as a type", (shown, type) => {
    const message = `alloc: expected the constructor Float32Array or Float64Array, got ${shown}`;
    expectRefusal(instance, () => instance.alloc(type as never, 3), [], typeError("ERR_DTYPE", message));
  });

  it("alloc refuses other types, and heirs of Float32Array", () => {
    class Heir extends Float32Array {}
    for (const Type of [Int32Array, Array, Heir]) {
      const message = "alloc: expected the constructor Float32Array or Float64Array, got a function";
      expectRefusal(instance, () => instance.alloc(Type as never, 3), [], typeError("ERR_DTYPE", message));
    }
  });

  const notLengths = [...WRONG_KINDS, ...PLAIN_ARRAYS, ["null", null], ["undefined", undefined]] as const;
  it.each(notLengths)("alloc refuses %s as a length", (shown, length) => {
    const message = `alloc: expected a number of elements, got ${shown}`;
    const run = () => instance.alloc(Float32Array, length as never);
    expectRefusal(instance, run, [], typeError("ERR_SHAPE", message));
  });

  it("alloc refuses lengths that are negative, no integer, or beyond 2^53", () => {
    for (const length of [-1, 1.5, NaN, Infinity, -Infinity, 2 ** 53]) {
      const message = `alloc: expected a number of elements, 0 or more, got ${length}`;
      const run = () => instance.alloc(Float32Array, length);
      expectRefusal(instance, run, [], rangeError("ERR_SHAPE", message));
    }
    expect(instance.alloc(Float32Array, 0).view).toEqual(new Float32Array(0));
  });

  it("alloc refuses what there is no memory for", () => {
    const own = instantiate({ backend: kind as "wasm" });
    const { buffer } = own.alloc(Float32Array, 1).view;
    const x = own.alloc(Float64Array, 7).view;
    const freed = own.alloc(Float32Array, 100);
    freed.free();
    freed.free();
    for (const length of [2 ** 40, 2 ** 53 - 1]) {
      const message =
        kind === "wasm"
          ? `memory: expected room for ${4 * length} bytes more, got no growth beyond ${buffer.byteLength}; ` +
            "60 bytes of 2 arrays are not freed"
          : `alloc: expected room for ${length} elements, got none`;
      const run = () => own.alloc(Float32Array, length);
      expectRefusal(own, run, [x], rangeError("ERR_OUT_OF_MEMORY", message));
    }
  });

  it.runIf(kind === "wasm")("a call that finds no memory says what is not freed, and nothing where all is", () => {
    const own = instantiate({ backend: "wasm" });
    const array = own.alloc(Float32Array, 3);
    vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("Maximum memory size exceeded");
    });
    const run = () => own.softmax(new Float32Array(2 ** 20));
    expect(run).toThrow(/got no growth beyond \d+; 12 bytes of 1 array are not freed$/);
    array.free();
    expect(run).toThrow(/got no growth beyond \d+$/);
  });

  it("a freed array is refused everywhere, and frees a second time without effect", () => {
    const freed = instance.alloc(Float32Array, 3);
    freed.free();
    freed.free();
    expectRefusal(instance, () => freed.view, [], DISPOSED);
    const x = Float32Array.of(1, 2, 3);
    for (const { call, input, name } of FUNCTIONS) {
      const options = input === "logits" ? { reduction: "none" } : {};
      const out = patterned(["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : 3);
      expectRefusal(instance, () => call(instance, freed, [1], { ...options, out }), [out], DISPOSED);
      expectRefusal(instance, () => call(instance, x, [1], { ...options, out: freed }), [x], DISPOSED);
    }
  });

  it("a row for which memory cannot grow is refused, and smaller calls still succeed", () => {
    const own = instantiate({ backend: kind as "wasm" });
    const refuse = () => {
      throw new RangeError("no more pages");
    };
    // Past staging once, so that staging itself has moved.
    own.softmax(new Float32Array(2 ** 17));
    vi.spyOn(kind === "wasm" ? WebAssembly.Memory.prototype : HeapPages.prototype, "grow").mockImplementation(refuse);
    const long = new Float32Array(2 ** 20);
    for (const { call, input, name } of FUNCTIONS) {
      const out = patterned(["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : long.length);
      const options = input === "logits" ? { reduction: "none" } : {};
      let thrown: unknown;
      try {
        call(own, long, [1], { ...options, out });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(RangeError);
      expect((thrown as { code: string }).code).toBe("ERR_OUT_OF_MEMORY");
      expect((thrown as Error).message).toMatch(/^memory: expected room for \d+ bytes more, got no growth beyond \d+$/);
      expect(new Uint8Array(out.buffer).every((byte) => byte === 0xa5)).toBe(true);
      expect(long.every((value) => value === 0)).toBe(true);
      expect(own.softmax(new Float32Array(2 ** 17))[0]).toBe(2 ** -17);
    }
    vi.restoreAllMocks();
    expect(own.softmax(long)[0]).toBe(2 ** -20);
  });
});

describe("where there is no WebAssembly", () => {
  it("asking for it is refused with the reason, and auto falls back and says why", () => {
    vi.stubGlobal("WebAssembly", undefined);
    const [[, instance]] = BACKENDS;
    const message = 'backend: expected "wasm" to be possible, got: this engine has no WebAssembly';
    const run = () => instantiate({ backend: "wasm" });
    expectRefusal(instance, run, [], rangeError("ERR_BACKEND", message));
    const fallback = instantiate();
    const expected = { kind: "js", variant: "scalar", reason: "this engine has no WebAssembly" };
    expect(fallback.backend()).toEqual(expected);
    expect(fallback.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
  });

  it("nor where a policy forbids to compile it", () => {
    const forbidden = function () {
      throw new EvalError("Wasm code generation disallowed by embedder");
    };
    vi.stubGlobal("WebAssembly", { ...WebAssembly, Module: forbidden, Instance: forbidden });
    const [[, instance]] = BACKENDS;
    const message = 'backend: expected "wasm" to be possible, got: Wasm code generation disallowed by embedder';
    const run = () => instantiate({ backend: "wasm" });
    expectRefusal(instance, run, [], rangeError("ERR_BACKEND", message));
    expect(instantiate().backend().reason).toBe("Wasm code generation disallowed by embedder");
  });
});

describe("the default instance", () => {
  it.each(FUNCTIONS)("$name refuses and computes like every other", ({ call, input }) => {
    const [[, instance]] = BACKENDS;
    const x = Float32Array.of(1, 2, 3);
    const message = `${input}: expected ${FLOATS}, got 7`;
    expectRefusal(library, () => call(library, 7, [1]), [], typeError("ERR_DTYPE", message));
    const option = typeError("ERR_OPTION", "temperature: expected a number, got true");
    expectRefusal(library, () => call(library, x, [1], { temperature: true }), [x], option);
    expect(call(library, x, [1], { temperature: 2 })).toEqual(call(instance, x, [1], { temperature: 2 }));
  });

  it("alloc refuses and gives like every other", () => {
    const message = "alloc: expected a number of elements, 0 or more, got -1";
    expectRefusal(library, () => library.alloc(Float32Array, -1), [], rangeError("ERR_SHAPE", message));
    const array = library.alloc(Float32Array, 3);
    expect(array.view).toEqual(new Float32Array(3));
    expect(library.softmax(array, { out: array })).toBe(array);
    array.free();
  });
});

describe("backend", () => {
  it("says what runs and nothing where nothing stood in the way", () => {
    expect(backend()).toEqual({ kind: "wasm", variant: "simd" });
    expect(instantiate({ backend: "js" }).backend()).toEqual({ kind: "js", variant: "scalar", reason: "asked for" });
  });
});
