import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instance, instantiate, type WasmArray } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { FOUND, runSequence, sequences } from "../reference/sequences.js";

const SEED = 20261205;

describe.each(BACKENDS.map(([kind]) => [kind as "wasm" | "js"]))("%s", (backend) => {
  it(`whatever sequence of calls, each array holds what the model says (seed ${SEED}; 1e5 of them: test/slow)`, () => {
    const property = fc.property(sequences, (steps) => runSequence(instantiate({ backend }), steps));
    for (const { seed, path } of FOUND) fc.assert(property, { seed, path });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});

describe("the model sees", () => {
  const steps = [
    { kind: "alloc", f64: false, length: 6 },
    { kind: "alloc", f64: false, length: 6 },
    { kind: "write", at: 0, seed: 1 },
    { kind: "write", at: 1, seed: 2 },
    { kind: "call", what: "softmax", x: 0, out: 0, cols: 6, inner: 1, place: "in place", within: undefined },
  ] as const;
  const resident: WasmArray[] = [];
  /** An instance whose softmax does something besides. */
  const planted = (besides: (x: WasmArray) => void): Instance => {
    const instance = instantiate();
    resident.length = 0;
    return {
      ...instance,
      alloc: ((type: typeof Float32Array, length: number) => {
        const array = instance.alloc(type, length);
        resident.push(array);
        return array;
      }) as Instance["alloc"],
      softmax: ((x: WasmArray, options: object) => {
        const result = instance.softmax(x, options);
        besides(x);
        return result;
      }) as Instance["softmax"],
    };
  };

  it("nothing where nothing is planted", () => {
    const untouched = planted(() => undefined);
    expect(() => runSequence(untouched, steps)).not.toThrow();
  });

  it("an array that changes without a step of its own", () => {
    const other = planted(() => (resident[1].view[5] += 1));
    expect(() => runSequence(other, steps)).toThrow("changed an array not its own");
  });

  it("a result that is off by 8 ulp", () => {
    const off = planted((x) => (x.view[0] *= 1 + 2 ** -20));
    expect(() => runSequence(off, steps)).toThrow(/softmax of \[.*\]: .* is off by .* ulp/);
  });
});
