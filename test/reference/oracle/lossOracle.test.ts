// The truth under test: the closed forms against the definition on dual numbers, where no formula of a derivative is
// written down, and both against difference quotients.

import { describe, expect, it } from "vitest";
import { adversarialRowsF64 } from "../adversarialRows.js";
import { mulberry32, normals } from "../random.js";
import { logSoftmaxBackwardOf, softmaxBackwardOf } from "./backwardOracle.js";
import { batchTruth, reducedLoss } from "./lossBatch.js";
import { add, type DD, dd, divide, multiply, ONE, subtract, twoProduct, ZERO } from "./doubleDouble.js";
import { DOUBLE_DOUBLE, duals } from "./dual.js";
import { lossByDefinition } from "./lossDefinition.js";
import { type Factors, rowTruth } from "./lossOracle.js";
import { isBroken, type LossRow, presentClasses } from "./lossRow.js";
import { gradientOf, jacobianOf, logSoftmaxOf, lossOf, rowOracle, softmaxOf } from "./softmaxOracle.js";
import { F64 } from "./ulp.js";

const SEED = 20261127;
const DUALS = duals(DOUBLE_DOUBLE);
const SECOND = duals(DUALS);
const FACTORS: Factors = { crossEntropy: ONE, penalty: ONE };

interface LossCase {
  readonly name: string;
  readonly row: LossRow;
}

/** Every option with every other, on every kind of row that has a softmax. */
function* cases(lengths: readonly number[]): Generator<LossCase> {
  const random = mulberry32(SEED);
  for (const { kind, x } of adversarialRowsF64(SEED, lengths)) {
    // There the differences have no f64, and the truth is infinite.
    if (kind.startsWith("near the largest")) continue;
    for (const targets of ["hard", "soft"]) {
      for (const weighted of [false, true]) {
        for (const masked of [false, true]) {
          for (const labelSmoothing of [0, 0.1, 1]) {
            const zLoss = random() < 0.5 ? 0 : 0.3;
            const mask = masked ? Array.from(x, () => (random() < 0.3 ? 0 : 1)) : undefined;
            const weight = weighted ? Array.from(x, () => (random() < 0.3 ? 0 : 2 * random())) : undefined;
            const soft = Array.from(x, () => (random() < 0.3 ? 0 : random()));
            const target = targets === "hard" ? Math.floor(random() * x.length) : soft;
            const row = { x, target, weight, mask, labelSmoothing, zLoss };
            if (typeof target === "number" && mask?.[target] === 0) mask[target] = 1;
            if (isBroken(x, presentClasses(row))) continue;
            yield { name: `${kind}, ${JSON.stringify({ target, weight, mask, labelSmoothing, zLoss })}`, row };
          }
        }
      }
    }
  }
}

const isPlain = ({ target, weight, labelSmoothing, zLoss }: LossRow) =>
  typeof target === "number" && weight === undefined && labelSmoothing === 0 && zLoss === 0;

/** How far two values are apart, in parts of a size; what lies below 2^-1000 is on its way to underflow. */
function distance(a: DD, b: DD, size: number): number {
  if (Object.is(a.hi, b.hi) && !Number.isFinite(a.hi)) return 0;
  return Math.abs(subtract(a, b).hi) / Math.max(size, Math.abs(a.hi), 2 ** -900);
}

/** The largest of some distances, and where it is. */
class Worst {
  value = 0;
  where = "";

  add(value: number, where: string): void {
    if (value <= this.value) return;
    this.value = value;
    this.where = where;
  }
}

