import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool, type AnyWorker, type Pool } from "../../src/threads/node.js";
import { bitsOf } from "../reference/backends.js";
import { preferWorkers, spyOnTasks } from "./eitherWay.js";
import { obedientWorker } from "./mortalWorkers.js";
import { Locks, SilentWorker, WorkerHere } from "./workersHere.js";

const SHAPE = [64, 6400];
const x = new Float32Array(64 * 6400).map((_, i) => (i * 7919) % 31);
const expected = bitsOf(instantiate().softmax(x, { shape: SHAPE }));

let locks: Locks;
let pool: Pool | undefined;
let web: SilentWorker[];
let node: Worker[];
let exits: Promise<void>[];
let answers: number;

beforeEach(() => {
  preferWorkers();
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
  pool = undefined;
  [web, node, exits] = [[], [], []];
  answers = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  await pool?.terminate();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

type Make = () => AnyWorker;

const onWeb: Make = () => {
  const worker = new WorkerHere(locks);
  web.push(worker);
  worker.addEventListener("message", () => answers++);
  return worker;
};
const onNode: Make = () => {
  const worker = obedientWorker();
  node.push(worker);
  worker.on("message", () => answers++);
  exits.push(new Promise((resolve) => worker.once("exit", () => resolve())));
  return worker;
};

const throws: Make = () => {
  throw new Error("not one more");
};
const isDeaf: Make = () => {
  web.push(new SilentWorker());
  return web[web.length - 1];
};
const doesNotLoad: Make = () => {
  const worker = new SilentWorker();
  web.push(worker);
  setImmediate(() => worker.fail());
  return worker;
};
const cannotBeTold: Make = () => {
  const worker = onNode() as Worker;
  worker.postMessage = () => {
    throw new Error("cannot be cloned");
  };
  return worker;
};
const exitsAtOnce: Make = () => {
  const worker = onNode() as Worker;
  worker.postMessage({ run: "process.exit(3)", after: 0 });
  // Nor does it answer before.
  worker.postMessage = () => undefined;
  return worker;
};

/** A pool of workers that are made as it is said, one after the other. */
function open(...ways: Make[]): Promise<Pool> {
  const left = [...ways];
  return createPool({ threads: ways.length, worker: () => (left.shift() ?? throws)() });
}

/** Of a pool that has some of its workers. */
async function computesWith(count: number): Promise<void> {
  const tasks = spyOnTasks();
  expect(bitsOf(await (pool as Pool).softmax(x, { shape: SHAPE }))).toBe(expected);
  expect(tasks).toHaveBeenCalledOnce();
  expect(tasks.mock.calls[0][0]).toMatchObject({ operation: "softmax" });
  for (const worker of web.filter(({ isAlive }) => isAlive)) {
    expect(worker.heard.map(({ softmaxWasm }) => softmaxWasm)).toContain("task");
  }
  expect(pool?.backend().threads).toBe(count);
}

describe.each([
  ["Node", onNode],
  ["a browser", onWeb],
])("a pool goes on with the workers of %s that have started, and says why there are not more", (_, starts) => {
  it.each([
    ["cannot be made", throws, /^2 of 3 workers started: not one more$/],
    ["does not load", doesNotLoad, /^2 of 3 workers started: its script did not load$/],
    ["cannot be told to start", cannotBeTold, /^2 of 3 workers started: cannot be cloned$/],
    ["exits", exitsAtOnce, /^2 of 3 workers started: it exited with code 3$/],
  ])("where the second of three %s", async (__, fails, reason) => {
    pool = await open(starts, fails, starts);
    expect(pool.backend()).toEqual({
      kind: "wasm",
      variant: "simd",
      threads: 2,
      reason: expect.stringMatching(reason) as string,
    });
    await computesWith(2);
    if (fails === cannotBeTold) await exits[starts === onNode ? 1 : 0];
    if (fails === doesNotLoad) expect(web.map(({ isAlive }) => isAlive)).toContain(false);
  });

  it("where the first does not answer: it waits for that one's time and no longer, and ends it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const opening = open(isDeaf, starts, starts);
    // A start and four pings of each are answered before the clock goes on.
    while (answers < 10) await new Promise(setImmediate);
    let isOpen = false;
    void opening.then(() => (isOpen = true));
    await vi.advanceTimersByTimeAsync(9_999);
    expect([isOpen, web[0].isAlive]).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    pool = await opening;
    expect(pool.backend()).toMatchObject({
      threads: 2,
      reason: "2 of 3 workers started: it did not answer within 10 s",
    });
    expect(web[0].isAlive).toBe(false);
    await computesWith(2);
  });

  it("where several do not start, by the first", async () => {
    pool = await open(starts, doesNotLoad, starts, throws, starts);
    expect(pool.backend()).toMatchObject({ threads: 3, reason: "3 of 5 workers started: its script did not load" });
    await computesWith(3);
  });

  it("but one is no faster than the calling thread: it ends that one", async () => {
    const tasks = spyOnTasks();
    pool = await open(throws, starts, throws);
    expect(pool.backend()).toMatchObject({ threads: 1, reason: "1 of 3 workers started: not one more" });
    if (starts === onNode) await exits[0];
    else expect(web[0].isAlive).toBe(false);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    expect(tasks).not.toHaveBeenCalled();
  });
});

it("where memory is lacking for one of them, the reason says what to do", async () => {
  const lacks: Make = () => {
    throw new RangeError("Out of memory");
  };
  pool = await open(onWeb, onWeb, lacks);
  expect(pool.backend().reason).toMatch(
    /^2 of 3 workers started: Out of memory\. To free memory .*; the next pool tries/,
  );
});

it("where one dies later, and none takes its place, both are said", async () => {
  pool = await open(onNode, throws, onNode, onNode);
  expect(pool.backend().threads).toBe(3);
  await node[0].terminate();
  await expect.poll(() => pool?.backend().threads).toBe(2);
  const died = "a worker died, and none could take its place: not one more";
  await expect.poll(() => pool?.backend().reason).toBe(`3 of 4 workers started: not one more; ${died}`);
  await computesWith(2);
});

it("where one has started and dies while others start, it is replaced", async () => {
  const dies: Make = () => {
    const worker = new WorkerHere(locks);
    web.push(worker);
    worker.addEventListener("message", () => {
      // Its last ping has been answered.
      if (worker.heard.length === 5) setImmediate(() => setImmediate(() => worker.fail("boom")));
    });
    return worker;
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const ways = [dies, isDeaf, onWeb, onWeb];
  const opening = createPool({ threads: 3, worker: () => (ways.shift() ?? throws)() });
  while (web.length < 4 || web[3].heard.length < 5) await new Promise(setImmediate);
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  pool = await opening;
  expect(pool.backend()).toMatchObject({ threads: 2, reason: "2 of 3 workers started: it did not answer within 10 s" });
  await computesWith(2);
});
