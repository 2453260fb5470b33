import { describe, expect, it } from "vitest";
import { SEED } from "./lossGrid.js";
import { compareLosses } from "./sameLosses.js";

describe(`both backends, every option with every other (seed ${SEED})`, () => {
  // Seven has no factor in common with the numbers of choices, and so leaves none of their pairs out; the slow suite has all.
  it.each(["f32", "f64"] as const)("%s: give the same bits of losses, gradients and Hessians times a vector", (key) => {
    expect(compareLosses(key, (n) => n % 7 < 2)).toBeGreaterThan(1000);
  });
});
