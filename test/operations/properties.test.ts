// What the formulas promise, on rows of fast-check's making. Every bound follows from the contract (accuracy.test.ts):
// softmax and gradient are within 4 ulp of the truth, log-softmax and loss within 3, logSumExp within 2 of its larger
// part. One backend: the other has the same bits (bits.test.ts).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { type DD, dd, divide, subtract } from "../reference/oracle/doubleDouble.js";
import { lossOf, rowOracle, softmaxOf } from "../reference/oracle/softmaxOracle.js";
import { F32, ulpError } from "../reference/oracle/ulp.js";

const SEED = 20261125;
const [[, instance]] = BACKENDS;
const { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad } = instance;

function holds<T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, numRuns = 500): void {
  fc.assert(fc.property(arbitrary, predicate), { seed: SEED, numRuns }); // a failure prints seed and path
}

/** Rows on a grid of `step`, so that shifts and small steps are exact. */
const gridRows = (limit: number, step: number, maxLength = 70) =>
  fc
    .array(fc.integer({ min: -limit / step, max: limit / step }), { minLength: 1, maxLength })
    .map((values) => Float32Array.from(values, (value) => value * step));

const floatRows = (limit: number) =>
  fc.float32Array({ minLength: 1, maxLength: 70, noNaN: true, min: Math.fround(-limit), max: Math.fround(limit) });

/** Finite rows: of a vocabulary's spread, of any exponent, as wide as there are, and confident ones. */
const rows = fc.oneof(
  gridRows(30, 2 ** -16),
  gridRows(100, 2 ** -8),
  floatRows(1000),
  floatRows(3.4e38),
  fc.tuple(gridRows(2, 2 ** -16), fc.nat(), fc.integer({ min: 5, max: 100 })).map(([x, at, gap]) => {
    x[at % x.length] += gap;
    return x;
  }),
);

const withLabel = (arbitrary: fc.Arbitrary<Float32Array>) =>
  fc.tuple(arbitrary, fc.nat()).map(([x, label]) => ({ x, label: label % x.length }));

/** No less than an ulp of the truth, for a value within a few ulp of it: ulp(t) ≤ 2^-23·|t|, or 2^-149. */
const ulp = (value: number) => Math.max(2 ** -23 * Math.abs(value) * (1 + 2 ** -20), 2 ** -149);

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, ulps: number): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i])) expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(ulps * ulp(a[i]));
  }
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const gradientOf = (x: Float32Array, label: number) => crossEntropyGrad(x, [label], { reduction: "sum" }).grad;

describe(`softmax (seed ${SEED})`, () => {
  it("sums to 1 within 4·2^-24", () => {
    holds(rows, (x) => {
      expect(Math.abs(sum(softmax(x)) - 1)).toBeLessThanOrEqual(4 * 2 ** -24);
    });
  });

  it("keeps the order: equal bits for equal logits, never less for more, in the logarithms and gradients too", () => {
    holds(withLabel(rows), ({ x, label }) => {
      const gradient = gradientOf(x, label);
      const others = gradient.map((g, i) => (i === label ? 1 : g));
      const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
      for (const result of [softmax(x), logSoftmax(x)]) {
        for (let k = 1; k < order.length; k++) {
          expect(result[order[k - 1]]).toBeLessThanOrEqual(result[order[k]]);
          if (x[order[k - 1]] === x[order[k]]) expect(result[order[k - 1]]).toBe(result[order[k]]);
        }
      }
      for (let k = 1; k < order.length; k++) {
        if (order[k] !== label && order[k - 1] !== label) {
          expect(others[order[k - 1]]).toBeLessThanOrEqual(others[order[k]]);
        }
      }
    });
  });

  it("is e to the log-softmax", () => {
    holds(rows, (x) => {
      const p = softmax(x);
      logSoftmax(x).forEach((logP, i) => {
        // 4 ulp of p, and 3 ulp of log p, an absolute error that e makes a relative one (2^-10: its second order).
        const bound = p[i] * 3 * ulp(logP) * (1 + 2 ** -10) + 4 * ulp(p[i]);
        if (p[i] > 0) expect(Math.abs(p[i] - Math.exp(logP))).toBeLessThanOrEqual(bound);
        else expect(Math.exp(logP)).toBeLessThanOrEqual(4 * 2 ** -149);
      });
    });
  });

  it("is the gradient under sum, bit for bit, wherever the label is not and no probability is 1", () => {
    holds(withLabel(rows), ({ x, label }) => {
      const p = softmax(x);
      const gradient = gradientOf(x, label);
      // Equal logits have exactly 1/n in a softmax alone.
      if (new Set(x).size === 1) return;
      p[label] = gradient[label];
      // A probability that rounds to 1 is 1; in the gradient it is what the product with the rounded reciprocal gives.
      const certain = p.indexOf(1);
      if (certain >= 0 && certain !== label) {
        expect(1 - gradient[certain]).toBeLessThanOrEqual(2 ** -24);
        p[certain] = gradient[certain];
      }
      expect(bitsOf(gradient)).toBe(bitsOf(p));
    });
  });
});

