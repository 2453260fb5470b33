/* global crossOriginIsolated, performance, setTimeout, Worker */
// What a page or a worker asks of ./threads. Each gives what it found; run.mjs says what belongs there.

import * as single from "./library.main.mjs";
import { createPool } from "./library.threads.mjs";

const SHAPE = [64, 8000];
const x = new Float32Array(64 * 8000).map((_, i) => ((i * 7919) % 997) / 50 - 10);
const labels = new Int32Array(64).map((_, r) => r * 100);

const same = (a, b) => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
const ownWorker = () => new Worker("obedient.mjs", { type: "module" });

/** Whether a pool gives the bits of one thread: copying, resident, and in a call on the calling thread. */
async function bits(pool) {
  const p = single.softmax(x, { shape: SHAPE });
  const expected = single.crossEntropyGrad(x, labels);
  const { loss, grad } = await pool.crossEntropyGrad(x, labels);
  const a = pool.alloc(Float32Array, x.length);
  a.view.set(x);
  await pool.softmax(a, { shape: SHAPE, out: a });
  const small = await pool.logSoftmax(x.slice(0, 10));
  return (
    same(await pool.softmax(x, { shape: SHAPE }), p) &&
    same(a.view, p) &&
    loss === expected.loss &&
    same(grad, expected.grad) &&
    same(small, single.logSoftmax(x.slice(0, 10)))
  );
}

/** How calls end while a worker of two is made to die, and how it goes on. */
async function death(kill) {
  const workers = [];
  const worker = () => {
    workers.push(ownWorker());
    return workers.at(-1);
  };
  const pool = await createPool({ threads: 2, worker });
  const start = performance.now();
  const out = new Float32Array(x.length).fill(7);
  kill(workers[1]);
  let codes = [];
  for (let round = 0; round < 2000 && codes.length === 0; round++) {
    const calls = [pool.softmax(x, { shape: SHAPE, out: out.fill(7) }), pool.softmax(x, { shape: SHAPE })];
    codes = (await Promise.allSettled(calls)).flatMap(({ reason }) => (reason ? [reason.code] : []));
  }
  const ms = performance.now() - start;
  const works = await bits(pool);
  while (pool.backend().threads < 2 && performance.now() - start < 10_000)
    await new Promise((go) => setTimeout(go, 20));
  const { threads } = pool.backend();
  await pool.terminate();
  return { codes: [...new Set(codes)], inTime: ms < 1000, works, threads, made: workers.length };
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
