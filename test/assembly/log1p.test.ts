import { describe, expect, it } from "vitest";
import { log1p, logOfSum } from "../../src/backend/js/rows/log1p.js";
import { dd, divide, log1p as log1pOracle } from "../reference/oracle/doubleDouble.js";
import { F64, ulpError } from "../reference/oracle/ulp.js";
import { mulberry32 } from "../reference/random.js";

describe("log1p", () => {
  it("is within 1 ulp of f64 from the smallest to 2^40", () => {
    const random = mulberry32(3);
    let worst = 0;
    let at = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = 2 ** (-300 * random() ** 2 + 40 * random() ** 4) * (1 + random());
      const error = ulpError(log1p(x), log1pOracle(dd(x)), F64);
      if (error > worst) [worst, at] = [error, x];
    }
    expect(worst, `at ${at}`).toBeLessThanOrEqual(1);
  });

  it("is exact at 0 and keeps what 1 + x loses", () => {
    expect(log1p(0)).toBe(0);
    for (const x of [1e-300, 5e-324, 1e-20]) expect(log1p(x)).toBe(x);
  });
});

describe("logOfSum, the logarithm of f32", () => {
  /** As a share of the result. */
  const errorAt = (rest: number, top: number): number => {
    const { hi } = log1pOracle(divide(dd(rest), dd(top)));
    return Math.abs(logOfSum(rest, top) / hi - 1);
  };

  it("is within 2^-37 of its size, for ratios from the smallest to 2^30", () => {
    const random = mulberry32(4);
    let worst = 0;
    let at: readonly number[] = [];
    const check = (rest: number, top: number): void => {
      const error = errorAt(rest, top);
      if (error > worst) [worst, at] = [error, [rest, top]];
    };
    for (let i = 0; i < 20_000; i++) {
      const top = 2 ** (63.5 + random());
      check(top * 2 ** (-150 * random() ** 2 + 30 * random() ** 3), top);
      // Around √½ and √2 times a power of two, where k changes.
      check(top * (2 ** (Math.floor(random() * 20) + 0.5) * (1 + 1e-15 * (random() - 0.5)) - 1), top);
    }
    expect(worst, `at ${at.join(" and ")}`).toBeLessThanOrEqual(2 ** -37);
    expect(worst).toBeGreaterThan(2 ** -39);
  });

  it("is 0 for nothing, the ratio for very little, and NaN for NaN", () => {
    expect(logOfSum(0, 2 ** 64)).toBe(0);
    expect(logOfSum(2 ** -30, 2 ** 64)).toBe(2 ** -94);
    expect(logOfSum(NaN, 2 ** 64)).toBeNaN();
  });
});
