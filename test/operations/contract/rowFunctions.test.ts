// softmax, log-softmax and log-sum-exp on every axis, masked or not, at temperatures: against the oracle.

import { beforeAll, describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/index.js";
import { BACKENDS } from "../../reference/backends.js";
import { dd } from "../../reference/oracle/doubleDouble.js";
import { isBroken } from "../../reference/oracle/lossRow.js";
import {
  logSoftmaxOf,
  logSumExpOf,
  logSumExpSize,
  rowOracle,
  softmaxOf,
} from "../../reference/oracle/softmaxOracle.js";
import { ulpError } from "../../reference/oracle/ulp.js";
import { UlpErrors } from "../../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../../reference/random.js";
import { type Key, limitOf, type Temperatures } from "../search/bounds.js";
import { axesOf, axisOf, fromAxis, toAxis } from "./axis.js";
import { type Precision, PRECISIONS } from "./lossGrid.js";

const SEED = 20261129;
const [[, instance]] = BACKENDS;

const gatesOf = (key: Key, temperatures: Temperatures) => ({
  softmax: limitOf("softmax", key, temperatures),
  logSoftmax: limitOf("log-softmax", key, temperatures),
  logSumExp: limitOf("logSumExp", key, temperatures),
});
type Quantity = keyof ReturnType<typeof gatesOf>;
type Errors = Readonly<Record<Quantity, UlpErrors>>;

const noErrors = (): Errors => ({ softmax: new UlpErrors(), logSoftmax: new UlpErrors(), logSumExp: new UlpErrors() });

const NAN = dd(NaN);

/** The truth of a row of present classes: of each, and log-sum-exp with what its error is measured in. */
function truthOf(x: FloatArray, temperature: number) {
  const all = Array.from(x.keys());
  if (x.length === 0) return { softmax: [], logSoftmax: [], logSumExp: dd(-Infinity), size: 0 };
  if (isBroken(x, all)) {
    const logSumExp = x.some(Number.isNaN) ? NaN : x.includes(Infinity) ? Infinity : -Infinity;
    return { softmax: all.map(() => NAN), logSoftmax: all.map(() => NAN), logSumExp: dd(logSumExp), size: 0 };
  }
  const row = rowOracle(x, temperature);
  return {
    softmax: all.map((i) => softmaxOf(row, i)),
    logSoftmax: all.map((i) => logSoftmaxOf(row, i)),
    logSumExp: logSumExpOf(row),
    size: logSumExpSize(row),
  };
}

function measure({ type, format, rows: rowsOf }: Precision) {
  const measured = { none: noErrors(), any: noErrors() };
  const random = mulberry32(SEED);
  for (const cols of [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 40, 130]) {
    const pool = [...rowsOf(SEED, [cols])];
    for (const { shape, axis } of [[0], [0, 3], [2, 0, 3], [0, 2, 1, 2], [2, 1, 3, 2, 0]].flatMap(axesOf)) {
      const sizes = shape.map((size, at) => (at === axis ? cols : Math.max(1, size)));
      const layout = axisOf(sizes, axis);
      for (const masked of [false, true]) {
        const temperature = [1, 1, 0.7, 3][Math.floor(4 * random())];
        const errors = measured[temperature === 1 ? "none" : "any"];
        const x = type.create(layout.rows * cols);
        for (let n = 0; n < layout.rows; n++) x.set(pool[Math.floor(random() * pool.length)].x, n * cols);
        const mask = new Uint8Array(x.length).map(() => (masked && random() < 0.4 ? 0 : 1));
        const options = { shape: sizes, axis, temperature, mask: masked ? toAxis(layout, mask) : undefined };
        const laid = toAxis(layout, x);
        const p = fromAxis(layout, instance.softmax(laid, options));
        const logP = fromAxis(layout, instance.logSoftmax(laid, options));
        const logSumExp = instance.logSumExp(laid, options);
        for (let n = 0; n < layout.rows; n++) {
          const where = `[${sizes.join()}] axis ${axis}, temperature ${temperature}, masked ${String(masked)}, row ${n}`;
          const present = Array.from({ length: cols }, (_, c) => n * cols + c).filter((k) => mask[k] !== 0);
          const truth = truthOf(
            type.create(present.length).map((_, i) => x[present[i]]),
            temperature,
          );
          errors.logSumExp.add(ulpError(logSumExp[n], truth.logSumExp, format, truth.size), where);
          present.forEach((k, i) => {
            errors.softmax.add(ulpError(p[k], truth.softmax[i], format), where);
            errors.logSoftmax.add(ulpError(logP[k], truth.logSoftmax[i], format), where);
          });
          for (let k = n * cols; k < (n + 1) * cols; k++) {
            if (mask[k] !== 0) continue;
            errors.softmax.add(Object.is(p[k], 0) ? 0 : Infinity, `absent: ${where}`);
            errors.logSoftmax.add(logP[k] === -Infinity ? 0 : Infinity, `absent: ${where}`);
          }
        }
      }
    }
  }
  return measured;
}

describe.each(["f32", "f64"] as const)(`%s, on every axis, masked or not (seed ${SEED})`, (key) => {
  let measured: ReturnType<typeof measure>;
  beforeAll(() => {
    measured = measure(PRECISIONS[key]);
  }, 60_000);

  const within = (temperatures: "none" | "any", name: string, gate: number) => {
    const { worst, where, count } = measured[temperatures][name as Quantity];
    console.info(
      `contract, ${key}, τ ${temperatures}: ${name} worst ${worst.toFixed(3)} of ${count}, gate ${gate} (${where})`,
    );
    expect(worst, where).toBeLessThanOrEqual(gate);
  };
  for (const temperatures of ["none", "any"] as const) {
    for (const [name, gate] of Object.entries(gatesOf(key, temperatures))) {
      it(`${name}, temperatures: ${temperatures}, is within ${gate} ulp`, () => within(temperatures, name, gate));
    }
  }
});
