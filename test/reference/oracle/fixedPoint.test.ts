// The double-double oracle against integers of 2,400 bits, on rows and options that its own formulas were not written for.

import { describe, expect, it } from "vitest";
import { mulberry32, normals } from "../random.js";
import { dd, differenceOver, exp, ONE } from "./doubleDouble.js";
import { distanceOf, exp as fixedExp, fixed, fixedLoss, fixedRow } from "./fixedPoint.js";
import { rowTruth } from "./lossOracle.js";
import {
  gradientOf,
  jacobianOf,
  logSoftmaxOf,
  logSumExpOf,
  logSumExpSize,
  rowOracle,
  softmaxOf,
} from "./softmaxOracle.js";

const SEED = 20261206;
/** Far beyond what f64 errors are measured by; the logarithm of a sum near 1 is the worst. */
const LIMIT = 2 ** -88;
const FACTORS = { crossEntropy: ONE, penalty: ONE };

/** Rows whose exponentials f64 can hold, at temperatures of every size. */
function* rows(count: number): Generator<{ x: number[]; temperature: number; random: () => number; name: string }> {
  const random = mulberry32(SEED);
  const normal = normals(random);
  for (let n = 0; n < count; n++) {
    const cols = 1 + Math.floor(random() * 9);
    const temperature = [1, 0.1 + 5 * random(), 10 ** (20 * normal()), 10 ** (600 * (random() - 0.5))][n % 4];
    const spread = [0.1, 1, 10, 200][Math.floor(4 * random())] * temperature;
    const offset = [0, 1, 300, 1e8, 3e38][Math.floor(5 * random())] * temperature * Math.sign(random() - 0.5);
    const isWide = random() < 0.1;
    const x = Array.from({ length: cols }, () =>
      isWide ? 1.7e308 * (2 * random() - 1) : Math.max(-1.7e308, Math.min(1.7e308, offset + spread * normal())),
    );
    yield { x, temperature, random, name: `[${x.join()}] at ${temperature}` };
  }
}

describe(`the oracle, against integers (seed ${SEED})`, () => {
  it("has the exponential of double-doubles", () => {
    const random = mulberry32(SEED);
    for (let i = 0; i < 300; i++) {
      const hi = 600 * (2 * random() - 1) ** 3;
      const a = dd(hi, hi * 2 ** -54 * random());
      expect(distanceOf(exp(a), fixedExp(fixed(a.hi) + fixed(a.lo))), `e^${hi}`).toBeLessThan(2 ** -96);
    }
  });

  it("divides differences that overflow, by numbers that are subnormal", () => {
    expect(differenceOver(1.5e308, -1.5e308, 10)).toEqual(dd(3e307, differenceOver(1.5e308, -1.5e308, 10).lo));
    expect(differenceOver(1, 2, 5e-324).hi).toBe(-Infinity);
    expect(differenceOver(3 * 5e-324, 5e-324, 5e-324)).toEqual(dd(2));
    expect(differenceOver(-Infinity, 1.7e308, 1e-300).hi).toBe(-Infinity);
  });

  it("has softmax, log-softmax, log-sum-exp, the gradient and the Jacobian at every temperature", () => {
    let count = 0;
    for (const { x, temperature, random, name } of rows(800)) {
      const truth = fixedRow(x, temperature);
      const row = rowOracle(x, temperature);
      const label = Math.floor(random() * x.length);
      const size = logSumExpSize(row);
      expect(distanceOf(logSumExpOf(row), truth.logSumExp, size), name).toBeLessThan(LIMIT);
      x.forEach((_, c) => {
        const log = logSoftmaxOf(row, c);
        expect(distanceOf(log, -truth.costs[c]), `log p, ${name}`).toBeLessThan(LIMIT);
        // Below, double-doubles are subnormal.
        if (log.hi < -600) return;
        count++;
        expect(distanceOf(softmaxOf(row, c), truth.p[c]), `p, ${name}`).toBeLessThan(LIMIT);
        const derivative = c === label ? truth.p[c] - fixed(1) : truth.p[c];
        const gradient = gradientOf(row, label, c, ONE);
        if (Math.abs(gradient.hi) > 2 ** -900) expect(distanceOf(gradient, derivative), name).toBeLessThan(LIMIT);
        const entry = jacobianOf(row, c, label);
        const product = (truth.p[c] * ((c === label ? fixed(1) : 0n) - truth.p[label])) / fixed(1);
        if (Math.abs(entry.hi) > 2 ** -900) expect(distanceOf(entry, product), name).toBeLessThan(LIMIT);
      });
    }
    expect(count).toBeGreaterThan(1500);
  });

  it("has the loss, its gradient and its Hessian with weights, smoothing, soft targets and zLoss", () => {
    for (const { x, temperature, random, name } of rows(500)) {
      const row = rowOracle(x, temperature);
      // Squares of what is beyond are beyond f64.
      if (x.some((_, c) => logSoftmaxOf(row, c).hi < -600) || logSumExpSize(row) > 1e100) continue;
      const isHard = random() < 0.5;
      const label = Math.floor(random() * x.length);
      const targets = x.map((_, c) => (isHard ? Number(c === label) : random()));
      const weight = x.map(() => (random() < 0.2 ? 0 : 3 * random()));
      const labelSmoothing = [0, 0.1, random(), 1][Math.floor(4 * random())];
      const zLoss = [0, 1e-4, random()][Math.floor(3 * random())];
      const v = x.map(() => 4 * (random() - 0.5));
      const options = { targets, weight, labelSmoothing, zLoss };
      const truth = fixedLoss(fixedRow(x, temperature), options, v);
      const target = isHard ? label : targets;
      const found = rowTruth({ x, temperature, target, weight, labelSmoothing, zLoss }, false);
      expect(distanceOf(found.loss.truth, truth.loss, found.loss.size), `loss, ${name}`).toBeLessThan(LIMIT);
      const product = found.hessianTimes(v, FACTORS);
      x.forEach((_, c) => {
        const gradient = found.gradient(c, FACTORS);
        const where = `${name} ${JSON.stringify(options)}`;
        if (gradient.size > 2 ** -900) {
          expect(distanceOf(gradient.truth, truth.gradient[c], gradient.size), where).toBeLessThan(LIMIT);
        }
        if (product[c].size > 2 ** -900) {
          expect(distanceOf(product[c].truth, truth.hessian[c], product[c].size), where).toBeLessThan(LIMIT);
        }
      });
    }
  });
});
