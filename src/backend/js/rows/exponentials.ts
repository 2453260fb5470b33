// The exponentials of a row, e^(x_c − max), and their sums: assembly/exponentials.ts in plain TypeScript.

import type { FloatArray, KernelType } from "../../../floatType.js";
import { scale, subtract } from "./elementwise.js";
import { quotientError, twoSumError } from "./errorFree.js";
import { CHUNK, exp, expPrecise, expTempered, rowExponent, SHIFT_FROM } from "./exp.js";
import { expF64, expOfMax, expTemperedF64, rowExponentF64, SHIFT_FROM_F64 } from "./expF64.js";
import { log1p, logOfSum } from "./log1p.js";
import { sumAllF64, sumBelow, sumBelowF64, sumError } from "./sum.js";
import type { Temperature } from "./temperature.js";

/** In f64, the rounding errors of the last row's sum of exponentials, and of its sum of the others. */
export let totalError = 0;
export let sumOfOthersError = 0;

/** The sum of all, with the term of the maximum as exact as `logSum` has it, which computes both; in f64 with its error. */
export let sumWithMaxTerm = 0;
export let sumWithMaxTermError = 0;
/** The last row's sum of exponentials. */
let lastTotal = 0;

/** The maximum less what is subtracted, in units of the temperature's. */
function shifted(heap: FloatArray, max: number, temperature: Temperature | null): number {
  if (temperature !== null) return Math.abs(max) < temperature.far ? max * temperature.unit : 0;
  return Math.abs(max) < (heap instanceof Float32Array ? SHIFT_FROM : SHIFT_FROM_F64) ? max : 0;
}

/**
 * Stores the exponentials of a row whose maximum is `max`, finite, of logits over the temperature; returns their sum, NaN if
 * one is. `out` may be `x`. `isPrecise`: with smaller errors in f32, as with a temperature.
 */
export function storeExponentials(
  heap: FloatArray,
  x: number,
  out: number,
  cols: number,
  max: number,
  temperature: Temperature | null,
  isPrecise = false,
): number {
  const unit = temperature === null ? 1 : temperature.unit;
  const isFar = !(Math.abs(max) < (temperature?.far ?? (heap instanceof Float32Array ? SHIFT_FROM : SHIFT_FROM_F64)));
  let from = x;
  if (isFar || unit !== 1) {
    subtract(heap, x, out, cols, isFar ? max : 0, 0);
    if (unit !== 1) scale(heap, out, cols, unit);
    from = out;
  }
  const base = shifted(heap, max, temperature);
  if (heap instanceof Float32Array) {
    const k = rowExponent(base, temperature?.log2e);
    for (let c = 0; c < cols; c += CHUNK) {
      const count = Math.min(CHUNK, cols - c);
      if (temperature === null) (isPrecise ? expPrecise : exp)(heap, from + c, out + c, count, k);
      else expTempered(heap, from + c, out + c, count, k, temperature);
    }
  } else if (temperature === null) {
    expF64(heap, from, out, cols, rowExponentF64(base));
  } else {
    expTemperedF64(heap, from, out, cols, rowExponentF64(base, temperature.log2e), temperature);
  }
  return sumAgain(heap, out, cols);
}

/** Sums a row's exponentials again, after some of them have become 0. */
export function sumAgain(heap: FloatArray, exponentials: number, cols: number): number {
  const total = sumExponentials(heap, exponentials, cols, Infinity);
  lastTotal = total;
  totalError = sumError;
  return total;
}

/** The sum of the stored exponentials without the term of the maximum. */
export function sumOfOthersOf(
  heap: FloatArray,
  exponentials: number,
  cols: number,
  total: number,
  maxTerm: number,
): number {
  const difference = total - maxTerm;
  if (difference * 32 < total) {
    const sumOfOthers = sumExponentials(heap, exponentials, cols, maxTerm);
    sumOfOthersError = sumError;
    return sumOfOthers;
  }
  sumOfOthersError = twoSumError(total, -maxTerm) + totalError;
  return difference;
}

/** log Σ e^(x_c − max), from the sum of the others and the term of the maximum, whose rounding is taken out. */
export function logSum(
  heap: FloatArray,
  sumOfOthers: number,
  maxTerm: number,
  max: number,
  temperature: Temperature | null,
): number {
  findMaxTerm(heap, maxTerm, max, temperature);
  if (heap instanceof Float32Array) {
    sumWithMaxTerm = sumOfOthers + preciseMaxTerm;
    return logOfSum(sumOfOthers, preciseMaxTerm);
  }
  const ratio = sumOfOthers / maxTerm;
  sumWithMaxTerm = lastTotal;
  sumWithMaxTermError = totalError + preciseMaxTermError;
  return log1p(ratio, quotientError(sumOfOthers, sumOfOthersError, ratio, maxTerm, preciseMaxTermError));
}

/** The term of the last row's maximum without its rounding: in f32 computed in f64, in f64 the stored one with its error. */
export let preciseMaxTerm = 0;
export let preciseMaxTermError = 0;

/** Finds both. `maxTerm` is the stored one. */
export function findMaxTerm(heap: FloatArray, maxTerm: number, max: number, temperature: Temperature | null): void {
  const base = shifted(heap, max, temperature);
  if (heap instanceof Float32Array) {
    const k = rowExponent(base, temperature?.log2e);
    preciseMaxTerm = expOfMax(temperature === null ? base : base * temperature.wideInverse, k);
  } else {
    preciseMaxTerm = maxTerm;
    preciseMaxTermError = maxTermError(base, temperature);
  }
}

/** The term that a maximum in f64 has where it is an element. */
export function expOf(heap: FloatArray, max: number, temperature: Temperature | null): number {
  maxTermError(shifted(heap, max, temperature), temperature);
  return one[0];
}

const one = /* @__PURE__ */ new Float64Array(1);
const error = /* @__PURE__ */ new Float64Array(1);

/** The rounding error of the term of the maximum, in f64. */
function maxTermError(base: number, temperature: Temperature | null): number {
  one[0] = base;
  if (temperature === null) expF64(one, 0, 0, 1, rowExponentF64(base), error);
  else expTemperedF64(one, 0, 0, 1, rowExponentF64(base, temperature.log2e), temperature, error);
  return error[0];
}

function sumExponentials(heap: FloatArray, exponentials: number, cols: number, limit: number): number {
  if (heap instanceof Float32Array) return sumBelow(heap, exponentials, cols, limit);
  return limit === Infinity ? sumAllF64(heap, exponentials, cols) : sumBelowF64(heap, exponentials, cols, limit);
}

/** The integer exponent k that is taken out of a row whose maximum is not subtracted. */
export function exponentOf(type: KernelType, max: number): number {
  return type.key === "f32" ? rowExponent(max) : rowExponentF64(max);
}
