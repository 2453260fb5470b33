import { describe, expect, it } from "vitest";
import { softmaxJacobian } from "../../src/index.js";
import type { FloatArray } from "../../src/index.js";
import { type AdversarialRow, adversarialRows, adversarialRowsF64 } from "../reference/adversarialRows.js";
import { BACKENDS } from "../reference/backends.js";
import { add, dd, divide, subtract, ZERO } from "../reference/oracle/doubleDouble.js";
import * as oracle from "../reference/oracle/softmaxOracle.js";
import { F32, F64, type Format, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";
import { type Key, limitOf } from "./search/bounds.js";

const SEED = 20261123;

// One backend: the other has the same bits (bits.test.ts).
const [[, instance]] = BACKENDS;

function measure(rows: Iterable<AdversarialRow<FloatArray>>, format: Format) {
  const errors = {
    softmax: new UlpErrors(),
    total: new UlpErrors(),
    logSoftmax: new UlpErrors(),
    logSumExp: new UlpErrors(),
    loss: new UlpErrors(),
    gradient: new UlpErrors(),
  };
  const random = mulberry32(SEED);
  for (const { kind, x } of rows) {
    const truth = oracle.rowOracle(x);
    const p = instance.softmax(x);
    const logP = instance.logSoftmax(x);
    let total = ZERO;
    for (let i = 0; i < x.length; i++) {
      errors.softmax.add(ulpError(p[i], oracle.softmaxOf(truth, i), format), kind);
      errors.logSoftmax.add(ulpError(logP[i], oracle.logSoftmaxOf(truth, i), format), kind);
      total = add(total, dd(p[i]));
    }
    errors.total.add(Math.abs(subtract(total, dd(1)).hi) * 2 ** format.precision, kind);

    const larger = oracle.logSumExpSize(truth);
    errors.logSumExp.add(ulpError(instance.logSumExp(x), oracle.logSumExpOf(truth), format, larger), kind);

    for (const label of new Set([x.indexOf(truth.max), Math.floor(random() * x.length)])) {
      const { loss, grad } = instance.crossEntropyGrad(x, [label], { reduction: "none" });
      errors.loss.add(ulpError(loss[0], oracle.lossOf(truth, label), format), kind);
      for (let i = 0; i < x.length; i++) {
        errors.gradient.add(ulpError(grad[i], oracle.gradientOf(truth, label, i, dd(1)), format), kind);
      }
    }
  }
  return errors;
}

/** The contract: worst error in ulp, and what Σp may miss 1 by in 2^-24 or 2^-53. */
const gatesOf = (key: Key) => ({
  softmax: limitOf("softmax", key, "none"),
  total: limitOf("sum of softmax", key, "none"),
  logSoftmax: limitOf("log-softmax", key, "none"),
  logSumExp: limitOf("logSumExp", key, "none"),
  loss: limitOf("loss", key, "none"),
  gradient: Math.max(limitOf("gradient, label", key, "none"), limitOf("gradient, others", key, "none")),
});
const GATES_F32 = gatesOf("f32");
const GATES_F64 = gatesOf("f64");

function* longRows(): Generator<AdversarialRow> {
  yield* adversarialRows(SEED, [50257], ["spread 10", "confident", "one large, the rest equal"]);
  yield* adversarialRows(SEED, [2 ** 20], ["one large, the rest equal", "all equal"]);
}

function* longRowsF64(): Generator<AdversarialRow<Float64Array>> {
  yield* adversarialRowsF64(SEED, [50257], ["spread 10", "confident"]);
  yield* adversarialRowsF64(SEED, [2 ** 20], ["one large, the rest equal"]);
}

describe.each([
  ["f32 rows of every tail length", () => adversarialRows(SEED), F32, GATES_F32],
  ["f32 rows of 50,257 and a million classes", longRows, F32, GATES_F32],
  ["f64 rows of every tail length", () => adversarialRowsF64(SEED), F64, GATES_F64],
  ["f64 rows of 50,257 and a million classes", longRowsF64, F64, GATES_F64],
] as const)("on %s, seed " + String(SEED), (title, rows, format, gates) => {
  const errors = measure(rows(), format);

  it.each(Object.entries(gates))("%s is within %d ulp", (name, gate) => {
    const { worst, mean, where } = errors[name as keyof typeof gates];
    console.info(`${title}: ${name} worst ${worst.toFixed(3)} (${where}), mean ${mean.toFixed(3)}, gate ${gate}`);
    expect(worst, where).toBeLessThanOrEqual(gate);
  });

  it("softmax is within the contract in the mean", () => {
    expect(errors.softmax.mean).toBeLessThanOrEqual(limitOf("softmax, mean", format === F32 ? "f32" : "f64", "none"));
  });
});

describe("the Jacobian", () => {
  it.each([
    ["f32", F32, adversarialRows],
    ["f64", F64, adversarialRowsF64],
  ] as const)("%s: is within 4 ulp in every entry", (name, format, rows) => {
    const errors = new UlpErrors();
    for (const { kind, x } of rows(SEED, [1, 2, 3, 5, 8, 17, 33])) {
      const truth = oracle.rowOracle(x);
      const jacobian = softmaxJacobian(x);
      for (let i = 0; i < x.length; i++) {
        for (let j = 0; j < x.length; j++) {
          errors.add(ulpError(jacobian[i * x.length + j], oracle.jacobianOf(truth, i, j), format), kind);
        }
      }
    }
    console.info(`Jacobian, ${name}: worst ${errors.worst.toFixed(3)} (${errors.where}), gate 4`);
    expect(errors.worst, errors.where).toBeLessThanOrEqual(4);
  });
});

describe("a class that leads by 20", () => {
  it.each(BACKENDS)("%s: loss, log p and label gradient keep their digits", (_, { logSoftmax, crossEntropyGrad }) => {
    const x = Float32Array.of(20, 0);
    const tiny = 2.0611536181902037e-9; // log1p(e^-20), and e^-20 / (1 + e^-20) to 9 digits
    const { loss, grad } = crossEntropyGrad(x, [0]);
    expect(loss).toBeCloseTo(tiny, 15);
    expect(logSoftmax(x)[0]).toBeCloseTo(-tiny, 15);
    expect(grad[0]).toBeCloseTo(-tiny, 15);
    expect(grad[0]).toBe(-grad[1]);
  });
});

describe("a gradient of a large temperature", () => {
  it.each(BACKENDS)("%s: keeps its digits where terms times their factor pass through subnormals", (_, instance) => {
    for (let e = 60; e <= 120; e += 3) {
      const temperature = 2 ** e;
      const { grad } = instance.crossEntropyGrad(Float32Array.of(1, 2, 3, 4), [2], { temperature });
      // Divided, the logits are all but equal: p = 1/4.
      for (const i of [0, 1, 3])
        expect(ulpError(grad[i], dd(0.25 / temperature), F32), `2^${e}`).toBeLessThanOrEqual(2);
      expect(ulpError(grad[2], dd(-0.75 / temperature), F32), `2^${e}`).toBeLessThanOrEqual(2);
    }
  });
});

describe("the mean over a million rows", () => {
  it("is the sum of its rows, to one f32 ulp", () => {
    const rows = 1e6;
    const random = mulberry32(SEED);
    const x = new Float32Array(rows * 2).map(() => 4 * (random() - 0.5));
    const labels = new Uint8Array(rows);
    const losses = instance.crossEntropy(x, labels, { reduction: "none" });
    let sum = ZERO;
    for (const loss of losses) sum = add(sum, dd(loss));
    expect(ulpError(instance.crossEntropy(x, labels, { reduction: "sum" }), sum, F32)).toBeLessThanOrEqual(1);
    expect(ulpError(instance.crossEntropy(x, labels), divide(sum, dd(rows)), F32)).toBeLessThanOrEqual(1);
  });
});
