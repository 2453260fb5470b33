import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { preferWorkers } from "./eitherWay.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { obedientWorker, WAYS } from "./mortalWorkers.js";

const SEED = 5;
const SHAPE = [64, 8000];
const x = new Float32Array(64 * 8000);
const random = mulberry32(SEED);
x.forEach((_, i) => (x[i] = 10 * (random() - 0.5)));
const expected = bitsOf(instantiate().softmax(x, { shape: SHAPE }));

preferWorkers();

let pool: Pool;
let workers: Worker[] = [];

async function open(more: Partial<Worker> = {}): Promise<Pool> {
  workers = [];
  const worker = () => {
    const made = Object.assign(obedientWorker(), more);
    workers.push(made);
    return made;
  };
  pool = await createPool({ threads: 2, worker });
  expect(pool.backend()).toMatchObject({ threads: 2 });
  return pool;
}
afterEach(() => pool.terminate());

interface Refusal extends Error {
  readonly code: string;
}
const refusalOf = (call: Promise<unknown>): Promise<Refusal> =>
  call.then(
    () => expect.unreachable("the call did not fail"),
    (error: unknown) => error as Refusal,
  );

const [[, exits]] = WAYS;

describe.each(WAYS)("a worker that %s in a task", (_, kill, reason) => {
  it.each([0, 1])("fails the call within a second, and no other: worker %i", async (victim) => {
    await open();
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    const start = performance.now();
    kill(workers[victim]);
    const calls = Promise.allSettled([0, 1, 2].map(() => pool.softmax(x, { shape: SHAPE })));
    const [first, ...others] = await calls;
    expect(performance.now() - start).toBeLessThan(1000);
    const error = (first as PromiseRejectedResult).reason as Refusal;
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("ERR_WORKER");
    expect(error.message).toMatch(reason);
    expect(error.message).toMatch(/; no output has changed$/);
    for (const other of others) expect(bitsOf((other as PromiseFulfilledResult<Float32Array>).value)).toBe(expected);
    await expect.poll(() => pool.backend().threads, { timeout: 10_000 }).toBe(2);
    expect(workers.length).toBe(3);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });
});

describe("when a worker dies", () => {
  const labels = new Int32Array(SHAPE[0]);
  const inShared = () => {
    const array = pool.alloc(Float32Array, x.length);
    array.view.set(x);
    return array;
  };

  it("no output in ordinary memory has changed, and those of the calls behind it are written", async () => {
    await open();
    const outs = Array.from({ length: 3 }, () => new Float32Array(x.length).fill(7));
    const losses = new Float32Array(SHAPE[0]).fill(7);
    exits(workers[0]);
    const [softmax] = await Promise.allSettled(outs.map((out) => pool.softmax(x, { shape: SHAPE, out })));
    expect(softmax.status).toBe("rejected");
    expect(outs[0].every((value) => value === 7)).toBe(true);
    expect(outs.slice(1).map(bitsOf)).toEqual([expected, expected]);
    await expect.poll(() => pool.backend().threads, { timeout: 10_000 }).toBe(2);
    exits(workers[1]);
    const { message } = await refusalOf(pool.crossEntropy(x, labels, { reduction: "none", out: losses }));
    expect(message).toMatch(/; no output has changed$/);
    expect(losses.every((value) => value === 7)).toBe(true);
  });

  it("a loss, which has no array to be written to, is rejected as any other call is", async () => {
    await open();
    exits(workers[0]);
    const calls = Promise.allSettled([0, 1].map(() => pool.crossEntropy(x, labels)));
    expect(await calls).toMatchObject([
      { reason: { code: "ERR_WORKER", message: expect.stringMatching(/; no output has changed$/) as string } },
      { value: instantiate().crossEntropy(x, labels) },
    ]);
  });

  it("the error says that an out in shared memory is undefined", async () => {
    await open();
    const [a, b] = [inShared(), inShared()];
    exits(workers[1]);
    const { message } = await refusalOf(pool.softmax(a, { shape: SHAPE, out: b }));
    expect(message).toMatch(/; out is in shared memory, and what it holds now is undefined$/);
    await pool.softmax(a, { shape: SHAPE, out: b });
    expect(bitsOf(b.view)).toBe(expected);
  });

  it("a pool that is idle replaces it, and no call knows", async () => {
    await open();
    await workers[0].terminate();
    await expect.poll(() => workers.length).toBe(3);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });

  it("and none can take its place, the pool goes on with those that are left and says so", async () => {
    let left = 2;
    const made: Worker[] = [];
    pool = await createPool({
      threads: 2,
      worker: () => {
        if (left-- === 0) throw new Error("no more");
        made.push(obedientWorker());
        return made[made.length - 1];
      },
    });
    await made[0].terminate();
    await expect.poll(() => pool.backend().threads).toBe(1);
    expect(pool.backend().reason).toBe("a worker died, and none could take its place: no more");
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    await made[1].terminate();
    await expect.poll(() => pool.backend().threads).toBe(1);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE })), "on the calling thread").toBe(expected);
  });

  it("of what is no Error, the error says it too", async () => {
    await open();
    workers[0].postMessage({ run: "throw 'boom'" });
    const { message } = await refusalOf(pool.softmax(x, { shape: SHAPE }));
    expect(message).toMatch(/it threw boom/);
  });

  it("of a message that cannot be read, its call fails", async () => {
    await open();
    const call = refusalOf(pool.softmax(x, { shape: SHAPE }));
    workers[0].emit("messageerror", new Error("unreadable"));
    expect(await call).toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("cannot be read") as string,
    });
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });

  it("as it cannot be told of a task, the call fails", async () => {
    await open();
    workers[1].postMessage = () => {
      throw new Error("cannot be cloned");
    };
    const { message } = await refusalOf(pool.softmax(x, { shape: SHAPE }));
    expect(message).toMatch(/cannot be cloned; no output has changed$/);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });
});
