// Several copies of the library in one program: entries beside each other, ESM beside CommonJS.

import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type * as source from "../../src/index.js";
import type * as threads from "../../src/threads/node.js";

type Library = Pick<typeof source, "alloc" | "softmax" | "crossEntropyGrad">;

const require = createRequire(import.meta.url);
const ENTRIES = ["softmax-wasm", "softmax-wasm/js", "softmax-wasm/relaxed"];
const VALUES = [2, 1, 0.1];

const copies = await Promise.all(
  ENTRIES.flatMap((name) => [
    (async () => [`import ${name}`, (await import(name)) as Library] as const)(),
    Promise.resolve([`require ${name}`, require(name) as Library] as const),
  ]),
);

describe.each(copies)("arrays of alloc, %s", (name, { alloc }) => {
  it.each(copies.filter(([other]) => other !== name))("are arrays to another copy: %s", (_, { softmax, ...other }) => {
    const x = alloc(Float32Array, 3);
    x.view.set(VALUES);
    const out = alloc(Float32Array, 3);
    expect(softmax(x, { out })).toBe(out);
    expect(out.view).toEqual(softmax(Float32Array.from(VALUES)));
    const { loss, grad } = other.crossEntropyGrad(x, [0], { out: x });
    expect(grad).toBe(x);
    expect({ loss, grad: x.view }).toEqual(other.crossEntropyGrad(Float32Array.from(VALUES), [0]));
    x.free();
    expect(() => softmax(x)).toThrow(expect.objectContaining({ code: "ERR_DISPOSED" }));
    out.free();
  });
});

describe.each(["import", "require"])("a pool: %s", (how) => {
  it("takes arrays of the main entry, which takes those of the pool", async () => {
    const entry = "softmax-wasm/threads";
    const { createPool } = (how === "import" ? await import(entry) : require(entry)) as typeof threads;
    const pool = await createPool({ threads: 2 });
    for (const [, { alloc, softmax }] of copies) {
      for (const rows of [1, 32768]) {
        const shape = [rows, 3];
        const x = alloc(Float32Array, rows * 3);
        x.view.forEach((_, i, view) => (view[i] = VALUES[i % 3]));
        const shared = pool.alloc(Float32Array, rows * 3);
        expect(await pool.softmax(x, { shape, out: shared })).toBe(shared);
        const p = await pool.softmax(Float32Array.from(VALUES));
        expect(shared.view.every((value, i) => value === p[i % 3])).toBe(true);
        shared.view.set(x.view);
        expect(softmax(shared, { shape, out: x })).toBe(x);
        // The kernels of ./relaxed may round otherwise.
        const own = softmax(Float32Array.from(VALUES));
        expect(x.view.every((value, i) => value === own[i % 3])).toBe(true);
        expect(await pool.softmax(x, { shape, out: x })).toBe(x);
        x.free();
        shared.free();
      }
    }
    await pool.terminate();
  });
});
