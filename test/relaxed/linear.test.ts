// Linear layers on an instance of ./relaxed: sums of fused products where the engine fuses, else the default bits.

import { describe, expect, it } from "vitest";
import plainText from "../../build/simd.js";
import { fromHex } from "../../src/backend/bytes.js";
import { compiledEngine } from "../../src/backend/engine.js";
import { instantiate as instantiateRelaxed } from "../../src/backend/source/relaxed.js";
import type { crossEntropyGrad, FloatArray } from "../../src/index.js";
import { functionsOn } from "../../src/instance.js";
import { alloc } from "../../src/memory/wasmArray.js";
import {
  gradientsOf,
  logitsOf,
  on,
  type Problem,
  problemOf,
  separate,
  sumInOrder,
  type Type,
  TYPES,
} from "../linear/layers.js";
import { bitsOf } from "../reference/backends.js";
import { fused } from "../reference/fused.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 23;

const { backend, exports } = instantiateRelaxed();
const engine = compiledEngine(backend, exports);
const layers = on(engine);
const gradOfLogits = functionsOn(engine).crossEntropyGrad as typeof crossEntropyGrad;

/** The function `madd` of three f32, by f32x4.relaxed_madd. */
// prettier-ignore
const PROBE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d,
  0x03, 0x02, 0x01, 0x00,
  0x07, 0x08, 0x01, 0x04, 0x6d, 0x61, 0x64, 0x64, 0x00, 0x00,
  0x0a, 0x16, 0x01, 0x14, 0x00, 0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13,
  0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b,
);

/** a² + c is 0 in f32 where the square is rounded, and else 2^-24. */
const a = 1 + 2 ** -12;
const c = -(1 + 2 ** -11);

/** Whether the engine has relaxed SIMD, and fuses. */
function fuses(): boolean {
  if (!WebAssembly.validate(PROBE)) return false;
  const probe = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports;
  return (probe.madd as (...args: number[]) => number)(a, a, c) !== 0;
}

const madd = fuses() ? fused : separate;

interface All {
  readonly loss: unknown;
  readonly gradX: FloatArray;
  readonly gradWeight: FloatArray;
  readonly gradBias: FloatArray;
}

const bitsOfAll = (logits: unknown, { loss, gradX, gradWeight, gradBias }: All): string[] =>
  [logits as FloatArray, Float64Array.of(loss as number), gradX, gradWeight, gradBias].map(bitsOf);

function definition(T: Type, problem: Problem): string[] {
  const logits = logitsOf(T, problem, madd);
  const gradients = gradientsOf(T, problem, {}, madd, gradOfLogits) as All;
  for (const array of [logits, gradients.gradX, gradients.gradWeight, gradients.gradBias]) {
    // The canonical NaN, whichever the reference came to.
    array.forEach((value, i) => {
      if (Number.isNaN(value)) array[i] = NaN;
    });
  }
  return bitsOfAll(logits, gradients);
}

const computed = ({ linear, linearCrossEntropyGrad }: typeof layers, { x, layer, labels }: Problem) =>
  bitsOfAll(linear(x, layer), linearCrossEntropyGrad(x, layer, labels));

describe("the products of an engine", () => {
  const ofSquare = { x: Float32Array.of(1, a), layer: { weight: Float32Array.of(c, a) } };

  it("are fused on one with relaxed SIMD where that fuses, and else round twice", () => {
    expect(layers.linear(ofSquare.x, ofSquare.layer)).toEqual(Float32Array.of(fuses() ? 2 ** -24 : 0));
  });

  it("are not fused on an engine that has the plain kernels", () => {
    const plain = new WebAssembly.Instance(new WebAssembly.Module(fromHex(plainText)));
    const { linear } = on(compiledEngine({ kind: "wasm", variant: "simd" }, plain.exports));
    expect(linear(ofSquare.x, ofSquare.layer)).toEqual(Float32Array.of(0));
    for (const [, T] of TYPES) {
      const problem = problemOf(T, 5, 37, 11, SEED);
      expect(bitsOf(linear(problem.x, problem.layer) as FloatArray)).toBe(bitsOf(logitsOf(T, problem)));
    }
  });
});

describe("the reference", () => {
  it("rounds once", () => {
    const u = 2 ** -24;
    expect(fused(Float32Array, a, a, c)).toBe(u);
    expect(separate(Float32Array, a, a, c)).toBe(0);
    expect(fused(Float32Array, 1, 1, u)).toBe(1);
    // By less than a double holds below the middle of two floats: rounded to a double first, it were the upper one.
    expect(fused(Float32Array, u * (1 + 2 ** -23), 1 - 2 ** -23, 1 + 2 * u)).toBe(1 + 2 * u);
    expect(fused(Float32Array, 2 ** -60, 2 ** -60, 1 + 2 * u)).toBe(1 + 2 * u);
    expect(fused(Float64Array, 1 + 2 ** -30, 1 + 2 ** -30, -(1 + 2 ** -29))).toBe(2 ** -60);
    expect(fused(Float64Array, 2 ** 500, 2 ** -500, 0)).toBe(1);
    expect(fused(Float64Array, 3, -4, 12)).toBe(0);
    expect(fused(Float64Array, -0, 4, -0)).toBe(-0);
    expect(fused(Float32Array, -1e-30, 1e-30, 0)).toBe(-0);
    expect(fused(Float32Array, 3e38, 3e38, -3e38)).toBe(Infinity);
    expect(fused(Float32Array, Infinity, 0, 1)).toBeNaN();
  });
});

