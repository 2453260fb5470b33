// The entropy of rows, and the log-probabilities of tokens.

import { describe, expect, it } from "vitest";
import { adversarialRows, adversarialRowsF64 } from "../reference/adversarialRows.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { entropyOf, rowOracle } from "../reference/oracle/softmaxOracle.js";
import { F32, F64, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";
import { CONTRACT } from "./search/bounds.js";

const SEED = 20261131;
const [[, wasm], [, js]] = BACKENDS;

describe.each([
  ["f32", F32, adversarialRows],
  ["f64", F64, adversarialRowsF64],
] as const)("entropy in %s (seed " + String(SEED) + ")", (key, format, rowsOf) => {
  it("is within the contract on adversarial rows at any temperature, with the same bits on both backends", () => {
    const errors = new UlpErrors();
    const gate = CONTRACT.entropy[key];
    for (const { kind, x } of rowsOf(SEED)) {
      for (const temperature of [1, 0.3]) {
        const value = wasm.entropy(x, { temperature, shape: [x.length] });
        errors.add(ulpError(value[0], entropyOf(rowOracle(x, temperature)), format), `${kind} at ${temperature}`);
        expect(bitsOf(js.entropy(x, { temperature, shape: [x.length] })), kind).toBe(bitsOf(value));
      }
    }
    console.info(`entropy, ${key}: worst ${errors.worst.toFixed(3)} (${errors.where}), gate ${gate}`);
    expect(errors.worst, errors.where).toBeLessThanOrEqual(gate);
  });

  it("has the bits of rows alone among others, and along another axis", () => {
    const random = mulberry32(SEED);
    const Type = key === "f32" ? Float32Array : Float64Array;
    for (const cols of [1, 2, 3, 5, 8, 17, 100, 101, 256, 257, 1000]) {
      for (const rows of [1, 2, 5, 9]) {
        const x = new Type(rows * cols).map(() => 30 * (random() - 0.5));
        const turned = x.map((_, i) => x[(i % rows) * cols + Math.floor(i / rows)]);
        const all = bitsOf(wasm.entropy(x, { shape: [rows, cols] }));
        const alone = Array.from({ length: rows }, (_, r) =>
          bitsOf(wasm.entropy(x.slice(r * cols, (r + 1) * cols), { shape: [cols] })),
        );
        expect(alone.join(""), `${rows} × ${cols}`).toBe(all);
        expect(bitsOf(wasm.entropy(turned, { shape: [cols, rows], axis: 0 })), `${cols} × ${rows}`).toBe(all);
        expect(bitsOf(js.entropy(turned, { shape: [cols, rows], axis: 0 }))).toBe(all);
      }
    }
  });
});

describe.each(BACKENDS)("%s: entropy", (_, { entropy }) => {
  it("is log C of C equal classes, and 0 of a certain one", () => {
    expect(entropy([3, 3])).toBeCloseTo(Math.LN2, 15);
    expect(entropy(new Float64Array(1000))).toBeCloseTo(Math.log(1000), 14);
    expect(entropy([5])).toBe(0);
    expect(entropy([5, -Infinity, -Infinity])).toBe(0);
  });

  it("keeps its digits where one class leads, down to subnormal ones", () => {
    expect(entropy(Float32Array.of(20, 0)) / (21 * 2.0611536e-9)).toBeCloseTo(1, 6);
    expect(entropy(Float32Array.of(100, 0))).toBeGreaterThan(0);
    expect(entropy([740, 0])).toBeGreaterThan(0);
  });

  it("is NaN of a row with NaN or +∞, or of nothing but −∞; the others are not affected", () => {
    const x = Float32Array.of(1, NaN, 1, Infinity, -Infinity, -Infinity, 0, 0);
    expect(entropy(x, { shape: [4, 2] })).toEqual(Float32Array.of(NaN, NaN, NaN, Math.fround(Math.LN2)));
  });

  it("does not read what the mask leaves out, and is 0 where it leaves nothing out of which to choose", () => {
    const x = Float32Array.of(1, NaN, 1, 7, NaN, Infinity, -Infinity, 3, -Infinity);
    const mask = Uint8Array.of(1, 0, 1, 0, 0, 0, 1, 0, 1);
    const expected = Float32Array.of(Math.fround(Math.LN2), 0, NaN);
    expect(entropy(x, { shape: [3, 3], mask })).toEqual(expected);
    const turn = <T extends Float32Array | Uint8Array>(a: T) =>
      a.map((_, i) => a[(i % 3) * 3 + Math.floor(i / 3)]) as T;
    expect(entropy(turn(x), { shape: [3, 3], axis: 0, mask: turn(mask) })).toEqual(expected);
    expect(entropy(new Float32Array(0), { shape: [2, 0] })).toEqual(new Float32Array(2));
  });
});

describe.each(BACKENDS)("%s: tokenLogProbs", (_, { tokenLogProbs, crossEntropy }) => {
  it("are the losses times −1, whatever the options", () => {
    const random = mulberry32(SEED);
    for (const Type of [Float32Array, Float64Array]) {
      for (const options of [{}, { temperature: 0.7 }, { ignoreIndex: 3 }, { axis: 0, shape: [5, 40] }]) {
        const x = new Type(200).map(() => 40 * (random() - 0.5));
        const tokens = new Int32Array(40).map(() => Math.floor(5 * random()));
        const losses = crossEntropy(x, tokens, { ...options, reduction: "none" });
        expect(tokenLogProbs(x, tokens, options)).toEqual(losses.map((loss) => 0 - loss));
      }
    }
  });

  it("are +0 of certain and of ignored tokens, and −∞ of impossible ones", () => {
    expect(bitsOf(tokenLogProbs(Float32Array.of(1, 2, 3), [0, 0, -100]))).toBe(bitsOf(new Float32Array(3)));
    // Few rows and many, of few classes and many: each way of the kernel has a store of its own.
    for (const Type of [Float32Array, Float64Array]) {
      for (const [rows, cols] of [
        [1, 2],
        [9, 2],
        [9, 20],
        [3, 300],
      ] as const) {
        // prettier-ignore
        const x = new Type(rows * cols).map((_, i) => (i % cols === 0 ? 0 : -Infinity));
        const certain = tokenLogProbs(x, new Int32Array(rows), { shape: [rows, cols] });
        expect(bitsOf(certain), `${rows} × ${cols}`).toBe(bitsOf(new Type(rows)));
      }
    }
    expect(bitsOf(tokenLogProbs(Float32Array.of(200, 0), [0]))).toBe(bitsOf(new Float32Array(1)));
    expect(tokenLogProbs([0, -Infinity], [1])).toEqual([-Infinity]);
  });

  it("refuse tokens on masked classes, and write into out", () => {
    const out = new Float32Array(2);
    const mask = Uint8Array.of(1, 0, 1, 1);
    expect(tokenLogProbs(Float32Array.of(1, 9, 0, 0), [0, 1], { mask, out })).toBe(out);
    expect(out).toEqual(Float32Array.of(0, Math.fround(-Math.LN2)));
    expect(() => tokenLogProbs(Float32Array.of(1, 9, 0, 0), [1, 1], { mask })).toThrow(
      expect.objectContaining({ code: "ERR_LABEL" }),
    );
  });
});
