// The exponential of the compiled kernels, as they leave it: crossEntropy stores a row's terms e^x·2^(64−k) in its scratch.

import { describe, expect, it } from "vitest";
import * as abi from "../../assembly/abi.js";
import { instantiate } from "../../src/backend/source/inlined.js";
import { dd, exp as expOracle } from "../reference/oracle/doubleDouble.js";
import { F64, ulpError } from "../reference/oracle/ulp.js";
import { mulberry32 } from "../reference/random.js";

/** Of a row beside its maximum. */
const CHUNK = 4096;

const { backend, exports } = instantiate();
const wasm = exports as unknown as {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  crossEntropy(call: number): void;
  crossEntropyF64(call: number): void;
};

/** Fused, the polynomial's constants do not suit as well: a sweep of every f32 of [−104, 0.3] gave 1.0217, not fused 0.988. */
const GATE = backend.variant === "relaxed" ? 1.03 : 1;

const base = Math.ceil(wasm.heapBase() / 64) * 64;
const [labels, losses, row, scratch] = [base, base + 8, base + 64, base + 64 + 8 * (CHUNK + 8)];
/** Where the kernel has a long row's exponentials. */
const terms = scratch + abi.SINGLE_GROUP_BYTES;
const call = terms + 8 * (CHUNK + 8);
const end = call + abi.CALL_BYTES;
if (end > wasm.memory.buffer.byteLength) wasm.memory.grow(Math.ceil((end - wasm.memory.buffer.byteLength) / 65536));

/** The terms of `x`, in a row of this maximum, which is above all of them. */
function termsOf<T extends Float32Array | Float64Array>(x: T, max: number): T {
  const Type = x.constructor as new (buffer: ArrayBuffer, at: number, length: number) => T;
  const values = new Type(wasm.memory.buffer, row, x.length + 1);
  values.set(x);
  values[x.length] = max;
  const name = x instanceof Float32Array ? "crossEntropy" : "crossEntropyF64";
  const words = new Int32Array(wasm.memory.buffer, call, abi.CALL_BYTES / 4);
  words[abi.X] = row;
  words[abi.LABELS] = labels;
  words[abi.VALUES] = losses;
  words[abi.SCRATCH] = scratch;
  words[abi.ROWS] = 1;
  words[abi.COLS] = x.length + 1;
  words[abi.INNER] = 1;
  words[abi.STRIDE] = 1;
  const numbers = new Float64Array(wasm.memory.buffer, call);
  numbers[abi.CONFIDENCE] = 1;
  numbers[abi.TEMPERATURE] = 1;
  wasm[name](call);
  return new Type(wasm.memory.buffer, terms, x.length).slice() as T;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const toBits = (value: number): number => {
  float[0] = value;
  return bits[0];
};

/** Every `stride`-th f32 from `low` up to `high`, ascending. */
function floats(low: number, high: number, stride: number): Float32Array {
  const found: number[] = [];
  if (low < 0) for (let b = toBits(low); b > toBits(Math.min(high, -0)); b -= stride) found.push(b);
  if (high > 0) for (let b = toBits(Math.max(low, 0)); b <= toBits(high); b += stride) found.push(b);
  return new Float32Array(Uint32Array.from(found).buffer);
}

describe(`exp of the kernels, ${backend.variant}`, () => {
  it(`f32: ≤ ${GATE} ulp and monotone, at the row exponents of its domain`, () => {
    let worst = 0;
    let where = "";
    let falls = 0;
    let count = 0;
    for (const k of [0, 1, -1, 77, 150, 299, 300, -300]) {
      const max = Math.fround(Math.min(k * Math.LN2 + 0.3, 207.99));
      const all = floats(Math.max(k * Math.LN2 - 104, -312), max, 1009);
      count += all.length;
      let before = 0;
      for (let from = 0; from < all.length; from += CHUNK) {
        const x = all.subarray(from, from + CHUNK);
        termsOf(x, max).forEach((y, i) => {
          // Math.exp is within an ulp of f64, 2^-29 of the ulp that counts here.
          const truth = Math.exp(x[i] - k * Math.LN2) * 2 ** 64;
          const error = Math.abs(y - truth) / 2 ** (Math.floor(Math.log2(truth)) - 23);
          if (error > worst) [worst, where] = [error, `${x[i]}, row exponent ${k}`];
          if (y < before) falls++;
          before = y;
        });
      }
    }
    console.info(`exp, f32, ${backend.variant}: worst ${worst.toFixed(4)} of ${count} (${where}), gate ${GATE}`);
    expect(worst, where).toBeLessThanOrEqual(GATE);
    expect(worst, "the sweep measures something").toBeGreaterThan(0.8);
    expect(falls).toBe(0);
  });

  it("f64: ≤ 0.75 ulp, sampled", () => {
    const random = mulberry32(11);
    let worst = 0;
    let where = 0;
    for (let n = 0; n < 400; n++) {
      const max = 1500 * (2 * random() - 1);
      const k = Math.round(max * Math.LOG2E);
      const x = new Float64Array(50).map(() => max - 745 * random() ** 3);
      termsOf(x, max).forEach((y, i) => {
        // e^x·2^-k, the shift in the oracle: e^1500 is no f64.
        const error = ulpError(y, expOracle(dd(x[i]), 64 - k), F64);
        if (error > worst) [worst, where] = [error, x[i]];
      });
    }
    console.info(`exp, f64, ${backend.variant}: worst ${worst.toFixed(4)} of 20000 (at ${where}), gate 0.75`);
    expect(worst, `at ${where}`).toBeLessThanOrEqual(0.75);
    expect(worst, "the samples measure something").toBeGreaterThan(0.4);
  });
});
