import { describe, expect, it } from "vitest";
import { type FloatArray, instantiate } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { mulberry32 } from "../../reference/random.js";

// Positions of an axis whose classes do not fit into staging pass through it in strips of 16 or more. What the last strip
// has of them, one too, changes no bit.

const SEED = 3;
const COLS = 9000;

const turned = <Array extends FloatArray>(x: Array, rows: number, cols: number): Array => {
  const y = x.slice() as Array;
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) y[c * rows + r] = x[r * cols + c];
  return y;
};

describe.each(BACKENDS)("%s: positions in strips", (_, by) => {
  it.each([17, 18, 33, 49, 65])("%i of them have the bits of rows of their own", (positions) => {
    const random = mulberry32(SEED);
    const x = new Float32Array(positions * COLS).map(() => 20 * (random() - 0.5));
    const q = new Float32Array(positions * COLS).map(random);
    const labels = Int32Array.from({ length: positions }, () => Math.floor(random() * COLS));
    const [xt, qt] = [turned(x, positions, COLS), turned(q, positions, COLS)];
    const rows = { shape: [positions, COLS] };
    const strips = { shape: [COLS, positions], axis: 0 };
    const back = (y: FloatArray) => bitsOf(turned(y, COLS, positions));

    expect(back(by.softmax(xt, strips))).toBe(bitsOf(by.softmax(x, rows)));
    expect(bitsOf(by.logSumExp(xt, strips))).toBe(bitsOf(by.logSumExp(x, rows)));
    const each = { reduction: "none" } as const;
    expect(bitsOf(by.crossEntropy(xt, qt, { ...strips, ...each }))).toBe(
      bitsOf(by.crossEntropy(x, q, { ...rows, ...each })),
    );
    expect(back(by.crossEntropyGrad(xt, labels, strips).grad)).toBe(bitsOf(by.crossEntropyGrad(x, labels, rows).grad));
    expect(back(by.crossEntropyGrad(xt, qt, strips).grad)).toBe(bitsOf(by.crossEntropyGrad(x, q, rows).grad));
    expect(back(by.softmaxBackward(qt, xt, strips))).toBe(bitsOf(by.softmaxBackward(q, x, rows)));
  });
});

it("a strip is as wide as a MiB allows: memory does not grow with the positions", () => {
  const by = instantiate({ backend: "wasm" });
  const [positions, cols] = [200_003, 3];
  const random = mulberry32(SEED);
  const x = new Float32Array(positions * cols).map(() => 20 * (random() - 0.5));
  const y = by.softmax(turned(x, positions, cols), { shape: [cols, positions], axis: 0 });
  expect(bitsOf(turned(y, cols, positions))).toBe(bitsOf(by.softmax(x, { shape: [positions, cols] })));
  // Staging, and what memory has at first. The logits and results would take 4.8 MB.
  expect(by.alloc(Float32Array, 1).view.buffer.byteLength).toBeLessThan(2.5 * 2 ** 20);
});
