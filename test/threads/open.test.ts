import { availableParallelism } from "node:os";
import { afterEach, expect, it, vi } from "vitest";
import { createPool } from "../../src/threads/node.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("a pool of which nothing is said has as many threads as the machine, and computes by the kernels", async () => {
  for (const pool of [await createPool(), await createPool({})]) {
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: availableParallelism() });
    await pool.terminate();
  }
});

it("what needs no kernel needs no thread", async () => {
  const pool = await createPool({ threads: 2 });
  expect(await pool.softmax(new Float32Array(0), { shape: [3, 0] })).toEqual(new Float32Array(0));
  expect(await pool.logSumExp(new Float64Array(0), { shape: [2, 0] })).toEqual(Float64Array.of(-Infinity, -Infinity));
  await pool.terminate();
});

it("where no memory can be shared there is one thread, with the reason whatever the engine throws", async () => {
  for (const thrown of [new RangeError("out of address space"), "out of address space"]) {
    const construct = (target: typeof WebAssembly.Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what this is about
      if (descriptor.shared) throw thrown;
      return new target(descriptor);
    };
    const scope = Object.fromEntries(
      Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name) as unknown]),
    );
    vi.stubGlobal("WebAssembly", {
      ...scope,
      Memory: new Proxy(WebAssembly.Memory, { construct: construct as never }),
    });
    const pool = await createPool({ threads: 2 });
    vi.unstubAllGlobals();
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1, reason: "out of address space" });
    expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
    await pool.terminate();
  }
});
