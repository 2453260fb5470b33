import { describe, expect, it } from "vitest";
import { mulberry32, normals } from "../random.js";
import { dd, divide, ONE } from "./doubleDouble.js";
import { FAST_SLACK, FastRow } from "./fastRow.js";
import { gradientOf, logSoftmaxOf, rowOracle, softmaxOf } from "./softmaxOracle.js";
import { F64, ulpError } from "./ulp.js";

const SEED = 20261207;

describe(`the first look of searches (seed ${SEED})`, () => {
  it("is within its slack of the double-double oracle, on values a few ulp from the truth", () => {
    const random = mulberry32(SEED);
    const normal = normals(random);
    const row = new FastRow(300, F64);
    let worst = 0;
    let count = 0;
    for (let n = 0; n < 4000; n++) {
      const cols = 1 + Math.floor((n % 50 === 0 ? 300 : 12) * random());
      const temperature = [1, 0.1 + 5 * random(), 10 ** (300 * (2 * random() - 1))][n % 3];
      const spread = [0.01, 1, 10, 300][Math.floor(4 * random())] * Math.min(temperature, 1e290);
      const offset = [0, 1, 1e4, 1e10][Math.floor(4 * random())] * Math.min(temperature, 1e290);
      const x = Array.from({ length: cols }, () => offset + spread * normal());
      const truth = rowOracle(x, temperature);
      row.set(x, temperature);
      const label = Math.floor(random() * cols);
      x.forEach((_, c) => {
        const near = (value: number) => value * (1 + Math.round(8 * normal()) * 2 ** -53);
        const gradient = gradientOf(truth, label, c, divide(ONE, dd(temperature)));
        const compared: [string, number, number][] = [];
        const add = (name: string, fast: number, slow: number) => compared.push([name, fast, slow]);
        const p = near(softmaxOf(truth, c).hi);
        // The oracle's subnormals are rounded to one double.
        if (p >= 2 ** -1022) add("p", row.softmax(c, p), ulpError(p, softmaxOf(truth, c), F64));
        const log = near(logSoftmaxOf(truth, c).hi);
        add("log p", row.logSoftmax(c, log), ulpError(log, logSoftmaxOf(truth, c), F64));
        const g = near(gradient.hi);
        if (temperature > 1e-12 && Math.abs(g) >= 2 ** -1022)
          add("gradient", row.gradient(c, label, g), ulpError(g, gradient, F64));
        for (const [name, fast, slow] of compared) {
          // Of the number next to the truth the oracle counts no error.
          if (slow === fast || fast === Infinity || (slow === 0 && fast <= 0.5 + FAST_SLACK)) continue;
          // Beside a power of two the first look may count in the smaller unit, and see more.
          const off = Math.min(Math.abs(fast - slow), Math.abs(fast - 2 * slow));
          if (!(off <= worst)) worst = off;
          count++;
          if (!(off < FAST_SLACK)) expect.fail(`${name} of [${x.join()}] at ${temperature}: ${fast}, not ${slow}`);
        }
      });
    }
    expect(count, "infinite errors are few").toBeGreaterThan(50_000);
    console.info(`first look: off by ${worst.toExponential(1)} ulp of f64 at most, of ${count}; slack ${FAST_SLACK}`);
  });
});
