import assert from "node:assert/strict";

/** Softmax, log-softmax, loss and gradient of one row, as the page's formulas say, in doubles. */
export function formula(x, label, temperature) {
  const z = x.map((logit) => logit / temperature);
  const m = Math.max(...z);
  const terms = z.map((one) => Math.exp(one - m));
  const sum = terms.reduce((a, b) => a + b);
  const p = terms.map((term) => term / sum);
  const logP = z.map((one) => one - m - Math.log(sum));
  const grad = p.map((one, i) => (one - (i === label ? 1 : 0)) / temperature);
  return { p, logP, loss: -logP[label], grad };
}

/** Relative: some ulp of f32, of numbers that are differences of numbers near 1. */
const TOLERANCE = 2e-6;

export function assertClose(got, expected, what) {
  assert.equal(got.length, expected.length, `${what}: ${got.length} numbers`);
  expected.forEach((value, i) => {
    const off = Math.abs(got[i] - value);
    assert.ok(off <= TOLERANCE * Math.max(1e-3, Math.abs(value)), `${what}[${i}]: expected ${value}, got ${got[i]}`);
  });
}
