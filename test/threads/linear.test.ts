import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Floats } from "../../src/arguments/arrays.js";
import type { LinearFunctions } from "../../src/linear/index.js";
import { linearOn } from "../../src/linear/index.js";
import { CLASSES, DONE, type LayerTask, NEXT, STOPPED } from "../../src/linear/shared/layerTask.js";
import type { WasmArray } from "../../src/index.js";
import { createPool } from "../../src/threads/node.js";
import { mulberry32 } from "../reference/random.js";
import { BACKENDS, problemOf, type Type, TYPES } from "../linear/layers.js";
import { preferWorkers, spyOnTasks } from "./eitherWay.js";
import { obedientWorker, WAYS } from "./mortalWorkers.js";
import { Locks, WorkerHere } from "./workersHere.js";

const SEED = 31;
const [[, single]] = BACKENDS;
const pool = await createPool({ threads: 3 });
const several = linearOn(pool) as unknown as LinearFunctions;
afterAll(() => pool.terminate());
const tasks = spyOnTasks();
preferWorkers();
afterEach(() => preferWorkers());

/** The bits of a result, whatever it is: NaN of one kind, and zeros of two. */
function bitsOfAny(value: unknown): string {
  if (typeof value === "number") return bitsOfAny(Float64Array.of(value));
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return Buffer.from(value.slice().buffer).toString("hex");
  }
  if (Array.isArray(value)) return value.map(bitsOfAny).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  if ("view" in value) return bitsOfAny(value.view);
  return Object.entries(value)
    .map(([name, each]) => `${name}: ${bitsOfAny(each)}`)
    .join(", ");
}

/** A call that workers are at, so that those behind it wait, however small they are. */
const keepBusy = () => pool.softmax(new Float32Array(2 ** 16), { shape: [64, 1024] });

type CallOf = (by: LinearFunctions) => unknown;

/** With workers, and on the pool's calling thread, a call has the bits of one thread. */
async function expectSameBits(call: CallOf): Promise<void> {
  const expected = bitsOfAny(call(single));
  const before = tasks.mock.calls.length;
  expect(bitsOfAny(await call(several))).toBe(expected);
  expect(tasks.mock.calls.length - before, "tasks").toBe(1);
  preferWorkers(false);
  expect(bitsOfAny(await call(several)), "on the calling thread").toBe(expected);
  preferWorkers();
  expect(tasks.mock.calls.length - before, "tasks").toBe(1);
}

