import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { bitsOf } from "../backends.js";
import { mulberry32 } from "../random.js";
import { obedientWorker, WAYS } from "./mortalWorkers.js";

const SEED = 5;
const SHAPE = [64, 8000];
const x = new Float32Array(64 * 8000);
const random = mulberry32(SEED);
x.forEach((_, i) => (x[i] = 10 * (random() - 0.5)));
const expected = bitsOf(instantiate().softmax(x, { shape: SHAPE }));

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

/** Calls until one fails, three at a time; all that failed, with how long the last one took. */
async function callUntilDeath(): Promise<{ errors: Refusal[]; ms: number }> {
  for (let round = 0; round < 2000; round++) {
    const start = performance.now();
    const calls = [0, 1, 2].map(() => pool.softmax(x, { shape: SHAPE }));
    const settled = await Promise.allSettled(calls);
    const errors = settled.flatMap((call) => (call.status === "rejected" ? [call.reason as Refusal] : []));
    if (errors.length > 0) return { errors, ms: performance.now() - start };
  }
  return expect.unreachable("no call failed");
}

describe.each(WAYS)("a worker that %s", (_, kill, reason) => {
  it.each([0, 3, 10])("fails the pending calls within a second, after %i ms, and the next one works", async (ms) => {
    await open();
    kill(workers[ms % 2], ms);
    const { errors, ms: took } = await callUntilDeath();
    expect(took).toBeLessThan(1000);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error.code).toBe("ERR_WORKER");
      expect(error.message).toMatch(reason);
      expect(error.message).toMatch(/no output has changed$/);
    }
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    await expect.poll(() => pool.backend().threads, { timeout: 10_000 }).toBe(2);
    expect(workers.length).toBe(3);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });
});

describe("when a worker dies", () => {
  // So many calls that it dies while they wait, whatever the machine is busy with.
  const MANY = Array.from({ length: 30 });

  it("an ordinary out is untouched, and every call that waits is rejected", async () => {
    await open();
    const outs = MANY.map(() => new Float32Array(x.length).fill(7));
    const calls = Promise.allSettled(outs.map((out) => pool.softmax(x, { shape: SHAPE, out })));
    void workers[0].terminate();
    const settled = await calls;
    const done = settled.filter(({ status }) => status === "fulfilled").length;
    expect(done).toBeLessThan(MANY.length);
    settled.forEach((call, i) => {
      expect(call.status).toBe(i < done ? "fulfilled" : "rejected");
      if (i < done) expect(bitsOf(outs[i])).toBe(expected);
      else expect(outs[i].every((value) => value === 7)).toBe(true);
    });
  });

  it("losses, which have no array to be written to, are rejected as all other calls are", async () => {
    await open();
    const labels = new Int32Array(SHAPE[0]);
    const loss = instantiate().crossEntropy(x, labels);
    const calls = Promise.allSettled(MANY.map(() => pool.crossEntropy(x, labels)));
    void workers[0].terminate();
    const settled = await calls;
    const errors = settled.flatMap((call) => (call.status === "rejected" ? [call.reason as Refusal] : []));
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect([error.code, error.message]).toEqual(["ERR_WORKER", errors[0].message]);
    expect(errors[0].message).toMatch(/; no output has changed$/);
    expect(await pool.crossEntropy(x, labels)).toBe(loss);
  });

  it("the error says that an out in shared memory is undefined, and only of the call under way", async () => {
    await open();
    const [a, b] = [pool.alloc(Float32Array, x.length), pool.alloc(Float32Array, x.length)];
    a.view.set(x);
    const calls = Promise.allSettled(MANY.map(() => pool.softmax(a, { shape: SHAPE, out: b })));
    void workers[1].terminate();
    const [first, ...others] = (await calls).flatMap((call) =>
      call.status === "rejected" ? [call.reason as Refusal] : [],
    );
    expect(first.message).toMatch(/; out is in shared memory, and what it holds now is undefined$/);
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) expect(other.message).toMatch(/; no output has changed$/);
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
    workers[0].postMessage({ run: "throw 'boom'", after: 0 });
    const { errors } = await callUntilDeath();
    expect(errors[0].message).toMatch(/it threw boom/);
  });

  it("of a message that cannot be read, its calls fail", async () => {
    await open();
    const call = refusalOf(pool.softmax(x, { shape: SHAPE }));
    workers[0].emit("messageerror", new Error("unreadable"));
    expect(await call).toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("cannot be read") as string,
    });
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });
});
