// e^−d to more than f64 has, so that merging multiplies by it again and again without a trace.

import { expect, it } from "vitest";
import { decay, decayed, timesPowerOf2 } from "../../src/shards/decay.js";
import { add, dd, divide, exp, scale, subtract } from "../reference/oracle/doubleDouble.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261214;

it(`e^−d is within 2^-71 of itself, the second double of d included (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  let worst = 0;
  for (const range of [1e-9, 1e-3, 0.01, 0.1, 1, 10, 100, 600]) {
    for (let i = 0; i < 4000; i++) {
      const hi = range * random();
      const lo = hi * 2 ** -53 * (random() - 0.5);
      decay(hi, lo);
      const truth = exp({ hi: -hi, lo: -lo });
      const value = scale(add(dd(decayed[0]), dd(decayed[1])), decayed[2]);
      worst = Math.max(worst, Math.abs(divide(subtract(value, truth), truth).hi));
    }
  }
  console.info(`e^−d: worst 2^${Math.log2(worst).toFixed(2)}`);
  expect(worst).toBeLessThan(2 ** -71);
});

it("a power of two is multiplied with at most one rounding, however small", () => {
  for (const n of [0, -1, -53, -1000, -1022, -1023, -1050, -1074]) expect(timesPowerOf2(1, n)).toBe(2 ** n);
  expect(timesPowerOf2(1.5 * 2 ** 40, -1080)).toBe(1.5 * 2 ** -1040);
  expect(timesPowerOf2(1e15, -1100)).toBe(1e15 * 2 ** -550 * 2 ** -550);
  expect(timesPowerOf2(1e15, -2164)).toBe(0);
});
