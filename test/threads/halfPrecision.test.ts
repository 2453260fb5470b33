// Float16Array, where the engine has one, Node since 24: `npm run test:runtimes -- relaxed`.

import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool } from "../../src/threads/node.js";
import { preferWorkers, spyOnTasks } from "./eitherWay.js";

type Half = new (values: ArrayLike<number>) => Float32Array;
const Half = (globalThis as { Float16Array?: Half }).Float16Array as Half;

const SHAPE = [410, 1001];
const single = instantiate();
const values = Float32Array.from({ length: 410 * 1001 }, (_, i) => ((i * 7919) % 311) / 31);
const labels = new Int32Array(410).map((_, i) => (i * 101) % 1001);

describe.runIf(Half as Half | undefined)("on several threads a Float16Array", () => {
  it("has the bits of one thread, in its own type", async () => {
    preferWorkers();
    const tasks = spyOnTasks();
    const pool = await createPool({ threads: 2 });
    const x = new Half(values);
    const p = await pool.softmax(x, { shape: SHAPE });
    expect(p).toBeInstanceOf(Half);
    expect([...p]).toEqual([...single.softmax(x, { shape: SHAPE })]);
    const out = x.slice();
    const expectedOut = x.slice();
    const expected = single.crossEntropyGrad(x, labels, { accumulate: true, out: expectedOut });
    const { loss } = await pool.crossEntropyGrad(x, labels, { accumulate: true, out });
    expect(loss).toBe(expected.loss);
    expect([...out]).toEqual([...expectedOut]);
    const losses = await pool.crossEntropy(x, labels, { reduction: "none" });
    expect(losses).toBeInstanceOf(Half);
    expect([...losses]).toEqual([...single.crossEntropy(x, labels, { reduction: "none" })]);
    expect(tasks).toHaveBeenCalledTimes(3);
    await pool.terminate();
  });
});
