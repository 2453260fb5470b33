// What other libraries' tests expect, on the same inputs: test/vectors/README.md.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Instance } from "../src/index.js";
import { BACKENDS } from "./backends.js";

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
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8"));

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
    { reason: "soft targets", count: 6, is: ({ op }) => op === "soft_cross_entropy" },
    { reason: "masks", count: 3, is: ({ inputs }) => "mask" in inputs },
    { reason: "the backward of log-softmax", count: 1, is: ({ op }) => op === "log_softmax_vjp" },
    { reason: "weights of logSumExp's terms", count: 3, is: ({ inputs }) => "b" in inputs },
    { reason: "binary cross entropy", count: 10, is: ({ op }) => op === "sigmoid_bce" },
    { reason: "poly loss", count: 15, is: ({ op }) => op === "poly_loss" },
    { reason: "KL divergence", count: 2, is: ({ op }) => op === "kl_divergence" },
  ];

  /** The function for a vector, and how many ulp of what the contract allows it. */
  const OPERATIONS: Readonly<Record<string, (instance: Instance, x: Float32Array, vector: Vector) => Float32Array>> = {
    softmax: (instance, x, { inputs }) => instance.softmax(x, { shape: shapeOf(inputs.x) }),
    log_softmax: (instance, x, { inputs }) => instance.logSoftmax(x, { shape: shapeOf(inputs.x) }),
    logsumexp: (instance, x, { inputs }) => instance.logSumExp(x, { shape: shapeOf(inputs.x) }),
    cross_entropy: (instance, x, { inputs }) => instance.crossEntropy(x, flat(inputs.target), { reduction: "none" }),
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

const otherAxis = ({ axis, shape }: WebnnTest) => axis !== shape.length - 1;
const isHalf = ({ dataType }: WebnnTest) => dataType === "float16";

describe("webnn-softmax.json", () => {
  const { source, tests } = read("webnn-softmax") as WebnnFile;
  const NOT_YET: readonly NotYet<WebnnTest>[] = [
    { reason: "half precision", count: 4, is: isHalf },
    { reason: "an axis that is not the last", count: 2, is: (test) => !isHalf(test) && otherAxis(test) },
  ];
  const checked = applicable(tests, NOT_YET);

  it("is all accounted for", () => expectAllAccountedFor(tests, NOT_YET, checked.length));

  describe.each(BACKENDS)(`%s: ${source.slice(0, source.indexOf(","))}`, (_, instance) => {
    it.each(checked)("$name", ({ shape, axis, input, expected }) => {
      const bits = (values: Float32Array) => new Int32Array(values.buffer);
      const result = bits(instance.softmax(Float32Array.from(input), { shape, axis }));
      // WPT's tolerance for softmax, in ulp (webnn/resources/utils.js, getSoftmaxPrecisionTolerance).
      const tolerance = 3 * shape[axis] + 3;
      bits(Float32Array.from(expected)).forEach((value, i) => {
        expect(Math.abs(result[i] - value)).toBeLessThanOrEqual(tolerance);
      });
    });
  });
});

describe("webnn-baseline-softmax.json", () => {
  const { source, tests } = read("webnn-baseline-softmax") as WebnnFile;
  const NOT_YET: readonly NotYet<WebnnTest>[] = [{ reason: "an axis that is not the last", count: 2, is: otherAxis }];
  const checked = applicable(tests, NOT_YET);

  it("is all accounted for", () => expectAllAccountedFor(tests, NOT_YET, checked.length));

  describe.each(BACKENDS)(`%s: ${source}`, (_, instance) => {
    it.each(checked)("$name", ({ shape, axis, input, expected }) => {
      const result = instance.softmax(Float32Array.from(input), { shape, axis });
      // Worked in f64 there. Here 4 ulp, and the inputs rounded: |δx| ≤ 2^-25 below 1 and 2^-24 above.
      const moved = 2 * Math.max(...input.map((value) => Math.abs(value - Math.fround(value))));
      expected.forEach((p, i) => {
        expect(Math.abs(result[i] - p)).toBeLessThanOrEqual(8 * rounding(p) + moved * p);
      });
    });
  });
});
