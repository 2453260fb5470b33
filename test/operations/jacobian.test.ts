// How the entries of the Jacobian are rounded, nearer than its promise (test/operations/accuracy.test.ts).

import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import { jacobianOf, rowOracle } from "../reference/oracle/softmaxOracle.js";
import { F64, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261127;

// Both factors are sums of two f64, so that what is left is two roundings: of the product of the larger parts, half an ulp,
// or a whole one of the entry where it is the smaller of two binades; and of the entry, half an ulp.
const TWO_ROUNDINGS = 1.5;

describe(`the Jacobian in f64, seed ${SEED}`, () => {
  it.each([0.1, 1, 5, 20])("rounds an entry twice, logits within %d", (spread) => {
    const errors = new UlpErrors();
    const random = mulberry32(SEED);
    for (let row = 0; row < 400; row++) {
      const cols = 2 + Math.floor(12 * random());
      const x = Float64Array.from({ length: cols }, () => spread * (random() - 0.5));
      const truth = rowOracle(x);
      softmaxJacobian(x).forEach((entry, at) => {
        const [i, j] = [Math.floor(at / cols), at % cols];
        errors.add(ulpError(entry, jacobianOf(truth, i, j), F64), `row ${row}, [${i}, ${j}]`);
      });
    }
    expect(errors.worst, errors.where).toBeLessThanOrEqual(TWO_ROUNDINGS);
  });
});
