import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { expectRefusal, FUNCTIONS, LOSSES, NUMBERS, patterned, PLAIN_ARRAYS, PROBABILITIES } from "./refusal.js";
import { FLOATS, rangeError, ROW_FUNCTIONS, typeError, WRONG_KINDS } from "./refusal.js";

const [[, anyInstance]] = BACKENDS;

/** Typed arrays that are no Float32Array. */
const OTHER_TYPED = [
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
].map((Type) => [`${Type.name}(3)`, new Type(3)] as const);

const NO_F32 = [...WRONG_KINDS, ...NUMBERS, ...PLAIN_ARRAYS, ...OTHER_TYPED];
const LOGITS = FLOATS;
const NULLISH = [
  ["null", null],
  ["undefined", undefined],
] as const;

/** What is no logits, how a message shows it, and what it says of how to convert it. */
const NO_LOGITS = [
  ...[...WRONG_KINDS, ...NUMBERS, ...NULLISH].map(([shown, value]) => [shown, undefined, value] as const),
  ...OTHER_TYPED.filter(([shown]) => !shown.startsWith("Float64")).map(
    ([shown, value]) => [shown, shown.startsWith("Big") ? ", Number" : "", value] as const,
  ),
];
const conversionOf = (name: string, more: string | undefined, value?: unknown): string => {
  if (more !== undefined) return `; Float32Array.from(${name}${more}) converts it`;
  if (value instanceof Promise) return "; await it first";
  const isListed = typeof value === "object" && value !== null && (Symbol.iterator in value || "length" in value);
  return isListed ? `; Array.from(${name}) makes an array of it` : "";
};

