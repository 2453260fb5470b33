// The loss and its gradient with every option, against the double-double oracle: the accuracy contract.

import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS } from "../../reference/backends.js";
import { add, dd, type DD, divide, subtract, ZERO } from "../../reference/oracle/doubleDouble.js";
import { batchTruth, type BatchTruth, reducedLoss } from "../../reference/oracle/lossBatch.js";
import { lossError } from "../../reference/oracle/lossOracle.js";
import { F64, type Format, ulpAt, ulpError } from "../../reference/oracle/ulp.js";
import { UlpErrors } from "../../reference/oracle/ulpErrors.js";
import { type Key, limitOf, type Temperatures } from "../search/bounds.js";
import { fromAxis } from "./axis.js";
import { gradientOf, lossesOf, lossOf } from "./calls.js";
import { CASES_PER_PRECISION, type GridCase, lossGrid, PRECISIONS, type Precision, SEED } from "./lossGrid.js";

// One backend: the other has the same bits (lossBackends.test.ts).
const [[, instance]] = BACKENDS;

/** A reduced loss: in ulp, beyond what its positions may be off by, each for itself. */
const REDUCED = 1;

/** In ulp: the contract. A loss is a sum of terms that are not negative; with zLoss it may be off by ulp of the largest. */
const gatesOf = (key: Key, temperatures: Temperatures) => ({
  "loss, no options": limitOf("loss", key, temperatures),
  loss: Math.max(limitOf("loss", key, temperatures), limitOf("loss with zLoss", key, temperatures)),
  "reduced loss": limitOf("loss", key, temperatures) === Infinity ? Infinity : REDUCED,
  "reduction, in ulp of f64": limitOf("mean and sum", "f64", temperatures),
  "gradient, no options": Math.max(
    limitOf("gradient, label", key, temperatures),
    limitOf("gradient, others", key, temperatures),
  ),
  gradient: limitOf("gradient with options", key, temperatures),
  "gradient, subnormal": limitOf("gradient with options", key, temperatures),
});

type Quantity = keyof ReturnType<typeof gatesOf>;

/** Temperatures as the contract speaks of them: rows of the grid have logits as large as they get. */
const TEMPERATURES = ["none", "any"] as const;
const temperaturesOf = ({ batch }: GridCase) => (batch.temperature === 1 ? "none" : "any");

const noErrors = (): Readonly<Record<Quantity, UlpErrors>> => ({
  "loss, no options": new UlpErrors(),
  loss: new UlpErrors(),
  "reduced loss": new UlpErrors(),
  "reduction, in ulp of f64": new UlpErrors(),
  "gradient, no options": new UlpErrors(),
  gradient: new UlpErrors(),
  "gradient, subnormal": new UlpErrors(),
});

class Measured {
  readonly errors = { none: noErrors(), any: noErrors() };
  cases = 0;
  /** Entries of ignored positions and absent classes that are not +0. */
  readonly notZero: string[] = [];
  /** Losses that differ with and without their gradient. */
  readonly lossesDiffer: string[] = [];
}

/** A difference that the type cannot hold may count as infinite, and the loss with it. */
const mayOverflow = (truth: BatchTruth, format: Format) => truth.rows.some(({ widest }) => widest >= format.overflow);

function measure(precision: Precision): Measured {
  const measured = new Measured();
  for (const one of lossGrid(precision)) {
    measured.cases++;
    const truth = batchTruth(one.batch);
    const { loss, grad } = gradientOf(instance, one.logits, one.targets, { ...one.options, ...upstreamOf(one) });
    const alone = lossOf(instance, one.logits, one.targets, one.options);
    if (!sameNumbers(lossesOf(alone), lossesOf(loss))) measured.lossesDiffer.push(one.name);
    measureLosses(measured, precision, one, truth, alone);
    measureGradient(measured, precision, one, truth, fromAxis(one.axis, grad));
  }
  return measured;
}

const upstreamOf = ({ upstream }: GridCase) => (upstream === undefined ? {} : { upstream });

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));

