import { describe, expect, it } from "vitest";
import { log1p } from "../../src/backend/js/rows/log1p.js";
import { dd, log1p as log1pOracle } from "../reference/oracle/doubleDouble.js";
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