function detached<T extends ArrayBufferView>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const isDetached = (name: string) =>
  typeError("ERR_DETACHED", `${name}: expected an array with its memory, got one whose buffer is detached`);

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(FUNCTIONS)("$name", ({ name, input, call }) => {
    const labels = Int32Array.of(1);
    const isLoss = input === "logits";
    const x = Float32Array.of(1, 2, 3);
    const options = isLoss ? { reduction: "none" } : {};
    const outLength = ["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : 3;

    it.each(NO_LOGITS)("refuses %s as logits", (shown, more, value) => {
      const message = `${input}: expected ${LOGITS}, got ${shown}${conversionOf(input, more, value)}`;
      expectRefusal(instance, () => call(instance, value, labels), [labels], typeError("ERR_DTYPE", message));
    });

    it("refuses a plain array that holds anything but numbers, and names the first", () => {
      const sparse: number[] = [];
      sparse[0] = 1;
      sparse[2] = 3;
      const cases: readonly (readonly [unknown[], string])[] = [
        [[1, "2", 3], '[1]: expected a number, got "2"'],
        [[null, 2, 3], "[0]: expected a number, got null"],
        [[1, 2, 3n], "[2]: expected a number, got 3n"],
        [[1, [2], 3], "[1]: expected a number, got an array of 1; give what is no array of rows flat, with shape"],
        [[[1, 2, 3], 2, 3], `[1]: expected a row of numbers, like ${input}[0], got 2`],
        [
          [
            [1, 2],
            [3, "4"],
          ],
          '[1][1]: expected a number, got "4"',
        ],
        [[[[1, 2, 3]]], "[0][0]: expected a number, got an array of 3; give what is no array of rows flat, with shape"],
        [sparse, "[1]: expected a number, got undefined"],
      ];
      for (const [value, message] of cases) {
        const refusal = typeError("ERR_DTYPE", input + message);
        expectRefusal(instance, () => call(instance, value, labels), [labels], refusal);
      }
    });

    it("refuses an out of the other precision", () => {
      const f64 = Float64Array.of(1, 2, 3);
      const out = new Float32Array(outLength).fill(7);
      const message = `out: expected a Float64Array or a WasmArray of one, got Float32Array(${outLength})`;
      const run = () => call(instance, f64, labels, { ...options, out });
      expectRefusal(instance, run, [f64, labels, out], typeError("ERR_OUT", message));
      const plain = () => call(instance, [1, 2, 3], labels, { ...options, out });
      expectRefusal(instance, plain, [labels, out], typeError("ERR_OUT", message));
    });

    it("refuses detached logits, which look like an empty batch", () => {
      const lost = detached(Float32Array.of(1, 2, 3));
      expectRefusal(instance, () => call(instance, lost, labels), [labels], isDetached(input));
      const none = new Int32Array(0);
      expectRefusal(instance, () => call(instance, lost, none, { shape: [0, 3] }), [], isDetached(input));
    });

    it.each(NO_F32)("refuses %s as out", (shown, value) => {
      const message = `out: expected a Float32Array or a WasmArray of one, got ${shown}`;
      const run = () => call(instance, x, labels, { ...options, out: value });
      expectRefusal(instance, run, [x, labels], typeError("ERR_OUT", message));
    });

    it("refuses null as out, and takes undefined as none", () => {
      const run = () => call(instance, x, labels, { ...options, out: null });
      expectRefusal(instance, run, [x], typeError("ERR_OPTION", "out: expected a value or undefined, got null"));
      const expected = call(instance, x, labels, options);
      expect(call(instance, x, labels, { ...options, out: undefined })).toEqual(expected);
    });

    it("refuses an out of another length", () => {
      for (const length of [0, outLength - 1, outLength + 1, 2 * outLength]) {
        if (length === outLength) continue;
        const out = patterned(length);
        const refusal = rangeError("ERR_OUT", `out: expected length ${outLength}, got ${length}`);
        expectRefusal(instance, () => call(instance, x, labels, { ...options, out }), [x, out], refusal);
        const resident = instance.alloc(Float32Array, length);
        const run = () => call(instance, x, labels, { ...options, out: resident });
        expectRefusal(instance, run, [x, resident.view], refusal);
        resident.free();
      }
    });

    it("refuses a detached out", () => {
      const out = detached(patterned(outLength));
      expectRefusal(instance, () => call(instance, x, labels, { ...options, out }), [x], isDetached("out"));
    });
  });

  describe.each(LOSSES)("$name", ({ name, call }) => {
    const x = Float32Array.of(1, 2, 3);
    const out = patterned(name === "crossEntropy" ? 1 : 3);
    // A number or a bigint is the label of one position.
    const noNumber = ([, value]: readonly [string, unknown]) => typeof value !== "bigint";
    const noLabels = [...WRONG_KINDS.filter(noNumber), ...NULLISH, ["an object (Set)", new Set([1])]] as const;

    it.each(noLabels)("refuses %s as labels", (shown, value) => {
      const run = () => call(instance, x, value, { reduction: "none", out });
      const message = `targets: expected integers, or an array like the logits, got ${shown}`;
      expectRefusal(instance, run, [x, out], typeError("ERR_DTYPE", message));
    });

    it("takes floats as probabilities of the classes, and refuses those of another type or length than the logits", () => {
      const refuses = (targets: Float32Array | Float64Array, refusal: ReturnType<typeof typeError>) =>
        expectRefusal(
          instance,
          () => call(instance, x, targets, { reduction: "none", out }),
          [x, targets, out],
          refusal,
        );
      const message = "targets: expected a Float32Array, got Float64Array(3)";
      refuses(new Float64Array(3), typeError("ERR_DTYPE", message));
      const length = "targets: expected 3 probabilities for 3 logits, or integers as labels, got 1";
      refuses(new Float32Array(1), rangeError("ERR_SHAPE", length + PROBABILITIES));
    });

    it("refuses detached labels of every type", () => {
      for (const [, array] of OTHER_TYPED.slice(1)) {
        const labels = detached(array.slice());
        expectRefusal(
          instance,
          () => call(instance, x, labels, { reduction: "none", out }),
          [x, out],
          isDetached("targets"),
        );
        const none = new Float32Array(0);
        expectRefusal(instance, () => call(instance, none, labels), [], isDetached("targets"));
      }
    });
  });

  it("crossEntropy refuses an out for a number", () => {
    const x = Float32Array.of(1, 2, 3);
    const out = patterned(1);
    for (const reduction of ["mean", "sum"] as const) {
      const message = `out: expected reduction "none", which gives an array, got "${reduction}"`;
      const run = () => instance.crossEntropy(x, [1], { reduction, out: out as never });
      expectRefusal(instance, run, [x, out], rangeError("ERR_OPTION", message));
    }
    const run = () => instance.crossEntropy(x, [1], { out: out as never });
    const message = 'out: expected reduction "none", which gives an array, got "mean"';
    expectRefusal(instance, run, [x, out], rangeError("ERR_OPTION", message));
  });

  it("no code of an array's own is run: neither lying lengths nor throwing methods matter", () => {
    for (const { name, call } of FUNCTIONS) {
      // Few elements and many: loops, and views.
      for (const [rows, cols] of [
        [2, 3],
        [40, 30],
      ]) {
        const x = new Float32Array(rows * cols).map((_, i) => Math.sin(i));
        const labels = new Int32Array(rows).map((_, i) => i % cols);
        const options = { shape: [rows, cols], temperature: 2 };
        const loss = name.startsWith("cross") ? { reduction: "none" } : {};
        const plain = resultOf(call(instance, x, labels, { ...options, ...loss }));
        const out = new Float32Array(plain.length);
        const hostileOut = hostile(out.buffer);
        const result = call(instance, hostile(x.slice().buffer), hostileLabels(labels.slice()), {
          ...options,
          ...loss,
          out: hostileOut,
        });
        expect(bitsOf(out), `${name}, ${rows} × ${cols}`).toBe(bitsOf(plain));
        expect((result as { grad?: unknown }).grad ?? result, "the out that was given").toBe(hostileOut);
      }
    }
  });

  it("no code of an array's own is run where it overlaps another", () => {
    const memory = new Float32Array(20).map((_, i) => Math.sin(i));
    const expected = instance.softmax(memory.slice(0, 10));
    instance.softmax(hostile(memory.buffer, 0, 10), { out: hostile(memory.buffer, 16, 10) });
    expect(bitsOf(memory.subarray(4, 14))).toBe(bitsOf(expected));
  });

  it("arrays of another length than they say are shown by the length they have", () => {
    const liar = Object.defineProperty(new Int32Array(3), "length", { value: 9 });
    const message = `x: expected ${LOGITS}, got Int32Array(3)${conversionOf("x", "")}`;
    expectRefusal(instance, () => instance.softmax(liar as never), [], typeError("ERR_DTYPE", message));
    const view = new DataView(new ArrayBuffer(8));
    structuredClone(view.buffer, { transfer: [view.buffer] });
    const viewMessage = `x: expected ${LOGITS}, got an object (DataView)`;
    expectRefusal(instance, () => instance.softmax(view as never), [], typeError("ERR_DTYPE", viewMessage));
  });

  it("subclasses whose constructor or species throws work like any array", () => {
    class Rigid extends Float32Array {
      static sealed = false;
      constructor(values: number[]) {
        if (Rigid.sealed) throw new Error("the constructor ran");
        super(values);
      }
      static get [Symbol.species](): never {
        throw new Error("the species was asked for");
      }
    }
    const values = Array.from({ length: 100 }, (_, i) => Math.cos(i));
    const x = new Rigid(values);
    const out = new Rigid(values);
    Rigid.sealed = true;
    expect(instance.softmax(x, { out })).toBe(out);
    expect(bitsOf(out)).toBe(bitsOf(instance.softmax(Float32Array.from(values))));
    for (const { call, name } of FUNCTIONS) {
      const expected = resultOf(call(instance, Float32Array.from(values), [7], {}));
      expect(bitsOf(resultOf(call(instance, x, [7], {}))), name).toBe(bitsOf(expected));
    }
  });

  it("arrays of another realm work like any array", async () => {
    const { runInNewContext } = await import("node:vm");
    const x = runInNewContext("Float32Array.of(1, 2, 3)") as Float32Array;
    const labels = runInNewContext("Uint8Array.of(1)") as Uint8Array;
    expect(x).not.toBeInstanceOf(Float32Array);
    const { loss } = instance.crossEntropyGrad(x, labels, { out: x, shape: runInNewContext("[1, 3]") as number[] });
    expect(loss).toBe(instance.crossEntropy(Float32Array.of(1, 2, 3), [1]));
    expect(instance.softmax(x, { out: x })).toBe(x);
  });
});

