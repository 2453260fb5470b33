// What the options of the contract are refused for: class and code, and that nothing has been written. The messages are
// held where each has its own table.

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { ErrorCode, Instance } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { patterned } from "./refusal.js";

type Options = Readonly<Record<string, unknown>>;

/** A function called on logits of 2 × 3, with what else it needs. */
interface Subject {
  readonly name: string;
  readonly outLength: number;
  readonly call: (instance: Instance, options: Options) => unknown;
}

const SHAPE = [2, 3];
const x = Float32Array.of(1, 2, 3, 3, 1, 2);
const labels = Int32Array.of(2, 0);

const ROW_FUNCTIONS: readonly Subject[] = (["softmax", "logSoftmax", "logSumExp"] as const).map((name) => ({
  name,
  outLength: ["logSumExp", "entropy"].includes(name) ? 2 : 6,
  call: (instance, options) => instance[name](x, { shape: SHAPE, ...options } as never),
}));

const BACKWARD: readonly Subject[] = (["softmaxBackward", "logSoftmaxBackward"] as const).map((name) => ({
  name,
  outLength: 6,
  call: (instance, options) => instance[name](x, x, { shape: SHAPE, ...options } as never),
}));

/** The losses, on targets of either kind. */
const losses = (kind: string, targets: unknown): Subject[] => [
  {
    name: `crossEntropy of ${kind}`,
    outLength: 2,
    call: (instance, options) => instance.crossEntropy(x, targets as never, { shape: SHAPE, ...options } as never),
  },
  {
    name: `crossEntropyGrad of ${kind}`,
    outLength: 6,
    call: (instance, options) => instance.crossEntropyGrad(x, targets as never, { shape: SHAPE, ...options } as never),
  },
  {
    name: `crossEntropyHvp of ${kind}`,
    outLength: 6,
    call: (instance, options) =>
      instance.crossEntropyHvp(x, targets as never, x, { shape: SHAPE, ...options } as never),
  },
];

const LOSSES = [...losses("labels", labels), ...losses("soft targets", Float32Array.of(1, 0, 0, 0.5, 0.5, 0))];
const GRADIENTS = LOSSES.filter(({ name }) => name.startsWith("crossEntropyGrad"));

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(Buffer.from(buffer, byteOffset, byteLength));

/** Holds that `run` throws an error of that class and code, that `arrays` keep their bytes, and that the next call works. */
function expectRefused(
  instance: Instance,
  run: () => unknown,
  type: ErrorConstructor,
  code: ErrorCode,
  arrays: readonly ArrayBufferView[],
  what: string,
): void {
  const before = arrays.map(bytesOf);
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `${what}: it should have thrown`).toBeInstanceOf(Error);
  const { constructor, code: got, message } = thrown as Error & { code?: unknown };
  expect([constructor.name, got], `${what}: ${message}`).toEqual([type.name, code]);
  arrays.forEach((array, i) =>
    expect(bytesOf(array).equals(before[i]), `${what}: array ${i} keeps its bytes`).toBe(true),
  );
  expect(instance.softmax(Float32Array.of(0, 0)), what).toEqual(Float32Array.of(0.5, 0.5));
}

/** The same with options, and an `out` wherever there can be one. */
function expectOptionsRefused(
  instance: Instance,
  subject: Subject,
  options: Options,
  type: ErrorConstructor,
  code: ErrorCode,
): void {
  const out = patterned(subject.outLength);
  const none = subject.name.startsWith("crossEntropy") ? { reduction: "none" } : {};
  const all = { ...none, out, ...options };
  const what = `${subject.name}, ${Object.entries(options)
    .map(([name, value]) => `${name} ${inspect(value)}`)
    .join()}`;
  expectRefused(instance, () => subject.call(instance, all), type, code, [x, labels, out], what);
}

const NO_NUMBERS = ["1", "", true, 1n, null, {}, [], [1], new Date(0), Symbol("1"), () => 1, Float32Array.of(1)];

