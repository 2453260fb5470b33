import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/index.js";
import { Crew } from "../../src/threads/crew.js";
import { newMemory, PoolMemory } from "../../src/threads/memory.js";
import type { ToWorker } from "../../src/threads/messages.js";
import { createPool, type Pool } from "../../src/threads/node.js";
import { END_OF_DATA, FIRST_DATA } from "../../src/threads/relocated.js";
import { bitsOf } from "../backends.js";
import { Locks, SilentWorker, WorkerHere } from "./workersHere.js";

const SHAPE = [64, 6400];
const x = new Float32Array(64 * 6400).map((_, i) => (i * 7919) % 31);
const expected = bitsOf(instantiate().softmax(x, { shape: SHAPE }));

let locks: Locks;
let pool: Pool | undefined;
beforeEach(() => {
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
});
afterEach(async () => {
  await pool?.terminate();
  vi.unstubAllGlobals();
});

describe("no worker starts", () => {
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };

  it.each([
    ["that cannot be made", throwing(new Error("a policy")), "a policy"],
    ["that cannot be made, whatever is thrown", throwing("a policy"), "a policy"],
    [
      "that cannot be told anything",
      () => Object.assign(new SilentWorker(), { postMessage: throwing(new Error("could not be cloned")) }),
      "could not be cloned",
    ],
  ])("%s, and the reason says so", async (_, worker, reason) => {
    pool = await createPool({ threads: 2, worker });
    expect(pool.backend()).toMatchObject({ threads: 1, reason: `no worker: ${reason}` });
    expect(bitsOf(await pool.softmax(x, { shape: SHAPE }))).toBe(expected);
  });
});

describe("a crew", () => {
  it("has no room for one more where workers that were told to end have not", async () => {
    // The calling thread's data and those of two workers.
    const heapBase = FIRST_DATA + Math.floor((END_OF_DATA - FIRST_DATA) / 3 / 256) * 256;
    const made: SilentWorker[] = [];
    const make = () => {
      const worker = new WorkerHere(locks);
      // It goes on, and keeps its lock.
      worker.terminate = () => undefined;
      made.push(worker);
      return worker;
    };
    const deaths: string[] = [];
    const crew = new Crew(new PoolMemory(newMemory(true)), heapBase, make, (reason) => deaths.push(reason));
    expect(await crew.open(1)).toBeUndefined();
    made[0].fail("boom");
    await expect.poll(() => crew.size).toBe(1);
    expect(crew.reason).toBeUndefined();
    made[0].say({ softmaxWasm: "need", bytes: 8 });
    expect(
      made[0].heard.map(({ softmaxWasm }) => softmaxWasm),
      "what it says is over",
    ).toEqual(["start"]);
    made[1].fail("bang");
    await expect.poll(() => crew.reason).toBeDefined();
    expect(crew.reason).toBe("a worker died, and none could take its place: no room is left for the data of one more");
    expect(deaths).toEqual(["it threw boom", "it threw bang"]);
    expect(crew.size).toBe(0);
  });
});

describe("calls and workers", () => {
  let workers: WorkerHere[];
  /** What workers are not told before the test says so. */
  let held: [WorkerHere, () => void][];

  async function open(isHeld: (message: ToWorker, index: number) => boolean): Promise<Pool> {
    workers = [];
    held = [];
    const worker = () => {
      const index = workers.length;
      const made: WorkerHere = new WorkerHere(locks, (message, take) => {
        if (isHeld(message, index)) held.push([made, () => take(message)]);
        else take(message);
      });
      workers.push(made);
      return made;
    };
    pool = await createPool({ threads: 2, worker });
    expect(pool.backend()).toMatchObject({ threads: 2 });
    return pool;
  }
  const letThrough = (of: WorkerHere) => {
    for (const [worker, take] of held) if (worker === of) take();
  };
  const told = () => workers.flatMap(({ heard }) => heard.map(({ softmaxWasm }) => softmaxWasm));

  it("a small one is done at once, by no worker", async () => {
    const { softmax } = await open(() => false);
    const small = x.slice(0, 8);
    const shape = [2, 4];
    expect(bitsOf(await softmax(small, { shape }))).toBe(bitsOf(instantiate().softmax(small, { shape })));
    expect(told()).toEqual(["start", "start"]);
  });

  it("one for whose copies there is no room is done by the calling thread", async () => {
    const { softmax } = await open(() => false);
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
      throw new RangeError("no more");
    });
    expect(bitsOf(await softmax(x, { shape: SHAPE }))).toBe(expected);
    expect(grow).toHaveBeenCalled();
    grow.mockRestore();
    expect(told(), "and by no worker").toEqual(["start", "start"]);
    expect(bitsOf(await softmax(x, { shape: SHAPE }))).toBe(expected);
    expect(told(), "before there is room again").toEqual(["start", "look", "start", "look"]);
  });

  it("where there is room for one copy of two, it is given back", async () => {
    const opened = await open(() => false);
    const proto = WebAssembly.Memory.prototype;
    const grown: WebAssembly.Memory["grow"] = Reflect.get(proto, "grow");
    const grow = vi.spyOn(proto, "grow").mockImplementationOnce(function (this: WebAssembly.Memory, pages) {
      return grown.call(this, pages);
    });
    grow.mockImplementation(() => {
      throw new RangeError("no more");
    });
    const given = await opened.softmaxBackward(x, x, { shape: SHAPE });
    expect(bitsOf(given)).toBe(bitsOf(instantiate().softmaxBackward(x, x, { shape: SHAPE })));
    expect(told(), "and by no worker").toEqual(["start", "start"]);
    expect(opened.alloc(Float32Array, x.length).view.length).toBe(x.length);
    grow.mockRestore();
  });

  it("one that waits for workers to leave another one fails with the next that dies", async () => {
    const { softmax } = await open(({ softmaxWasm }, index) => softmaxWasm === "look" && index < 2);
    const calls = [softmax(x, { shape: SHAPE })];
    workers[0].fail("boom");
    calls.push(softmax(x, { shape: SHAPE }));
    workers[1].fail("bang");
    const settled = await Promise.allSettled(calls);
    expect(settled.map((call) => (call as { reason: unknown }).reason)).toMatchObject([
      { code: "ERR_WORKER", message: expect.stringContaining("boom") as string },
      { code: "ERR_WORKER", message: expect.stringContaining("bang") as string },
    ]);
    await expect.poll(() => pool?.backend().threads).toBe(2);
    expect(bitsOf(await softmax(x, { shape: SHAPE }))).toBe(expected);
  });

  it("one that failed by a worker that is not at it is left by those that are, and changes nothing", async () => {
    let isBusy = true;
    const { softmax } = await open(
      ({ softmaxWasm }, index) =>
        (softmaxWasm === "look" && index === 1 && isBusy) || (softmaxWasm === "start" && index === 2),
    );
    workers[0].fail("boom");
    await expect.poll(() => held.length).toBe(1);
    const out = new Float32Array(x.length).fill(7);
    const call = softmax(x, { shape: SHAPE, out });
    letThrough(workers[2]);
    await expect.poll(() => pool?.backend().threads).toBe(2);
    workers[2].fail("bang");
    await expect(call).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("bang") as string,
    });
    const next = softmax(x, { shape: SHAPE });
    isBusy = false;
    letThrough(workers[1]);
    expect(bitsOf(await next)).toBe(expected);
    expect(out.every((value) => value === 7)).toBe(true);
  });
});
