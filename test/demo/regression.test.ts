import { expect, test } from "vitest";
import { BUMPS, bumpsAt } from "../../demo/learning/bumps.js";
import { CLASSES, pointsOf } from "../../demo/learning/points.js";
import { partRight, Regression } from "../../demo/learning/regression.js";

function lessonsOf(name: "spiral" | "blobs") {
  const points = pointsOf(name);
  return { features: bumpsAt(points.x, points.y), labels: points.labels };
}

test("a step moves each weight against the slope of the loss, as differences find it", () => {
  const lessons = lessonsOf("blobs");
  const model = new Regression(BUMPS, CLASSES);
  model.step(lessons, 5);
  const before = model.weights.slice();
  const h = 0.05;
  const slopes = [0, 40, 85, 100, 191].map((w) => {
    const loss = (weight: number) => {
      model.weights[w] = weight;
      return model.lossAndGrad(lessons).loss;
    };
    const slope = (loss(before[w] + h) - loss(before[w] - h)) / (2 * h);
    model.weights[w] = before[w];
    return { w, slope };
  });
  model.step(lessons, 1);
  // Of f32 losses near 1, a tenth apart: 1e-6, and the third derivative. The smallest slope is 1e-4.
  for (const { w, slope } of slopes) expect(before[w] - model.weights[w]).toBeCloseTo(slope, 5);
});

test("at the rate that the page begins with, the loss falls with every step and the points are learned", () => {
  // The blobs overlap.
  for (const { name, part } of [
    { name: "spiral", part: 1 },
    { name: "blobs", part: 0.93 },
  ] as const) {
    const lessons = lessonsOf(name);
    const model = new Regression(BUMPS, CLASSES);
    const losses = Array.from({ length: 100 }, () => model.step(lessons, 10));
    for (let i = 1; i < 10; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
    expect(losses[99]).toBeLessThan(0.2 * losses[0]);
    const logits = model.logits(lessons.features, new Float32Array(lessons.labels.length * CLASSES));
    expect(partRight(logits, lessons.labels)).toBeGreaterThanOrEqual(part);
  }
});
