import { expect, test } from "vitest";
import { distributionOf } from "../../demo/sampling/distribution.js";
import { cutsOf } from "../../demo/sampling/filters.js";
import { LOGITS } from "../../demo/sampling/tokens.js";

const DRAWS = 4000;
const GRID = Float64Array.from({ length: DRAWS }, (_, i) => (i + 0.5) / DRAWS);

test("at every place of the sliders, the library draws from what the page says is left, as often as it says", () => {
  for (const temperature of [0, 0.05, 0.3, 1, 2]) {
    for (const topK of [1, 2, 7, 20]) {
      for (const topP of [0.01, 0.28, 0.5, 0.95, 1]) {
        for (const minP of [0, 0.1, 0.5, 1]) {
          const { cuts, after, drawn } = distributionOf(LOGITS, { temperature, topK, topP, minP }, GRID);
          const sum = Array.from(after).reduce((a, b) => a + b);
          expect(sum).toBeCloseTo(1, 6);
          cuts.forEach((cut, i) => {
            if (cut !== undefined) expect([after[i], drawn[i]]).toEqual([0, 0]);
            // On an even grid, counts differ from the exact share by one at either end of its interval.
            expect(Math.abs(drawn[i] - DRAWS * after[i])).toBeLessThanOrEqual(1.01);
          });
        }
      }
    }
  }
});

test("each filter cuts from what the filters before it have left", () => {
  const p = [0.5, 0.2, 0.15, 0.1, 0.05];
  const none = { temperature: 1, topK: 5, topP: 1, minP: 0 };
  expect(cutsOf(p, none)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect(cutsOf(p, { ...none, topK: 4, topP: 0.8 })).toEqual([undefined, undefined, undefined, "top-p", "top-k"]);
  // 0.5 of what top-k leaves, 0.7, is less than 0.5: one token has it.
  expect(cutsOf(p, { ...none, topK: 2, topP: 0.7 })).toEqual([undefined, "top-p", "top-k", "top-k", "top-k"]);
  expect(cutsOf(p, { ...none, minP: 0.3 })).toEqual([undefined, undefined, undefined, "min-p", "min-p"]);
  expect(cutsOf(p, { ...none, temperature: 0 })[1]).toBe("temperature");
});