describe("softmaxJacobian", () => {
  it.each(NO_LOGITS)("refuses %s", (shown, more, value) => {
    const message = `x: expected ${LOGITS}, got ${shown}${conversionOf("x", more, value)}`;
    expectRefusal(anyInstance, () => softmaxJacobian(value as never), [], typeError("ERR_DTYPE", message));
  });

  it("refuses a detached array, a freed one, and a row whose matrix no array can hold", () => {
    expectRefusal(anyInstance, () => softmaxJacobian(detached(new Float32Array(3))), [], isDetached("x"));
    const freed = anyInstance.alloc(Float32Array, 3);
    freed.free();
    const disposed = "WasmArray: expected an array that is still allocated, got one that was freed";
    expectRefusal(anyInstance, () => softmaxJacobian(freed), [], rangeError("ERR_DISPOSED", disposed));
    const long = new Float32Array(2 ** 20);
    const message = `result: expected room for ${2 ** 40} elements, got none`;
    expectRefusal(anyInstance, () => softmaxJacobian(long), [], rangeError("ERR_OUT_OF_MEMORY", message));
  });
});

it("every function of logits alone, or with targets, is in the tables above", () => {
  const others = [
    "binaryCrossEntropy",
    "binaryCrossEntropyGrad",
    "tokenLogProbs",
    "sigmoid",
    "argmax",
    "topK",
    "sample",
    "crossEntropyHvp",
    "softmaxBackward",
    "logSoftmaxBackward",
    "alloc",
    "backend",
  ];
  expect([...ROW_FUNCTIONS, ...LOSSES].map(({ name }) => name).sort()).toEqual(
    Object.keys(anyInstance)
      .filter((name) => !others.includes(name))
      .sort(),
  );
});

/** The array that a function gives. */
function resultOf(result: unknown): Float32Array {
  if (typeof result === "number") return Float32Array.of(result);
  return result instanceof Float32Array ? result : (result as { grad: Float32Array }).grad;
}

const MEMBERS = ["length", "buffer", "byteLength", "byteOffset", "constructor", "set", "subarray", "slice", "fill"];

/** An array of which every property but its elements throws. */
function hostile(buffer: ArrayBufferLike, byteOffset?: number, length?: number): Float32Array {
  return armed(new Float32Array(buffer, byteOffset, length));
}

const hostileLabels = (labels: Int32Array) => armed(labels);

function armed<T extends object>(array: T): T {
  for (const name of [...MEMBERS, Symbol.iterator, Symbol.toStringTag]) {
    const get = () => {
      throw new Error(`${String(name)} was asked for`);
    };
    Object.defineProperty(array, name, { get });
  }
  return array;
}