describe(`logSumExp (seed ${SEED})`, () => {
  it("is any logit less its log-softmax", () => {
    holds(fc.oneof(gridRows(30, 2 ** -16), gridRows(100, 2 ** -8), floatRows(1e6)), (x) => {
      const value = logSumExp(x);
      const part = Math.max(Math.abs(Math.max(...x)), Math.log(x.length)); // max(|m|, log S), S ≤ C
      logSoftmax(x).forEach((logP, i) => {
        expect(Math.abs(value - (x[i] - logP))).toBeLessThanOrEqual(2 * ulp(part) + 3 * ulp(logP));
      });
    });
  });
});

describe(`a shift of all logits (seed ${SEED})`, () => {
  const everything = (x: Float32Array, label: number) => [
    softmax(x),
    logSoftmax(x),
    Float32Array.of(crossEntropy(x, [label])),
    gradientOf(x, label),
  ];

  it("changes no bit between maxima of 208 and more", () => {
    // There the kernels subtract the maximum first (assembly/exp.ts). On a grid of 2^-8 every x + s below 2^16 is
    // exact, and so is x − max: what is left of a row does not depend on s.
    const shift = fc.oneof(fc.integer({ min: 268, max: 65000 }), fc.integer({ min: -65000, max: -268 }));
    holds(fc.tuple(withLabel(gridRows(60, 2 ** -8)), shift, shift), ([{ x, label }, a, b]) => {
      const one = everything(
        x.map((value) => value + a),
        label,
      );
      const other = everything(
        x.map((value) => value + b),
        label,
      );
      expect(one.map(bitsOf)).toEqual(other.map(bitsOf));
    });
  });

  it("stays within the contract everywhere: both within its ulp of one truth", () => {
    const shift = fc.oneof(fc.integer({ min: -400, max: 400 }), fc.integer({ min: -65000, max: 65000 }));
    holds(fc.tuple(withLabel(gridRows(60, 2 ** -8)), shift), ([{ x, label }, s]) => {
      const shifted = x.map((value) => value + s);
      const [p, logP, loss, gradient] = everything(x, label);
      const [pShifted, logPShifted, lossShifted, gradientShifted] = everything(shifted, label);
      expectClose(pShifted, p, 8);
      expectClose(logPShifted, logP, 6);
      expectClose(lossShifted, loss, 6);
      expectClose(gradientShifted, gradient, 8);
      const part = (m: number) => Math.max(Math.abs(m), Math.log(x.length));
      const bound = 2 * ulp(part(Math.max(...x))) + 2 * ulp(part(Math.max(...shifted)));
      expect(Math.abs(logSumExp(shifted) - s - logSumExp(x))).toBeLessThanOrEqual(bound);
    });
  });
});

