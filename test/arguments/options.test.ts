import { afterEach, describe, expect, it } from "vitest";
import { type Instance, instantiate } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import {
  expectRefusal,
  FUNCTIONS,
  LOSSES,
  NUMBERS,
  OPTION_NAMES,
  patterned,
  PLAIN_ARRAYS,
  rangeError,
  typeError,
  WRONG_KINDS,
} from "./refusal.js";

const NULL = ["null", null] as const;
const x = Float32Array.of(1, 2, 3);
const labels = Int32Array.of(1);

/** What is refused as an options object: every kind of thing but an object. */
const NO_OBJECTS = [
  ...WRONG_KINDS.filter(([shown]) => !shown.startsWith("an object")),
  ...NUMBERS,
  ...PLAIN_ARRAYS,
  NULL,
  ["0.7", 0.7],
  ["Float32Array(3)", new Float32Array(3)],
  ["an object (DataView)", new DataView(new ArrayBuffer(8))],
] as const;

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(FUNCTIONS)("$name", (f) => {
    const { name, call, input } = f;
    const isLoss = input === "logits";
    const outLength = ["logSumExp", "entropy", "crossEntropy"].includes(name) ? 1 : 3;

    /** A call with one option more, and an `out` wherever there can be one. */
    const expectOptionRefused = (option: object, refusal: ReturnType<typeof typeError>) => {
      const out = patterned(outLength);
      const rest = isLoss && !("reduction" in option) ? { reduction: "none", out } : { out };
      expectRefusal(instance, () => call(instance, x, labels, { ...rest, ...option }), [x, labels, out], refusal);
    };

    it.each(NO_OBJECTS)("refuses %s as options", (shown, value) => {
      const names = OPTION_NAMES(f).split(", ");
      const meant = Number.isInteger(value) ? "axis" : "temperature";
      const instead = Number.isFinite(value) && names.includes(meant) ? `; write { ${meant}: ${shown} }` : "";
      const refusal = typeError("ERR_OPTION", `options: expected a plain object, got ${shown}${instead}`);
      expectRefusal(instance, () => call(instance, x, labels, value), [x, labels], refusal);
    });

    it("refuses a name that it does not know, whatever its value", () => {
      const names = ["axes", "", "backend", "constructor", "toString", "__proto__", "Temperature", "u".repeat(50)];
      if (!isLoss) names.push("reduction", "ignoreIndex");
      for (const unknown of names) {
        for (const value of [1, undefined, null]) {
          const option = Object.defineProperty({}, unknown, { value, enumerable: true });
          const shown = unknown.length > 40 ? `${unknown.slice(0, 40)}…` : unknown;
          const message = `options: expected only ${OPTION_NAMES(f)}, got "${shown}"`;
          const run = () => call(instance, x, labels, option);
          expectRefusal(instance, run, [x, labels], typeError("ERR_OPTION", message));
        }
      }
    });

    it("refuses null in every option but ignoreIndex, and takes undefined as absent", () => {
      const plain = call(instance, x, labels);
      for (const option of OPTION_NAMES(f).split(", ")) {
        expect(call(instance, x, labels, { [option]: undefined })).toEqual(plain);
        const refusal = typeError("ERR_OPTION", `${option}: expected a value or undefined, got null`);
        if (option !== "ignoreIndex") expectOptionRefused({ [option]: null }, refusal);
        else expect(call(instance, x, labels, { ignoreIndex: null })).toEqual(plain);
      }
      expect(call(instance, x, labels, undefined)).toEqual(plain);
    });

    it.each([...WRONG_KINDS, ...PLAIN_ARRAYS])("refuses %s as temperature", (shown, value) => {
      const message = `temperature: expected a number, got ${shown}`;
      expectOptionRefused({ temperature: value }, typeError("ERR_OPTION", message));
    });

    it("refuses a temperature that is not finite and above 0", () => {
      for (const temperature of [0, -0, -1, -1e-45, NaN, Infinity, -Infinity]) {
        const shown = Object.is(temperature, -0) ? "-0" : String(temperature);
        const limit = temperature === 0 ? "; its limit is the class that argmax gives" : "";
        const message = `temperature: expected a finite number > 0, got ${shown}${limit}`;
        expectOptionRefused({ temperature }, rangeError("ERR_OPTION", message));
      }
      for (const temperature of [5e-324, 1.7976931348623157e308]) call(instance, x, labels, { temperature });
    });

    it("an option whose getter throws: the error comes through and nothing has changed", () => {
      const out = patterned(outLength);
      const expected = call(instance, x, labels);
      for (const option of OPTION_NAMES(f).split(", ")) {
        const own = new RangeError(`${option} is mine`);
        const options = Object.defineProperty({ out }, option, {
          enumerable: true,
          get: () => {
            throw own;
          },
        });
        expect(() => call(instance, x, labels, options)).toThrow(own);
        expect(out).toEqual(patterned(outLength));
      }
      expect(call(instance, x, labels)).toEqual(expected);
    });

    it("reads each option once, and own ones only", () => {
      const reads: string[] = [];
      // Of no prototype, as an options object is at most one object away from having none.
      const inherited = Object.assign(Object.create(null), { shape: "inherited", temperature: NaN }) as object;
      const options: Record<string, unknown> = Object.create(inherited) as never;
      for (const option of OPTION_NAMES(f).split(", ")) {
        const get = () => void reads.push(option);
        Object.defineProperty(options, option, { enumerable: true, get });
      }
      expect(call(instance, x, labels, options)).toEqual(call(instance, x, labels));
      expect(reads).toEqual(OPTION_NAMES(f).split(", "));
    });

    it("getters that transfer an array are read before it, and nothing computes on its remains", () => {
      for (const victim of isLoss ? ["x", "labels", "out"] : ["x", "out"]) {
        const arrays: Record<string, Float32Array | Int32Array> = {
          x: x.slice(),
          labels: labels.slice(),
          out: patterned(outLength),
        };
        const { buffer } = arrays[victim];
        const sizes = [1, 3];
        const get = () => {
          if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
          return 3;
        };
        Object.defineProperty(sizes, 1, { get });
        const options = { out: arrays.out, shape: sizes, ...(isLoss ? { reduction: "none" } : {}) };
        const named = { x: input, labels: "targets" }[victim] ?? victim;
        const message = `${named}: expected an array with its memory, got one whose buffer is detached`;
        const run = () => call(instance, arrays.x, arrays.labels, options);
        const rest = Object.keys(arrays).filter((key) => key !== victim);
        const refusal = typeError("ERR_DETACHED", message);
        expectRefusal(
          instance,
          run,
          rest.map((key) => arrays[key]),
          refusal,
        );
      }
    });
  });

  describe.each(LOSSES)("$name", ({ name, call }) => {
    const out = patterned(name === "crossEntropy" ? 1 : 3);

    const reductions = name === "crossEntropy" ? '"mean", "sum", "none" or "parts"' : '"mean", "sum" or "none"';

    it.each([...WRONG_KINDS, ...NUMBERS, ...PLAIN_ARRAYS])("refuses %s as reduction", (shown, reduction) => {
      const message = `reduction: expected ${reductions}, got ${shown}`;
      const refusal = typeof reduction === "string" ? rangeError : typeError;
      const run = () => call(instance, x, labels, { reduction, out });
      expectRefusal(instance, run, [x, labels, out], refusal("ERR_OPTION", message));
    });

    it("refuses reductions of other names, also those of Object.prototype and in other letters", () => {
      for (const reduction of ["avg", "", "Mean", "batchmean", "toString", "__proto__"]) {
        const message = `reduction: expected ${reductions}, got "${reduction}"`;
        const run = () => call(instance, x, labels, { reduction, out });
        expectRefusal(instance, run, [x, labels, out], rangeError("ERR_OPTION", message));
      }
    });

    const noIndex = [...WRONG_KINDS, ...PLAIN_ARRAYS].filter(([, value]) => typeof value !== "bigint");
    it.each(noIndex)("refuses %s as ignoreIndex", (shown, ignoreIndex) => {
      const message = `ignoreIndex: expected a safe integer or null, got ${shown}`;
      const run = () => call(instance, x, labels, { ignoreIndex, reduction: "none", out });
      expectRefusal(instance, run, [x, labels, out], typeError("ERR_OPTION", message));
    });

    it("refuses an ignoreIndex that is no integer, and takes every one that is", () => {
      for (const ignoreIndex of [0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)]) {
        const message = `ignoreIndex: expected a safe integer or null, got ${ignoreIndex}`;
        const run = () => call(instance, x, labels, { ignoreIndex, reduction: "none", out });
        expectRefusal(instance, run, [x, labels, out], rangeError("ERR_OPTION", message));
      }
      const run = () => call(instance, x, labels, { ignoreIndex: 2n ** 64n, reduction: "none", out });
      const message = `ignoreIndex: expected a safe integer or null, got ${2n ** 64n}n`;
      expectRefusal(instance, run, [x, labels, out], rangeError("ERR_OPTION", message));
      for (const ignoreIndex of [-1, -0, 3, -100n, 10n, 2 ** 31, -(2 ** 31), 2 ** 53 - 1]) {
        expect(call(instance, x, labels, { ignoreIndex })).toEqual(call(instance, x, labels));
        const ignored = instance.crossEntropy(x, [ignoreIndex] as number[], { ignoreIndex, reduction: "none" });
        expect(ignored, "as a label").toEqual(Float32Array.of(0));
      }
    });
  });
});

