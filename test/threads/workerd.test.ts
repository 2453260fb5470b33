// The entry for workerd, on the kernels of the other entries: what it imports instead is tried in workerd itself.

import { expect, it } from "vitest";
import { softmax } from "../../src/index.js";
import { createPool } from "../../src/threads/workerd.js";

it("a pool for workerd is the calling thread, and says why unless one thread is asked for", async () => {
  const [pool, one] = [await createPool({ threads: 2 }), await createPool({ threads: 1 })];
  const reason = "no worker: workerd has none that share memory";
  expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1, reason });
  expect(one.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 1 });
  const x = Float32Array.of(1, 2, 3);
  for (const each of [pool, one]) {
    expect(await each.softmax(x)).toEqual(softmax(x));
    await each.terminate();
    await expect(each.softmax(x)).rejects.toMatchObject({ code: "ERR_TERMINATED" });
  }
});

it("it refuses what other pools refuse", async () => {
  await expect(createPool({ threads: 0 })).rejects.toMatchObject({ code: "ERR_OPTION" });
});
