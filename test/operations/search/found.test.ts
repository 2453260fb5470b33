// The worst rows that searches have found, of these kernels and of earlier ones.

import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../reference/backends.js";
import { limitOf } from "./bounds.js";
import { readFound, tableInDocument, tableOf } from "./found.js";
import { restored } from "./problem.js";
import { errorOf } from "./search.js";

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

it("docs/numerics.md has the table of what was found", async () => {
  expect(tableInDocument()).toBe(await tableOf(found));
});
