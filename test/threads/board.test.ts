import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import text from "../../build/workerNode.js";
import { instantiate } from "../../src/index.js";
import { Board, Seat } from "../../src/threads/board.js";
import { createPool } from "../../src/threads/node.js";
import type { Task } from "../../src/threads/task.js";
import { bitsOf } from "../backends.js";

const SHAPE = [64, 8000];
const x = new Float32Array(64 * 8000).map((_, i) => (i * 7919) % 31);
const expected = bitsOf(instantiate().softmax(x, { shape: SHAPE }));

const task = (first: number): Task => {
  let n = first;
  const next = () => n++ + 0.5;
  return {
    operation: 3,
    type: "f64",
    layout: { rows: next(), cols: next(), inner: next() },
    cut: { count: next(), rows: next(), columns: next() },
    control: next(),
    end: next(),
    x: next(),
    beside: next(),
    mask: next(),
    upstream: next(),
    out: next(),
    values: next(),
    temperature: next(),
    absent: -Infinity,
    factor: next(),
    penalty: next(),
    accumulate: true,
    loss: {
      labels: next(),
      weights: next(),
      share: next(),
      lambda: next(),
      spread: true,
      targets: next(),
      each: next(),
      eachAt: next(),
    },
  };
};

describe("the board", () => {
  it("gives a task as it was put up, and only to those that it is for", () => {
    const board = new Board(3);
    const [first, second, third] = [0, 1, 2].map((seat) => new Seat(board.buffer, seat));
    board.put(task(1), 2);
    board.give(0);
    board.give(2);
    expect([first, second, third].map(({ hasTask }) => hasTask)).toEqual([true, false, true]);
    expect(first.take()).toEqual(task(1));
    expect(third.take()).toEqual(task(1));
    expect(first.hasTask).toBe(false);
    expect([first.done(), third.done()], "the last one signals").toEqual([false, true]);
    expect([0, 1, 2].map((seat) => board.hasDone(seat))).toEqual([true, false, true]);
    const plain = { ...task(7), type: "f32", accumulate: false, loss: null } as const;
    board.put(plain, 1);
    board.give(1);
    expect(second.take()).toEqual(plain);
  });

  it("says who is not there, and lets nobody leave that has been given a task", () => {
    const board = new Board(1);
    const seat = new Seat(board.buffer, 0);
    board.put(task(1), 1);
    expect(board.give(0)).toBe(false);
    seat.come();
    expect(seat.leave()).toBe(false);
    seat.take();
    seat.done();
    expect(seat.leave()).toBe(true);
    seat.come();
    board.put(task(2), 1);
    expect(board.give(0)).toBe(true);
  });

  it("makes one wait that has no task, and at longest for so long", () => {
    const board = new Board(1);
    const seat = new Seat(board.buffer, 0);
    const start = performance.now();
    seat.wait(30);
    expect(performance.now() - start).toBeGreaterThan(25);
    board.put(task(1), 1);
    board.give(0);
    const given = performance.now();
    seat.wait(10_000);
    expect(performance.now() - given, "it has one").toBeLessThan(5000);
  });

  it("has a signal of each that goes on when one has given up", async () => {
    const board = new Board(3);
    const seats = [0, 1, 2].map((seat) => new Seat(board.buffer, seat));
    board.put(task(1), 3);
    for (const seat of [0, 1, 2]) board.give(seat);
    for (const seat of seats) seat.take();
    board.giveUp();
    expect(seats[1].done()).toBe(true);
    await board.signalled();
    board.look();
    const signalled = board.signalled();
    expect(seats[2].done()).toBe(true);
    await signalled;
  });
});

// The worker answers at once whatever it is asked.
const ANSWERING = `${text};
{ const { parentPort } = require("node:worker_threads");
  parentPort.on("message", ({ ask }) => ask && parentPort.postMessage({ answer: ask })); }`;

describe("workers at the board", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("let messages through while call follows call", async () => {
    const workers: Worker[] = [];
    const worker = () => {
      workers.push(new Worker(ANSWERING, { eval: true, execArgv: [] }));
      return workers[workers.length - 1];
    };
    const pool = await createPool({ threads: 2, worker });
    const a = pool.alloc(Float32Array, x.length);
    await pool.softmax(a, { shape: SHAPE, out: a });
    const answers: string[] = [];
    workers[0].on("message", ({ answer }: { answer?: string }) => answer && answers.push(answer));
    workers[0].postMessage({ ask: "there?" });
    const start = performance.now();
    while (answers.length === 0 && performance.now() - start < 5000) await pool.softmax(a, { shape: SHAPE, out: a });
    expect(answers).toEqual(["there?"]);
    await pool.terminate();
  });

  it("take no time when there is nothing to do", async () => {
    const pool = await createPool({ threads: 2 });
    await pool.softmax(x, { shape: SHAPE });
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { user, system } = process.cpuUsage(before);
    // In µs; of all threads of the process. A worker that spins would take 400,000.
    expect(user + system).toBeLessThan(100_000);
    await pool.terminate();
  });

  it("send a message where the calling thread cannot wait for a signal", async () => {
    const { waitAsync, ...rest } = Object.getOwnPropertyDescriptors(Atomics) as Record<string, PropertyDescriptor>;
    expect(waitAsync).toBeDefined();
    vi.stubGlobal("Atomics", Object.defineProperties({}, rest));
    const pool = await createPool({ threads: 2 });
    expect(pool.backend()).toMatchObject({ threads: 2 });
    for (let call = 0; call < 20; call++) expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
    await pool.terminate();
  });
});