/** N, D and C for which each kind of part occurs: W packed or not, one chunk or several, few features, few classes. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [300, 784, 10],
  [67, 131, 301],
  [131, 9, 1301],
  [3, 300, 2003],
  [600, 17, 40],
  [1, 901, 1503],
  [40, 3001, 7],
];

describe.each(TYPES)("on several threads: %s", (_key, T) => {
  describe.each(SHAPES)("%i × %i × %i", (rows, features, classes) => {
    const { x, layer, labels } = problemOf(T, rows, features, classes, SEED);
    const some = problemOf(T, rows, features, classes, SEED + 1);
    const ignoring = labels.map((label, n) => (n % 5 === 3 ? -100 : label));
    const weight = Array.from({ length: classes }, (_, c) => (c * 5) % 4);
    const upstream = Array.from({ length: rows }, (_, n) => (n % 3) - 0.5);
    const soft = new T(rows * classes).map((_, i) => ((i * 7) % 5) / 10);
    const copies = () => ({ x: some.x.slice(), weight: some.layer.weight.slice(), bias: some.layer.bias.slice() });

    it.each<[string, CallOf]>([
      ["linear", (by) => by.linear(x, layer)],
      ["linear without bias", (by) => by.linear(x, { weight: layer.weight, classes })],
      ["linearCrossEntropy", (by) => by.linearCrossEntropy(x, layer, labels)],
      [
        "linearCrossEntropy of each, some ignored",
        (by) => by.linearCrossEntropy(x, layer, ignoring, { reduction: "none", labelSmoothing: 0.1 }),
      ],
      ["linearCrossEntropyGrad", (by) => by.linearCrossEntropyGrad(x, layer, labels)],
      [
        "linearCrossEntropyGrad, some ignored, into out",
        (by) => by.linearCrossEntropyGrad(x, layer, ignoring, { reduction: "sum", out: copies() as never }),
      ],
      [
        "linearCrossEntropyGrad with everything, accumulated",
        (by) =>
          by.linearCrossEntropyGrad(x, layer, ignoring, {
            reduction: "none",
            weight,
            labelSmoothing: 0.3,
            zLoss: 0.1,
            upstream,
            accumulate: true,
            out: copies() as never,
          }),
      ],
      [
        "linearCrossEntropyGrad of probabilities, without bias and gradX",
        (by) =>
          by.linearCrossEntropyGrad(x, { weight: layer.weight }, soft, {
            shape: [rows, features],
            gradX: false,
            accumulate: true,
            out: { weight: some.layer.weight.slice() as never },
          }),
      ],
    ])("%s has the bits of one thread", (_name, call) => expectSameBits(call));
  });
});

it("random sizes and options have the bits of one thread", async () => {
  const random = mulberry32(SEED);
  const upTo = (most: number) => 1 + Math.floor(random() ** 3 * most);
  const before = tasks.mock.calls.length;
  for (let round = 0; round < 60; round++) {
    const T = random() < 0.5 ? Float32Array : Float64Array;
    const [rows, features, classes] = [upTo(200), upTo(300), upTo(900)];
    const { x, layer, labels } = problemOf(T, rows, features, classes, round);
    const targets = random() < 0.5 ? labels : labels.map((label) => (random() < 0.4 ? -100 : label));
    targets[0] = labels[0];
    if (random() < 0.2) x[Math.floor(random() * x.length)] = NaN;
    const options = {
      reduction: (["mean", "sum", "none"] as const)[Math.floor(random() * 3)],
      labelSmoothing: random() < 0.5 ? 0.1 : 0,
      gradX: random() < 0.8,
    };
    // Small calls do not reach the workers while the pool has nothing else to do.
    const queued = keepBusy();
    const got = several.linearCrossEntropyGrad(x, layer, targets, options) as unknown as Promise<unknown>;
    const [result] = await Promise.all([got, queued]);
    const expected = bitsOfAny(single.linearCrossEntropyGrad(x, layer, targets, options));
    expect(bitsOfAny(result), `${T.name} ${rows} × ${features} × ${classes} ${JSON.stringify(options)}`).toBe(expected);
  }
  expect(tasks.mock.calls.length - before, "tasks, beside those that keep it busy").toBeGreaterThan(75);
});

describe("arrays of several kinds in one call", () => {
  const T: Type = Float32Array;
  const [rows, features, classes] = [70, 40, 300];
  const { x, layer, labels } = problemOf(T, rows, features, classes, SEED);
  const start = problemOf(T, rows, features, classes, SEED + 1);
  labels[5] = -100;
  // At places of their own, beyond those of `alloc`: two buffers may be of the same shared memory, as far as anyone can tell.
  let places = 0;
  const inShared = (values: Floats): Float32Array => {
    const { length } = values;
    const offset = 4_000_003 + places++ * 25_000;
    const array = new Float32Array(new SharedArrayBuffer(4 * (length + offset)), 4 * offset, length);
    array.set(values as Float32Array);
    return array;
  };
  const resident = (values: Floats): WasmArray<Float32Array> => {
    const array = pool.alloc(Float32Array, values.length);
    array.view.set(values as Float32Array);
    return array;
  };
  const kinds = [
    ["ordinary", (values: Floats) => (values as Float32Array).slice()],
    ["on a SharedArrayBuffer", inShared],
    ["of alloc", resident],
  ] as const;

  it.each(kinds.flatMap(([a, f]) => kinds.map(([b, g]) => [a, b, f, g] as const)))(
    "x and gradWeight %s, the layer and the other gradients %s",
    async (_a, _b, make, makeOther) => {
      for (const accumulate of [true, false]) {
        for (const isDivided of [true, false]) {
          places = 0;
          preferWorkers(isDivided);
          const outs = { x: start.x.slice(), weight: start.layer.weight.slice(), bias: start.layer.bias.slice() };
          const expected = single.linearCrossEntropyGrad(x, layer, labels, { accumulate, out: outs as never });
          const own = make(x);
          const weight = makeOther(layer.weight);
          const out = { x: makeOther(start.x), weight: make(start.layer.weight), bias: makeOther(start.layer.bias) };
          const given = { weight, bias: makeOther(layer.bias) };
          const got = await linearOn(pool).linearCrossEntropyGrad(own, given, labels, { accumulate, out });
          expect([got.gradX, got.gradWeight, got.gradBias]).toEqual([out.x, out.weight, out.bias]);
          expect(bitsOfAny(got)).toBe(bitsOfAny(expected));
          expect([bitsOfAny(own), bitsOfAny(weight)], "inputs are left alone").toEqual(
            [x, layer.weight].map(bitsOfAny),
          );
          const logits = make(new Float32Array(rows * classes));
          expect(await linearOn(pool).linear(own, given, { out: logits })).toBe(logits);
          expect(bitsOfAny(logits)).toBe(bitsOfAny(single.linear(x, layer)));
          for (const array of [own, weight, out.x, out.weight, out.bias, given.bias, logits]) {
            if ("free" in array) array.free();
          }
        }
      }
    },
  );

  it("plain numbers and rows come back as such", async () => {
    const rowsOf = (values: ArrayLike<number>, count: number, length: number) =>
      Array.from({ length: count }, (_, n) => Array.from({ length }, (_, d) => values[n * length + d]));
    const plain = rowsOf(x, rows, features);
    const plainLayer = { weight: rowsOf(layer.weight, classes, features), bias: Array.from(layer.bias) };
    const got = await linearOn(pool).linearCrossEntropyGrad(plain, plainLayer, Array.from(labels));
    expect(got).toEqual(single.linearCrossEntropyGrad(plain, plainLayer, Array.from(labels)));
    expect(await linearOn(pool).linear(plain, plainLayer)).toEqual(single.linear(plain, plainLayer));
  });

  it("resident arrays are not copied: the memory of the logits is all that comes on top", async () => {
    const own = await createPool({ threads: 2 });
    const [n, d, c] = [128, 32, 20_000];
    const alloc = (length: number) => own.alloc(Float32Array, length);
    const big = { x: alloc(n * d), layer: { weight: alloc(c * d), bias: alloc(c) }, out: alloc(c * d) };
    const out = { x: alloc(n * d), weight: big.out, bias: alloc(c) };
    const bytes = () => big.x.view.buffer.byteLength;
    const before = bytes();
    const given = Int32Array.from({ length: n }, (_, i) => i);
    for (let round = 0; round < 3; round++) {
      await linearOn(own).linearCrossEntropyGrad(big.x, big.layer, given, { out });
      expect(bytes() - before).toBeLessThan(16 * 2 ** 20);
    }
    expect(bytes()).toBeGreaterThan(before);
    await own.terminate();
  });
});

const large = problemOf(Float32Array, 128, 64, 1000, SEED);
const gradients = (value = 7) => ({
  x: new Float32Array(128 * 64).fill(value),
  weight: new Float32Array(1000 * 64).fill(value),
  bias: new Float32Array(1000).fill(value),
});

describe("refusals", () => {
  it.each<[string, object, RegExp]>([
    ["a label that is none", { labels: new Int32Array(128).fill(1000) }, /^targets/],
    ["an option that is none", { options: { labelSmooth: 1 } }, /^options|labelSmooth/],
    ["arrays that do not fit", { x: new Float32Array(5) }, /^x/],
  ])("%s: by the promise, and no output changes", async (_, change, message) => {
    const { x, layer, labels, options } = { ...large, options: {}, ...change } as typeof large & { options: object };
    const out = gradients();
    const call = () => several.linearCrossEntropyGrad(x, layer, labels, { out: out as never, ...options });
    let refusal: Error | undefined;
    try {
      single.linearCrossEntropyGrad(x, layer, labels, { out: out as never, ...options });
    } catch (error) {
      refusal = error as Error;
    }
    expect(refusal?.message).toMatch(message);
    await expect(call()).rejects.toThrow(refusal?.message);
    expect(bitsOfAny(out)).toBe(bitsOfAny(gradients()));
  });

  it("an array that loses its memory before its call is executed: no output changes", async () => {
    const out = gradients();
    const x = large.x.slice();
    const busy = keepBusy();
    const call = linearOn(pool).linearCrossEntropyGrad(x, large.layer, large.labels, { out });
    structuredClone(x, { transfer: [x.buffer] });
    await expect(call).rejects.toMatchObject({ code: "ERR_DETACHED" });
    await busy;
    expect(bitsOfAny(out)).toBe(bitsOfAny(gradients()));
  });

  it("a pool that was terminated, and what is neither a pool nor an instance", async () => {
    const own = await createPool({ threads: 2 });
    const { linear } = linearOn(own);
    const pending = linearOn(own).linearCrossEntropyGrad(large.x, large.layer, large.labels);
    const ended = own.terminate();
    await expect(pending).rejects.toMatchObject({ code: "ERR_TERMINATED" });
    await ended;
    await expect(linear(large.x, large.layer)).rejects.toMatchObject({ code: "ERR_TERMINATED" });
    for (const other of [null, {}, { backend: () => ({ ...own.backend() }) }]) {
      expect(() => linearOn(other as never)).toThrow(/^instance: expected what instantiate or createPool gives/);
    }
  });
});

describe("a pool without workers", () => {
  it("computes on the calling thread", async () => {
    const alone = await createPool({ threads: 1 });
    const expected = single.linearCrossEntropyGrad(large.x, large.layer, large.labels);
    expect(bitsOfAny(await linearOn(alone).linearCrossEntropyGrad(large.x, large.layer, large.labels))).toBe(
      bitsOfAny(expected),
    );
    await alone.terminate();
  });
});

it("where there is no room for copies the calling thread computes, and memory is given back after each call", async () => {
  const own = await createPool({ threads: 2 });
  const expected = bitsOfAny(single.linearCrossEntropyGrad(large.x, large.layer, large.labels));
  const call = async () => bitsOfAny(await linearOn(own).linearCrossEntropyGrad(large.x, large.layer, large.labels));
  const before = tasks.mock.calls.length;
  const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementationOnce(() => {
    throw new RangeError("no more");
  });
  expect(await call()).toBe(expected);
  expect(tasks.mock.calls.length).toBe(before);
  expect(await call()).toBe(expected);
  expect(tasks.mock.calls.length).toBe(before + 1);
  const growths = grow.mock.calls.length;
  for (let round = 0; round < 3; round++) expect(await call()).toBe(expected);
  // Also while others wait.
  for (const each of await Promise.all([call(), call(), call()])) expect(each).toBe(expected);
  expect(grow.mock.calls.length).toBe(growths);
  grow.mockRestore();
  await own.terminate();
});

describe.each(WAYS)("a worker that %s in a task", (_, kill, reason) => {
  it("fails the call within a second, and no other", async () => {
    const workers: ReturnType<typeof obedientWorker>[] = [];
    const own = await createPool({
      threads: 3,
      worker: () => {
        workers.push(obedientWorker());
        return workers[workers.length - 1];
      },
    });
    const on = linearOn(own);
    const expected = bitsOfAny(single.linearCrossEntropyGrad(large.x, large.layer, large.labels));
    const out = gradients();
    const start = performance.now();
    kill(workers[1]);
    const call = on.linearCrossEntropyGrad(large.x, large.layer, large.labels, { out });
    const next = on.linearCrossEntropyGrad(large.x, large.layer, large.labels);
    await expect(call).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringMatching(new RegExp(`${reason.source}.*; no output has changed$`)) as string,
    });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(bitsOfAny(out)).toBe(bitsOfAny(gradients()));
    expect(bitsOfAny(await next)).toBe(expected);

    const shared = own.alloc(Float32Array, 1000 * 64);
    await expect.poll(() => own.backend().threads, { timeout: 10_000 }).toBe(3);
    kill(workers[0]);
    await expect(
      on.linearCrossEntropyGrad(large.x, large.layer, large.labels, { out: { weight: shared } }),
    ).rejects.toThrow(/; out is in shared memory, and what it holds now is undefined$/);
    await own.terminate();
  });
});

it("a worker that cannot be given the task: nothing is left to the others, though the input is copied after that", async () => {
  let made = 0;
  const own = await createPool({
    threads: 2,
    worker: () => {
      const worker = obedientWorker();
      if (made++ !== 1) return worker;
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: { softmaxWasm: string }) => {
        if (message.softmaxWasm === "task") throw new Error("no room for it");
        post(message);
      };
      return worker;
    },
  });
  const out = gradients();
  await expect(linearOn(own).linearCrossEntropyGrad(large.x, large.layer, large.labels, { out })).rejects.toMatchObject(
    { code: "ERR_WORKER", message: expect.stringContaining("no room for it") as string },
  );
  expect(bitsOfAny(out)).toBe(bitsOfAny(gradients()));
  await own.terminate();
});

// What it does is seen here, where in a worker neither a test nor the coverage looks. The first one takes all parts.
describe.each(TYPES)("a worker on this thread: %s", (_key, T) => {
  it.each(SHAPES)("gives the bits of one thread: %i × %i × %i", async (rows, features, classes) => {
    const { x, layer, labels } = problemOf(T, rows, features, classes, SEED);
    const locks = new Locks();
    vi.stubGlobal("navigator", { locks });
    const own = await createPool({ threads: 2, worker: () => new WorkerHere(locks) });
    const on = linearOn(own) as unknown as LinearFunctions;
    const soft = new T(rows * classes).fill(1 / classes);
    const ignoring = labels.map((label, n) => (n % 3 === 1 ? -100 : label));
    const calls: CallOf[] = [
      (by) => by.linear(x, layer),
      (by) => by.linearCrossEntropyGrad(x, layer, labels, { zLoss: 0.1, labelSmoothing: 0.1 }),
      (by) =>
        by.linearCrossEntropyGrad(x, layer, ignoring, {
          gradX: false,
          accumulate: true,
          out: { bias: layer.bias.slice() as never },
        }),
      (by) => by.linearCrossEntropyGrad(x, { weight: layer.weight }, soft, { shape: [rows, features] }),
    ];
    for (const call of calls) expect(bitsOfAny(await call(on))).toBe(bitsOfAny(call(single)));
    await own.terminate();
    vi.unstubAllGlobals();
  });

  it("waits for what is not there yet, and leaves a task that has ended before its time", async () => {
    const { x, layer, labels } = problemOf(T, 100, 64, 300, SEED);
    const locks = new Locks();
    vi.stubGlobal("navigator", { locks });
    let change: (task: LayerTask) => void = () => undefined;
    const worker = () =>
      new WorkerHere(locks, (message, take) => {
        if ("task" in message) change(message.task as LayerTask);
        take(message);
      });
    const own = await createPool({ threads: 2, worker: worker });
    const on = linearOn(own);
    const wait = vi.spyOn(Atomics, "wait").mockImplementation(((control: Int32Array, at: number) => {
      Atomics.store(control, at, STOPPED - 1);
      return "ok";
    }) as never);
    change = ({ control }) => Atomics.store(control, CLASSES, 0);
    const expected = bitsOfAny(single.linearCrossEntropyGrad(x, layer, labels));
    expect(bitsOfAny(await on.linearCrossEntropyGrad(x, layer, labels))).toBe(expected);
    expect(wait).toHaveBeenCalled();
    wait.mockRestore();
    const left: number[] = [];
    change = ({ control, steps }) => {
      left.push(Atomics.load(control, NEXT) - steps.count);
      Atomics.store(control, DONE, STOPPED);
    };
    // Each worker takes a part, and leaves it.
    for (const call of [() => on.linear(x, layer), () => on.linearCrossEntropyGrad(x, layer, labels)]) {
      left.length = 0;
      await call();
      expect(left[1] - left[0]).toBe(1);
      expect(left[1]).toBeLessThan(0);
    }
    await own.terminate();
    vi.unstubAllGlobals();
  });
});