describe(`the oracle of the loss (seed ${SEED})`, () => {
  it("has the loss, the gradient and the Hessian of the definition, by duals and duals of duals", () => {
    const worst = { loss: new Worst(), gradient: new Worst(), hessian: new Worst() };
    const normal = normals(mulberry32(SEED));
    for (const { name, row } of cases([1, 2, 3, 5, 9])) {
      const x = Array.from(row.x, (value) => dd(value));
      const truth = rowTruth(row, false);
      worst.loss.add(distance(truth.loss.truth, lossByDefinition(DOUBLE_DOUBLE, row, x), 0), name);

      const v = x.map(() => normal());
      const product = truth.hessianTimes(v, FACTORS);
      x.forEach((_, c) => {
        const along = x.map((value, i) => ({
          value: { value, slope: dd(v[i]) },
          slope: { value: i === c ? ONE : ZERO, slope: ZERO },
        }));
        const { slope } = lossByDefinition(SECOND, row, along);
        const entry = truth.gradient(c, FACTORS);
        // With a hard label alone nothing cancels, and the smallest entry has all its digits.
        const size = isPlain(row) ? 0 : entry.size;
        worst.gradient.add(distance(entry.truth, slope.value, size), `${name} [${c}]`);
        worst.hessian.add(distance(product[c].truth, slope.slope, product[c].size), `${name} [${c}]`);
      });
    }
    for (const [quantity, { value, where }] of Object.entries(worst)) {
      console.info(`oracle, ${quantity}: closed form and duals differ by 2^${Math.log2(value).toFixed(1)} (${where})`);
      expect(value, `${quantity}: ${where}`).toBeLessThan(2 ** -95);
    }
  });

  it("is the oracle of softmax where no option is given", () => {
    for (const { kind, x } of adversarialRowsF64(SEED, [1, 2, 7, 40])) {
      const row = rowOracle(x);
      for (const label of [0, x.length - 1]) {
        const truth = rowTruth({ x, target: label, labelSmoothing: 0, zLoss: 0 }, false);
        expect(distance(truth.loss.truth, lossOf(row, label), 0), kind).toBeLessThan(2 ** -98);
        x.forEach((_, c) => {
          const entry = truth.gradient(c, FACTORS);
          expect(distance(entry.truth, gradientOf(row, label, c, ONE), 0), kind).toBeLessThan(2 ** -98);
        });
      }
    }
  });

  it("has a Hessian that is the softmax's Jacobian times the weight of the label", () => {
    const normal = normals(mulberry32(SEED));
    for (const { kind, x } of adversarialRowsF64(SEED, [1, 2, 5, 12])) {
      const row = rowOracle(x);
      const v = Array.from(x, () => normal());
      const weight = Array.from(x, (_, c) => 0.5 + c);
      const truth = rowTruth({ x, target: x.length - 1, weight, labelSmoothing: 0, zLoss: 0 }, false);
      truth.hessianTimes(v, FACTORS).forEach(({ truth: entry, size }, c) => {
        const byJacobian = v.reduce((sum, value, j) => add(sum, multiply(dd(value), jacobianOf(row, c, j))), ZERO);
        const expected = multiply(dd(weight[x.length - 1]), byJacobian);
        expect(distance(entry, expected, size), kind).toBeLessThan(2 ** -95);
      });
    }
  });

  it.each(["mean", "sum", "none"] as const)("is the difference quotient of the batch's loss: %s", (reduction) => {
    // Central differences are off by h²/6·L‴: 2^-50 of sizes around 1. Logits are multiples of h, so that steps are exact.
    const h = 2 ** -24;
    const random = mulberry32(SEED);
    for (const targets of ["hard", "soft"]) {
      for (let round = 0; round < 20; round++) {
        const cols = 1 + Math.floor(random() * 6);
        const weight = Array.from({ length: cols }, () => random());
        const rows = Array.from({ length: 4 }, (_, n): LossRow => {
          const mask = Array.from({ length: cols }, () => (random() < 0.2 || n === 3 ? 0 : 1));
          const x = mask.map(() => Math.round((8 * (random() - 0.5)) / h) * h);
          const label = mask.indexOf(1) < 0 || random() < 0.2 ? -100 : mask.indexOf(1);
          const target = targets === "hard" ? label : x.map(() => random());
          return {
            x,
            target,
            mask,
            weight,
            labelSmoothing: round % 2 === 0 ? 0 : 0.1,
            zLoss: round % 3 === 0 ? 0.05 : 0,
          };
        });
        const batch = { rows, ignoreIndex: -100, reduction, temperature: 1, upstream: 1 };
        const truth = batchTruth(batch);
        expect(truth.isEmptyMean).toBe(false);
        const lossWith = (n: number, step: (c: number) => number) => {
          const x = Array.from(rows[n].x, (value, c) => value + step(c));
          const moved = rows.map((row, other) => (other === n ? { ...row, x } : row));
          return reducedLoss(batchTruth({ ...batch, rows: moved }), F64, 0).truth;
        };
        rows.forEach((_, n) => {
          const v = weight.map(() => Math.round(8 * (random() - 0.5)));
          const product = truth.hessianTimes(n, v);
          for (let c = 0; c < cols; c++) {
            const quotient = divide(
              subtract(
                lossWith(n, (i) => (i === c ? h : 0)),
                lossWith(n, (i) => (i === c ? -h : 0)),
              ),
              dd(2 * h),
            );
            const gradient = truth.gradient(n, c).truth;
            expect(Math.abs(subtract(gradient, quotient).hi)).toBeLessThan(1e-13);

            const gradientWith = (sign: number) => {
              const x = Array.from(rows[n].x, (value, i) => value + sign * h * v[i]);
              const moved = rows.map((row, other) => (other === n ? { ...row, x } : row));
              return batchTruth({ ...batch, rows: moved }).gradient(n, c).truth;
            };
            const bend = divide(subtract(gradientWith(1), gradientWith(-1)), dd(2 * h));
            expect(Math.abs(subtract(product[c].truth, bend).hi)).toBeLessThan(1e-12);
          }
        });
      }
    }
  });

  it("is NaN for the mean of nothing, with a gradient and a Hessian of 0 by decree", () => {
    const ignored: LossRow = { x: [1, 2, 4], target: -100, labelSmoothing: 0.1, zLoss: 0.01 };
    const weightless: LossRow = { x: [1, 2, 4], target: 1, weight: [1, 0, 1], labelSmoothing: 0, zLoss: 0 };
    for (const row of [ignored, weightless]) {
      const batch = { rows: [row, row], ignoreIndex: -100, reduction: "mean", temperature: 1, upstream: 1 } as const;
      const truth = batchTruth(batch);
      expect(truth.isEmptyMean).toBe(true);
      expect(reducedLoss(truth, F64, 0).truth.hi).toBeNaN();
      for (let c = 0; c < 3; c++) expect(truth.gradient(1, c).truth.hi).toBe(0);
      expect(truth.hessianTimes(1, [1, -2, 0.5]).map((entry) => entry.truth.hi)).toEqual([0, 0, 0]);
    }
  });

  it("divides the gradient by the temperature and multiplies it by what comes from upstream, position by position", () => {
    const rowsOf = (factor: number) =>
      [0, -100, 2].map((target): LossRow => {
        return { x: [factor, 2 * factor, 4 * factor], target, labelSmoothing: 0.1, zLoss: 0.01 };
      });
    const batch = { ignoreIndex: -100, reduction: "none" as const };
    const plain = batchTruth({ ...batch, rows: rowsOf(1), temperature: 1, upstream: 1 });
    const scaled = batchTruth({ ...batch, rows: rowsOf(0.5), temperature: 0.5, upstream: [3, 5, -7] });
    for (let c = 0; c < 3; c++) {
      expect(scaled.gradient(0, c).truth.hi).toBeCloseTo(6 * plain.gradient(0, c).truth.hi, 14);
      expect(scaled.gradient(1, c).truth.hi).toBe(0);
      expect(scaled.gradient(2, c).truth.hi).toBeCloseTo(-14 * plain.gradient(2, c).truth.hi, 14);
      const v = [1, -2, 0.5];
      expect(scaled.hessianTimes(2, v)[c].truth.hi).toBeCloseTo(4 * plain.hessianTimes(2, v)[c].truth.hi, 14);
    }
  });
});

