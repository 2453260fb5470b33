// Elements of plain arrays may be getters: code of the caller, in the middle of a call. It calls the library, makes linear
// memory grow, or takes other arrays of the call away. Either nothing comes of it, or an error and no byte written.

import { describe, expect, it } from "vitest";
import { type Instance, instantiate, type WasmArray } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";

type Slots = Record<string, number[] | Float64Array | Int32Array | Uint8Array>;

interface Call {
  readonly name: string;
  /** Every array of it. */
  readonly slots: () => Slots;
  readonly run: (instance: Instance, slots: Slots) => unknown;
}

const SHAPE = [2, 3];
const values = () => Float64Array.of(1, 2, 3, 3, 1, 2);
const rowSlots = () => ({ x: values(), mask: Uint8Array.of(1, 1, 0, 1, 1, 1), shape: SHAPE.slice(), out: values() });
const lossSlots = () => ({
  x: values(),
  labels: Int32Array.of(1, 0),
  weight: Float64Array.of(1, 2, 3),
  mask: Uint8Array.of(1, 1, 0, 1, 1, 1),
  shape: SHAPE.slice(),
  out: values(),
});
const plainLossSlots = () => ({ x: Array.from(values()), labels: [1, 0] });
const softSlots = () => ({
  x: values(),
  q: Float64Array.of(1, 0, 0, 0.5, 0.25, 0.25),
  weight: [1, 2, 3],
  out: values(),
});

const OPTIONS = ["shape", "mask", "weight", "upstream", "out"];

const options = (slots: Slots): Record<string, unknown> => ({
  shape: SHAPE,
  ...Object.fromEntries(OPTIONS.flatMap((name) => (name in slots ? [[name, slots[name]]] : []))),
  ...("upstream" in slots ? { reduction: "none" } : {}),
});

const CALLS: readonly Call[] = [
  { name: "softmax", slots: rowSlots, run: (i, s) => i.softmax(s.x as never, options(s) as never) },
  { name: "logSoftmax", slots: rowSlots, run: (i, s) => i.logSoftmax(s.x as never, options(s) as never) },
  {
    name: "logSumExp",
    slots: () => ({ ...rowSlots(), out: new Float64Array(2) }),
    run: (i, s) => i.logSumExp(s.x as never, options(s) as never),
  },
  {
    name: "crossEntropy",
    slots: () => ({ ...lossSlots(), out: new Float64Array(2) }),
    run: (i, s) => i.crossEntropy(s.x as never, s.labels, { ...options(s), reduction: "none" } as never),
  },
  {
    name: "crossEntropyGrad",
    slots: () => ({ ...lossSlots(), upstream: Float64Array.of(2, 3) }),
    run: (i, s) => i.crossEntropyGrad(s.x as never, s.labels, options(s) as never),
  },
  {
    name: "crossEntropyGrad of plain arrays alone",
    slots: plainLossSlots,
    run: (i, s) => i.crossEntropyGrad(s.x as never, s.labels),
  },
  {
    name: "crossEntropy of plain arrays alone",
    slots: plainLossSlots,
    run: (i, s) => i.crossEntropy(s.x as never, s.labels, { reduction: "none" }),
  },
  {
    name: "crossEntropyGrad of soft targets",
    slots: () => ({ ...softSlots(), upstream: Float64Array.of(2, 3) }),
    run: (i, s) => i.crossEntropyGrad(s.x as never, s.q, options(s) as never),
  },
  {
    name: "crossEntropyHvp",
    slots: () => ({ ...lossSlots(), v: values() }),
    run: (i, s) => i.crossEntropyHvp(s.x as never, s.labels, s.v as never, options(s) as never),
  },
  {
    name: "crossEntropyHvp of soft targets",
    slots: () => ({ ...softSlots(), v: values() }),
    run: (i, s) => i.crossEntropyHvp(s.x as never, s.q, s.v as never, options(s) as never),
  },
  {
    name: "entropy",
    slots: () => ({ ...rowSlots(), out: new Float64Array(2) }),
    run: (i, s) => i.entropy(s.x as never, options(s) as never),
  },
  {
    name: "tokenLogProbs",
    slots: () => ({ x: values(), tokens: Int32Array.of(1, 0), shape: SHAPE.slice(), out: new Float64Array(2) }),
    run: (i, s) => i.tokenLogProbs(s.x as never, s.tokens as never, options(s) as never),
  },
  {
    name: "binaryCrossEntropy",
    slots: () => ({ x: values(), labels: Int32Array.of(1, 0, 0, 1, 1, 0), weight: [1, 2, 3], out: values() }),
    run: (i, s) => i.binaryCrossEntropy(s.x as never, s.labels, { ...options(s), reduction: "none" } as never),
  },
  {
    name: "binaryCrossEntropyGrad",
    slots: () => ({ x: values(), labels: Int32Array.of(1, 0, 0, 1, 1, 0), upstream: values(), out: values() }),
    run: (i, s) => i.binaryCrossEntropyGrad(s.x as never, s.labels, options(s) as never),
  },
  {
    name: "sigmoid",
    slots: () => ({ x: values(), out: values() }),
    run: (i, s) => i.sigmoid(s.x as never, { out: s.out } as never),
  },
  ...(["softmaxBackward", "logSoftmaxBackward"] as const).map((name): Call => ({
    name,
    slots: () => ({ y: values(), dy: values(), shape: SHAPE.slice(), out: values() }),
    run: (i, s) => i[name](s.y as never, s.dy as never, options(s) as never),
  })),
];

