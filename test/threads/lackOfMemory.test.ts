// A pool where memory is lacking goes on with what there is.

import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HeapPages } from "../../src/memory/linearMemory.js";
import { createPool } from "../../src/threads/node.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const ADVICE = "To free memory let go of instances that are not used, terminate pools, or share one";

/** Constructors of WebAssembly that find no memory, once or always. */
function withoutMemory(which: "Instance" | "Memory"): void {
  const all = Object.getOwnPropertyNames(WebAssembly).map((key) => [key, Reflect.get(WebAssembly, key)] as const);
  const construct = () => {
    throw new RangeError(`WebAssembly.${which}(): Out of memory`);
  };
  const failing = new Proxy(WebAssembly[which], { construct });
  vi.stubGlobal("WebAssembly", { ...Object.fromEntries(all), [which]: failing });
}

describe("a pool", () => {
  it("of which the calling thread has no memory for WebAssembly computes in JavaScript, until there is some", async () => {
    withoutMemory("Instance");
    const pool = await createPool({ threads: 1 });
    expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
    const reason = `WebAssembly.Instance(): Out of memory. ${ADVICE}; the next call tries again`;
    expect(pool.backend()).toEqual({ kind: "js", variant: "scalar", threads: 1, reason });
    vi.unstubAllGlobals();
    // Not before as much time has passed as the last attempt took.
    await vi.waitFor(async () => {
      expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
      expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1 });
    });
    await pool.terminate();
  });

  it("without memory that can be shared has one thread and says what to do", async () => {
    withoutMemory("Memory");
    const pool = await createPool({ threads: 2 });
    const reason = `WebAssembly.Memory(): Out of memory. ${ADVICE}; the next pool tries again`;
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1, reason });
    expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
    await pool.terminate();
  });

  it("without room for anything rejects calls and not its creation, and works once there is room", async () => {
    withoutMemory("Instance");
    vi.spyOn(HeapPages.prototype, "grow").mockImplementation(() => {
      throw new RangeError("Array buffer allocation failed");
    });
    const pool = await createPool({ threads: 2 });
    const refused = expect.objectContaining({ name: "RangeError", code: "ERR_OUT_OF_MEMORY" }) as Error;
    await expect(pool.softmax([0, 0])).rejects.toThrow(refused);
    vi.restoreAllMocks();
    expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
    vi.unstubAllGlobals();
    await vi.waitFor(async () => {
      expect(await pool.softmax([0, 0])).toEqual([0.5, 0.5]);
      expect(pool.backend().kind).toBe("wasm");
    });
    await pool.terminate();
  });

  const isLinux = process.platform === "linux";
  it.runIf(isLinux)("under every limit of address space has as many threads as fit, one at least", () => {
    const script = `
      const { createPool } = require("./dist/threads.node.cjs");
      createPool({ threads: 2 }).then(async (pool) => {
        const { kind, threads, reason = "" } = pool.backend();
        const p = await pool.softmax(new Float32Array(1e5), { shape: [100, 1000] });
        console.log(JSON.stringify([kind, threads, reason, p[0] === Math.fround(0.001)]));
        await pool.terminate();
      }, (error) => console.log("rejected: " + error.stack));`;
    let limitsWithReason = 0;
    for (const kilobytes of [8e6, 13e6, 26e6, "unlimited"]) {
      const limited = `ulimit -v ${kilobytes} && exec "$0" -e '${script.replaceAll("'", "'\\''")}'`;
      const { status, stdout, stderr } = spawnSync("sh", ["-c", limited, process.execPath], { encoding: "utf8" });
      if (status !== 0) {
        // Node itself ends where it has no room for a thread's code.
        expect(stderr).toMatch(/Fatal process OOM|out of memory|bad_alloc/i);
        continue;
      }
      const [, threads, reason, isRight] = JSON.parse(stdout) as [string, number, string, boolean];
      expect(isRight).toBe(true);
      if (threads === 2) expect(reason).toBe("");
      else if (reason.includes("memory")) {
        expect(reason).toContain(`${ADVICE}; the next pool tries again`);
        limitsWithReason++;
      }
    }
    expect(limitsWithReason, "limits that show").toBeGreaterThan(0);
  });
});
