import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FloatArray, type Instance, instantiate } from "../../src/index.js";
import { type CallTask, NEXT, type ToWorker } from "../../src/threads/messages.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { bitsOf } from "../reference/backends.js";
import { preferWorkers } from "./eitherWay.js";
import { Locks, WorkerHere } from "./workersHere.js";

const single = instantiate();
const SHAPE = [64, 6400];
const [ROWS, COLS] = SHAPE;
const x = new Float32Array(ROWS * COLS).map((_, i) => (i * 7919) % 31);
const labels = new Int32Array(ROWS).map((_, i) => (i * 101) % COLS);

type Deliver = ConstructorParameters<typeof WorkerHere>[1];
let workers: WorkerHere[];
let pool: Pool;
let locks: Locks;

async function open(deliver?: Deliver): Promise<Instance> {
  workers = [];
  pool = await createPool({
    threads: 2,
    worker: () => {
      workers.push(new WorkerHere(locks, deliver));
      return workers[workers.length - 1];
    },
  });
  // Overloads of a union cannot be called: what differs, the promises, `await` takes from either.
  return pool as unknown as Instance;
}

beforeEach(() => {
  preferWorkers();
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
});
afterEach(async () => {
  await pool.terminate();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

type Result = FloatArray | { readonly loss: number | FloatArray; readonly grad: FloatArray };
const bits = (result: Result): string =>
  "grad" in result ? `${String(result.loss)} ${bitsOf(result.grad)}` : bitsOf(result);

const double = Float64Array.from(x);
const mask = new Uint8Array(x.length).map((_, i) => (i % COLS === 0 || i % 3 > 0 ? 1 : 0));
const weight = Float64Array.from({ length: COLS }, (_, c) => (c % 7) / 3);
const upstream = Float64Array.from({ length: ROWS }, (_, r) => r / 9 - 2);
const reduction = "none";
/** All that a task may have. */
const CALLS: readonly [string, (by: Instance) => Result | Promise<Result>][] = [
  ["softmax, masked, at a temperature", (by) => by.softmax(x, { shape: SHAPE, mask, temperature: 0.7 })],
  ["logSumExp", (by) => by.logSumExp(double, { shape: SHAPE })],
  ["a mean loss and its gradient", (by) => by.crossEntropyGrad(x, labels)],
  [
    "losses, weighted, smoothed, with z-loss and upstream",
    (by) => by.crossEntropyGrad(double, labels, { reduction, weight, labelSmoothing: 0.1, zLoss: 1e-3, upstream }),
  ],
  [
    "a gradient of probabilities, accumulated",
    (by) => by.crossEntropyGrad(x, x, { shape: SHAPE, accumulate: true, out: x.slice(), upstream: 0.3 }),
  ],
  ["softmaxBackward", (by) => by.softmaxBackward(x, x, { shape: SHAPE })],
];

describe("a worker on this thread", () => {
  it.each(CALLS)("gives the bits of one thread: %s", async (_, call) => {
    const several = await open();
    expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 2 });
    expect(bits(await call(several))).toBe(bits(await call(single)));
    const pings = ["ping", "ping", "ping", "ping"];
    for (const { heard, said } of workers) {
      expect(heard.map(({ softmaxWasm }) => softmaxWasm)).toEqual(["start", ...pings, "task"]);
      expect(said.at(-1)).toEqual({ softmaxWasm: "done" });
    }
  });

  it("that closes itself fails the call that it is at, and another one takes its place", async () => {
    await open();
    const call = pool.softmax(x, { shape: SHAPE });
    workers[1].terminate();
    await expect(call).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("it ended") as string,
    });
    await expect.poll(() => pool.backend().threads).toBe(2);
    expect(workers).toHaveLength(3);
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(bitsOf(single.softmax(x, { shape: SHAPE })));
  });
});

describe("a call on all workers", () => {
  it("is divided among them, its input as it is copied, and leaves what they use where it is", async () => {
    await open();
    await pool.softmax(x, { shape: SHAPE });
    await pool.softmax(x, { shape: SHAPE });
    const tasks = workers.map(({ heard }) =>
      heard.flatMap((message) => ("task" in message ? [message.task as CallTask] : [])),
    );
    expect(tasks[0]).toEqual(tasks[1]);
    const [first, second] = tasks[0];
    expect(first.cut.count).toBeGreaterThanOrEqual(16);
    // The memory of copies serves the next call.
    expect(second.x.buffer).toBe(first.x.buffer);
    expect(second.out?.buffer).toBe(first.out?.buffer);
    expect(first.x.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("whose worker has no room fails with the reason, and the next one has another worker", async () => {
    await open((message, take) => {
      if (message.softmaxWasm === "task" && workers.length === 2) {
        vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementationOnce(() => {
          throw new RangeError("no more");
        });
      }
      take(message);
    });
    // Longer in a row than a staging area.
    const long = Float64Array.from({ length: 4 * 70_001 }, (_, i) => (i * 7919) % 23);
    const labels = [1, 2, 3, 4];
    await expect(pool.crossEntropyGrad(long, labels)).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("room for") as string,
    });
    await expect.poll(() => pool.backend().threads).toBe(2);
    expect(bits(await pool.crossEntropyGrad(long, labels))).toBe(bits(single.crossEntropyGrad(long, labels)));
  });

  it("whose worker fails leaves nothing to the others, and settles when the worker has ended", async () => {
    const left: number[] = [];
    await open((message, take) => {
      if (!("task" in message)) take(message);
      else if (left.length === 0) {
        left.push((message.task as CallTask).cut.count - message.task.control[NEXT]);
        const end = workers[0].terminate.bind(workers[0]);
        workers[0].terminate = () => {
          hasBeenToldToEnd = true;
          setTimeout(() => {
            hasEnded = true;
            end();
          }, 50);
        };
        workers[0].say({ softmaxWasm: "failed", reason: "no more" });
      } else {
        setTimeout(() => {
          left.push((message.task as CallTask).cut.count - message.task.control[NEXT]);
          take(message);
        }, 10);
      }
    });
    let [hasBeenToldToEnd, hasEnded] = [false, false];
    const call = pool.softmax(x, { shape: SHAPE }).catch(() => [hasBeenToldToEnd, hasEnded]);
    expect(await call).toEqual([true, true]);
    expect(left[0]).toBeGreaterThan(0);
    expect(left[1]).toBe(0);
  });

  it("is executed on the calling thread where there is no room for copies", async () => {
    await open();
    const expected = bitsOf(single.softmax(x, { shape: SHAPE }));
    const construct = () => {
      throw new RangeError("Array buffer allocation failed");
    };
    vi.stubGlobal("SharedArrayBuffer", new Proxy(SharedArrayBuffer, { construct }));
    const result = pool.softmax(x, { shape: SHAPE });
    expect(bitsOf(await result)).toBe(expected);
    for (const { heard } of workers) expect(heard.map(({ softmaxWasm }) => softmaxWasm)).not.toContain("task");
  });
});

describe("no worker starts", () => {
  it("where its module is refused: the reason says so", async () => {
    await open((message: ToWorker, take) =>
      take(message.softmaxWasm === "start" ? { ...message, module: Uint8Array.of(0, 1, 2, 3) } : message),
    );
    expect(pool.backend()).toMatchObject({ threads: 1 });
    expect(pool.backend().reason).toMatch(/^no worker: .*WebAssembly/);
    expect(workers[0].said[0]).toMatchObject({ softmaxWasm: "failed" });
  });
});
