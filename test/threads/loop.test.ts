import { Worker } from "node:worker_threads";
import { beforeEach, describe, expect, it } from "vitest";
import { newMore } from "../../src/call.js";
import { instantiate } from "../../src/index.js";
import { moduleBytes } from "../../src/threads/engines.js";
import { type FromWorker, NEXT, READY, type Task, type ToWorker } from "../../src/threads/messages.js";
import { serve } from "../../src/threads/worker/loop.js";
import { bitsOf } from "../reference/backends.js";

const ROW = [3, 1, 4, 1, 5, 9, 2, 6];
const EXPECTED = bitsOf(instantiate().softmax(Float32Array.from(ROW)));
const START: ToWorker = { softmaxWasm: "start", module: moduleBytes() };
const turn = () => new Promise((resolve) => setImmediate(resolve));

let said: FromWorker[];
let tell: (data: unknown) => void;
let x: Float32Array;
let task: Task;

beforeEach(() => {
  said = [];
  x = new Float32Array(new SharedArrayBuffer(8 * ROW.length));
  // The same row twice.
  x.set([...ROW, ...ROW]);
  const control = new Int32Array(new SharedArrayBuffer(8));
  control[READY] = 2;
  task = {
    operation: "softmax",
    rows: 2,
    cols: ROW.length,
    inner: 1,
    absent: 0,
    scale: 1,
    temperature: 1,
    x,
    out: x,
    values: null,
    labels: null,
    terms: null,
    more: { ...newMore(), operand: null },
    cut: { count: 2, rows: 1, columns: 1 },
    control,
  };
});

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
  tell(START);
  await turn();
  expect(said).toEqual([{ softmaxWasm: "ready" }]);
  said = [];
}

const rows = () => [0, 1].map((row) => bitsOf(x.slice(row * ROW.length, (row + 1) * ROW.length)));

describe("a worker", () => {
  it("answers a ping", async () => {
    await opened();
    tell({ softmaxWasm: "ping" });
    await turn();
    expect(said).toEqual([{ softmaxWasm: "pong" }]);
  });

  it("does the parts that are left, and says that it has", async () => {
    await opened();
    const untouched = rows()[0];
    task.control[NEXT] = 1;
    tell({ softmaxWasm: "task", task });
    await turn();
    expect(said).toEqual([{ softmaxWasm: "done" }]);
    expect(rows()).toEqual([untouched, EXPECTED]);
  });

  it("does nothing where no part is left", async () => {
    await opened();
    const untouched = rows();
    task.control[NEXT] = 2;
    tell({ softmaxWasm: "task", task });
    await turn();
    expect(said).toEqual([{ softmaxWasm: "done" }]);
    expect(rows()).toEqual(untouched);
  });

  it("waits for the input of each part", async () => {
    await opened();
    x.fill(7);
    task.control[READY] = 0;
    const other = new Worker(
      `const { x, control, row, READY } = require("node:worker_threads").workerData;
      for (let part = 0; part < 2; part++) setTimeout(() => {
        x.set(row, part * row.length);
        Atomics.store(control, READY, part + 1);
        Atomics.notify(control, READY);
      }, 30 * (part + 1));`,
      { eval: true, workerData: { x, control: task.control, row: ROW, READY } },
    );
    tell({ softmaxWasm: "task", task });
    expect(rows()).toEqual([EXPECTED, EXPECTED]);
    await other.terminate();
  });

  it("says what went wrong", async () => {
    await opened();
    tell({ softmaxWasm: "task", task: { ...task, operation: "softmin" } });
    await turn();
    expect(said).toMatchObject([{ softmaxWasm: "failed" }]);
    expect((said[0] as { reason: string }).reason).toMatch(/not a function/);
  });

  it.each([new Error("no lock"), "no lock"])("does not start where it gets no lock: %s", async (reason) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what this is about
    open(() => Promise.reject(reason));
    tell({ ...START, lock: "mine" });
    await turn();
    expect(said).toEqual([{ softmaxWasm: "failed", reason: "no lock" }]);
  });

  it("has its lock before it says that it is ready", async () => {
    const names: string[] = [];
    open((name) => {
      names.push(name);
      return new Promise(() => undefined);
    });
    tell({ ...START, lock: "mine" });
    await turn();
    expect([names, said]).toEqual([["mine"], []]);
  });

  it("leaves alone what is not the library's", async () => {
    await opened();
    for (const data of [null, undefined, "ping", { ping: true }, 3]) tell(data);
    await turn();
    expect(said).toEqual([]);
  });
});
