// The worst rows that searches have found, of these kernels and of earlier ones.

import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../reference/backends.js";
import { type Key, limitOf, type Quantity } from "./bounds.js";
import { readFound, tableInDocument, tableOf } from "./found.js";
import { restored, typeOf } from "./problem.js";
import { errorOf } from "./search.js";
import type { SubjectName } from "./subjects.js";

const found = readFound();

describe.each(BACKENDS)("%s: the worst rows that were found", (_, instance) => {
  it.each(found.filter(({ problem }) => problem !== undefined))(
    "$quantity, $key, τ: $temperatures",
    ({ quantity, key, temperatures, subject, problem }) => {
      if (problem === undefined) return;
      const error = errorOf(instance, subject, quantity, restored(problem));
      expect(error).toBeLessThanOrEqual(limitOf(quantity, key, temperatures));
    },
  );
});

/** Rows that were wrong by far, or NaN, in the first kernels: softmax and log-softmax at a temperature, logSumExp without. */
const KNOWN: readonly (readonly [SubjectName, Quantity, Key, readonly number[], number])[] = [
  ["softmax", "softmax", "f32", [1, 2], 1e-39],
  ["softmax", "softmax", "f32", [2e38, 1e38], 0.5],
  ["softmax", "softmax", "f32", [-3.4028234663852886e38, -3.4028234663852886e38], 0.7],
  ["softmax", "softmax", "f64", [1, 2], 1e-308],
  ["softmax", "softmax", "f64", [1.7e308, -1.7e308], 1e300],
  ["logSoftmax", "log-softmax", "f32", [2e38, 1e38], 0.5],
  ["logSoftmax", "log-softmax", "f64", [1, 2], 1e-308],
  ["logSumExp", "logSumExp", "f32", [0.069009803, -1.950591922], 1],
];

describe.each(BACKENDS)("%s: rows that were wrong by far", (_, instance) => {
  it.each(KNOWN)("%s, %s, %s: %j at %d", (subject, quantity, key, logits, temperature) => {
    const x = typeOf(key).create(logits.length);
    x.set(logits);
    const shared = { temperature, labelSmoothing: 0, zLoss: 0 };
    const error = errorOf(instance, subject, quantity, { key, shared, rows: [{ x, label: 0, v: x }] });
    expect(error).toBeLessThanOrEqual(limitOf(quantity, key, temperature === 1 ? "none" : "any"));
  });
});

describe.each(BACKENDS)("%s: a class whose probability is below the smallest double", (_, instance) => {
  // Over the temperature: −755, −740, 0 and −1,171. Of e^−755/τ alone the label's entry would have 1,501 ulp.
  it("may be left out of the label's entry, where its multiple is not", () => {
    const temperature = 1.7986204010717854e-8;
    const x = Float64Array.of(1499.1840824790186, 1499.1840827446895, 1499.184096057873, 1499.184075003052);
    const problem = {
      key: "f64",
      shared: { temperature, labelSmoothing: 0, zLoss: 0 },
      rows: [{ x, label: 2, v: x }],
    } as const;
    expect(errorOf(instance, "labels", "gradient, label", problem)).toBeLessThanOrEqual(1);
  });
});

it("docs/numerics.md has the table of what was found", async () => {
  expect(tableInDocument()).toBe(await tableOf(found));
});
