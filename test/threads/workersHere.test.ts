import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FloatArray, type Instance, instantiate } from "../../src/index.js";
import type { Region, ToWorker } from "../../src/threads/messages.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { bitsOf } from "../backends.js";
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
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
});
afterEach(async () => {
  await pool.terminate();
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
    for (const { heard } of workers) expect(heard.map(({ softmaxWasm }) => softmaxWasm)).toEqual(["start", "look"]);
  });

  it("says that it is done where the calling thread cannot wait for a signal", async () => {
    const { waitAsync, ...rest } = Object.getOwnPropertyDescriptors(Atomics) as Record<string, PropertyDescriptor>;
    expect(waitAsync).toBeDefined();
    vi.stubGlobal("Atomics", Object.defineProperties({}, rest));
    await open();
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(bitsOf(single.softmax(x, { shape: SHAPE })));
    const signals = workers.flatMap(({ said }) => said.filter(({ softmaxWasm }) => softmaxWasm === "signal"));
    expect(signals, "the last one").toHaveLength(1);
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

describe("a row that is longer than its worker's window", () => {
  const values = Float64Array.from({ length: 4 * 70_001 }, (_, i) => (i * 7919) % 23);
  const expected = bits(single.crossEntropyGrad(values, [1, 2, 3, 4]));
  const timesAsked = () => workers.map(({ said }) => said.filter(({ softmaxWasm }) => softmaxWasm === "need").length);
  const grad = () => pool.crossEntropyGrad(values, [1, 2, 3, 4]);

  it("makes the worker ask for room, once, and hear what it is told meanwhile without delay", async () => {
    const wait = vi.spyOn(Atomics, "wait");
    let sleeps: number | undefined;
    await open((message, take) => {
      take(message);
      if (message.softmaxWasm !== "look") return;
      const before = wait.mock.calls.length;
      take(message);
      // Of the first worker, which has just asked.
      sleeps ??= wait.mock.calls.length - before;
    });
    expect(bits(await grad())).toBe(expected);
    expect([timesAsked()[0], sleeps]).toEqual([1, 0]);
    wait.mockRestore();
  });

  it("makes it ask again where the room is too small still", async () => {
    let isFirst = true;
    const smaller = ({ address, bytes }: Region): Region => ({ address, bytes: bytes - 8 });
    await open((message, take) => {
      const isSmaller = isFirst && message.softmaxWasm === "room";
      if (isSmaller) isFirst = false;
      take(isSmaller ? { ...message, region: smaller(message.region) } : message);
    });
    expect(bits(await grad())).toBe(expected);
    expect(Math.max(...timesAsked())).toBe(2);
  });

  it.each([
    ["there is none", () => vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(refuse), /room for/],
    ["the worker cannot be told", () => (workers[0].postMessage = workers[1].postMessage = refuse), /no more/],
  ])("fails the call where %s", async (_, spoil, reason) => {
    await open();
    const a = pool.alloc(Float64Array, values.length);
    const b = pool.alloc(Float64Array, values.length);
    a.view.set(values);
    const call = pool.crossEntropyGrad(a, [1, 2, 3, 4], { out: b });
    spoil();
    await expect(call).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringMatching(reason) as string,
    });
    vi.restoreAllMocks();
  });
});

const refuse = (): never => {
  throw new RangeError("no more");
};

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
