import { describe, expect, it } from "vitest";
import { cut, partAt } from "../../src/threads/jobs/parts.js";

const LAYOUTS = [
  { rows: 64, cols: 32000, inner: 1 },
  { rows: 100_003, cols: 10, inner: 1 },
  { rows: 2, cols: 140_001, inner: 1 },
  { rows: 17, cols: 1, inner: 1 },
  { rows: 1, cols: 700, inner: 401 },
  { rows: 1, cols: 5000, inner: 2 },
  { rows: 3, cols: 33, inner: 2700 },
  { rows: 3, cols: 100_000, inner: 17 },
  { rows: 5, cols: 9, inner: 12_345 },
  { rows: 500, cols: 21, inner: 27 },
];

describe.each(LAYOUTS)("$rows × $cols × $inner", (layout) => {
  const CALLS = [1, 2, 3, 8, 64].flatMap((threads) => [true, false].map((isCopied) => [threads, isCopied] as const));

  it.each(CALLS)("is cut for %i threads (copied: %s): each position in one part, none alone", (threads, isCopied) => {
    const whole = cut(layout, threads, isCopied);
    const seen = new Uint8Array(layout.rows * layout.inner);
    for (let index = 0; index < whole.count; index++) {
      const { row, endRow, first, end } = partAt(layout.rows, layout.inner, whole, index);
      expect(row).toBeLessThan(endRow);
      expect(end - first).toBeGreaterThanOrEqual(Math.min(2, layout.inner));
      for (let r = row; r < endRow; r++) for (let i = first; i < end; i++) seen[r * layout.inner + i]++;
    }
    expect(seen.every((times) => times === 1)).toBe(true);
  });
});
