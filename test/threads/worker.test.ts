import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/index.js";
import { Board } from "../../src/threads/board.js";
import { newMemory, PoolMemory } from "../../src/threads/memory.js";
import type { FromWorker, Start } from "../../src/threads/messages.js";
import { END_OF_DATA, relocated } from "../../src/threads/relocated.js";
import { NEXT, READY, type Task } from "../../src/threads/task.js";
import { serve } from "../../src/threads/worker/serve.js";
import { bitsOf } from "../backends.js";
import { WINDOW_BYTES } from "../../src/window.js";

const DATA = END_OF_DATA / 2;
const ROW = [3, 1, 4, 1, 5, 9, 2, 6];
const EXPECTED = bitsOf(instantiate().softmax(Float32Array.from(ROW)));
const turn = () => new Promise((resolve) => setImmediate(resolve));

let memory: PoolMemory;
let board: Board;
let said: FromWorker[];
let tell: (data: unknown) => void;
let start: Start;
let task: Task;

beforeEach(() => {
  memory = new PoolMemory(newMemory(true));
  board = new Board(1);
  said = [];
  start = {
    softmaxWasm: "start",
    memory: memory.pages,
    module: relocated(DATA, true),
    region: { address: memory.allocate(WINDOW_BYTES), bytes: WINDOW_BYTES },
    board: board.buffer,
    seat: 0,
    heard: true,
  };
  const control = memory.allocate(8);
  const at = memory.allocate(4 * ROW.length);
  memory.f32.set(ROW, at / 4);
  memory.i32[control / 4 + NEXT] = 0;
  memory.i32[control / 4 + READY] = 1;
  task = {
    operation: 0,
    type: "f32",
    layout: { rows: 1, cols: ROW.length, inner: 1 },
    cut: { count: 1, rows: 1, columns: 1 },
    control,
    end: memory.buffer.byteLength,
    x: at,
    beside: 0,
    mask: 0,
    upstream: 0,
    out: at,
    values: 0,
    temperature: 1,
    absent: 0,
    factor: 1,
    penalty: 0,
    accumulate: false,
    loss: null,
  };
});
afterEach(() => {
  vi.restoreAllMocks();
});

const result = () => bitsOf(memory.f32.slice(task.x / 4, task.x / 4 + ROW.length));

function open(lock: (name: string) => Promise<void> = () => Promise.resolve()): void {
  serve({
    post: (message) => said.push(message),
    listen: (take) => {
      tell = take;
    },
    lock,
  });
}

async function opened(): Promise<void> {
  open();
  tell(start);
  await turn();
  expect(said).toEqual([{ softmaxWasm: "ready" }]);
}

function give(given: Task): void {
  board.put(given, 1);
  board.give(0);
}

describe("a worker", () => {
  it("does a task, and is gone from the board when no other one comes", async () => {
    await opened();
    give(task);
    tell({ softmaxWasm: "look" });
    expect(board.hasDone(0)).toBe(true);
    expect(result()).toBe(EXPECTED);
    expect(board.give(0), "it has to be told").toBe(false);
    expect(said).toHaveLength(1);
  });

  it("has not left where a task comes as it does", async () => {
    await opened();
    // The clock is asked between the last look at the board and the leave.
    const clock = vi.spyOn(performance, "now").mockReturnValueOnce(0);
    clock.mockImplementationOnce(() => {
      give(task);
      return 1000;
    });
    tell({ softmaxWasm: "look" });
    expect(board.hasDone(0)).toBe(true);
    expect(result()).toBe(EXPECTED);
  });

  it("waits for the input of its part", async () => {
    await opened();
    memory.i32[task.control / 4 + READY] = 0;
    memory.f32.fill(7, task.x / 4, task.x / 4 + ROW.length);
    give(task);
    const other = new Worker(
      `const { buffer, row, x, ready } = require("node:worker_threads").workerData;
      setTimeout(() => {
        new Float32Array(buffer).set(row, x / 4);
        Atomics.store(new Int32Array(buffer), ready, 1);
        Atomics.notify(new Int32Array(buffer), ready);
      }, 50);`,
      { eval: true, workerData: { buffer: memory.buffer, row: ROW, x: task.x, ready: task.control / 4 + READY } },
    );
    tell({ softmaxWasm: "look" });
    expect(result()).toBe(EXPECTED);
    await other.terminate();
  });

  it("finds arrays behind the end that the memory had when it started", async () => {
    await opened();
    const far = memory.allocate(1 << 20);
    memory.f32.set(ROW, far / 4);
    task = { ...task, x: far, out: far, end: memory.buffer.byteLength };
    give(task);
    tell({ softmaxWasm: "look" });
    expect(result()).toBe(EXPECTED);
  });

  it("says what went wrong", async () => {
    await opened();
    give({ ...task, x: 0x7fffff00 });
    tell({ softmaxWasm: "look" });
    await turn();
    expect(said[1]).toMatchObject({ softmaxWasm: "failed" });
    expect((said[1] as { reason: string }).reason).toMatch(/bounds|length/);
  });

  it.each([new Error("no lock"), "no lock"])("does not start where it gets no lock: %s", async (reason) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what this is about
    open(() => Promise.reject(reason));
    tell({ ...start, lock: "mine" });
    await turn();
    expect(said).toEqual([{ softmaxWasm: "failed", reason: "no lock" }]);
  });

  it("has its lock before it says that it is ready", async () => {
    const names: string[] = [];
    open((name) => {
      names.push(name);
      return new Promise(() => undefined);
    });
    tell({ ...start, lock: "mine" });
    await turn();
    expect([names, said]).toEqual([["mine"], []]);
  });

  it("leaves alone what is not the library's, and what comes before its start", async () => {
    open();
    for (const data of [null, "look", { look: true }, { softmaxWasm: "look" }]) tell(data);
    tell({ softmaxWasm: "room", region: start.region });
    await turn();
    expect(said).toEqual([]);
  });

  it("is at the board again when it was given room that it did not ask for", async () => {
    await opened();
    give(task);
    tell({ softmaxWasm: "room", region: start.region });
    expect(board.hasDone(0)).toBe(true);
    expect(result()).toBe(EXPECTED);
  });
});
