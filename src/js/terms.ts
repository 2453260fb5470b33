// The terms of a row, e^(x_c − max), and their sums: assembly/terms.ts in plain TypeScript.

import type { FloatArray, KernelType } from "../floatType.js";
import { subtract } from "./elementwise.js";
import { lostInQuotient, lostInSum } from "./exact.js";
import { CHUNK, exp, rowExponent, SHIFT_FROM } from "./exp.js";
import { expF64, rowExponentF64, SHIFT_FROM_F64 } from "./expF64.js";
import { log1p } from "./log1p.js";
import { sumBelow, sumBelowF64, sumLost } from "./sum.js";

/** In f64, what the rounding of the last row's sum of terms lost, and that of its rest. */
export let totalLost = 0;
let restLost = 0;

/** Stores the terms of a row whose maximum is `max`, finite; gives their sum, NaN if one is. `out` may be `x`. */
export function expStore(heap: FloatArray, x: number, out: number, cols: number, max: number): number {
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
  const total = sumOf(heap, out, cols, Infinity);
  totalLost = sumLost;
  return total;
}

/** The sum of the stored terms without the maximum's own. */
export function restOf(heap: FloatArray, terms: number, cols: number, sum: number, top: number): number {
  if (sum < 2 * top) {
    const rest = sumOf(heap, terms, cols, top);
    restLost = sumLost;
    return rest;
  }
  restLost = lostInSum(sum, -top) + totalLost;
  return sum - top;
}

/** log Σ e^(x_c − max), from the sum of the terms without the maximum's own and that. */
export function logSum(heap: FloatArray, rest: number, top: number, max: number): number {
  const ratio = rest / top;
  if (heap instanceof Float32Array) return log1p(ratio);
  // What the division lost, and the last roundings of what it divided.
  return log1p(ratio, lostInQuotient(rest, restLost, ratio, top, lostInTop(max)));
}

const one = /* @__PURE__ */ new Float64Array(1);
const lost = /* @__PURE__ */ new Float64Array(1);

/** What the last rounding of the maximum's term lost, in f64. */
function lostInTop(max: number): number {
  one[0] = Math.abs(max) < SHIFT_FROM_F64 ? max : 0;
  expF64(one, 0, 0, 1, rowExponentF64(one[0]), lost);
  return lost[0];
}

function sumOf(heap: FloatArray, terms: number, cols: number, top: number): number {
  return heap instanceof Float32Array ? sumBelow(heap, terms, cols, top) : sumBelowF64(heap, terms, cols, top);
}

/** What makes e^x of a term of a row with this maximum; null where e^max is 0 or overflows. */
export function unitOf(type: KernelType, max: number): number | null {
  if (!(Math.abs(max) < (type.key === "f32" ? SHIFT_FROM : SHIFT_FROM_F64))) return null;
  return 2 ** ((type.key === "f32" ? rowExponent(max) : rowExponentF64(max)) - 64);
}