function measureLosses(
  measured: Measured,
  { type, format }: Precision,
  one: GridCase,
  truth: BatchTruth,
  loss: number | ArrayLike<number>,
): void {
  const errors = measured.errors[temperaturesOf(one)];
  const gate = gatesOf(type.key, temperaturesOf(one)).loss;
  const positions = typeof loss === "number" ? lossesOf(positionsOf(one)) : loss;
  expect(positions.length).toBe(truth.rows.length);
  truth.rows.forEach((row, n) => {
    errors[one.plain ? "loss, no options" : "loss"].add(lossError(positions[n], row, format), `${one.name} [${n}]`);
  });
  if (typeof loss !== "number") return;

  if (!mayOverflow(truth, format)) {
    const { truth: reduced, allowance } = reducedLoss(truth, format, gate);
    const beyond = Number.isFinite(reduced.hi) ? Math.abs(subtract(dd(loss), reduced).hi) - allowance : undefined;
    const error = beyond === undefined ? ulpError(loss, reduced, format) : beyond / ulpAt(reduced.hi, format);
    errors["reduced loss"].add(Math.max(0, error), one.name);
  }
  // Where both parts have one divisor, the reduced loss is made of the losses as they are, in f64.
  const { crossEntropy, penalty } = truth.divisors;
  if (crossEntropy.hi !== penalty.hi && one.batch.rows.some(({ zLoss }) => zLoss !== 0)) return;
  const sum = Array.from(positions).reduce((total: DD, value) => add(total, dd(value)), ZERO);
  const expected = truth.isEmptyMean ? dd(NaN) : divide(sum, crossEntropy);
  errors["reduction, in ulp of f64"].add(ulpError(loss, expected, F64), one.name);
}

const positionsOf = ({ logits, targets, options }: GridCase) =>
  lossOf(instance, logits, targets, { ...options, reduction: "none" });

function measureGradient(
  { errors: allErrors, notZero }: Measured,
  { format }: Precision,
  one: GridCase,
  truth: BatchTruth,
  grad: ArrayLike<number>,
): void {
  const errors = allErrors[temperaturesOf(one)];
  const { rows, cols } = one.axis;
  for (let n = 0; n < rows; n++) {
    for (let c = 0; c < cols; c++) {
      const value = grad[n * cols + c];
      const { truth: expected, size } = truth.gradient(n, c);
      const isSubnormal = size < 2 ** (format.lowest + format.precision - 1);
      const into = one.plain ? "gradient, no options" : isSubnormal ? "gradient, subnormal" : "gradient";
      errors[into].add(ulpError(value, expected, format, one.plain ? expected.hi : size), `${one.name} [${n}, ${c}]`);
      const unread = truth.rows[n].kind === "skipped" || one.batch.rows[n].mask?.[c] === 0 || truth.isEmptyMean;
      if (unread && !Object.is(value, 0)) notZero.push(`${one.name} [${n}, ${c}] is ${value}`);
    }
  }
}

describe.each(["f32", "f64"] as const)(`%s: every option with every other, on every axis (seed ${SEED})`, (key) => {
  let measured: Measured;
  beforeAll(() => {
    measured = measure(PRECISIONS[key]);
  }, 120_000);

  it("leaves no combination out", () => expect(measured.cases).toBe(CASES_PER_PRECISION));

  const within = (temperatures: "none" | "any", name: string, gate: number) => {
    const { worst, mean, where, count } = measured.errors[temperatures][name as Quantity];
    const figures = `worst ${worst.toFixed(3)}, mean ${mean.toFixed(3)} of ${count}, gate ${gate}`;
    console.info(`contract, ${key}, τ ${temperatures}: ${name} ${figures} (${where})`);
    expect(count).toBeGreaterThan(0);
    expect(worst, where).toBeLessThanOrEqual(gate);
  };
  for (const temperatures of TEMPERATURES) {
    for (const [name, gate] of Object.entries(gatesOf(key, temperatures))) {
      it(`${name}, temperatures: ${temperatures}, is within ${gate} ulp`, () => within(temperatures, name, gate));
    }
  }

  it("gives exactly +0 wherever nothing is read", () => expect(measured.notZero).toEqual([]));

  it("has the same bits of the loss alone and with its gradient", () => expect(measured.lossesDiffer).toEqual([]));
});