describe("instantiate", () => {
  it.each(NO_OBJECTS)("refuses %s as options", (shown, value) => {
    const refusal = typeError("ERR_OPTION", `options: expected a plain object, got ${shown}`);
    expectRefusal(BACKENDS[0][1], () => instantiate(value as never), [], refusal);
  });

  it.each([...WRONG_KINDS, ...NUMBERS, ...PLAIN_ARRAYS])("refuses %s as backend", (shown, backend) => {
    const message = `backend: expected "auto", "wasm" or "js", got ${shown}`;
    const refusal = (typeof backend === "string" ? rangeError : typeError)("ERR_OPTION", message);
    expectRefusal(BACKENDS[0][1], () => instantiate({ backend: backend as never }), [], refusal);
  });

  it("refuses other names and null", () => {
    const unknown = typeError("ERR_OPTION", 'options: expected only backend, got "shape"');
    expectRefusal(BACKENDS[0][1], () => instantiate({ shape: [1] } as never), [], unknown);
    const none = typeError("ERR_OPTION", "backend: expected a value or undefined, got null");
    expectRefusal(BACKENDS[0][1], () => instantiate({ backend: null as never }), [], none);
    expect(instantiate({ backend: undefined }).backend()).toEqual(instantiate().backend());
  });
});

describe("a polluted Object.prototype", () => {
  const POLLUTION: Record<string, unknown> = {
    shape: [7],
    axis: 5,
    out: "out",
    temperature: -1,
    reduction: "avg",
    ignoreIndex: 1,
    backend: "gpu",
    labels: [9],
    code: "ERR_MINE",
    length: 99,
    view: new Float32Array(9),
    anything: null,
  };
  const pollute = () => {
    for (const name of Object.keys(POLLUTION)) {
      Object.defineProperty(Object.prototype, name, {
        value: POLLUTION[name],
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  };
  const clean = () => {
    for (const name of Object.keys(POLLUTION)) Reflect.deleteProperty(Object.prototype, name);
  };
  afterEach(clean);

  /** Results only: expect must not meet the pollution. */
  const everything = (instance: Instance) =>
    FUNCTIONS.flatMap(({ call }) => [
      call(instance, x, labels),
      call(instance, x, labels, {}),
      call(instance, x, labels, { temperature: 2 }),
      call(instance, x, labels, { shape: [1, 3] }),
    ]);

  it.each(BACKENDS)("%s: changes nothing", (backend, instance) => {
    const expected = everything(instance);
    pollute();
    let polluted: unknown;
    let kind: string;
    try {
      polluted = everything(instance);
      kind = instantiate({ backend: backend as "wasm" }).backend().kind;
    } finally {
      clean();
    }
    expect(polluted).toEqual(expected);
    expect(kind).toBe(backend);
  });
});
