// All of what test/operations/contract/lossBackends.test.ts takes two sevenths of.

import { describe, expect, it } from "vitest";
import { CASES_PER_PRECISION, SEED } from "../operations/contract/lossGrid.js";
import { compareLosses } from "../operations/contract/sameLosses.js";

describe(`both backends, every option with every other (seed ${SEED})`, () => {
  it.each(["f32", "f64"] as const)("%s: give the same bits of losses, gradients and Hessians times a vector", (key) => {
    expect(compareLosses(key, () => true)).toBe(CASES_PER_PRECISION);
  });
});
