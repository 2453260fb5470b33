// The entry for browsers in Node, where bundles have it that were made without the export condition "node".

import { availableParallelism } from "node:os";
import { afterEach, expect, it, vi } from "vitest";
import { softmax } from "../../src/index.js";
import { createPool } from "../../src/threads/web.js";
import { bitsOf } from "../reference/backends.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("a pool of the entry for browsers has workers in Node", async () => {
  const shape = [64, 8000];
  const x = Float32Array.from({ length: 64 * 8000 }, (_, i) => Math.sin(i));
  const pool = await createPool({ threads: 2 });
  expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 2 });
  const expected = bitsOf(softmax(x, { shape }));
  // As many calls as it takes until the workers have been tried.
  for (let call = 0; call < 8; call++) {
    expect(bitsOf(await pool.softmax(x, { shape })) === expected, "the bits of one thread").toBe(true);
  }
  await pool.terminate();
});

it("it has as many threads as the machine", async () => {
  const pool = await createPool();
  expect(pool.backend().threads).toBe(availableParallelism());
  await pool.terminate();
});

it("where Node does not give its workers, the reason says what the bundle needs", async () => {
  vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
  const pool = await createPool({ threads: 2 });
  expect(pool.backend()).toEqual({
    kind: "wasm",
    variant: "simd",
    threads: 1,
    reason: 'no worker: expected a Worker, got none; a bundle for Node before 20.16 needs the export condition "node"',
  });
  expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
  vi.stubGlobal("process", undefined);
  const other = await createPool();
  expect(other.backend().reason).toMatch(/^no worker: /);
});