describe(`a permutation of the classes (seed ${SEED})`, () => {
  const permuted = (x: Float32Array, order: readonly number[]) => Float32Array.from(order, (i) => x[i]);

  it("permutes the result, within the contract", () => {
    const cases = withLabel(rows).chain(({ x, label }) =>
      fc.shuffledSubarray(Array.from(x.keys()), { minLength: x.length }).map((order) => ({ x, label, order })),
    );
    holds(cases, ({ x, label, order }) => {
      const y = permuted(x, order);
      expectClose(softmax(y), permuted(softmax(x), order), 8);
      expectClose(logSoftmax(y), permuted(logSoftmax(x), order), 6);
      expectClose(gradientOf(y, order.indexOf(label)), permuted(gradientOf(x, label), order), 8);
    });
  });

  it("changes no bit where the order of summation only swaps the sides of a plus", () => {
    // assembly/README.md: e_c + e_(c+4) in each lane; pair 0 + pair 1 of a block; (lane 0 + lane 2) + (lane 1 + lane 3).
    const lanes = fc.constantFrom([0, 1, 2, 3], [2, 1, 0, 3], [0, 3, 2, 1], [1, 0, 3, 2], [3, 0, 1, 2]);
    const eights = fc.tuple(rows, fc.integer({ min: 1, max: 9 })).map(([x, n]) => {
      return new Float32Array(8 * n).map((_, i) => x[i % x.length] - (i >> 5));
    });
    const halves = fc.array(fc.boolean(), { minLength: 36, maxLength: 36 });
    holds(fc.tuple(eights, lanes, halves, fc.boolean()), ([x, lane, flips, swap]) => {
      const order = Array.from(x.keys(), (i) => {
        const inBlock = swap && (i & 31) < 16 && (i & ~31) + 16 <= x.length ? i ^ 8 : i;
        const half = flips[(inBlock >> 3) * 4 + (inBlock & 3)] ? 4 : 0;
        return (inBlock & ~3 & ~4) | ((inBlock & 4) ^ half) | lane[inBlock & 3];
      });
      expect([...order].sort((a, b) => a - b)).toEqual([...x.keys()]);
      const y = permuted(x, order);
      expect(bitsOf(softmax(y))).toBe(bitsOf(permuted(softmax(x), order)));
      expect(bitsOf(logSoftmax(y))).toBe(bitsOf(permuted(logSoftmax(x), order)));
      expect(bitsOf(gradientOf(y, order.indexOf(0)))).toBe(bitsOf(permuted(gradientOf(x, 0), order)));
      expect(logSumExp(y)).toBe(logSumExp(x));
    });
  });
});

