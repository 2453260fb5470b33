import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { bitsOf } from "../reference/backends.js";
import { preferWorkers } from "./eitherWay.js";

const SHAPE = [64, 8000];
const x = new Float32Array(64 * 8000).map((_, i) => (i * 7919) % 31);
const single = instantiate();
const expected = bitsOf(single.softmax(x, { shape: SHAPE }));

beforeEach(() => {
  preferWorkers();
});

interface Resize {
  resize(bytes: number): void;
}

describe("terminate", () => {
  it("rejects the calls that have not settled and all later ones, and ends", async () => {
    const pool = await createPool({ threads: 2 });
    const a = pool.alloc(Float32Array, x.length);
    a.view.set(x);
    const calls = [
      pool.softmax(a, { shape: SHAPE, out: a }),
      pool.softmax(x, { shape: SHAPE }),
      pool.softmax(x.slice(0, 8), { shape: [2, 4] }),
    ];
    const refusals = Promise.allSettled(calls);
    const ended = pool.terminate();
    expect(pool.terminate()).toBe(ended);
    const message = "pool: expected a running pool, got one that was terminated";
    const [inPlace, ...others] = await refusals;
    expect(inPlace).toMatchObject({
      reason: {
        code: "ERR_TERMINATED",
        message: `${message}; out is in shared memory, and what it holds now is undefined`,
      },
    });
    for (const other of others) {
      expect(other).toMatchObject({ reason: { code: "ERR_TERMINATED", message: `${message}; no output has changed` } });
    }
    await ended;
    await expect(pool.logSumExp(x)).rejects.toMatchObject({ code: "ERR_TERMINATED" });
    expect(a.view.length).toBe(x.length);
    expect(pool.backend().threads).toBe(1);
  });

  it("of a pool without workers too", async () => {
    const pool = await createPool({ threads: 1 });
    expect(await pool.logSumExp([0])).toBe(0);
    await pool.terminate();
    await expect(pool.logSumExp([0])).rejects.toMatchObject({ code: "ERR_TERMINATED" });
  });
});

describe("a process", () => {
  const run = (body: string) => {
    const script = `const { createPool } = require("softmax-wasm/threads");
      const x = new Float32Array(64 * 8000).fill(1);
      createPool({ threads: 2 }).then(async (pool) => { ${body} });`;
    return spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 30_000 });
  };

  it("ends by itself when no call is under way, and not before a call is done", () => {
    const { status, stdout, stderr } = run(`
      // The third call is the workers'.
      await pool.softmax(x, { shape: [64, 8000] });
      const p = await pool.softmax(x, { shape: [64, 8000] });
      pool.softmax(x, { shape: [64, 8000], out: p }).then(() => console.log("done", pool.backend().threads));`);
    expect([status, stdout.trim(), stderr]).toEqual([0, "done 2", ""]);
  });

  it("ends when it is told to in the middle of a call", () => {
    const { status, stderr } = run(`
      for (let call = 0; call < 2; call++) await pool.softmax(x, { shape: [64, 8000] });
      pool.softmax(x, { shape: [64, 8000] }); process.exit(7);`);
    expect([status, stderr]).toEqual([7, ""]);
  });
});

describe("an array that is freed while a call works on it", () => {
  it("keeps its memory until the call is done", async () => {
    const pool = await createPool({ threads: 2 });
    const a = pool.alloc(Float32Array, x.length);
    const b = pool.alloc(Float32Array, x.length);
    a.view.set(x);
    const view = b.view;
    const call = pool.softmax(a, { shape: SHAPE, out: view });
    a.free();
    b.free();
    const others = [1, 2, 3].map(() => pool.alloc(Float32Array, x.length));
    for (const other of others) other.view.fill(1);
    await call;
    expect(bitsOf(view)).toBe(expected);
    for (const other of others) expect(other.view.every((value) => value === 1)).toBe(true);
    await pool.softmax(x, { shape: SHAPE });
    const again = pool.alloc(Float32Array, x.length);
    expect(again.view.byteOffset, "and then it is given out again").toBeLessThanOrEqual(view.byteOffset);
    await pool.terminate();
  });
});

