import { expect, test } from "vitest";
import { LAST, logitAt, positionOf } from "../../demo/row/logitScale.js";

test("a slider's positions rise from −1000 to 1000 by 0, in numbers of one decimal", () => {
  const logits = Array.from({ length: 2 * LAST + 1 }, (_, i) => logitAt(i - LAST));
  expect(logits[0]).toBe(-1000);
  expect(logits[LAST]).toBe(0);
  expect(logits[2 * LAST]).toBe(1000);
  for (let i = 1; i < logits.length; i++) expect(logits[i]).toBeGreaterThan(logits[i - 1]);
  for (const logit of logits) expect(logit).toBe(Number(logit.toFixed(1)));
});

test("every position is that of its logit", () => {
  for (let position = -LAST; position <= LAST; position++) {
    expect(positionOf(logitAt(position)) - position).toBe(0);
  }
  expect(logitAt(positionOf(3.14))).toBe(3.1);
  expect(logitAt(positionOf(-72))).toBe(-70);
});