describe(`the gradient (seed ${SEED})`, () => {
  it("sums to 0 within the ulps of its entries", () => {
    // The truths sum to 0; each entry is within 4 ulp of its own.
    holds(withLabel(rows), ({ x, label }) => {
      const gradient = gradientOf(x, label);
      const bound = sum(Array.from(gradient, (g) => 4 * ulp(g)));
      expect(Math.abs(sum(gradient))).toBeLessThanOrEqual(bound * (1 + 2 ** -20));
    });
  });

  it("is the difference quotient of the loss in double-double", () => {
    // (L(x + h) − L(x − h))/2h is off by h²/6·L‴, and |L‴| = p(1 − p)|1 − 2p| ≤ |L′|: below 2^-50 of it. The oracle is
    // good to 2^-86 or better, 2^-63 in the quotient, 0.01 ulp of entries of e^-20/12 and more.
    const h = 2 ** -24;
    holds(
      withLabel(gridRows(10, 2 ** -16, 12)),
      ({ x, label }) => {
        gradientOf(x, label).forEach((g, i) => {
          const lossAt = (step: number): DD => {
            const moved = Float64Array.from(x);
            moved[i] += step;
            return lossOf(rowOracle(moved), label);
          };
          const quotient = divide(subtract(lossAt(h), lossAt(-h)), dd(2 * h));
          expect(ulpError(g, quotient, F32)).toBeLessThanOrEqual(4.01);
        });
      },
      100,
    );
  });

  it("under mean is that under sum over the number of valid positions", () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(), { minLength: 9 }))
      .chain(([count, cols, picks]) =>
        fc
          .array(fc.integer({ min: -20 * 256, max: 20 * 256 }), { minLength: count * cols, maxLength: count * cols })
          .map((values) => ({
            x: Float32Array.from(values, (value) => value / 256),
            labels: picks.slice(0, count).map((pick) => (pick % 5 === 4 ? -100 : pick % cols)),
          })),
      );
    holds(cases, ({ x, labels }) => {
      const valid = labels.filter((label) => label >= 0).length;
      const mean = crossEntropyGrad(x, labels);
      const total = crossEntropyGrad(x, labels, { reduction: "sum" });
      if (valid > 0) expect(mean.loss).toBe(total.loss / valid);
      else expect(mean.loss).toBeNaN();
      total.grad.forEach((g, i) => {
        if (valid === 0) expect(mean.grad[i]).toBe(0);
        // A power of two passes through every rounding: the entries are far from subnormal.
        else if (Number.isInteger(Math.log2(valid))) expect(mean.grad[i]).toBe(g / valid);
        // Two roundings on either side, 2^-24 each.
        else expect(Math.abs(mean.grad[i] - g / valid)).toBeLessThanOrEqual(2 * ulp(g / valid));
      });
    });
  });
});

describe(`the Jacobian (seed ${SEED})`, () => {
  it("is symmetric bit for bit, and its rows sum to 0", () => {
    holds(
      rows,
      (x) => {
        const jacobian = softmaxJacobian(x);
        const n = x.length;
        for (let i = 0; i < n; i++) {
          const row = jacobian.subarray(i * n, (i + 1) * n);
          const column = Float32Array.from(row, (_, j) => jacobian[j * n + i]);
          expect(bitsOf(row)).toBe(bitsOf(column));
          // Worked in f64 and rounded once: half an ulp an entry.
          const bound = sum(Array.from(row, (value) => ulp(value) / 2));
          expect(Math.abs(sum(row))).toBeLessThanOrEqual(bound * (1 + 2 ** -20));
        }
      },
      200,
    );
  });

  it("times a vector is the difference quotient of softmax along it, in double-double", () => {
    // f = p_i(x + t·d), |d| ≤ 1, has |f‴| = p_i·|z³ − 3zκ₂ − κ₃| ≤ 16·p_i (z = d_i − E d, κ the cumulants of d under p),
    // so that the quotient is off by 16/6·h²·p_i at most; the oracle adds less than 2^-60·p_i.
    const h = 2 ** -28;
    const direction = fc.array(fc.integer({ min: -256, max: 256 }), { minLength: 12, maxLength: 12 });
    holds(
      fc.tuple(gridRows(8, 2 ** -10, 12), direction),
      ([x, d]) => {
        const n = x.length;
        const dy = d.slice(0, n).map((value) => value / 256);
        const jacobian = softmaxJacobian(x);
        const ahead = rowOracle(Float64Array.from(x, (value, i) => value + h * dy[i]));
        const behind = rowOracle(Float64Array.from(x, (value, i) => value - h * dy[i]));
        for (let j = 0; j < n; j++) {
          const p = softmaxOf(ahead, j);
          const quotient = divide(subtract(p, softmaxOf(behind, j)), dd(2 * h)).hi;
          const terms = dy.map((value, i) => value * jacobian[i * n + j]);
          const rounding = sum(terms.map((term) => ulp(term) / 2));
          const bound = rounding + (3 * h ** 2 + 2 ** -60) * p.hi;
          expect(Math.abs(sum(terms) - quotient)).toBeLessThanOrEqual(bound);
        }
      },
      300,
    );
  });
});