describe("an array that is freed while its call waits", () => {
  it("keeps its memory too", async () => {
    const pool = await createPool({ threads: 2 });
    const a = pool.alloc(Float32Array, 1000);
    a.view.forEach((_, i, view) => (view[i] = i % 7));
    const row = single.softmax(a.view);
    const first = pool.softmax(x, { shape: SHAPE });
    const second = pool.softmax(a);
    const third = pool.softmax(a, { out: a.view });
    a.free();
    const other = pool.alloc(Float32Array, 1000);
    await Promise.all([first, third]);
    expect(bitsOf(await second)).toBe(bitsOf(row));
    expect(other.view.every((value) => value === 0)).toBe(true);
    await pool.terminate();
  });
});

describe("an array that loses its memory while workers are at its call", () => {
  it("has been copied", async () => {
    const pool = await createPool({ threads: 2 });
    const own = x.slice();
    const call = pool.softmax(own, { shape: SHAPE });
    structuredClone(own, { transfer: [own.buffer] });
    expect(bitsOf(await call)).toBe(expected);
    await pool.terminate();
  });
});

describe("an array that loses its memory before its call's turn", () => {
  it("is refused, and so is an out before results are written", async () => {
    const pool = await createPool({ threads: 2 });
    const own = x.slice();
    const out = new Float32Array(x.length);
    // Newer than the library that this is compiled with.
    const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer & Resize;
    const resizable = new Float32Array(new Resizable(x.byteLength, { maxByteLength: x.byteLength }));
    const first = pool.softmax(x, { shape: SHAPE, out });
    const second = pool.softmax(own, { shape: SHAPE });
    const third = pool.softmax(resizable, { shape: SHAPE });
    const refusals = Promise.allSettled([first, second, third]);
    structuredClone(own, { transfer: [own.buffer] });
    structuredClone(out, { transfer: [out.buffer] });
    resizable.buffer.resize(8);
    const code = "ERR_DETACHED";
    expect(await refusals).toMatchObject([{ reason: { code } }, { reason: { code } }, { reason: { code } }]);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    await pool.terminate();
  });
});

describe("one thread", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const alone = async (pool: Pool) => {
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    const a = pool.alloc(Float32Array, 4);
    expect(await pool.softmax(a, { out: a })).toBe(a);
    expect([...a.view]).toEqual([0.25, 0.25, 0.25, 0.25]);
    await expect(pool.softmax("1" as never)).rejects.toMatchObject({ code: "ERR_DTYPE" });
    await pool.terminate();
  };

  it("is what one was asked for, without a reason", async () => {
    const pool = await createPool({ threads: 1 });
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1 });
    await alone(pool);
  });

  it("is all there is in a page without cross-origin isolation, and it says so", async () => {
    vi.stubGlobal("crossOriginIsolated", false);
    const pool = await createPool({ threads: 2 });
    expect(pool.backend()).toMatchObject({ kind: "wasm", threads: 1 });
    expect(pool.backend().reason).toMatch(/^the page is not cross-origin isolated: .*Cross-Origin-Opener-Policy/);
    await alone(pool);
  });

  it("is all there is where WebAssembly is missing: JavaScript, with the reason", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    const pool = await createPool({ threads: 2 });
    expect(pool.backend()).toMatchObject({ kind: "js", variant: "scalar", threads: 1 });
    expect(pool.backend().reason).toBeTypeOf("string");
    await alone(pool);
  });

  it("is all there is where no worker starts, with the reason", async () => {
    const pool = await createPool({
      threads: 2,
      worker: () => {
        throw new Error("blocked by a policy");
      },
    });
    expect(pool.backend()).toMatchObject({ kind: "wasm", threads: 1, reason: "no worker: blocked by a policy" });
    await alone(pool);
  });

  it.each([
    ["a start", "ping"],
    ["a ping", "start"],
  ])("is all there is where workers do not answer %s", async (_, answered) => {
    vi.useFakeTimers();
    const deaf = () => {
      let hear: (event: unknown) => void;
      return {
        postMessage: ({ softmaxWasm }: { softmaxWasm: string }) => {
          if (softmaxWasm === answered) hear({ data: { softmaxWasm: "ready" } });
        },
        addEventListener: (type: string, listener: (event: unknown) => void) => {
          if (type === "message") hear = listener;
        },
        terminate: () => undefined,
      };
    };
    const opening = createPool({ threads: 2, worker: deaf as never });
    await vi.advanceTimersByTimeAsync(20_000);
    const pool = await opening;
    vi.useRealTimers();
    expect(pool.backend()).toMatchObject({ threads: 1, reason: "no worker: it did not answer within 10 s" });
    await alone(pool);
  });
});
