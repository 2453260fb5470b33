// Every split of rows of 1 to 40 classes into up to five pieces, and every tree over five pieces of shorter rows.

import { describe, expect, it } from "vitest";
import { CONTRACT } from "../operations/search/bounds.js";
import { KINDS, SplitErrors } from "../shards/splits.js";
import { treesOver } from "../shards/trees.js";

const SEED = 20261216;

/** How far two trees' results may be apart, in ulp of f64. */
const APART = 2;

function check(errors: SplitErrors): void {
  for (const name of ["loss", "logSumExp", "entropy"] as const) {
    expect(errors[name].worst, `${name}: ${errors[name].where}`).toBeLessThanOrEqual(CONTRACT[name].f64);
  }
  expect(errors.fromWhole).toBeLessThanOrEqual(APART);
  expect(errors.wrongClasses).toBe(0);
  const worst = [errors.loss, errors.logSumExp, errors.entropy].map(({ worst }) => worst.toFixed(3)).join(", ");
  console.log(`${errors.loss.count} merges: ${worst} ulp, ${errors.fromWhole} from the whole row`);
}

describe(`splits (seed ${SEED})`, () => {
  it.each(Object.keys(KINDS))("into five pieces, empty ones too, of 1 to 40 classes: %s", (kind) => {
    const errors = new SplitErrors();
    for (let cols = 1; cols <= 40; cols++) errors.take(kind, cols, 5, [[[[[0, 1], 2], 3], 4]], SEED);
    check(errors);
  });

  it.each(Object.keys(KINDS))("in every tree over five pieces of 1 to 16 classes: %s", (kind) => {
    const errors = new SplitErrors();
    for (let cols = 1; cols <= 16; cols++) errors.take(kind, cols, 5, treesOver(0, 5), SEED);
    check(errors);
  });
});
