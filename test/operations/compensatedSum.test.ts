import { expect, it } from "vitest";
import { CompensatedSum } from "../../src/compensatedSum.js";

const sumOf = (...blocks: number[][]) => {
  const sum = new CompensatedSum();
  for (const block of blocks) sum.take(Float64Array.of(NaN, ...block, NaN), 1, block.length);
  return sum.value;
};

it("what larger values swallow is in the sum, in whatever blocks it comes", () => {
  for (const blocks of [[[1, 1e100, 1, -1e100]], [[1], [1e100, 1], [-1e100]], [[], [1, 1e100], [1, -1e100]]]) {
    expect(sumOf(...blocks)).toBe(2);
  }
  // 10 halves of an ulp of 2^53, each of which rounds away.
  expect(sumOf([2 ** 53, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(2 ** 53 + 10);
  expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
});

it("an infinite sum is infinite, NaN is NaN, and nothing is 0", () => {
  expect(sumOf([1, Infinity, 1])).toBe(Infinity);
  expect(sumOf([1e308, 1e308])).toBe(Infinity);
  expect(sumOf([1, NaN])).toBeNaN();
  expect(sumOf([])).toBe(0);
});