describe.each(BACKENDS)("%s", (_, instance) => {
  const all = [...ROW_FUNCTIONS, ...BACKWARD, ...LOSSES];

  it.each(all)("$name: an axis outside of [-rank, rank), or of no integer", (subject) => {
    for (const axis of [2, -3, 5, 0.5, -0.5, NaN, Infinity, -Infinity, 2 ** 32, -(2 ** 31)]) {
      expectOptionsRefused(instance, subject, { axis }, RangeError, "ERR_AXIS");
    }
    for (const axis of NO_NUMBERS.filter((value) => value !== null)) {
      expectOptionsRefused(instance, subject, { axis }, TypeError, "ERR_AXIS");
    }
    expectOptionsRefused(instance, subject, { axis: null }, TypeError, "ERR_OPTION");
  });

  it.each([...ROW_FUNCTIONS, ...LOSSES])(
    "$name: a mask that is no array of integers or booleans, one per logit or a class",
    (subject) => {
      const wrong = [
        new Float32Array(6),
        new Float64Array(6),
        [1, 1, 1, 1, 1, "1"],
        [true, true, true, true, true, undefined],
        new ArrayBuffer(6),
        new DataView(new ArrayBuffer(6)),
      ];
      for (const mask of [...wrong, "111111", 1, true, {}, null, Symbol("mask")]) {
        expectOptionsRefused(instance, subject, { mask }, TypeError, "ERR_OPTION");
      }
      for (const length of [0, 1, 2, 4, 5, 7, 12]) {
        expectOptionsRefused(instance, subject, { mask: new Uint8Array(length).fill(1) }, RangeError, "ERR_SHAPE");
      }
    },
  );

  it.each([...ROW_FUNCTIONS, ...LOSSES])("$name: a mask whose buffer is detached, which looks empty", (subject) => {
    const mask = new Uint8Array(6).fill(1);
    structuredClone(mask.buffer, { transfer: [mask.buffer] });
    expectOptionsRefused(instance, subject, { mask }, TypeError, "ERR_DETACHED");
  });

  it.each(LOSSES)("$name: weights of the wrong kind, number or value", (subject) => {
    const kinds = [
      "1,1,1",
      1,
      true,
      {},
      null,
      Symbol("weight"),
      new ArrayBuffer(12),
      new DataView(new ArrayBuffer(12)),
    ];
    for (const weight of [...kinds, Int32Array.of(1, 1, 1), BigInt64Array.of(1n, 1n, 1n), new Uint8Array(3)]) {
      expectOptionsRefused(instance, subject, { weight }, TypeError, "ERR_OPTION");
    }
    for (const element of ["1", null, undefined, true, 1n, [1], {}]) {
      expectOptionsRefused(instance, subject, { weight: [1, element, 1] }, TypeError, "ERR_OPTION");
    }
    const sparse = [1, 1];
    sparse.length = 3;
    expectOptionsRefused(instance, subject, { weight: sparse }, TypeError, "ERR_OPTION");
    for (const weight of [[], [1, 1], [1, 1, 1, 1], new Float32Array(2), new Float64Array(6)]) {
      expectOptionsRefused(instance, subject, { weight }, RangeError, "ERR_SHAPE");
    }
    for (const value of [-1, -1e-300, NaN, Infinity, -Infinity]) {
      for (let at = 0; at < 3; at++) {
        const weight = [1, 1, 1];
        weight[at] = value;
        for (const array of [weight, Float64Array.from(weight)]) {
          expectOptionsRefused(instance, subject, { weight: array }, RangeError, "ERR_OPTION");
        }
      }
    }
    // No less than 0 either.
    subject.call(instance, { weight: [-0, 1, 1] });
  });

  it.each(LOSSES)("$name: a labelSmoothing outside of [0, 1], a zLoss below 0 or infinite", (subject) => {
    for (const labelSmoothing of [-0.1, 1.1, -5e-324, 1 + 2 ** -52, NaN, Infinity, -Infinity]) {
      expectOptionsRefused(instance, subject, { labelSmoothing }, RangeError, "ERR_OPTION");
    }
    for (const zLoss of [-1, -5e-324, NaN, Infinity, -Infinity]) {
      expectOptionsRefused(instance, subject, { zLoss }, RangeError, "ERR_OPTION");
    }
    for (const value of NO_NUMBERS) {
      expectOptionsRefused(instance, subject, { labelSmoothing: value }, TypeError, "ERR_OPTION");
      expectOptionsRefused(instance, subject, { zLoss: value }, TypeError, "ERR_OPTION");
    }
    for (const labelSmoothing of [0, -0, 1, 5e-324]) subject.call(instance, { labelSmoothing });
    for (const zLoss of [0, -0, 5e-324]) subject.call(instance, { zLoss });
  });

  it.each(GRADIENTS)(
    "$name: an upstream of the wrong kind or length, or an array where the loss is one number",
    (subject) => {
      for (const upstream of ["1", true, 1n, null, {}, Symbol("1"), Int32Array.of(1, 1), BigInt64Array.of(1n, 1n)]) {
        expectOptionsRefused(instance, subject, { upstream }, TypeError, "ERR_OPTION");
      }
      for (const upstream of [["1", 1], [1, null], [1, undefined], new Array<number>(2)]) {
        expectOptionsRefused(instance, subject, { upstream }, TypeError, "ERR_OPTION");
      }
      for (const upstream of [[], [1], [1, 1, 1], new Float32Array(1), new Float64Array(6)]) {
        expectOptionsRefused(instance, subject, { upstream }, RangeError, "ERR_SHAPE");
      }
      for (const reduction of ["mean", "sum"]) {
        for (const upstream of [[1, 1], Float32Array.of(1, 1), Float64Array.of(1, 1)]) {
          expectOptionsRefused(instance, subject, { reduction, upstream }, RangeError, "ERR_OPTION");
        }
      }
    },
  );

  it.each(GRADIENTS)("$name: accumulate of anything but true and false, or without out", (subject) => {
    for (const accumulate of ["true", "", 1, 0, 1n, null, {}, [], Symbol("true")]) {
      expectOptionsRefused(instance, subject, { accumulate }, TypeError, "ERR_OPTION");
    }
    const run = () => subject.call(instance, { accumulate: true });
    expectRefused(instance, run, RangeError, "ERR_OPTION", [x], "without out");
    expectOptionsRefused(instance, subject, { accumulate: true, out: undefined }, RangeError, "ERR_OPTION");
    subject.call(instance, { accumulate: false });
  });

  it("accumulate into an out that overlaps the logits, in whole or in part, here or in linear memory", () => {
    const resident = instance.alloc(Float32Array, 12);
    const places = [0, 1, 5];
    for (const memory of [new Float32Array(12), new Float32Array(new SharedArrayBuffer(48)), resident.view]) {
      for (const from of places) {
        for (const to of places) {
          memory.set(Array.from({ length: 12 }, (_, i) => i / 2));
          const logits = memory.subarray(from, from + 6);
          const out = memory.subarray(to, to + 6);
          const run = () => instance.crossEntropyGrad(logits, labels, { out, accumulate: true });
          expectRefused(instance, run, RangeError, "ERR_OVERLAP", [memory], `logits at ${from}, out at ${to}`);
        }
      }
      // One beside the other is fine.
      memory.fill(1);
      instance.crossEntropyGrad(memory.subarray(0, 6), labels, { out: memory.subarray(6), accumulate: true });
      expect(memory[6]).not.toBe(1);
    }
    resident.free();
  });

  it("a label on an absent class, whose row has others and is not ignored", () => {
    const mask = Uint8Array.of(1, 1, 0, 1, 1, 1);
    for (const subject of losses("labels", labels)) {
      expectOptionsRefused(instance, subject, { mask }, RangeError, "ERR_LABEL");
      expectOptionsRefused(instance, subject, { mask, labelSmoothing: 1 }, RangeError, "ERR_LABEL");
      subject.call(instance, { mask, ignoreIndex: 2 });
      subject.call(instance, { mask: Uint8Array.of(0, 0, 0, 1, 1, 1) });
    }
    for (const subject of losses("labels", Int32Array.of(0, 1))) {
      expectOptionsRefused(instance, subject, { mask: Uint8Array.of(0, 1, 1, 1, 1, 1) }, RangeError, "ERR_LABEL");
    }
  });

  it("soft targets of another length or precision", () => {
    for (const length of [0, 2, 3, 5, 7, 12]) {
      for (const subject of losses("soft targets", new Float32Array(length))) {
        expectOptionsRefused(instance, subject, {}, RangeError, "ERR_SHAPE");
      }
    }
    for (const subject of losses("soft targets", new Float64Array(6))) {
      expectOptionsRefused(instance, subject, {}, TypeError, "ERR_DTYPE");
    }
    const doubles = () => instance.crossEntropy([1, 2, 3], Float32Array.of(1, 0, 0));
    expectRefused(instance, doubles, TypeError, "ERR_DTYPE", [], "plain arrays are f64");
  });

  it("a dy and a v of another length, precision or kind", () => {
    const out = patterned(6);
    const calls: readonly (readonly [string, (other: unknown) => unknown])[] = [
      ["softmaxBackward", (dy) => instance.softmaxBackward(x, dy as never, { out })],
      ["logSoftmaxBackward", (dy) => instance.logSoftmaxBackward(x, dy as never, { out })],
      ["crossEntropyHvp", (v) => instance.crossEntropyHvp(x, labels, v as never, { out })],
    ];
    for (const [name, call] of calls) {
      for (const length of [0, 1, 3, 5, 7]) {
        expectRefused(instance, () => call(new Float32Array(length)), RangeError, "ERR_SHAPE", [x, out], name);
      }
      const kinds = [
        new Float64Array(6),
        new Int32Array(6),
        "1,2,3,4,5,6",
        {},
        null,
        undefined,
        6,
        new ArrayBuffer(24),
      ];
      for (const kind of kinds) {
        expectRefused(instance, () => call(kind), TypeError, "ERR_DTYPE", [x, out], `${name}, ${inspect(kind)}`);
      }
    }
  });

  it("an option that another function has", () => {
    const belong: readonly (readonly [readonly Subject[], readonly string[]])[] = [
      [ROW_FUNCTIONS, ["weight", "labelSmoothing", "zLoss", "upstream", "accumulate", "reduction", "ignoreIndex"]],
      [
        BACKWARD,
        ["lengths", "weight", "labelSmoothing", "zLoss", "upstream", "accumulate", "reduction", "ignoreIndex"],
      ],
      [LOSSES.filter((subject) => !GRADIENTS.includes(subject)), ["upstream", "accumulate"]],
    ];
    for (const [subjects, names] of belong) {
      for (const subject of subjects) {
        for (const name of names) expectOptionsRefused(instance, subject, { [name]: 1 }, TypeError, "ERR_OPTION");
      }
    }
  });

  it("an out of the Hessian and the backward functions that has another length or type", () => {
    for (const subject of [...BACKWARD, ...LOSSES.filter(({ name }) => name.startsWith("crossEntropyHvp"))]) {
      for (const length of [0, 2, 5, 7]) {
        expectOptionsRefused(instance, subject, { out: patterned(length) }, RangeError, "ERR_OUT");
      }
      for (const out of [new Float64Array(6), new Int32Array(6), [0, 0, 0, 0, 0, 0], "out", {}]) {
        expectOptionsRefused(instance, subject, { out }, TypeError, "ERR_OUT");
      }
    }
  });
});
