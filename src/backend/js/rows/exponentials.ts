// The exponentials of a row, e^(x_c − max), and their sums: assembly/exponentials.ts in plain TypeScript.

import type { FloatArray, KernelType } from "../../../floatType.js";
import { subtract } from "./elementwise.js";
import { quotientError, twoSumError } from "./errorFree.js";
import { CHUNK, exp, rowExponent, SHIFT_FROM } from "./exp.js";
import { expF64, expOfMax, rowExponentF64, SHIFT_FROM_F64 } from "./expF64.js";
import { log1p } from "./log1p.js";
import { sumAllF64, sumBelow, sumBelowF64, sumError } from "./sum.js";

/** In f64, the rounding errors of the last row's sum of exponentials, and of its sum of the others. */
export let totalError = 0;
export let sumOfOthersError = 0;

/** Stores the exponentials of a row whose maximum is `max`, finite; returns their sum, NaN if one is. `out` may be `x`. */
export function storeExponentials(heap: FloatArray, x: number, out: number, cols: number, max: number): number {
  let from = x;
  let base = max;
  if (!(Math.abs(max) < (heap instanceof Float32Array ? SHIFT_FROM : SHIFT_FROM_F64))) {
    subtract(heap, x, out, cols, max, 0);
    from = out;
    base = 0;
  }
  if (heap instanceof Float32Array) {
    const k = rowExponent(base);
    for (let c = 0; c < cols; c += CHUNK) exp(heap, from + c, out + c, Math.min(CHUNK, cols - c), k);
  } else {
    expF64(heap, from, out, cols, rowExponentF64(base));
  }
  const total = sumExponentials(heap, out, cols, Infinity);
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
export function logSum(heap: FloatArray, sumOfOthers: number, maxTerm: number, max: number): number {
  if (heap instanceof Float32Array) {
    const base = Math.abs(max) < SHIFT_FROM ? max : 0;
    return log1p(sumOfOthers / expOfMax(base, rowExponent(base)));
  }
  const ratio = sumOfOthers / maxTerm;
  return log1p(ratio, quotientError(sumOfOthers, sumOfOthersError, ratio, maxTerm, maxTermError(max)));
}

const one = /* @__PURE__ */ new Float64Array(1);
const error = /* @__PURE__ */ new Float64Array(1);

/** The rounding error of the term of the maximum, in f64. */
function maxTermError(max: number): number {
  one[0] = Math.abs(max) < SHIFT_FROM_F64 ? max : 0;
  expF64(one, 0, 0, 1, rowExponentF64(one[0]), error);
  return error[0];
}

function sumExponentials(heap: FloatArray, exponentials: number, cols: number, limit: number): number {
  if (heap instanceof Float32Array) return sumBelow(heap, exponentials, cols, limit);
  return limit === Infinity ? sumAllF64(heap, exponentials, cols) : sumBelowF64(heap, exponentials, cols, limit);
}

/** The factor that makes e^x of a stored exponential in a row with this maximum; null where e^max is 0 or overflows. */
export function unitOf(type: KernelType, max: number): number | null {
  if (!(Math.abs(max) < (type.key === "f32" ? SHIFT_FROM : SHIFT_FROM_F64))) return null;
  return 2 ** ((type.key === "f32" ? rowExponent(max) : rowExponentF64(max)) - 64);
}
