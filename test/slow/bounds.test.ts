import { describe, expect, it } from "vitest";
import { expectCanariesAlive } from "../assembly/bounds/canaries.js";
import { BUILD, choose, layouts, pairOf, problemsOf, subjectOf } from "../assembly/bounds/kernelCase.js";
import { differenceIn, SEEDS } from "../assembly/bounds/kernelBits.js";
import { KERNELS } from "../assembly/bounds/kernelList.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261204;

describe(`every access of every kernel, at every length of a tail (seed ${SEED})`, () => {
  const pair = pairOf(BUILD);

  it.each(KERNELS)("$name", (kernel) => {
    const random = mulberry32(SEED);
    const problems: string[] = [];
    let cases = 0;
    for (const positions of layouts(kernel, "all")) {
      problems.push(...problemsOf(pair, choose(kernel, positions, random), random));
      cases++;
    }
    expect(problems.slice(0, 5)).toEqual([]);
    expect(cases).toBeGreaterThan(2000);
  });

  it("no instruction is left out", () => {
    expect(pair.checked.unreached()).toEqual([]);
    console.log(`${pair.checked.reached.reduce((a, b) => a + b, 0)} accesses, 0 violations`);
  });
});

describe.each(SEEDS)("every kernel has the bits of the one in JavaScript (seed %i)", (seed) => {
  const shipped = subjectOf(BUILD.wasm);

  it.each(KERNELS)("$name", (kernel) => {
    expect(differenceIn(shipped, kernel, seed)).toBeUndefined();
  });
});

describe(`arrays in linear memory, NaN all round them (seed ${SEED})`, () => {
  it.each([Float32Array, Float64Array])("$name: 0 to 130 classes, 1 to 9 rows, 0 to 60 bytes beside", (Type) => {
    const random = mulberry32(SEED);
    for (let cols = 0; cols <= 130; cols++) {
      for (let rows = 1; rows <= 9; rows++) {
        for (let bytes = 0; bytes < 64; bytes += Type.BYTES_PER_ELEMENT) {
          expect(() => expectCanariesAlive(Type, rows, cols, bytes, random)).not.toThrow();
        }
      }
    }
  });
});
