// The backward functions of softmax and log-softmax, of the y and dy that they are given.

import { beforeAll, describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../../src/index.js";
import type { FloatArray, Instance } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { logSoftmaxBackwardOf, softmaxBackwardOf } from "../../reference/oracle/backwardOracle.js";
import { ulpAt, ulpError } from "../../reference/oracle/ulp.js";
import { UlpErrors } from "../../reference/oracle/ulpErrors.js";
import { mulberry32, normals } from "../../reference/random.js";
import { limitOf } from "../search/bounds.js";
import { axesOf, axisOf, fromAxis, toAxis } from "./axis.js";
import { type Precision, PRECISIONS } from "./lossGrid.js";

const SEED = 20261205;
const KEYS = ["f32", "f64"] as const;

const BACKWARD = {
  softmaxBackward: { forward: "softmax", truth: softmaxBackwardOf },
  logSoftmaxBackward: { forward: "logSoftmax", truth: logSoftmaxBackwardOf },
} as const;
const NAMES = Object.keys(BACKWARD) as (keyof typeof BACKWARD)[];

/** What comes from above: normal, of one sign, with holes, one class only. */
function upstream({ type }: Precision, length: number, random: () => number): FloatArray {
  const normal = normals(random);
  const kind = Math.floor(4 * random());
  const at = Math.floor(random() * length);
  return type.create(length).map((_, i) => {
    if (kind === 0) return normal();
    if (kind === 1) return random() + 0.5;
    if (kind === 2) return random() < 0.5 ? 0 : 1e3 * normal();
    return i === at ? 1 : 0;
  });
}

function measure(precision: Precision, instance: Instance): Record<keyof typeof BACKWARD, UlpErrors> {
  const { type, format, rows: rowsOf } = precision;
  const errors = { softmaxBackward: new UlpErrors(), logSoftmaxBackward: new UlpErrors() };
  const random = mulberry32(SEED);
  for (const cols of [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 40, 130]) {
    const pool = [...rowsOf(SEED, [cols])];
    for (const { shape, axis } of [[0], [3, 0], [2, 0, 3], [2, 1, 3, 2, 0]].flatMap(axesOf)) {
      const sizes = shape.map((size, at) => (at === axis ? cols : Math.max(1, size)));
      const layout = axisOf(sizes, axis);
      for (const name of NAMES) {
        const { forward, truth } = BACKWARD[name];
        const y = type.create(layout.rows * cols);
        const dy = type.create(layout.rows * cols);
        for (let n = 0; n < layout.rows; n++) {
          const { x } = pool[Math.floor(random() * pool.length)];
          y.set(instance[forward](x), n * cols);
          dy.set(upstream(precision, cols, random), n * cols);
        }
        const temperature = [1, 1, 0.7, 3][Math.floor(4 * random())];
        const options = temperature === 1 ? { shape: sizes, axis } : { shape: sizes, axis, temperature };
        const dx = fromAxis(layout, instance[name](toAxis(layout, y), toAxis(layout, dy), options));
        for (let n = 0; n < layout.rows; n++) {
          const at = (array: FloatArray) => array.subarray(n * cols, (n + 1) * cols);
          truth(at(y), at(dy), temperature).forEach((entry, c) => {
            const where = `[${sizes.join()}] axis ${axis}, temperature ${temperature} [${n}, ${c}]`;
            errors[name].add(ulpError(at(dx)[c], entry.truth, format, entry.size), where);
          });
        }
      }
    }
  }
  return errors;
}

describe.each(KEYS)(`%s: the backward functions, on every axis (seed ${SEED})`, (key) => {
  let errors: ReturnType<typeof measure>;
  beforeAll(() => {
    errors = measure(PRECISIONS[key], BACKENDS[0][1]);
  }, 60_000);

  it.each(NAMES)("%s is within the contract, in ulp of its largest term", (name) => {
    const { worst, mean, count, where } = errors[name];
    console.info(`contract, ${key}: ${name} worst ${worst.toFixed(3)}, mean ${mean.toFixed(3)} of ${count} (${where})`);
    expect(worst, where).toBeLessThanOrEqual(limitOf(name, key, "usual"));
  });
});

describe.each(BACKENDS)("%s", (_, instance) => {
  describe.each(KEYS)("%s", (key) => {
    const { type, format } = PRECISIONS[key];
    const filled = (length: number, seed: number): FloatArray => {
      const random = mulberry32(seed);
      return type.create(length).map(() => 6 * (random() - 0.5));
    };

    it("softmaxBackward is the Jacobian times dy", () => {
      for (const cols of [1, 2, 5, 12]) {
        const x = filled(cols, SEED);
        const dy = filled(cols, SEED + 1);
        const jacobian = softmaxJacobian(x);
        const y = instance.softmax(x);
        instance.softmaxBackward(y, dy).forEach((value, i) => {
          let sum = 0;
          let size = Math.abs(y[i] * dy[i]);
          for (let j = 0; j < cols; j++) {
            sum += jacobian[i * cols + j] * dy[j];
            size += Math.abs(jacobian[i * cols + j] * dy[j]);
          }
          expect(Math.abs(value - sum)).toBeLessThanOrEqual(16 * cols * ulpAt(size, format));
        });
      }
    });

    it("logSoftmaxBackward of −onehot is the gradient of the loss", () => {
      const x = filled(9, SEED + 2);
      const label = 4;
      const dy = type.create(9).map((_, c) => (c === label ? -1 : 0));
      const { grad } = instance.crossEntropyGrad(x, [label], { temperature: 2 });
      const y = instance.logSoftmax(x, { temperature: 2 });
      instance.logSoftmaxBackward(y, dy, { temperature: 2 }).forEach((value, c) => {
        expect(Math.abs(value - grad[c])).toBeLessThanOrEqual(20 * ulpAt(1, format));
      });
    });

    it("assumes nothing of dy: a constant one gives 0 of softmax and 1 − C·p of log-softmax", () => {
      const p = type.create(4).fill(0.25);
      const ones = type.create(4).fill(1);
      for (const value of instance.softmaxBackward(p, ones)) expect(Math.abs(value)).toBe(0);
      const skewed = Float64Array.of(0.5, 0.25, 0.25);
      const dx = instance.logSoftmaxBackward(
        skewed.map((value) => Math.log(value)),
        Float64Array.of(1, 1, 1),
      );
      [-0.5, 0.25, 0.25].forEach((expected, c) => expect(dx[c]).toBeCloseTo(expected, 14));
    });

    it("a class of probability 0 gets 0 of softmax, and its dy of log-softmax", () => {
      const y = type.create(3);
      y.set([0.5, 0, 0.5]);
      const dy = type.create(3);
      dy.set([3, 7, 1]);
      const dx = instance.softmaxBackward(y, dy);
      expect([dx[0], Math.abs(dx[1]), dx[2]]).toEqual([0.5, 0, -0.5]);
      const logY = type.create(3).fill(-Infinity);
      logY[0] = 0;
      expect([...instance.logSoftmaxBackward(logY, dy)]).toEqual([-8, 7, 1]);
    });

    it("divides by temperatures whose inverse no double has", () => {
      const [y, dy] = [Float64Array.of(0.25, 0.5, 0.25), Float64Array.of(1, 2, 3)];
      const at = (temperature: number) => Array.from(instance.softmaxBackward(y, dy, { temperature }));
      expect(at(2 ** -1022)).toEqual([-(2 ** 1020), 0, 2 ** 1020]);
      expect(at(2 ** -1023)).toEqual([-(2 ** 1021), 0, 2 ** 1021]);
      expect(at(2 ** -1074)).toEqual([-Infinity, 0, Infinity]);
      const tiny = Array.from(
        instance.softmaxBackward(
          y.map((p) => p * 2 ** -100),
          dy,
          { temperature: 2 ** -1074 },
        ),
      );
      expect(tiny).toEqual([2 ** 972, 2 ** 974, 3 * 2 ** 972]);
    });

    it("divides by the temperature: a power of two exactly", () => {
      const y = instance.softmax(filled(7, SEED + 3));
      const dy = filled(7, SEED + 4);
      for (const name of NAMES) {
        const plain = instance[name](y, dy);
        expect(instance[name](y, dy, { temperature: 4 })).toEqual(plain.map((value) => value / 4));
      }
    });

    it.each([
      [1, 5],
      [9, 130],
      [600, 300],
    ])("out may be y or dy, here or in linear memory, or apart from both: %d × %d", (rows, cols) => {
      const y = instance.softmax(filled(rows * cols, SEED + 5), { shape: [rows, cols] });
      const dy = filled(rows * cols, SEED + 6);
      for (const name of NAMES) {
        const shape = [rows, cols];
        const expected = bitsOf(instance[name](y, dy, { shape }));
        const out = type.create(y.length);
        expect(instance[name](y, dy, { shape, out })).toBe(out);
        expect(bitsOf(out) === expected, "apart").toBe(true);
        const [ownY, ownDy] = [y.slice(), dy.slice()];
        instance[name](ownY, dy, { shape, out: ownY });
        expect(bitsOf(ownY) === expected, "y").toBe(true);
        instance[name](y, ownDy, { shape, out: ownDy });
        expect(bitsOf(ownDy) === expected, "dy").toBe(true);

        const Type = (key === "f32" ? Float32Array : Float64Array) as typeof Float32Array;
        const [residentY, residentDy] = [instance.alloc(Type, y.length), instance.alloc(Type, y.length)];
        residentY.view.set(y);
        residentDy.view.set(dy);
        expect(bitsOf(instance[name](residentY, residentDy, { shape })) === expected, "resident").toBe(true);
        instance[name](residentY, residentDy, { shape, out: residentDy });
        expect(bitsOf(residentDy.view) === expected, "resident dy").toBe(true);
        expect(bitsOf(residentY.view) === bitsOf(y), "y is left alone").toBe(true);
        residentY.free();
        residentDy.free();
      }
    });
  });

  it("plain arrays are computed in f64, no rows and no classes are empty", () => {
    expect(instance.softmaxBackward([0.5, 0.5], [1, 0])).toEqual([0.25, -0.25]);
    expect(instance.logSoftmaxBackward([-Infinity, 0], [1, 2])).toEqual([1, -1]);
    const none = new Float32Array(0);
    for (const name of NAMES) {
      expect(instance[name](none, none)).toEqual(none);
      expect(instance[name](none, none, { shape: [0, 5] })).toEqual(none);
      expect(instance[name](none, none, { shape: [3, 0], axis: 0 })).toEqual(none);
    }
  });
});

describe("both backends", () => {
  it.each(KEYS)("%s: give the same bits of the backward functions", (key) => {
    const precision = PRECISIONS[key];
    const random = mulberry32(SEED + 7);
    const [[, wasm], [, js]] = BACKENDS;
    for (const { kind, x } of precision.rows(SEED, [1, 2, 3, 4, 5, 8, 9, 17, 33, 100, 130, 1001])) {
      const dy = upstream(precision, x.length, random);
      for (const name of NAMES) {
        const y = wasm[BACKWARD[name].forward](x);
        expect(bitsOf(js[name](y, dy)), kind).toBe(bitsOf(wasm[name](y, dy)));
      }
    }
  });

  it.each(KEYS)("%s: give the same bits of y and dy that no forward function and no loss gives", (key) => {
    const { type, format } = PRECISIONS[key];
    const random = mulberry32(SEED + 8);
    const normal = normals(random);
    const [[, wasm], [, js]] = BACKENDS;
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
    const odd = [0, -0, NaN, Infinity, -Infinity, 1e-310, -1e-40, 3e38, -3e38, 1.7e308, 208, -745, 1500];
    let kept = 0;
    for (let n = 0; n < 3000; n++) {
      const cols = pick([1, 2, 3, 4, 5, 7, 9, 16, 33, 130]);
      const rows = pick([1, 2, 5]);
      const axis = pick([0, 1]);
      const spread = pick([1, 10, 100, 500, 1000, 2000]);
      const offset = pick([0, 0, -1, 1]) * spread;
      const isOdd = random() < 0.3;
      const entry = () => (isOdd && random() < 0.2 ? pick(odd) : offset + spread * normal());
      const y = type.create(rows * cols).map(entry);
      const dy = type
        .create(rows * cols)
        .map(() => (random() < 0.1 ? pick(odd) : 10 ** pick([0, 0, 3, -30, 30]) * normal()));
      const temperature = pick([1, 1, 0.7, 1e-3, 1e-200, 1e-308, 1e200]);
      const options = { shape: axis === 1 ? [rows, cols] : [cols, rows], axis, temperature };
      for (const name of NAMES) {
        const where = `${name}, τ = ${temperature}, axis ${axis}: [${y.join()}], [${dy.join()}]`;
        expect(bitsOf(js[name](y, dy, options)) === bitsOf(wasm[name](y, dy, options)), where).toBe(true);
      }
      // Where no exponential is lost beside the largest, results have all their digits too.
      const y1 = y.subarray(0, cols);
      const dy1 = dy.subarray(0, cols);
      if (!y1.every((value) => Math.abs(value) < 40) || !dy1.every((value) => Math.abs(value) < 1e35)) continue;
      kept++;
      const dx = wasm.logSoftmaxBackward(y1, dy1);
      logSoftmaxBackwardOf(y1, dy1, 1).forEach(({ truth, size }, c) => {
        const error = ulpError(dx[c], truth, format, Math.max(size, 2 ** (format.lowest + format.precision - 1)));
        expect(error, `[${y1.join()}], [${dy1.join()}] [${c}]`).toBeLessThanOrEqual(
          limitOf("logSoftmaxBackward", key, "none"),
        );
      });
    }
    expect(kept).toBeGreaterThan(300);
  });
});
