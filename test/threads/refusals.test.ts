import { afterAll, describe, expect, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { createPool } from "../../src/threads/node.js";
import { preferWorkers } from "./eitherWay.js";

preferWorkers();
const single = instantiate();
const pool = await createPool({ threads: 2 });
afterAll(() => pool.terminate());

const rows = 460;
const cols = 1000;
const x = new Float32Array(rows * cols);
const labels = new Int32Array(rows);
const shape = [rows, cols];

type Call = (by: Record<string, (...args: unknown[]) => unknown>) => unknown;
const functionsOf = (by: unknown) => by as Record<string, (...args: unknown[]) => unknown>;

/** The same for the pool and for one thread. */
const REFUSED: [string, Call][] = [
  ["a string for logits", (by) => by.softmax("1")],
  ["a wrong shape", (by) => by.softmax(x, { shape: [3, 7] })],
  ["an axis too many", (by) => by.logSoftmax(x, { shape, axis: 2 })],
  ["an unknown option", (by) => by.logSumExp(x, { shape, axes: 1 })],
  ["a short out", (by) => by.softmax(x, { shape, out: new Float32Array(3) })],
  ["an out of another type", (by) => by.softmax(x, { shape, out: new Float64Array(x.length) })],
  [
    "a label out of range",
    (by) =>
      by.crossEntropy(
        x,
        labels.map((_, r) => (r === 200 ? cols : 0)),
      ),
  ],
  ["too few labels", (by) => by.crossEntropyGrad(x, new Int32Array(7))],
  ["accumulate without out", (by) => by.crossEntropyGrad(x, labels, { accumulate: true })],
  ["dy of another length", (by) => by.softmaxBackward(x, new Float32Array(7))],
  ["a negative weight", (by) => by.crossEntropyHvp(x, labels, x, { weight: new Float32Array(cols).fill(-1) })],
  ["a temperature of 0", (by) => by.logSoftmaxBackward(x, x, { temperature: 0 })],
  [
    "an option whose getter throws",
    (by) =>
      by.softmax(x, {
        get shape(): never {
          throw new EvalError("mine");
        },
      }),
  ],
];

describe("what one thread refuses the pool refuses", () => {
  it.each(REFUSED)("%s: by a promise, with the same class, code and message", async (_, call) => {
    let thrown: unknown;
    try {
      call(functionsOf(single));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    const { constructor, message, code } = thrown as Error & { code?: string };
    let promise: unknown;
    expect(() => (promise = call(functionsOf(pool)))).not.toThrow();
    const rejected = (await (promise as Promise<unknown>).catch((error: unknown) => error)) as Error & {
      code?: string;
    };
    expect([rejected.constructor, rejected.message, rejected.code]).toEqual([constructor, message, code]);
  });

  it("is refused at once, while another call is under way, and changes nothing", async () => {
    const out = new Float32Array(x.length).fill(5);
    const first = pool.softmax(x, { shape });
    await expect(pool.softmax(x, { shape: [1], out })).rejects.toMatchObject({ code: "ERR_SHAPE" });
    expect(out.every((value) => value === 5)).toBe(true);
    expect((await first)[0]).toBeCloseTo(1 / cols);
  });

  it("and a call inside an option's getter is a call of its own", async () => {
    let inner: Promise<Float32Array> | undefined;
    const outer = await pool.softmax(x, {
      get shape() {
        inner = pool.logSoftmax(x, { shape });
        return shape;
      },
    });
    expect(outer[0]).toBe(single.softmax(x, { shape })[0]);
    expect((await inner)?.[0]).toBe(single.logSoftmax(x, { shape })[0]);
  });
});

describe("createPool refuses", () => {
  it.each<[string, unknown, unknown]>([
    ["no object", "2", { name: "TypeError", code: "ERR_OPTION", message: 'options: expected a plain object, got "2"' }],
    ["NaN", NaN, { message: "options: expected a plain object, got NaN" }],
    ["a number", 2, { message: "options: expected a plain object, got 2; write { threads: 2 }" }],
    ["null", { threads: null }, { message: "threads: expected a value or undefined, got null" }],
    ["0 threads", { threads: 0 }, { name: "RangeError", message: "threads: expected an integer in [1, 256], got 0" }],
    ["1.5 threads", { threads: 1.5 }, { name: "RangeError", code: "ERR_OPTION" }],
    ["257 threads", { threads: 257 }, { name: "RangeError", code: "ERR_OPTION" }],
    ["a text", { threads: "2" }, { name: "TypeError", message: 'threads: expected an integer in [1, 256], got "2"' }],
    ["an unknown name", { workers: 2 }, { message: 'options: expected only threads, worker, got "workers"' }],
    ["a worker that is no function", { worker: {} }, { name: "TypeError", code: "ERR_OPTION" }],
  ])("%s", async (_, options, expected) => {
    await expect(createPool(options as never)).rejects.toMatchObject(expected as object);
  });

  it("a function that gives no worker, with the reason why there is one thread", async () => {
    const none = await createPool({ threads: 2, worker: () => 3 as never });
    expect(none.backend()).toMatchObject({
      threads: 1,
      reason: "no worker: worker: expected a function that gives a Worker, got 3",
    });
    await none.terminate();
  });
});

describe("a draw that is refused", () => {
  it.each([
    ["NaN", { at: 200 * cols + 3, value: NaN, present: {} }],
    ["+∞", { at: 200 * cols + 3, value: Infinity, present: {} }],
    ["no class", { at: 0, value: 0, present: { mask: Uint8Array.from(x, (_, i) => (i < 200 * cols ? 1 : 0)) } }],
    [
      "no class, by lengths",
      { at: 0, value: 0, present: { lengths: Array.from({ length: x.length / cols }, (_, n) => (n < 200 ? 3 : 0)) } },
    ],
  ])("has not called the caller's function: %s", async (_, { at, value, present }) => {
    const logits = x.slice();
    logits[at] = value;
    let draws = 0;
    const random = () => ++draws / 1e9;
    const given = { shape, random, ...present };
    const message = (failed: unknown) => (failed as Error).message;
    const expected = (() => {
      try {
        single.sample(logits, given);
      } catch (error) {
        return message(error);
      }
    })();
    await expect(pool.sample(logits, given).catch(message)).resolves.toBe(expected);
    expect(expected).toMatch(/at position 200/);
    expect(draws).toBe(0);
  });

  it("and one that is not refused has called it once per position", async () => {
    let draws = 0;
    const logits = x.slice();
    logits[5] = NaN;
    const mask = Uint8Array.from(logits, (one) => Number(one === 0));
    const { tokens } = await pool.sample(logits, { shape, mask, random: () => ++draws / 1e9 });
    expect(tokens).toEqual(new Int32Array(rows));
    expect(draws).toBe(rows);
  });
});
