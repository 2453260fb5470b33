import { describe, expect, it } from "vitest";
import { type FloatArray, instantiate } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261129;
const [[, wasm], [, js]] = BACKENDS;
const TYPES = [Float32Array, Float64Array];
type Of = "probability" | "logProbability" | "logit";
const OF: readonly Of[] = ["probability", "logProbability", "logit"];

/** Rows with many ties, with NaN and infinities, spread wide, or nearly alike. */
const KINDS: readonly ((random: () => number) => number)[] = [
  (random) => 20 * (random() - 0.5),
  (random) => Math.round(6 * random()),
  (random) => [NaN, Infinity, -Infinity, 0, -0, 1, 3e38, -3e38][Math.floor(8 * random())],
  (random) => (random() < 0.5 ? -Infinity : 4 * random()),
  (random) => 300 + 1000 * random(),
  (random) => random() / 64,
  () => 0.25,
];

/** The classes of a row from the largest on: a plain sort, NaN first, of equals the lower, and absent ones last. */
function order(x: ArrayLike<number>, isAbsent: (c: number) => boolean): number[] {
  const rank = (c: number) => (isAbsent(c) ? 2 : x[c] !== x[c] ? 0 : 1);
  return Array.from({ length: x.length }, (_, c) => c).sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    return rank(a) !== 1 || x[a] === x[b] ? a - b : x[a] > x[b] ? -1 : 1;
  });
}

interface Case {
  readonly x: FloatArray;
  readonly shape: readonly [number, number, number];
  readonly mask: Uint8Array | undefined;
  readonly temperature: number;
  readonly k: number;
}

function* cases(count: number): Generator<Case> {
  const random = mulberry32(SEED);
  const choose = <T>(values: readonly T[]): T => values[Math.floor(values.length * random())];
  for (let n = 0; n < count; n++) {
    const cols = choose([1, 2, 3, 4, 5, 8, 17, 33, 100, 255, 257, 300, 1000]);
    const shape = [1 + Math.floor(3 * random()), cols, random() < 0.6 ? 1 : 1 + Math.floor(9 * random())] as const;
    const kind = choose(KINDS);
    const x = new (choose(TYPES))(shape[0] * cols * shape[2]).map(() => kind(random));
    const mask = random() < 0.4 ? new Uint8Array(x.length).map(() => Number(random() < 0.6)) : undefined;
    const k = choose([1, cols, 1 + Math.floor(cols * random())]);
    yield { x, shape, mask, temperature: choose([1, 1, 0.7, 1e-3, 1e30]), k };
  }
}

