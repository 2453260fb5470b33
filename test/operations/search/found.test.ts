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

describe.each(BACKENDS)("%s: classes whose probabilities are below the smallest double", (_, instance) => {
  it.each([
    // Over the temperature: −755, −740, 0 and −1,171. Of e^−755/τ alone the label's entry would have 1,501 ulp.
    [2, 1.7986204010717854e-8, [1499.1840824790186, 1499.1840827446895, 1499.184096057873, 1499.184075003052]],
    // −752.6, 0 and −753.0: all probabilities but one underflow. The multiple of the first is 2,466 ulp, and of the last, which
    // the kernels leave out, 1,670.
    [1, 1.1602943881904935e-7, [-3.076722625042991e-6, 8.424697582031659e-5, -3.1222343937360527e-6]],
  ])("may be left out of label %i's entry, the smallest first", (label, temperature, logits) => {
    const problem = {
      key: "f64",
      shared: { temperature, labelSmoothing: 0, zLoss: 0 },
      rows: [{ x: Float64Array.from(logits), label, v: Float64Array.from(logits) }],
    } as const;
    expect(errorOf(instance, "labels", "gradient, label", problem)).toBeLessThanOrEqual(1);
  });
});

it("docs/numerics.md has the table of what was found", async () => {
  expect(tableInDocument()).toBe(await tableOf(found));
});