describe.each(TYPES)("in %s", (_, T) => {
  it("sums have the bits of their definition for tails of N, D and C", () => {
    const tails = [1, 2, 3, 4, 5, 7, 8, 9, 17];
    let cases = 0;
    for (const rows of tails) {
      for (const features of tails) {
        for (const classes of tails) {
          const problem = problemOf(T, rows, features, classes, SEED + cases);
          if (rows > 2) problem.labels[rows >> 1] = -100;
          const [got, expected] = [computed(layers, problem), definition(T, problem)];
          // Compared before expect: a grid of calls to it would take longer than the grid.
          if (got.join() !== expected.join()) expect(got, [rows, features, classes].join("x")).toEqual(expected);
          cases++;
        }
      }
    }
    expect(cases).toBe(tails.length ** 3);
  });

  it.each([
    [67, 33, 131],
    [130, 9, 10],
  ])("bits do not depend on the sizes of chunks, nor on where arrays are: %i × %i × %i", (rows, features, classes) => {
    const problem = problemOf(T, rows, features, classes, SEED);
    problem.labels[1] = -100;
    const expected = definition(T, problem);
    for (const chunk of [undefined, { rows: 1, classes: 1 }, { rows: 7, classes: 33 }, { rows, classes: 8 }]) {
      expect(computed(layers.chunked(chunk), problem), JSON.stringify(chunk)).toEqual(expected);
    }
    const resident = (array: FloatArray) => {
      const placed = alloc(engine.newArray, T, array.length);
      placed.view.set(array);
      return placed;
    };
    const [x, weight, bias] = [problem.x, problem.layer.weight, problem.layer.bias].map(resident);
    const out = { x: resident(problem.x), weight: resident(problem.layer.weight), bias: resident(problem.layer.bias) };
    const { loss } = layers.linearCrossEntropyGrad(x, { weight, bias }, problem.labels, { out });
    const gradients = { loss, gradX: out.x.view, gradWeight: out.weight.view, gradBias: out.bias.view };
    expect(bitsOfAll(layers.linear(x, { weight, bias }).slice(), gradients as All)).toEqual(expected);
    for (const array of [x, weight, bias, ...Object.values(out)]) array.free();
  });

  it("NaN and infinities are those of the definition", () => {
    const random = mulberry32(SEED);
    const values = [NaN, Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-45];
    const poison = (array: FloatArray, share: number) =>
      array.forEach((_, i) => {
        if (random() < share) array[i] = values[Math.floor(random() * values.length)];
      });
    for (let trial = 0; trial < 100; trial++) {
      const [rows, features, classes] = [0, 0, 0].map(() => 1 + Math.floor(12 * random()));
      const problem = problemOf(T, rows, features, classes, trial);
      poison(problem.x, 0.04);
      poison(problem.layer.weight, 0.02);
      poison(problem.layer.bias, 0.02);
      expect(computed(layers, problem), `trial ${trial}`).toEqual(definition(T, problem));
    }
  });
});

it("each sum of k terms in f32 is within γ_k·Σ|a·b| of a sum in f64", () => {
  const gamma = (k: number) => (k * 2 ** -24) / (1 - k * 2 ** -24);
  const { x, layer, labels, rows, features, classes } = problemOf(Float32Array, 40, 500, 70, SEED);
  const { weight, bias } = layer;
  bias.fill(0);
  // Of a size that leaves each class a probability.
  weight.forEach((w, i) => (weight[i] = w / 16));
  const logits = layers.linear(x, layer) as FloatArray;
  const { grad } = gradOfLogits(logits, labels, { shape: [rows, classes] });
  const { gradX, gradWeight } = layers.linearCrossEntropyGrad(x, layer, labels) as All;
  const check = (got: number, depth: number, term: (k: number) => readonly [number, number]) => {
    const exact = sumInOrder(Float64Array, depth, 0, term);
    const size = sumInOrder(Float64Array, depth, 0, (k) => term(k).map(Math.abs) as [number, number]);
    if (!(Math.abs(got - exact) <= gamma(depth) * size)) expect([got, exact, size]).toBe("within the bound");
  };
  for (let n = 0; n < rows; n++) {
    for (let c = 0; c < classes; c++) {
      check(logits[n * classes + c], features, (d) => [x[n * features + d], weight[c * features + d]]);
    }
    for (let d = 0; d < features; d++) {
      check(gradX[n * features + d], classes, (c) => [grad[n * classes + c], weight[c * features + d]]);
    }
  }
  for (let c = 0; c < classes; c++) {
    for (let d = 0; d < features; d++) {
      check(gradWeight[c * features + d], rows, (n) => [grad[n * classes + c], x[n * features + d]]);
    }
  }
  expect(grad.every((value) => value !== 0)).toBe(true);
});