describe.each(BACKENDS)("%s: topK and argmax", (_, instance) => {
  it(`give the classes of a sort, and values with the bits of the whole row (seed ${SEED})`, () => {
    for (const { x, shape, mask, temperature, k } of cases(instance === wasm ? 500 : 150)) {
      const [rows, cols, inner] = shape;
      const options = { shape, axis: 1, temperature, ...(mask && { mask }) };
      const whole = { probability: instance.softmax(x, options), logProbability: instance.logSoftmax(x, options) };
      const largest = instance.argmax(x, options);
      for (const of of OF) {
        const { values, indices } = instance.topK(x, { ...options, k, of });
        expect([values.length, indices.length]).toEqual([rows * k * inner, rows * k * inner]);
        expect(values.constructor).toBe(x.constructor);
        for (let p = 0; p < rows * inner; p++) {
          const [r, i] = [Math.floor(p / inner), p % inner];
          const at = (c: number) => (r * cols + c) * inner + i;
          const row = Array.from({ length: cols }, (_, c) => x[at(c)]);
          const isAbsent = (c: number) => mask?.[at(c)] === 0;
          const expected = order(row, isAbsent);
          const got = Array.from({ length: k }, (_, j) => (r * k + j) * inner + i);
          expect(got.map((j) => indices[j])).toEqual(expected.slice(0, k));
          const wanted = expected.slice(0, k).map((c) => {
            if (of === "logit") return isAbsent(c) ? -Infinity : row[c];
            return whole[of][at(c)];
          });
          expect(got.map((j) => values[j])).toEqual(wanted);
          const first = expected[0];
          expect(largest[p]).toBe(isAbsent(first) || row[first] === -Infinity ? 0 : first);
        }
      }
    }
  });

  it("k = 1 is argmax; k = C is a sort that keeps the order of equals", () => {
    const x = Float32Array.of(1, 3, 3, NaN, -Infinity, Infinity);
    const { indices, values } = instance.topK(x, { k: 6, of: "logit" });
    expect(Array.from(indices)).toEqual([3, 5, 1, 2, 0, 4]);
    expect(Array.from(values)).toEqual([NaN, Infinity, 3, 3, 1, -Infinity]);
    expect(instance.argmax(x)).toBe(3);
    expect(Array.from(instance.topK(x, { k: 2 }).values)).toEqual([NaN, NaN]);
    expect(instance.topK([1, 4, 4], { k: 1 }).indices[0]).toBe(instance.argmax([1, 4, 4]));
  });

  it("both zeros are equal, and keep their sign", () => {
    const { indices, values } = instance.topK(Float32Array.of(-0, 0, -0), { k: 3, of: "logit" });
    expect(Array.from(indices)).toEqual([0, 1, 2]);
    expect(Array.from(values)).toEqual([-0, 0, -0]);
    expect(instance.argmax(Float32Array.of(-1, -0, 0))).toBe(1);
  });

  it("of rows of nothing but −∞, or of absent classes alone, argmax gives 0", () => {
    const x = Float32Array.of(-Infinity, -Infinity, 5, 7);
    expect(Array.from(instance.argmax(x, { shape: [2, 2], mask: Uint8Array.of(1, 1, 0, 0) }))).toEqual([0, 0]);
    const { indices, values } = instance.topK(x, { shape: [2, 2], k: 2, mask: Uint8Array.of(0, 1, 0, 0) });
    expect(Array.from(indices)).toEqual([1, 0, 0, 1]);
    expect(Array.from(values)).toEqual([NaN, 0, 0, 0]);
  });

  it("a shape gives arrays, and no shape a number", () => {
    expect(instance.argmax([1, 2])).toBe(1);
    expect(instance.argmax([1, 2], { shape: [2] })).toEqual(Int32Array.of(1));
    expect(instance.argmax([1, 2], { shape: [2, 1] })).toEqual(Int32Array.of(0, 0));
    expect(instance.argmax(new Float32Array(0), { shape: [0, 3] })).toEqual(new Int32Array(0));
    const none = instance.topK(new Float32Array(0), { shape: [0, 3], k: 2 });
    expect(none).toEqual({ values: new Float32Array(0), indices: new Int32Array(0) });
  });

  it("plain arrays and rows come back as they came in", () => {
    expect(instance.topK([1, 3, 2], { k: 2, of: "logit" })).toEqual({ values: [3, 2], indices: Int32Array.of(1, 2) });
    const rows = [
      [1, 3, 2],
      [6, 5, 4],
    ];
    expect(instance.argmax(rows)).toEqual(Int32Array.of(1, 0));
    const expected = { values: [[3], [6]], indices: [[1], [0]] };
    expect(instance.topK(rows, { k: 1, of: "logit" })).toEqual(expected);
    expect(instance.topK(rows, { k: 1, axis: 0, of: "logit" })).toEqual({ values: [[6, 5, 4]], indices: [[1, 1, 1]] });
    const drawn = instance.sample(rows, { topK: 1 });
    expect(drawn).toEqual({ tokens: Int32Array.of(1, 0), logProbs: [0, 0] });
    expect(instance.sample([1, 3, 2], { topK: 1 })).toEqual({ token: 1, logProb: 0 });
  });

  it(`lengths are the mask of leading classes, to the last bit, and so is what they refuse (seed ${SEED})`, () => {
    const random = mulberry32(SEED);
    const choose = <T>(values: readonly T[]): T => values[Math.floor(values.length * random())];
    for (let n = 0; n < (instance === wasm ? 400 : 120); n++) {
      const cols = choose([1, 2, 3, 5, 8, 17, 40, 255, 257, 300, 1000, 2500, 5000]);
      const rows = 1 + Math.floor(4 * random());
      const kind = choose(KINDS);
      const x = new (choose(TYPES))(rows * cols).map(() => kind(random));
      const lengths = Int32Array.from({ length: rows }, () =>
        choose([0, 1, cols, cols - 1, Math.floor(cols * random()), cols & -256]),
      );
      const mask = new Uint8Array(x.length).map((_, i) => Number(i % cols < lengths[Math.floor(i / cols)]));
      const k = choose([1, cols, 1 + Math.floor(cols * random()), Math.min(cols, 20)]);
      const temperature = choose([1, 1, 0.7, 1e-3, 1e30]);
      const given = { shape: [rows, cols], temperature };
      // What is drawn, as bits, or why nothing is.
      const result = (run: () => object) => {
        try {
          return Object.values(run()).map((one) => bitsOf(one as FloatArray));
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(instance.argmax(x, { ...given, lengths })).toEqual(instance.argmax(x, { ...given, mask }));
      for (const of of OF) {
        const got = instance.topK(x, { ...given, k, of, lengths });
        const expected = instance.topK(x, { ...given, k, of, mask });
        expect(got).toEqual(expected);
      }
      const options = {
        ...given,
        temperature: choose([0, temperature]),
        topK: choose([0, 0, k]),
        topP: choose([1, 0.9, random()]),
        minP: choose([0, 0, random()]),
        random: Float64Array.from({ length: rows }, () => choose([0, 1 - 2 ** -53, random(), random()])),
      };
      const drawn = result(() => instance.sample(x, { ...options, lengths }));
      expect(drawn).toEqual(result(() => instance.sample(x, { ...options, mask })));
      const byFunction = { ...options, random: () => 0.5 };
      expect(result(() => instance.sample(x, { ...byFunction, lengths }))).toEqual(
        result(() => instance.sample(x, { ...byFunction, mask })),
      );
    }
  });

  it("a row of no length has none to give but the first, and what it gives is absent", () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const given = { shape: [2, 2], lengths: [0, 1] };
    expect(instance.argmax(x, given)).toEqual(Int32Array.of(0, 0));
    expect(instance.topK(x, { ...given, k: 2 })).toEqual({
      values: Float32Array.of(0, 0, 1, 0),
      indices: Int32Array.of(0, 1, 0, 1),
    });
    expect(() => instance.sample(x, given)).toThrow("a finite one at position 0, got none");
  });

  it("rows without classes have none to give", () => {
    const refused = expect.objectContaining({ name: "RangeError", code: "ERR_SHAPE" }) as Error;
    expect(() => instance.argmax([])).toThrow(refused);
    expect(() => instance.topK(new Float32Array(0), { shape: [2, 0], k: 1 })).toThrow(refused);
  });

  it("rows that never fall, or never rise, do not depend on how often the threshold moves", () => {
    for (const Type of TYPES) {
      const x = new Type(5000).map((_, c) => c);
      const last = instance.topK(x, { k: 60, of: "logit" });
      expect(Array.from(last.indices)).toEqual(Array.from({ length: 60 }, (_, i) => 4999 - i));
      const first = instance.topK(x.reverse(), { k: 60, of: "logit" });
      expect(Array.from(first.indices)).toEqual(Array.from({ length: 60 }, (_, i) => i));
      expect(Array.from(instance.topK(new Type(5000), { k: 60 }).indices)).toEqual(Array.from(first.indices));
    }
  });
});

it("a row of 2^20 classes has the same result in both backends, in ordinary memory and in linear memory", () => {
  const random = mulberry32(SEED);
  const x = new Float32Array(2 ** 20).map(() => 12 * (random() - 0.5));
  const by = instantiate({ backend: "wasm" });
  const resident = by.alloc(Float32Array, x.length);
  resident.view.set(x);
  const expected = js.topK(x, { k: 100 });
  for (const { values, indices } of [by.topK(x, { k: 100 }), by.topK(resident, { k: 100 })]) {
    expect(indices).toEqual(expected.indices);
    expect(bitsOf(values)).toBe(bitsOf(expected.values));
  }
  expect(by.argmax(x)).toBe(expected.indices[0]);
  expect(by.argmax(resident)).toBe(js.argmax(x));
});
