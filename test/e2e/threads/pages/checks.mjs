/* global crossOriginIsolated, performance, setTimeout, Worker */
// What a page or a worker asks of ./threads. Each gives what it found; run.mjs says what belongs there.

import * as single from "./library.main.mjs";
import { createPool } from "./library.threads.mjs";

const SHAPE = [256, 16000];
const x = new Float32Array(256 * 16000).map((_, i) => ((i * 7919) % 997) / 50 - 10);
const labels = new Int32Array(256).map((_, r) => r * 50);

const same = (a, b) => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
/**
 * The first two calls of a kind are the calling thread's, and the next three the workers': they have to be long enough for
 * that on a fast machine.
 */
async function untilWorkersAreNext(pool) {
  for (let call = 0; call < 2; call++) await pool.softmax(x, { shape: SHAPE });
}

const ownWorker = () => new Worker("obedient.mjs", { type: "module" });

/** Whether a pool gives the bits of one thread: copying, resident, and in small calls; with workers and without. */
async function bits(pool) {
  const p = single.softmax(x, { shape: SHAPE });
  const expected = single.crossEntropyGrad(x, labels);
  const a = pool.alloc(Float32Array, x.length);
  const b = pool.alloc(Float32Array, x.length);
  a.view.set(x);
  for (let call = 0; call < 5; call++) {
    const { loss, grad } = await pool.crossEntropyGrad(x, labels);
    await pool.softmax(a, { shape: SHAPE, out: b });
    const copied = await pool.softmax(x, { shape: SHAPE });
    const isSame = loss === expected.loss && same(grad, expected.grad) && same(b.view, p) && same(copied, p);
    if (!isSame) return false;
  }
  const small = await pool.logSoftmax(x.slice(0, 10));
  return same(small, single.logSoftmax(x.slice(0, 10)));
}

/** How calls end while a worker of two is made to die as they begin, and how the pool goes on. */
async function death(kill) {
  const workers = [];
  const worker = () => {
    workers.push(ownWorker());
    return workers.at(-1);
  };
  const pool = await createPool({ threads: 2, worker });
  await untilWorkersAreNext(pool);
  const outs = [7, 7, 7].map((value) => new Float32Array(x.length).fill(value));
  const start = performance.now();
  kill(workers[1]);
  const calls = await Promise.allSettled(outs.map((out) => pool.softmax(x, { shape: SHAPE, out })));
  const inTime = performance.now() - start < 1000;
  const p = single.softmax(x, { shape: SHAPE });
  const codes = calls.flatMap(({ reason }) => (reason ? [reason.code] : []));
  const whole = calls.every(({ reason }, i) => (reason ? outs[i].every((value) => value === 7) : same(outs[i], p)));
  const works = await bits(pool);
  while ((workers.length < 3 || pool.backend().threads < 2) && performance.now() - start < 10_000)
    await new Promise((go) => setTimeout(go, 20));
  const { threads } = pool.backend();
  await pool.terminate();
  return { codes, inTime, whole, works, threads, made: workers.length };
}

export const checks = {
  async pool() {
    const pool = await createPool({ threads: 2 });
    const report = { isolated: crossOriginIsolated, backend: pool.backend(), same: await bits(pool) };
    await pool.terminate();
    const late = await pool.softmax(x).catch(({ code }) => code);
    return { ...report, late };
  },

  async ownWorker() {
    const pool = await createPool({ threads: 2, worker: ownWorker });
    const report = { isolated: crossOriginIsolated, backend: pool.backend(), same: await bits(pool) };
    await pool.terminate();
    return report;
  },

  async byDefault() {
    const pool = await createPool();
    const { threads } = pool.backend();
    const report = { several: threads > 1, same: await bits(pool) };
    await pool.terminate();
    return report;
  },

  terminated: () => death((worker) => worker.terminate()),
  closed: () => death((worker) => worker.postMessage({ die: "close" })),
  thrown: () => death((worker) => worker.postMessage({ die: "throw" })),

  async pending() {
    const pool = await createPool({ threads: 2 });
    await untilWorkersAreNext(pool);
    const calls = Promise.allSettled([0, 1].map(() => pool.softmax(x, { shape: SHAPE })));
    await pool.terminate();
    return { codes: (await calls).map(({ reason }) => reason?.code) };
  },

  async missing() {
    const pool = await createPool({ threads: 2, worker: () => new Worker("nowhere.mjs", { type: "module" }) });
    const report = { backend: pool.backend(), same: await bits(pool) };
    await pool.terminate();
    return report;
  },
};