/** A plain array of the same numbers, of which reading one runs something, once. */
function armed(numbers: ArrayLike<number>, at: number, act: () => void): number[] {
  let done = false;
  return Object.defineProperty(Array.from(numbers), at, {
    enumerable: true,
    get: () => {
      if (!done) act();
      done = true;
      return numbers[at];
    },
  });
}

/** The slots that may be plain arrays: of soft targets they would be labels. */
const PLAIN = ["x", "y", "dy", "v", "labels", "weight", "upstream", "mask", "shape"];

const plainSlots = (slots: Slots) => Object.keys(slots).filter((name) => PLAIN.includes(name));

/** What the functions call an argument, where it is not as its slot. */
const ARGUMENTS: Readonly<Partial<Record<string, readonly string[]>>> = {
  x: ["x", "logits"],
  q: ["targets"],
  labels: ["targets"],
};

/** More than staging holds: an instance that has not seen such a row makes its memory grow for it. */
const LONG = 2 ** 17;

describe.each(BACKENDS)("%s: code of the caller in the middle of a call", (kind, instance) => {
  const backend = kind as "wasm";

  it.each(CALLS)("$name: that calls every function and makes memory grow changes nothing", ({ slots, run }) => {
    const expected = run(instance, slots());
    for (const name of plainSlots(slots())) {
      const own = instantiate({ backend });
      const given = slots();
      given[name] = armed(given[name], 1, () => {
        own.softmax(new Float32Array(LONG));
        for (const call of CALLS) call.run(own, call.slots());
        own.crossEntropy(values(), Int32Array.of(2, 2));
      });
      expect(numbersOf(run(own, given)), name).toEqual(numbersOf(expected));
    }
  });

  it.each(CALLS)("$name: arrays in linear memory that it makes grow are refused or used where they are", (call) => {
    const expected = call.run(instance, call.slots());
    for (const name of plainSlots(call.slots())) {
      for (const kindOf of ["views", "WasmArrays"]) {
        const own = instantiate({ backend });
        const given = call.slots();
        let outOf: WasmArray | undefined;
        for (const [slot, array] of Object.entries(given)) {
          if (slot === name || !(array instanceof Float64Array)) continue;
          const resident = own.alloc(Float64Array, array.length);
          resident.view.set(array);
          given[slot] = kindOf === "views" ? resident.view : (resident as never);
          if (slot === "out") outOf = resident;
        }
        const before = outOf?.view.slice();
        given[name] = armed(given[name], 1, () => own.softmax(new Float32Array(LONG)));
        let result: unknown;
        try {
          result = call.run(own, given);
        } catch (error) {
          expect(error, name).toMatchObject({ name: "TypeError", code: "ERR_DETACHED" });
          expect(outOf?.view, name).toEqual(before);
          continue;
        }
        expect(numbersOf(result), `${name}, ${kindOf}`).toEqual(numbersOf(expected));
      }
    }
  });

  const ofBuffers = CALLS.filter(({ slots }) => Object.values(slots()).some((array) => !Array.isArray(array)));

  it.each(ofBuffers)(
    "$name: arrays that it transfers or shrinks are refused, or were read before",
    ({ slots, run }) => {
      const expected = run(instance, slots());
      for (const name of plainSlots(slots())) {
        for (const victim of Object.keys(slots())) {
          for (const left of ["nothing", "half"]) {
            const given = slots();
            const array = given[victim];
            if (victim === name || Array.isArray(array)) continue;
            const buffer = resizable(array.byteLength);
            const Type = array.constructor as new (buffer: ArrayBuffer) => Float64Array;
            given[victim] = new Type(buffer);
            given[victim].set(array);
            given[name] = armed(given[name], 1, () => {
              if (left === "nothing") structuredClone(buffer, { transfer: [buffer] });
              // Not to the 3 bytes of a mask for the classes alone.
              else buffer.resize(victim === "mask" ? 4 : buffer.byteLength / 2);
            });
            const out = given.out as Float64Array;
            const before = out.slice();
            let result: unknown;
            try {
              result = run(instance, given);
            } catch (error) {
              const codes = /^ERR_(?:DETACHED|SHAPE|OUT)$/;
              const { code, message } = error as Error & { code: string };
              expect(code, `${name} takes ${victim}: ${message}`).toMatch(codes);
              const argument = message.slice(0, message.indexOf(":"));
              if (code === "ERR_DETACHED") expect(ARGUMENTS[victim] ?? [victim], name).toContain(argument);
              if (victim !== "out") expect(out, `${name} takes ${victim}`).toEqual(before);
              continue;
            }
            expect(numbersOf(result), `${name} leaves ${left} of ${victim}`).toEqual(numbersOf(expected));
          }
        }
      }
    },
  );

  it("rows of a mask are read before what they take away is looked at", () => {
    for (const name of ["softmax", "logSumExp", "argmax", "topK", "crossEntropyGrad", "softmaxBackward"]) {
      for (const victim of ["x", "out"]) {
        const given: Record<string, Float64Array> = {
          x: values(),
          out: new Float64Array(name === "logSumExp" ? 2 : 6),
        };
        const { buffer } = given[victim];
        const takesOut = name !== "argmax" && name !== "topK";
        if (victim === "out" && !takesOut) continue;
        const first = armed([1, 1, 0], 1, () => structuredClone(buffer, { transfer: [buffer] }));
        const more = { ...(takesOut ? { out: given.out } : {}), ...(name === "topK" ? { k: 1 } : {}) };
        const second = name.startsWith("cross") ? [[1, 0]] : name.endsWith("Backward") ? [values()] : [];
        const call = instance[name as "softmax"] as (...args: unknown[]) => unknown;
        expect(
          () => call(given.x, ...second, { shape: SHAPE, mask: [first, [1, 1, 1]], ...more }),
          `${name}, ${victim}`,
        ).toThrow(expect.objectContaining({ code: "ERR_DETACHED" }) as Error);
        if (victim === "x") expect(given.out.every((value) => value === 0)).toBe(true);
      }
    }
  });

  it("an empty array that takes another away is not taken for an empty batch", () => {
    for (const name of ["softmaxBackward", "logSoftmaxBackward"] as const) {
      const y = values();
      const dy = new Proxy<number[]>([], {
        get: (target, key, receiver) => {
          if (key === "length" && y.byteLength > 0) structuredClone(y.buffer, { transfer: [y.buffer] });
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
      expect(() => instance[name](y, dy)).toThrow(expect.objectContaining({ code: "ERR_SHAPE" }));
    }
  });
});

interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}

function resizable(bytes: number): Resizable {
  const Buffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;
  return new Buffer(bytes, { maxByteLength: bytes });
}

/** Every number of a result, whatever arrays it is of. */
function numbersOf(result: unknown): number[] {
  if (typeof result === "number") return [result];
  if (ArrayBuffer.isView(result)) return Array.from(result as Float64Array);
  if ("view" in (result as object)) return numbersOf((result as WasmArray).view);
  return Object.values(result as object).flatMap(numbersOf);
}
