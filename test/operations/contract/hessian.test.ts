// The Hessian of the loss times a vector.

import { beforeAll, describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../../src/index.js";
import type { FloatArray, Instance } from "../../../src/index.js";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { add, subtract, twoProduct, ZERO } from "../../reference/oracle/doubleDouble.js";
import { batchTruth } from "../../reference/oracle/lossBatch.js";
import { ulpAt, ulpError } from "../../reference/oracle/ulp.js";
import { UlpErrors } from "../../reference/oracle/ulpErrors.js";
import { mulberry32, normals } from "../../reference/random.js";
import { limitOf } from "../search/bounds.js";
import { fromAxis, toAxis } from "./axis.js";
import { hessianTimesOf } from "./calls.js";
import { type GridCase, lossGrid, type Precision, PRECISIONS } from "./lossGrid.js";

const SEED = 20261204;
const KEYS = ["f32", "f64"] as const;

/** Every third case of the grid, which has every pair of options' values many times. */
function* cases(precision: Precision): Generator<GridCase> {
  let index = 0;
  for (const one of lossGrid(precision)) if (index++ % 3 === 0) yield one;
}

/** A direction, rows one after the other: normal, and 0 here and there. */
function direction({ type }: Precision, length: number, random: () => number): FloatArray {
  const normal = normals(random);
  return type.create(length).map(() => (random() < 0.1 ? 0 : normal()));
}

/** H·v, rows one after the other. */
function product(instance: Instance, { axis, logits, targets, options }: GridCase, v: FloatArray): FloatArray {
  return fromAxis(axis, hessianTimesOf(instance, logits, targets, toAxis(axis, v), options));
}

describe.each(KEYS)(`%s: the Hessian times a vector (seed ${SEED})`, (key) => {
  const precision = PRECISIONS[key];
  const [[, instance]] = BACKENDS;
  const fresh = () => ({ none: new UlpErrors(), any: new UlpErrors() });
  const errors = { Hessian: fresh(), "Hessian with zLoss": fresh() };
  const asymmetry = new UlpErrors();
  const notZero: string[] = [];

  beforeAll(() => {
    const random = mulberry32(SEED);
    for (const one of cases(precision)) {
      const { axis, name, batch } = one;
      const temperatures = batch.temperature === 1 ? "none" : "any";
      const quantity = batch.rows.some(({ zLoss }) => zLoss !== 0) ? "Hessian with zLoss" : "Hessian";
      const gate = limitOf(quantity, key, temperatures);
      const { rows, cols } = axis;
      const truth = batchTruth(batch);
      const [u, v] = [1, 2].map(() => direction(precision, rows * cols, random));
      const [hu, hv] = [u, v].map((vector) => product(instance, one, vector));
      for (let n = 0; n < rows; n++) {
        const at = (array: FloatArray) => array.subarray(n * cols, (n + 1) * cols);
        const entries = truth.hessianTimes(n, at(v));
        const transposed = truth.hessianTimes(n, at(u));
        let difference = ZERO;
        let allowance = 0;
        for (let c = 0; c < cols; c++) {
          const value = hv[n * cols + c];
          // 2λ·s is more than the type holds, with a logit near its largest.
          if (entries[c].size < precision.format.overflow) {
            errors[quantity][temperatures].add(
              ulpError(value, entries[c].truth, precision.format, entries[c].size),
              `${name} [${n}, ${c}]`,
            );
          }
          const unread = truth.rows[n].kind === "skipped" || batch.rows[n].mask?.[c] === 0 || truth.isEmptyMean;
          if (unread && !Object.is(value, 0)) notZero.push(`${name} [${n}, ${c}] is ${value}`);
          difference = add(difference, twoProduct(u[n * cols + c], value));
          difference = subtract(difference, twoProduct(v[n * cols + c], hu[n * cols + c]));
          allowance += gate * Math.abs(u[n * cols + c]) * ulpAt(entries[c].size, precision.format);
          allowance += gate * Math.abs(v[n * cols + c]) * ulpAt(transposed[c].size, precision.format);
        }
        // Below, the products themselves underflow.
        if (Number.isFinite(difference.hi) && allowance > 2 ** -900 && Number.isFinite(allowance)) {
          asymmetry.add(Math.abs(difference.hi) / allowance, `${name} [${n}]`);
        }
      }
    }
  }, 60_000);

  it.each(
    (["Hessian", "Hessian with zLoss"] as const).flatMap((quantity) =>
      (["none", "any"] as const).map((temperatures) => [quantity, temperatures] as const),
    ),
  )("%s is within the contract, temperatures: %s", (quantity, temperatures) => {
    const { worst, mean, count, where } = errors[quantity][temperatures];
    console.info(
      `contract, ${key}, τ ${temperatures}: ${quantity} worst ${worst.toFixed(3)}, mean ${mean.toFixed(3)} of ${count} (${where})`,
    );
    expect(count).toBeGreaterThan(10_000);
    expect(worst, where).toBeLessThanOrEqual(limitOf(quantity, key, temperatures));
  });

  it("is symmetric: u·Hv = v·Hu, as far as the entries' errors let it", () => {
    expect(asymmetry.count).toBeGreaterThan(1000);
    expect(asymmetry.worst, asymmetry.where).toBeLessThanOrEqual(1);
  });

  it("gives exactly +0 wherever nothing is read", () => expect(notZero).toEqual([]));

  it.each(BACKENDS)("%s: is linear: a power of two passes through", (_, backend) => {
    const random = mulberry32(SEED + 1);
    const [rows, cols] = [3, 9];
    const x = precision.type.create(rows * cols).map(() => 6 * (random() - 0.5));
    const v = direction(precision, rows * cols, random);
    for (const options of [{}, { labelSmoothing: 0.1, zLoss: 0.1 }, { reduction: "sum", temperature: 3 }]) {
      const once = hessianTimesOf(backend, x, [0, 5, 8], v, options);
      const four = hessianTimesOf(
        backend,
        x,
        [0, 5, 8],
        v.map((value) => 4 * value),
        options,
      );
      expect(four).toEqual(once.map((value) => 4 * value));
    }
  });

  it.each(BACKENDS)(
    "%s: of a label alone is the softmax's Jacobian times the vector, whatever the label",
    (_, backend) => {
      const random = mulberry32(SEED + 2);
      for (const cols of [1, 2, 5, 12]) {
        const x = precision.type.create(cols).map(() => 6 * (random() - 0.5));
        const v = direction(precision, cols, random);
        const jacobian = softmaxJacobian(x);
        const results = [0, cols - 1].map((label) => hessianTimesOf(backend, x, [label], v, {}));
        expect(bitsOf(results[1])).toBe(bitsOf(results[0]));
        results[0].forEach((value, i) => {
          let sum = 0;
          let size = 0;
          for (let j = 0; j < cols; j++) {
            sum += jacobian[i * cols + j] * v[j];
            size += Math.abs(jacobian[i * cols + j] * v[j]);
          }
          expect(Math.abs(value - sum)).toBeLessThanOrEqual(16 * cols * ulpAt(size, precision.format));
        });
      }
    },
  );

  it.each(BACKENDS)("%s: under none is that of the sum", (_, backend) => {
    const random = mulberry32(SEED + 3);
    const x = precision.type.create(20).map(() => 6 * (random() - 0.5));
    const v = direction(precision, 20, random);
    const [none, sum] = ["none", "sum"].map((reduction) =>
      hessianTimesOf(backend, x, [0, 4, -100, 2], v, { reduction }),
    );
    expect(bitsOf(none)).toBe(bitsOf(sum));
  });

  it.each(BACKENDS)("%s: goes to out, which may be the logits or the vector", (_, backend) => {
    const random = mulberry32(SEED + 4);
    for (const [rows, cols] of [
      [2, 5],
      [9, 130],
      [600, 300],
    ]) {
      const x = precision.type.create(rows * cols).map(() => 6 * (random() - 0.5));
      const v = direction(precision, rows * cols, random);
      const labels = new Int32Array(rows).map((_, n) => n % cols);
      const expected = bitsOf(hessianTimesOf(backend, x, labels, v, {}));
      const out = precision.type.create(x.length);
      expect(hessianTimesOf(backend, x, labels, v, { out })).toBe(out);
      expect(bitsOf(out) === expected).toBe(true);
      const logits = x.slice();
      hessianTimesOf(backend, logits, labels, v, { out: logits });
      expect(bitsOf(logits) === expected, "the logits").toBe(true);
      const vector = v.slice();
      hessianTimesOf(backend, x, labels, vector, { out: vector });
      expect(bitsOf(vector) === expected, "the vector").toBe(true);
    }
  });

  it.each(BACKENDS)("%s: is right at temperatures whose squares have no number", (_, backend) => {
    const { create } = precision.type;
    const floats = (...values: number[]) => Object.assign(create(values.length), values);
    const v = floats(1, -1, 3);
    // Far apart, as logits over a small temperature are, p is 0 or 1 and the Hessian 0.
    for (const temperature of [1e-300, 1e-160, 1e-100]) {
      const product = hessianTimesOf(backend, floats(1, 2, 0.5), [1], v, { temperature });
      expect([...product].map(Math.abs), `${temperature}`).toEqual([0, 0, 0]);
    }
    // And near 0, all alike: p_c·(v_c − t)/τ², p_c = ⅓, t = 1.
    const zero = create(3);
    expect([...hessianTimesOf(backend, zero, [1], v, { temperature: 1e-300 })].slice(1)).toEqual([-Infinity, Infinity]);
    for (const temperature of [2 ** 520, 2 ** 900]) {
      const product = hessianTimesOf(backend, zero, [1], v, { temperature });
      const entry = key === "f32" || temperature > 2 ** 600 ? 0 : 2 ** -1040 * (2 / 3);
      expect([...product].map(Math.abs)).toEqual([0, entry, entry]);
    }
  });
});
