// Float16Array, where the engine has one: random rows against the oracle, half of them with a temperature. Computed as f32
// and rounded once, results are off by half an ulp of f16, and 2^-13 of what f32 is off by.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS } from "../../reference/backends.js";
import { type DD, dd, divide, ONE } from "../../reference/oracle/doubleDouble.js";
import * as oracle from "../../reference/oracle/softmaxOracle.js";
import { F16, ulpError } from "../../reference/oracle/ulp.js";
import { UlpErrors } from "../../reference/oracle/ulpErrors.js";
import { logSoftmaxBackwardOf, softmaxBackwardOf } from "../../reference/oracle/backwardOracle.js";
import { rowTruth } from "../../reference/oracle/lossOracle.js";
import { gradientOf, hessianTimesOf } from "../contract/calls.js";
import { CONTRACT } from "./bounds.js";
import { Random } from "./randomProblems.js";

const SEED = Number(process.env.SEARCH_SEED ?? 20261209);
const Half = (globalThis as { Float16Array?: Float32ArrayConstructor }).Float16Array;
const LIMIT = 0.5 + CONTRACT.Hessian.f32 * 2 ** -13;

describe.runIf(Half !== undefined)(`Float16Array (SEARCH_SEED=${SEED})`, () => {
  it(`is within ${LIMIT} ulp of f16 on random rows`, () => {
    const Type = Half as Float32ArrayConstructor;
    const [[, instance]] = BACKENDS;
    const random = new Random(SEED);
    const errors = {
      softmax: new UlpErrors(),
      logSoftmax: new UlpErrors(),
      logSumExp: new UlpErrors(),
      loss: new UlpErrors(),
      gradient: new UlpErrors(),
      Hessian: new UlpErrors(),
      softmaxBackward: new UlpErrors(),
      logSoftmaxBackward: new UlpErrors(),
    };
    for (let n = 0; n < 3000; n++) {
      const cols = 1 + random.below(n % 20 === 0 ? 300 : 20);
      const deviation = random.pick([0.1, 1, 3, 10]);
      const offset = random.pick([0, 0, 10, -200, 6e4]);
      const x = new Type(cols).map(() => offset + deviation * random.normal());
      const temperature = random.chance(0.5) ? 1 : random.between(0.1, 5);
      const tau = dd(temperature);
      const row = oracle.rowOracle(x, temperature);
      const label = random.below(cols);
      const options = { temperature, shape: [1, cols] } as const;
      const call = gradientOf(instance, x, [label], { reduction: "none", temperature });
      const p = instance.softmax(x, options);
      const logP = instance.logSoftmax(x, options);
      const logSumExp = instance.logSumExp(x, options) as unknown as FloatArray;
      const loss = call.loss as FloatArray;
      const v = new Type(cols).map(() => random.normal());
      const hessian = hessianTimesOf(instance, x, [label], v, { reduction: "sum", temperature });
      const square = divide(divide(ONE, tau), tau);
      const truths = {
        Hessian: rowTruth({ x, temperature, target: label, labelSmoothing: 0, zLoss: 0 }, false).hessianTimes(v, {
          crossEntropy: square,
          penalty: square,
        }),
        softmaxBackward: softmaxBackwardOf(p, v, temperature),
        logSoftmaxBackward: logSoftmaxBackwardOf(logP, v, temperature),
      };
      const results = {
        Hessian: hessian,
        softmaxBackward: instance.softmaxBackward(p, v, options),
        logSoftmaxBackward: instance.logSoftmaxBackward(logP, v, options),
      };
      const error = (value: number, truth: DD, of?: number) => ulpError(value, truth, F16, of);
      const where = `[${x.join()}]`;
      errors.logSumExp.add(error(logSumExp[0], oracle.logSumExpOf(row), oracle.logSumExpSize(row)), where);
      errors.loss.add(error(loss[0], oracle.lossOf(row, label)), where);
      for (let c = 0; c < cols; c++) {
        errors.softmax.add(error(p[c], oracle.softmaxOf(row, c)), where);
        errors.logSoftmax.add(error(logP[c], oracle.logSoftmaxOf(row, c)), where);
        errors.gradient.add(error(call.grad[c], oracle.gradientOf(row, label, c, divide(ONE, tau))), where);
        for (const name of ["Hessian", "softmaxBackward", "logSoftmaxBackward"] as const) {
          const { truth, size } = truths[name][c];
          errors[name].add(error(results[name][c], truth, size), where);
        }
      }
    }
    for (const [name, { worst, count, where }] of Object.entries(errors)) {
      console.info(`search, f16 ${name}: worst ${worst.toFixed(5)} of ${count}`);
      // Just above a power of two the rounding of the sum of two terms is one ulp of the larger.
      expect(worst, `${name} of ${where}`).toBeLessThanOrEqual(name === "logSumExp" ? 2 * LIMIT : LIMIT);
    }
  });
});
