import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countRight, Learner, probabilitiesOf, untrained } from "../../demo/digits/classifier.js";
import { CLASSES, type Digits, digitsOf, PIXELS } from "../../demo/digits/digits.js";
import { writeDigits } from "../../demo/mnist.mjs";
import { readTestDigits, readTrainingDigits } from "../../examples/mnist/digits.js";

let training: Digits;
let tested: Digits;
const folder = mkdtempSync(join(tmpdir(), "digits-"));

beforeAll(() => {
  writeDigits(folder);
  training = digitsOf(readFileSync(join(folder, "training.bin")));
  tested = digitsOf(readFileSync(join(folder, "test.bin")));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the page's digits are every sixth training digit and every fifth test digit of MNIST", () => {
  for (const { digits, all, every } of [
    { digits: training, all: readTrainingDigits(), every: 6 },
    { digits: tested, all: readTestDigits(), every: 5 },
  ]) {
    expect(digits.count).toBe(all.count / every);
    for (const i of [0, 1, 777, digits.count - 1]) {
      const image = all.pixels.subarray(i * every * PIXELS, (i * every + 1) * PIXELS);
      expect(digits.labels[i]).toBe(all.labels[i * every]);
      expect(digits.pixels.subarray(i * PIXELS, (i + 1) * PIXELS)).toEqual(Float32Array.from(image, (v) => v / 255));
    }
  }
  expect(() => digitsOf(new Uint8Array(786))).toThrow("expected 785 bytes a digit, got 786 bytes");
});

test("a step moves weights and bias against the gradient of the mean loss, Σ (p − y)·x / N", () => {
  const batch = Uint32Array.of(3, 1, 4, 1, 5);
  const learner = new Learner(batch.length);
  learner.step(training, batch, 0.2);
  const before = learner.parameters;
  const loss = learner.step(training, batch, 0.2);
  const after = learner.parameters;
  learner.free();

  const expected = { weight: new Float64Array(CLASSES * PIXELS), bias: new Float64Array(CLASSES), loss: 0 };
  for (const digit of batch) {
    const image = training.pixels.subarray(digit * PIXELS, (digit + 1) * PIXELS);
    const logits = Array.from({ length: CLASSES }, (_, k) =>
      image.reduce((sum, x, j) => sum + x * before.weight[k * PIXELS + j], before.bias[k]),
    );
    const sum = logits.reduce((total, z) => total + Math.exp(z), 0);
    expected.loss += (Math.log(sum) - logits[training.labels[digit]]) / batch.length;
    logits.forEach((z, k) => {
      const part = (Math.exp(z) / sum - (k === training.labels[digit] ? 1 : 0)) / batch.length;
      expected.bias[k] += part;
      image.forEach((x, j) => (expected.weight[k * PIXELS + j] += part * x));
    });
  }
  // Of f32: sums of 784 products of numbers up to 1, and parameters below 1.
  expect(loss).toBeCloseTo(expected.loss, 5);
  for (const name of ["weight", "bias"] as const) {
    const apart = after[name].map((value, i) => Math.abs(value - (before[name][i] - 0.2 * expected[name][i])));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
    expect(Math.max(...after[name].map((value, i) => Math.abs(value - before[name][i])))).toBeGreaterThan(0.01);
  }
});

test("at the rate that the page begins with, one pass over the digits is enough for most", () => {
  const learner = new Learner(100);
  expect(countRight(tested, learner.parameters)).toBe(tested.labels.filter((label) => label === 0).length);
  for (let first = 0; first < training.count; first += 100) {
    learner.step(
      training,
      Uint32Array.from({ length: 100 }, (_, i) => first + i),
      0.5,
    );
  }
  expect(countRight(tested, learner.parameters) / tested.count).toBeGreaterThan(0.86);
  learner.free();
});

test("an untrained classifier finds all digits equally probable", () => {
  const image = tested.pixels.slice(0, PIXELS);
  for (const p of probabilitiesOf(image, untrained())) expect(p).toBeCloseTo(0.1, 7);
});
