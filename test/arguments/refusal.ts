// What the tests of refusals share: the functions called alike, wrong kinds of everything, and the check that a throw
// says what it should and leaves nothing behind.

import { expect } from "vitest";
import type { ErrorCode, Instance } from "../../src/index.js";

/** A function of logits, called like every other: who takes no labels passes over them. */
export interface LogitsFunction {
  readonly name: string;
  /** What its messages call the logits. */
  readonly input: "x" | "logits";
  readonly call: (instance: Instance, x: unknown, labels: unknown, options?: unknown) => unknown;
}

export const ROW_FUNCTIONS: readonly LogitsFunction[] = [
  { name: "softmax", input: "x", call: (i, x, _, options) => i.softmax(x as never, options as never) },
  { name: "logSoftmax", input: "x", call: (i, x, _, options) => i.logSoftmax(x as never, options as never) },
  { name: "logSumExp", input: "x", call: (i, x, _, options) => i.logSumExp(x as never, options as never) },
  { name: "entropy", input: "x", call: (i, x, _, options) => i.entropy(x as never, options as never) },
];

export const LOSSES: readonly LogitsFunction[] = [
  {
    name: "crossEntropy",
    input: "logits",
    call: (i, x, labels, options) => i.crossEntropy(x as never, labels as never, options as never),
  },
  {
    name: "crossEntropyGrad",
    input: "logits",
    call: (i, x, labels, options) => i.crossEntropyGrad(x as never, labels as never, options as never),
  },
];

export const FUNCTIONS = [...ROW_FUNCTIONS, ...LOSSES];

/** What messages say of the arrays that are taken. */
export const FLOATS =
  "a Float32Array, a Float64Array, a Float16Array (where the engine has it), a WasmArray, an array of numbers or of rows of them";

/** What a message that labels may have caused says of other targets. */
export const PROBABILITIES =
  "; pass probabilities, one-hot ones too, as a typed array like the logits, as rows of numbers, or with a shape";

export const LOSS_OPTIONS =
  "shape, axis, reduction, weight, ignoreIndex, labelSmoothing, temperature, mask, lengths, zLoss, out";

/** The names that a function's options may have, as its messages list them. */
export const OPTION_NAMES = ({ name, input }: LogitsFunction): string => {
  if (input === "x") return "shape, axis, temperature, mask, lengths, out";
  return name === "crossEntropyGrad" ? `${LOSS_OPTIONS}, upstream, accumulate` : LOSS_OPTIONS;
};

/** Every kind of thing that nothing takes, and how a message shows it. */
export const WRONG_KINDS: readonly (readonly [shown: string, value: unknown])[] = [
  ['"1,2,3"', "1,2,3"],
  [`"${"9".repeat(40)}…"`, "9".repeat(100)],
  ["true", true],
  ["10n", 10n],
  [`1${"0".repeat(39)}…n`, 10n ** 100n],
  ["a symbol", Symbol("logits")],
  ["a function", () => 1],
  ["an object (Object)", {}],
  ["an object (Object)", { length: 3, 0: 1, 1: 2, 2: 3 }],
  ["an object (Object)", Object.create(null)],
  ["an object (Date)", new Date(0)],
  [`an object (${"x".repeat(40)}…)`, { [Symbol.toStringTag]: "x".repeat(100) }],
  ["an object (Map)", new Map()],
  ["an object (Promise)", Promise.resolve(1)],
  ["an object (ArrayBuffer)", new ArrayBuffer(12)],
  ["an object (SharedArrayBuffer)", new SharedArrayBuffer(12)],
  ["an object (DataView)", new DataView(new ArrayBuffer(12))],
];

/** Numbers, which most options take. */
export const NUMBERS: readonly (readonly [shown: string, value: unknown])[] = [
  ["7", 7],
  ["-0", -0],
  ["NaN", NaN],
];

export const PLAIN_ARRAYS: readonly (readonly [shown: string, value: unknown])[] = [
  ["an array of 3", [1, 2, 3]],
  ["an array of 0", []],
];

export interface Refusal {
  readonly type: "TypeError" | "RangeError";
  readonly code: ErrorCode;
  readonly message: string;
}

export const typeError = (code: ErrorCode, message: string): Refusal => ({ type: "TypeError", code, message });
export const rangeError = (code: ErrorCode, message: string): Refusal => ({ type: "RangeError", code, message });

/** An `out` in which any write shows. */
export function patterned(length: number): Float32Array {
  return new Float32Array(new Uint8Array(4 * length).fill(0xa5).buffer);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);

/** Holds that `run` throws just that, that no byte of `arrays` changes by it, and that the next call works. */
export function expectRefusal(
  instance: Instance,
  run: () => unknown,
  arrays: readonly ArrayBufferView[],
  refusal: Refusal,
): void {
  const before = arrays.map((array) => Buffer.from(bytesOf(array)));
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, "it should have thrown").toBeInstanceOf(Error);
  const error = thrown as Error & { code?: unknown };
  expect({ type: error.constructor.name, code: error.code, message: error.message }).toEqual(refusal);
  arrays.forEach((array, i) => expect(bytesOf(array).equals(before[i]), `no byte of array ${i} changes`).toBe(true));
  expect(instance.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
  expect(instance.crossEntropy(Float32Array.of(1, 1, 1, 1), [0, -100])).toBe(Math.fround(Math.LN2));
}
