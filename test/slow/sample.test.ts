// The draws of test/operations/sample.test.ts, with more random numbers, more options together and more filters of long rows.

import { describe, expect, it } from "vitest";
import {
  drawAll,
  expectBitsOfBoth,
  expectLongRow,
  expectSameOfMillion,
  LONG_ROWS,
  ROWS,
  SEED,
  TYPES,
} from "../operations/draws.js";
import { BACKENDS } from "../reference/backends.js";

describe(`sample (seed ${SEED})`, () => {
  describe.each(BACKENDS)("%s", (_, instance) => {
    it.each(ROWS)("gives the class and the logarithm of plain f64: rows %s", (_, valueOf) => {
      for (const Type of TYPES) {
        const { compared, wrong } = drawAll(instance, Type, valueOf, 1000);
        expect(wrong.slice(0, 5)).toEqual([]);
        expect(compared).toBeGreaterThan(25_000);
      }
    });
  });

  it("has the same bits in both backends with all options together", () => {
    expectBitsOfBoth(20_000);
  });

  it.each(LONG_ROWS)("topP of a long row: %s", (_, valueOf) => {
    expectLongRow(valueOf, 20);
  });

  it("has the same token and bits in both backends for rows of 2^20 classes", () => {
    expectSameOfMillion(4);
  });
});
