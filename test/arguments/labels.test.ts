import { describe, expect, it } from "vitest";
import type { Labels } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { expectRefusal, LOSSES, patterned, PLAIN_ARRAYS, rangeError, typeError, WRONG_KINDS } from "./refusal.js";

const COLS = 10;
const ROWS = 5;
const x = new Float32Array(ROWS * COLS).map((_, i) => Math.sin(i));

/** Numbers that are no class of ten. */
const NO_CLASSES = [
  -1,
  10,
  11,
  1.5,
  0.9999999999999999,
  9.5,
  NaN,
  Infinity,
  -Infinity,
  -99,
  2 ** 31,
  -(2 ** 31),
  2 ** 31 + 3,
  2 ** 32,
  2 ** 32 + 3,
  2 ** 53,
  1e300,
  5e-324,
];

const outOfRange = (at: number, shown: string) =>
  rangeError("ERR_LABEL", `targets[${at}]: expected an integer in [0, 10), got ${shown}`);

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(LOSSES)("$name", ({ name, call }) => {
    const out = patterned(name === "crossEntropy" ? ROWS : ROWS * COLS);
    const refuses = (labels: Labels | readonly unknown[], refusal: ReturnType<typeof typeError>, logits = x) => {
      const arrays = [logits, out, ...(ArrayBuffer.isView(labels) ? [labels] : [])];
      const cols = logits === x ? COLS : logits.length;
      const run = () => call(instance, logits, labels, { reduction: "none", out, shape: [logits.length / cols, cols] });
      expectRefusal(instance, run, arrays, refusal);
      expectRefusal(instance, () => call(instance, logits, labels), arrays, refusal);
    };

    it("refuses numbers that are no class, with position and value: never wrapped, clamped or rounded", () => {
      for (const label of NO_CLASSES) {
        for (const at of [0, 3, ROWS - 1]) {
          const labels = [9, 0, 9, 0, 9];
          labels[at] = label;
          refuses(labels, outOfRange(at, String(label)));
        }
      }
      expect(call(instance, x, [-0, 9, 0, 0, 0])).toEqual(call(instance, x, [0, 9, 0, 0, 0]));
    });

    it("names the first of several", () => {
      refuses([0, 1, 12, -5, NaN], outOfRange(2, "12"));
      refuses(Int16Array.of(0, -3, 12, -5, 0), outOfRange(1, "-3"));
      refuses(Int32Array.of(10, 11, 12, 13, 10), outOfRange(0, "10"));
      refuses(Int32Array.of(-1, -1, -2, -3, -1), outOfRange(0, "-1"));
    });

    it.each([
      ["Int8Array", [-1, 10, 127, -128]],
      ["Uint8Array", [10, 255, 128]],
      ["Uint8ClampedArray", [10, 255]],
      ["Int16Array", [-1, 10, 32767, -32768, 256]],
      ["Uint16Array", [10, 65535, 32768, 256]],
      ["Int32Array", [-1, 10, 2 ** 31 - 1, -(2 ** 31), 65536]],
      ["Uint32Array", [10, 2 ** 32 - 1, 2 ** 31, 2 ** 31 + 1]],
    ] as const)("%s: refuses what is out of range", (type, values) => {
      const Type = globalThis[type];
      for (const value of values) {
        const labels = Type.of(0, 0, 0, 0, 9);
        labels[3] = value;
        refuses(labels, outOfRange(3, String(value)));
      }
    });

    it("BigInt64Array and BigUint64Array: refuses what is out of range, and what 32 or 53 bits would bring into it", () => {
      const values = [-1n, 10n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 3n, 2n ** 40n, 2n ** 53n + 1n, 2n ** 63n - 1n];
      for (const value of values) {
        refuses(BigInt64Array.of(0n, 0n, value, 0n, 9n), outOfRange(2, `${value}n`));
      }
      for (const value of [10n, 2n ** 32n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n]) {
        refuses(BigUint64Array.of(0n, 0n, value, 0n, 9n), outOfRange(2, `${value}n`));
      }
    });

    it("refuses a bad label after hundreds of good ones, before any write", () => {
      const rows = 300; // more than SMALL_LABELS
      const logits = new Float32Array(rows * COLS);
      const result = patterned(name === "crossEntropy" ? rows : rows * COLS);
      for (const Type of [Int32Array, Uint8Array]) {
        const labels = new Type(rows);
        labels[rows - 1] = 10;
        const run = () => call(instance, logits, labels, { reduction: "none", out: result });
        expectRefusal(instance, run, [logits, labels, result], outOfRange(rows - 1, "10"));
      }
    });

    const wrong = [...WRONG_KINDS.filter(([, value]) => typeof value !== "bigint"), ...PLAIN_ARRAYS];
    it.each([...wrong, ["null", null], ["undefined", undefined]] as const)("refuses %s as a label", (shown, value) => {
      const message = `targets[1]: expected an integer in [0, 10), got ${shown}`;
      refuses([0, value, 0, 0, 0], typeError("ERR_LABEL", message));
    });

    it("refuses a sparse array, naming the hole", () => {
      const labels = [0, 1];
      labels[4] = 2;
      refuses(labels, typeError("ERR_LABEL", "targets[2]: expected an integer in [0, 10), got undefined"));
      const none = typeError("ERR_LABEL", "targets[0]: expected an integer in [0, 10), got undefined");
      refuses(new Array<number>(ROWS), none);
    });

    it("refuses text that looks like a class", () => {
      refuses([0, "3", 0, 0, 0], typeError("ERR_LABEL", 'targets[1]: expected an integer in [0, 10), got "3"'));
    });

    it("refuses the default ignoreIndex where another is given or none", () => {
      for (const ignoreIndex of [null, -1, 255]) {
        const run = () => call(instance, x, [0, 0, -100, 0, 0], { ignoreIndex });
        expectRefusal(instance, run, [x], outOfRange(2, "-100"));
      }
    });

    it("takes an ignoreIndex of any size as a label, and nothing near it", () => {
      const ignoreIndex = 2 ** 53 - 1;
      const expected = call(instance, x, [0, 0, -100, 0, 0]);
      expect(call(instance, x, [0, 0, ignoreIndex, 0, 0], { ignoreIndex })).toEqual(expected);
      const bigints = BigInt64Array.of(0n, 0n, BigInt(ignoreIndex), 0n, 0n);
      expect(call(instance, x, bigints, { ignoreIndex })).toEqual(expected);
      // 2^53 + 1 is 2^53 as a number, and 2^53 no safe integer.
      for (const near of [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n - 2n]) {
        const run = () => call(instance, x, BigInt64Array.of(0n, 0n, near, 0n, 0n), { ignoreIndex });
        expectRefusal(instance, run, [x], outOfRange(2, `${near}n`));
      }
    });

    it("ignores alike in arrays of every type, short and long", () => {
      for (const rows of [ROWS, 300]) {
        const logits = new Float32Array(rows * COLS).map((_, i) => Math.cos(i));
        const plain = Array.from({ length: rows }, (_, r) => (r % 3 === 1 ? 77 : r % COLS));
        const expected = call(instance, logits, plain, { ignoreIndex: 77 });
        const minusHundred = plain.map((label) => (label === 77 ? -100 : label));
        expect(call(instance, logits, minusHundred), "the default").toEqual(expected);
        for (const Type of [
          Int8Array,
          Uint8Array,
          Uint8ClampedArray,
          Int16Array,
          Uint16Array,
          Int32Array,
          Uint32Array,
        ]) {
          expect(call(instance, logits, Type.from(plain), { ignoreIndex: 77 }), Type.name).toEqual(expected);
        }
        for (const Type of [BigInt64Array, BigUint64Array]) {
          const labels = Type.from(plain.map(BigInt));
          expect(call(instance, logits, labels, { ignoreIndex: 77 }), Type.name).toEqual(expected);
        }
        expect(call(instance, logits, Int32Array.from(minusHundred))).toEqual(expected);
      }
    });

    it("a label that changes while it is read is checked as it is used", () => {
      let reads = 0;
      const labels = [0, 1, 2, 3, 4];
      Object.defineProperty(labels, 2, { get: () => (reads++ === 0 ? 2 : 1e9) });
      expect(call(instance, x, labels)).toEqual(call(instance, x, [0, 1, 2, 3, 4]));
      expect(reads).toBe(1);
    });

    it("a label whose getter throws: the error comes through and nothing has changed", () => {
      const own = new Error("mine");
      const labels = Object.defineProperty([0, 1, 2, 3, 4], 2, {
        get: () => {
          throw own;
        },
      });
      const before = out.slice();
      const expected = call(instance, x, [0, 1, 2, 3, 4]);
      expect(() => call(instance, x, labels, { reduction: "none", out })).toThrow(own);
      expect(new Uint8Array(out.buffer)).toEqual(new Uint8Array(before.buffer));
      expect(call(instance, x, [0, 1, 2, 3, 4])).toEqual(expected);
    });

    it("a label whose getter transfers the logits or calls the library", () => {
      const logits = x.slice();
      const transfer = () => {
        structuredClone(logits.buffer, { transfer: [logits.buffer] });
        return 2;
      };
      const gone = Object.defineProperty([0, 1, 2, 3, 4], 2, { get: transfer });
      const message = "logits: expected an array with its memory, got one whose buffer is detached";
      expectRefusal(instance, () => call(instance, logits, gone), [], typeError("ERR_DETACHED", message));
      const calls = () => Number(instance.crossEntropy(x, Int32Array.of(9, 9, 9, 9, 9)) > 0);
      const reentrant = Object.defineProperty([0, 1, 2, 3, 4], 2, { get: calls });
      expect(call(instance, x, reentrant)).toEqual(call(instance, x, [0, 1, 1, 3, 4]));
    });
  });
});