describe(`the oracle of the backward functions (seed ${SEED})`, () => {
  it("has the derivative of ⟨dy, softmax⟩ and ⟨dy, log-softmax⟩ by duals, as far as y's rounding lets it", () => {
    // y is p rounded to f64: 2^-53 of it, in each of the terms.
    const normal = normals(mulberry32(SEED));
    for (const { kind, x } of adversarialRowsF64(SEED, [1, 2, 5, 9], ["spread 1", "ties", "confident", "offset 1e4"])) {
      const row = rowOracle(x);
      const dy = Array.from(x, () => normal());
      const y = Array.from(x, (_, c) => softmaxOf(row, c).hi);
      const logY = Array.from(x, (_, c) => logSoftmaxOf(row, c).hi);
      const bySoftmax = softmaxBackwardOf(y, dy, 1);
      const byLogSoftmax = logSoftmaxBackwardOf(logY, dy, 1);
      const total = dy.reduce((sum, value) => add(sum, dd(value)), ZERO);
      x.forEach((_, c) => {
        const products = dy.map((value, j) => multiply(dd(value), jacobianOf(row, j, c)));
        const expected = products.reduce(add, ZERO);
        expect(Math.abs(subtract(bySoftmax[c].truth, expected).hi), kind).toBeLessThan(2 ** -50 * 9);
        const logExpected = subtract(dd(dy[c]), multiply(softmaxOf(row, c), total));
        expect(Math.abs(subtract(byLogSoftmax[c].truth, logExpected).hi), kind).toBeLessThan(2 ** -40);
      });
    }
  });

  it("is exact where the numbers are", () => {
    const [a, b] = softmaxBackwardOf([0.25, 0.5], [8, -4], 2);
    expect([a.truth, b.truth]).toEqual([dd(1), dd(-1)]);
    const [c, d] = logSoftmaxBackwardOf([0, -Infinity], [8, -4], 2);
    expect([c.truth, d.truth]).toEqual([dd(2), dd(-2)]);
  });
});

describe("double-doubles of any size", () => {
  it("multiply without overflow on the way", () => {
    const large = twoProduct(1.7e308, 1 + 2 ** -52);
    expect(large).toEqual(dd(1.7e308 * (1 + 2 ** -52), large.lo));
    const small = twoProduct(1.7e308 * 2 ** -300, 1 + 2 ** -52);
    expect(large.lo).toBe(small.lo * 2 ** 300);
    expect(multiply(dd(0.1, 1e-18), dd(Infinity)).hi).toBe(Infinity);
  });
});
