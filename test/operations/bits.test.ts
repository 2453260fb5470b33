import { describe, expect, it } from "vitest";
import { type FloatArray, instantiate } from "../../src/index.js";
import { adversarialRows, adversarialRowsF64, LENGTHS } from "../reference/adversarialRows.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 7;
const [[, wasm], [, js]] = BACKENDS;

/** Everything that the library computes of some rows, as bits. */
function everything(instance: typeof wasm, x: FloatArray, rows: number): Record<string, string> {
  const cols = x.length / rows;
  const shape = [rows, cols];
  const labels = Array.from({ length: rows }, (_, r) => (r * 7) % cols);
  const none = instance.crossEntropyGrad(x, labels, { reduction: "none" });
  const mean = instance.crossEntropyGrad(x, labels, { temperature: 1.7 });
  return {
    softmax: bitsOf(instance.softmax(x, { shape })),
    "softmax at a temperature": bitsOf(instance.softmax(x, { shape, temperature: 0.7 })),
    logSoftmax: bitsOf(instance.logSoftmax(x, { shape })),
    logSumExp: bitsOf(instance.logSumExp(x, { shape })),
    losses: bitsOf(none.loss),
    "losses alone": bitsOf(instance.crossEntropy(x, labels, { reduction: "none" })),
    gradient: bitsOf(none.grad),
    "mean gradient at a temperature": bitsOf(mean.grad),
    "mean loss at a temperature": bitsOf(Float64Array.of(mean.loss)),
  };
}

/** Rows with NaN, ±∞ and signed zeros among ordinary ones. */
function poisoned(cols: number, random: () => number): Float32Array {
  const values = [NaN, Infinity, -Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-45];
  return new Float32Array(cols).map(() => {
    const pick = random();
    return pick < 0.3 ? values[Math.floor(random() * values.length)] : 10 * (pick - 0.5);
  });
}

describe("the WASM and the JavaScript backend", () => {
  it.each([
    ["f32", adversarialRows],
    ["f64", adversarialRowsF64],
  ] as const)("give the same bits for every kind of row at every length: %s", (_, rowsOf) => {
    for (const { kind, x } of rowsOf(SEED)) {
      expect(everything(js, x, 1), kind).toEqual(everything(wasm, x, 1));
    }
  });

  it.each([Float32Array, Float64Array])("give the same bits for rows of NaN, infinities and both zeros: %s", (Type) => {
    const random = mulberry32(SEED);
    for (const cols of LENGTHS) {
      const x = new Type(5 * cols);
      for (let r = 0; r < 5; r++) x.set(poisoned(cols, random), r * cols);
      expect(everything(js, x, 5), `${cols} classes`).toEqual(everything(wasm, x, 5));
    }
  });
});

describe.each(BACKENDS)("%s: a row has the same bits", (_, instance) => {
  it.each([Float32Array, Float64Array])("among 1 … 9 rows of each C ≤ 130 as alone: %s", (Type) => {
    const random = mulberry32(SEED);
    for (let cols = 1; cols <= 130; cols++) {
      const x = new Type(9 * cols).map(() => 30 * (random() - 0.5));
      const single = Array.from({ length: 9 }, (_, r) => everything(instance, x.slice(r * cols, (r + 1) * cols), 1));
      for (let rows = 1; rows <= 9; rows++) {
        const shape = [rows, cols];
        const part = x.slice(0, rows * cols);
        const labels = new Int32Array(rows);
        const { loss, grad } = instance.crossEntropyGrad(part, labels, { reduction: "none" });
        const of = (name: string) =>
          single
            .slice(0, rows)
            .map((row) => row[name])
            .join("");
        expect(bitsOf(instance.softmax(part, { shape })), `softmax ${shape.join()}`).toBe(of("softmax"));
        expect(bitsOf(instance.logSoftmax(part, { shape })), `logSoftmax ${shape.join()}`).toBe(of("logSoftmax"));
        expect(bitsOf(instance.logSumExp(part, { shape })), `logSumExp ${shape.join()}`).toBe(of("logSumExp"));
        expect(bitsOf(loss), `losses ${shape.join()}`).toBe(of("losses"));
        expect(bitsOf(grad), `gradient ${shape.join()}`).toBe(of("gradient"));
      }
    }
  });

  it("at any alignment, in place or not, resident or not", () => {
    const random = mulberry32(SEED);
    for (const cols of [1, 2, 3, 5, 8, 31, 33, 64, 100, 1000]) {
      const x = new Float32Array(3 * cols).map(() => 50 * (random() - 0.5));
      const shape = [3, cols];
      const expected = bitsOf(instance.softmax(x, { shape }));
      const expectedGrad = bitsOf(instance.crossEntropyGrad(x, [0, 0, 0]).grad);
      for (const offset of [0, 1, 2, 3, 5]) {
        const inner = new Float32Array(x.length + 8).subarray(offset, offset + x.length);
        inner.set(x);
        expect(bitsOf(instance.softmax(inner, { shape }))).toBe(expected);
        const resident = instance.alloc(Float32Array, x.length + 8);
        const part = resident.view.subarray(offset, offset + x.length);
        part.set(x);
        expect(bitsOf(instance.softmax(part, { shape }))).toBe(expected);
        expect(bitsOf(instance.crossEntropyGrad(part, [0, 0, 0]).grad)).toBe(expectedGrad);
        expect(bitsOf(part), "the input is left alone").toBe(bitsOf(x));
        expect(bitsOf(instance.softmax(part, { shape, out: part }))).toBe(expected);
        resident.free();
        expect(bitsOf(instance.crossEntropyGrad(inner, [0, 0, 0], { out: inner }).grad)).toBe(expectedGrad);
      }
    }
  });

  it("on both sides of every block that goes through staging", () => {
    // 300,000 elements: more than staging's 64 Ki elements, split at rows.
    const cols = 30;
    const rows = 10_000;
    const random = mulberry32(SEED);
    const x = new Float32Array(rows * cols).map(() => 20 * (random() - 0.5));
    const labels = new Int32Array(rows).map(() => Math.floor(random() * cols));
    const p = instance.softmax(x, { shape: [rows, cols] });
    const { loss, grad } = instance.crossEntropyGrad(x, labels, { reduction: "none" });
    for (let r = 0; r < rows; r += 7) {
      const row = x.slice(r * cols, (r + 1) * cols);
      expect(bitsOf(p.subarray(r * cols, (r + 1) * cols))).toBe(bitsOf(instance.softmax(row)));
      const single = instance.crossEntropyGrad(row, [labels[r]], { reduction: "none" });
      expect(bitsOf(grad.subarray(r * cols, (r + 1) * cols))).toBe(bitsOf(single.grad));
      expect(loss[r]).toBe(single.loss[0]);
    }
    const out = new Float32Array(x);
    expect(bitsOf(instance.softmax(out, { shape: [rows, cols], out }))).toBe(bitsOf(p));
  });
});

describe("the loss", () => {
  it.each(BACKENDS)("%s: has the same bits alone and with its gradient", (_, instance) => {
    for (const { kind, x } of adversarialRows(SEED + 1)) {
      const label = Math.floor(x.length / 2);
      const alone = instance.crossEntropy(x, [label]);
      expect(instance.crossEntropyGrad(x, [label]).loss, kind).toBe(alone);
    }
  });
});

describe("an instance of one's own", () => {
  it("gives the bits of every other", () => {
    const x = new Float32Array(100).map((_, i) => Math.fround(i * 0.37) % 7);
    expect(bitsOf(instantiate().softmax(x))).toBe(bitsOf(wasm.softmax(x)));
  });
});
