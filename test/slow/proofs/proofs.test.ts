// What docs/numerics.md says is derived, derived: `npm run test:slow -- proofs`.

import { beforeAll, describe, expect, it } from "vitest";
import { exp, expPrecise } from "../../../src/backend/js/rows/exp.js";
import { DERIVED, type Key, type Quantity } from "../../operations/search/bounds.js";
import { expErrors, expErrorsF64 } from "./exponential.js";
import { hessianError, logSoftmaxError, logSumExpError, softmaxError } from "./softmax.js";
import { type ExpErrors, sweep } from "./sweep.js";
import { haveTools } from "./tools.js";

const tools = haveTools();
if (!tools) console.log("proofs: gappa or sollya is absent (Debian packages of those names); their part is skipped");

/** A derived bound is what is stated, to two digits after the point. */
function expectStated(quantity: Quantity, key: Key, derived: number): void {
  console.log(`derived: ${quantity}, ${key}: ${derived.toFixed(4)}, stated: ${DERIVED[quantity]?.[key] ?? "nothing"}`);
  const stated = DERIVED[quantity]?.[key];
  if (stated === undefined) return;
  expect(derived).toBeLessThanOrEqual(stated);
  expect(derived).toBeGreaterThan(stated - 0.02);
}

describe("f32", () => {
  let errors: ExpErrors;
  beforeAll(() => {
    errors = sweep(exp);
  }, 1_800_000);

  it("the exponential is within an ulp at every float of its domain", () => {
    const { count, worst, above, below } = errors;
    console.log(`exp: ${count} floats, ${worst.toFixed(4)} ulp`);
    for (const [name, { ulps, relative }] of Object.entries({ above, below })) {
      console.log(`${name}: ${relative.toFixed(4)}·2^-24 relative, in ulp by 64ths of the mantissa:`);
      console.log(Array.from(ulps, (ulp) => ulp.toFixed(3)).join(" "));
    }
    expect(count).toBeGreaterThan(690e6);
    expect(worst).toBeLessThanOrEqual(1);
    expect(worst, "the sweep measures something").toBeGreaterThan(0.5);
  });

  it("log-softmax and loss", () => {
    const derived = logSoftmaxError(errors);
    expectStated("log-softmax", "f32", derived);
    expectStated("loss", "f32", derived);
  });

  it("logSumExp", () => expectStated("logSumExp", "f32", logSumExpError(errors)));

  it("the Hessian times a vector", () => {
    const precise = sweep(expPrecise);
    console.log(
      `precise exp: ${precise.above.relative.toFixed(4)} too large, ${precise.below.relative.toFixed(4)} too small`,
    );
    expectStated("Hessian", "f32", hessianError(precise));
  }, 1_800_000);

  it.runIf(tools)("the exponential, by gappa and sollya, is within 1.1 ulp", () => {
    const pieces = expErrors();
    const worst = Math.max(...pieces.map(({ ulps }) => ulps));
    console.log(`exp by gappa: ${worst.toFixed(4)} ulp in ${pieces.length} pieces`);
    expect(worst).toBeLessThanOrEqual(1.1);
    expect(worst).toBeGreaterThanOrEqual(errors.worst - 0.01);
  });

  it.runIf(tools)("softmax and the gradient of labels", () => {
    const derived = softmaxError(errors);
    expectStated("softmax", "f32", derived);
    expectStated("gradient, others", "f32", derived);
  });
});

describe.runIf(tools)("f64", () => {
  it("the exponential is within 1.3 ulp", () => {
    const pieces = expErrorsF64();
    for (const { from, to, ulps } of pieces) console.log(`exp, f64, r in [${from}, ${to}]: ${ulps.toFixed(4)} ulp`);
    expect(Math.max(...pieces.map(({ ulps }) => ulps))).toBeLessThanOrEqual(1.3);
  });
});
