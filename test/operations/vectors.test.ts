// What other libraries' tests expect, on the same inputs: test/reference/vectors/README.md.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Instance } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";

type Numbers = number | string | readonly Numbers[];

interface Vector {
  readonly source: string;
  readonly op: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly expected: Numbers;
  readonly atol: number;
}

interface WebnnFile {
  readonly source: string;
  readonly tests: readonly {
    readonly name: string;
    readonly axis: number;
    readonly dataType?: string;
    readonly shape: readonly number[];
    readonly input: readonly number[];
    readonly expected: readonly number[];
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../reference/vectors/${name}.json`, import.meta.url), "utf8"));

const flat = (value: Numbers): number[] => (Array.isArray(value) ? value.flatMap(flat) : [Number(value)]);

function shapeOf(value: Numbers): number[] {
  if (!Array.isArray(value)) return [];
  const items = value as readonly Numbers[];
  return [items.length, ...(items.length > 0 ? shapeOf(items[0]) : [])];
}

/** Why vectors are not checked, which they are, and how many: the day their feature comes, the count is wrong. */
interface NotYet<T> {
  readonly reason: string;
  readonly count: number;
  readonly is: (vector: T) => boolean;
}

/** The vectors that no reason keeps out. Each that is kept out has exactly one. */
function applicable<T>(all: readonly T[], notYet: readonly NotYet<T>[]): T[] {
  return all.filter((vector) => !notYet.some(({ is }) => is(vector)));
}

function expectAllAccountedFor<T>(all: readonly T[], notYet: readonly NotYet<T>[], checked: number): void {
  for (const { reason, count, is } of notYet) expect(all.filter(is).length, reason).toBe(count);
  for (const vector of all) expect(notYet.filter(({ is }) => is(vector)).length).toBeLessThanOrEqual(1);
  expect(checked + notYet.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
}

/** Half an ulp of f32 of a number of this size: what rounding costs it. */
const rounding = (value: number) => Math.max(2 ** -24 * Math.abs(value), 2 ** -150);

describe("losses.json", () => {
  const { vectors } = read("losses") as { vectors: readonly Vector[] };
  const project = ({ source }: Vector) => source.slice(0, source.indexOf("@"));

  const NOT_YET: readonly NotYet<Vector>[] = [
    { reason: "weights of logSumExp's terms", count: 3, is: ({ inputs }) => "b" in inputs },
    { reason: "binary cross entropy", count: 10, is: ({ op }) => op === "sigmoid_bce" },
    { reason: "poly loss", count: 15, is: ({ op }) => op === "poly_loss" },
    { reason: "KL divergence", count: 2, is: ({ op }) => op === "kl_divergence" },
  ];

  type Run = (instance: Instance, x: Float32Array, vector: Vector) => ArrayLike<number>;

  const shapeAndMask = ({ inputs }: Vector) => ({
    shape: shapeOf(inputs.x),
    mask: "mask" in inputs ? Uint8Array.from(flat(inputs.mask)) : undefined,
  });

  /** The function for a vector. */
  const OPERATIONS: Readonly<Record<string, Run>> = {
    softmax: (instance, x, vector) => instance.softmax(x, shapeAndMask(vector)),
    log_softmax: (instance, x, vector) => instance.logSoftmax(x, shapeAndMask(vector)),
    logsumexp: (instance, x, { inputs }) => instance.logSumExp(x, { shape: shapeOf(inputs.x) }),
    cross_entropy: (instance, x, { inputs }) => instance.crossEntropy(x, flat(inputs.target), { reduction: "none" }),
    soft_cross_entropy: (instance, x, { inputs, attrs }) => {
      const labelSmoothing = Number(attrs.label_smoothing ?? 0);
      const options = { shape: shapeOf(inputs.x), labelSmoothing };
      const targets = Float32Array.from(flat(inputs.target));
      if (attrs.reduction === "mean") return [instance.crossEntropy(x, targets, options)];
      const losses = instance.crossEntropy(x, targets, { ...options, reduction: "none" });
      // Weights of the positions are the caller's to multiply by: the library has those of classes.
      const sampleWeight = "sample_weight" in inputs ? flat(inputs.sample_weight) : undefined;
      return losses.map((loss, n) => (sampleWeight === undefined ? loss : sampleWeight[n] * loss));
    },
    log_softmax_vjp: (instance, x, { inputs }) =>
      instance.logSoftmaxBackward(instance.logSoftmax(x), Float32Array.from(flat(inputs.dy))),
    // The gradient of the first probability.
    softmax_masked_grad0: (instance, x, vector) =>
      instance.softmaxBackward(instance.softmax(x, shapeAndMask(vector)), Float32Array.of(1, 0)),
  };

  /**
   * What a result may be off by: the vector's own tolerance, the contract's (4 ulp at most: 8 roundings), and what
   * becomes of the inputs' rounding to f32, which moves each logarithm by 2·max|δx| at most, and p by that part of it.
   */
  const bound = (vector: Vector, x: readonly number[], expected: number) => {
    const finite = x.filter(Number.isFinite);
    const moved = 2 * Math.max(0, ...finite.map((value) => Math.abs(value - Math.fround(value))));
    const size = vector.op === "softmax" ? Math.abs(expected) : 1;
    const rtol = Number(vector.attrs.rtol ?? 0);
    return vector.atol + rtol * Math.abs(expected) + 8 * rounding(expected) + moved * size;
  };

  const checked = applicable(vectors, NOT_YET);
  const cases = checked.map((vector, i) => [`${i + 1}: ${vector.op} of ${project(vector)}`, vector] as const);

  it("is all accounted for", () => expectAllAccountedFor(vectors, NOT_YET, checked.length));

  describe.each(BACKENDS)("%s", (_, instance) => {
    it.each(cases)("%s", (_, vector) => {
      const x = flat(vector.inputs.x);
      const result = OPERATIONS[vector.op](instance, Float32Array.from(x), vector);
      const expected = flat(vector.expected);
      expect(result.length).toBe(expected.length);
      expected.forEach((value, i) => {
        if (!Number.isFinite(value)) expect(result[i]).toBe(value);
        else expect(Math.abs(result[i] - value)).toBeLessThanOrEqual(bound(vector, x, value));
      });
    });
  });
});

type WebnnTest = WebnnFile["tests"][number];

const isHalf = ({ dataType }: WebnnTest) => dataType === "float16";

/** The engine's Float16Array; Node has it since 24. */
const Half = (globalThis as { Float16Array?: { from(values: Iterable<number>): Float32Array } }).Float16Array;

/** Numbers of a test's type, f16 where there is one. */
function floats(test: WebnnTest, values: readonly number[]): Float32Array {
  return isHalf(test) && Half !== undefined ? Half.from(values) : Float32Array.from(values);
}

describe("webnn-softmax.json", () => {
  const { source, tests } = read("webnn-softmax") as WebnnFile;
  const NOT_YET: readonly NotYet<WebnnTest>[] =
    Half === undefined ? [{ reason: "half precision, which this engine has not", count: 4, is: isHalf }] : [];
  const checked = applicable(tests, NOT_YET);

  it("is all accounted for", () => expectAllAccountedFor(tests, NOT_YET, checked.length));

  describe.each(BACKENDS)(`%s: ${source.slice(0, source.indexOf(","))}`, (_, instance) => {
    it.each(checked)("$name", (test) => {
      const { shape, axis, input, expected } = test;
      const bits = ({ buffer }: Float32Array) => (isHalf(test) ? new Int16Array(buffer) : new Int32Array(buffer));
      const result = bits(instance.softmax(floats(test, input), { shape, axis }));
      // WPT's tolerance for softmax, in ulp (webnn/resources/utils.js, getSoftmaxPrecisionTolerance).
      const tolerance = 3 * shape[axis] + 3;
      bits(floats(test, expected)).forEach((value, i) => {
        expect(Math.abs(result[i] - value)).toBeLessThanOrEqual(tolerance);
      });
    });
  });
});

describe("webnn-baseline-softmax.json", () => {
  const { source, tests } = read("webnn-baseline-softmax") as WebnnFile;

  describe.each(BACKENDS)(`%s: ${source}`, (_, instance) => {
    it.each(tests)("$name", ({ shape, axis, input, expected }) => {
      const result = instance.softmax(Float32Array.from(input), { shape, axis });
      // Worked in f64 there. Here 4 ulp, and the inputs rounded: |δx| ≤ 2^-25 below 1 and 2^-24 above.
      const moved = 2 * Math.max(...input.map((value) => Math.abs(value - Math.fround(value))));
      expected.forEach((p, i) => {
        expect(Math.abs(result[i] - p)).toBeLessThanOrEqual(8 * rounding(p) + moved * p);
      });
    });
  });
});

describe("llamacpp-samplers.json", () => {
  interface Sampler {
    readonly sampler: string;
    readonly probs: readonly number[];
    readonly expected: readonly number[];
  }
  const { source, cases } = read("llamacpp-samplers") as { source: string; cases: readonly Sampler[] };
  const named = cases.map((one, i) => [`${i + 1}: ${one.sampler}`, one] as const);
  const descending = (values: Iterable<number>) => [...values].sort((a, b) => b - a);

  describe.each(BACKENDS)(`%s: ${source}`, (_, instance) => {
    it.each(named)("%s is the softmax of the classes that are left", (_, { probs, expected }) => {
      const left = expected.filter((p) => p > 0).length;
      const least = descending(probs)[left - 1];
      const mask = Uint8Array.from(probs, (p) => Number(p >= least));
      const result = instance.softmax(Float32Array.from(probs, Math.log), { mask });
      // Expected in their order where none has been removed, and from the largest on where one has.
      const [got, wanted] = [result, expected].map((p) => descending(p).slice(0, left));
      wanted.forEach((p, i) => expect(Math.abs(got[i] - p)).toBeLessThan(1e-5));
      result.forEach((p, i) => {
        if (mask[i] === 0) expect(p).toBe(0);
      });
    });
  });
});
