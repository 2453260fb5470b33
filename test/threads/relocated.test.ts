import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileAt } from "../../scripts/relocatable.mjs";
import { FIRST_DATA, instantiateAt, relocated } from "../../src/threads/relocated.js";

interface Exports {
  heapBase(): number;
  crossEntropy(...args: number[]): void;
}

describe("the module with its data elsewhere", () => {
  it("is what the compiler gives for that address, byte by byte", async () => {
    const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
    const compiled = await compileAt(0x4d7f0, join(folder, "elsewhere.wasm"));
    expect(Buffer.compare(relocated(0x4d7f0, true), compiled)).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it("runs on memory of one thread too, where that is said", () => {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
    expect(() => instantiateAt(FIRST_DATA, true, memory)).toThrow(WebAssembly.LinkError);
    const exports = instantiateAt(FIRST_DATA, false, memory) as unknown as Exports;
    expect(exports.heapBase()).toBeGreaterThan(FIRST_DATA);
  });

  it("has its own data beside another's on one memory, and touches nothing of it", () => {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
    const first = instantiateAt(FIRST_DATA, true, memory) as unknown as Exports;
    const data = new Uint8Array(memory.buffer, FIRST_DATA, first.heapBase() - FIRST_DATA).slice();
    const at = Math.ceil(first.heapBase() / 16) * 16;
    const second = instantiateAt(at, true, memory) as unknown as Exports;
    expect(second.heapBase() - at).toBe(first.heapBase() - FIRST_DATA);
    // Four rows of ten: labels, transposed rows and sums pass through the module's own data.
    const heap = 0x80000;
    const floats = new Float32Array(memory.buffer, heap, 40).map((_, i) => i % 7);
    new Float32Array(memory.buffer, heap, 40).set(floats);
    second.crossEntropy(heap, heap + 1024, 0, 0, 1, 0, heap + 2048, heap + 4096, 4, 10, 1, 1);
    expect(new Float32Array(memory.buffer, heap + 2048, 4).every((loss) => loss > 0)).toBe(true);
    expect(new Uint8Array(memory.buffer, FIRST_DATA, data.length).slice()).toEqual(data);
    const own = new Uint8Array(memory.buffer, at, data.length).slice();
    expect(own, "it has written to its own").not.toEqual(data);
  });
});
