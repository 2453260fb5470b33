import type { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { type Instance, instantiate } from "../../src/index.js";
import { createPool } from "../../src/threads/node.js";
import { mulberry32 } from "../reference/random.js";
import { preferWorkers } from "../threads/eitherWay.js";
import { obedientWorker, WAYS } from "../threads/mortalWorkers.js";

const SEED = 23;
const DEATHS = 100;
/** From its request on; a call takes one or two. */
const LATEST_MS = 12;
/** Under load, where a successor takes 0.2 s to start. */
const TIMEOUT_MS = 60_000;

const ROWS = 64;
const COLS = 6300;
const shape = [ROWS, COLS];
const random = mulberry32(SEED);
const x = new Float32Array(ROWS * COLS).map(() => 10 * (random() - 0.5));
const labels = new Int32Array(ROWS).map(() => Math.floor(random() * COLS));
const before = new Float32Array(ROWS * COLS).map(() => random());

const single = instantiate();

type Call = (by: Instance, out: Float32Array) => unknown;
const CALLS: readonly Call[] = [
  (by, out) => by.softmax(x, { shape, out }),
  (by, out) => by.crossEntropyGrad(x, labels, { out }),
  (by, out) => by.crossEntropyGrad(x, labels, { out, accumulate: true }),
  (by, out) => by.logSumExp(x, { shape, out: out.subarray(0, ROWS) }),
];

const expected = CALLS.map((call) => {
  const out = before.slice();
  call(single, out);
  return out;
});

const isSame = (a: Float32Array, b: Float32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Calls, all at once; how many were rejected. Whatever became of one, its output is all new or all old. */
async function callAll(by: Instance, outs: readonly Float32Array[], reason: RegExp): Promise<number> {
  for (const out of outs) out.set(before);
  const settled = await Promise.allSettled(CALLS.map((call, i) => call(by, outs[i])));
  settled.forEach((call, i) => {
    const isDone = call.status === "fulfilled";
    expect(isSame(outs[i], isDone ? expected[i] : before), `call ${i}, ${call.status}`).toBe(true);
    if (isDone) return;
    expect(call.reason).toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringMatching(reason) as string,
    });
  });
  const rejected = settled.filter(({ status }) => status === "rejected").length;
  expect(rejected, "those that a worker was not at go on").toBeLessThanOrEqual(1);
  return rejected;
}

it(
  `a worker dies at ${DEATHS} random moments: no output byte of its call changes, all other calls are done`,
  async () => {
    preferWorkers();
    const living: Worker[] = [];
    const dead = new Set<Worker>();
    const worker = () => {
      const made = obedientWorker();
      living.push(made);
      made.on("exit", () => {
        dead.add(made);
        living.splice(living.indexOf(made), 1);
      });
      return made;
    };
    const pool = await createPool({ threads: 2, worker });
    // Overloads of a union cannot be called: what differs, the promises, `await` takes from either.
    const several = pool as unknown as Instance;
    const outs = CALLS.map(() => before.slice());
    let hits = 0;
    for (let death = 0; death < DEATHS; death++) {
      const [, kill, reason] = WAYS[Math.floor(random() * WAYS.length)];
      const victim = living[Math.floor(random() * living.length)];
      // At some moment, or in the next task.
      const after = random() < 0.5 ? LATEST_MS * random() : undefined;
      const moment = performance.now() + (after ?? 0);
      kill(victim, after);
      let rejected = 0;
      while (rejected === 0 && !dead.has(victim)) rejected = await callAll(several, outs, reason);
      expect(performance.now() - moment).toBeLessThan(1000);
      hits += Number(rejected > 0);
      expect(await callAll(several, outs, reason), `the calls after death ${death}`).toBe(0);
      await expect.poll(() => pool.backend().threads, { interval: 5, timeout: 10_000 }).toBe(2);
    }
    expect(hits, "some die between two calls, and no call knows").toBeGreaterThan(DEATHS / 3);
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 2 });
    await pool.terminate();
  },
  TIMEOUT_MS,
);
