// The binary cross entropy of elements, and its derivative: assembly/binary.ts in plain TypeScript, which has the formulas.

import {
  CLASSES,
  COLS,
  FIRST_CLASS,
  LOSS_SCALE,
  OPERAND,
  OUT,
  ROWS,
  STRIDE,
  UPSTREAM,
  VALUES,
  WEIGHTS,
  WEIGHTS_SPARE,
  X,
} from "../../../../assembly/abi.js";
import type { KernelType } from "../../../floatType.js";
import { address, count, elementOf, type Heap, number } from "../call.js";
import { canonical } from "./elementwise.js";
import { finite, quotientError, twoProductError, twoSumError } from "./errorFree.js";
import { CHUNK, exp } from "./exp.js";
import { expF64 } from "./expF64.js";
import { log1p, logError } from "./log1p.js";

/** Stores the losses of all elements of a call, and their gradient where it is asked for. */
export function storeBinary(memory: Heap, type: KernelType, call: number, withGradient: boolean): void {
  const { f64 } = memory;
  const heap = memory[type.key];
  const isF64 = type.key === "f64";
  const lanes = 16 / type.bytes;
  const x = elementOf(memory, type, call, X);
  const targets = elementOf(memory, type, call, OPERAND);
  const values = elementOf(memory, type, call, VALUES);
  const out = elementOf(memory, type, call, OUT);
  const length = count(memory, call, ROWS) * count(memory, call, COLS) * count(memory, call, STRIDE);
  const upstream = withGradient ? address(memory, call, UPSTREAM) / 8 : 0;
  const scale = number(memory, call, LOSS_SCALE);
  const classes = count(memory, call, CLASSES);
  const positive = address(memory, call, WEIGHTS) / 8;
  const negative = positive + classes + WEIGHTS_SPARE;
  let classOf = count(memory, call, FIRST_CLASS);
  const terms = type.create(Math.min(length, CHUNK));
  const errors = new Float64Array(terms.length);
  for (let first = 0; first < length; first += CHUNK) {
    const n = Math.min(CHUNK, length - first);
    for (let i = 0; i < n; i++) terms[i] = -Math.abs(heap[x + first + i]);
    if (terms instanceof Float32Array) exp(terms, 0, 0, n, 0);
    else expF64(terms, 0, 0, n, 0, errors);
    for (let i = 0; i < n; i++) {
      const at = first + i;
      // As vectors of weights are read: from the class of the first lane on.
      const lane = i % lanes;
      if (lane === 0 && at > 0) classOf = (classOf + lanes) % classes;
      const positiveWeight = f64[positive + classOf + lane];
      const negativeWeight = f64[negative + classOf + lane];
      const value = heap[x + at];
      const t = heap[targets + at];
      const rest = 1 - t;
      const e = terms[i] * 2 ** -64;
      const a = positiveWeight * t;
      const b = negativeWeight * rest;
      let loss: number;
      let gradient: number;
      if (isF64) {
        const eError = errors[i] * 2 ** -64;
        const aError = twoProductError(positiveWeight, t);
        const bError = twoProductError(negativeWeight, rest) + negativeWeight * twoSumError(1, -t);
        loss = lossOfF64(value, e, eError, a, aError, b, bError);
        gradient = withGradient ? gradientOfF64(value, e, eError, a, aError, b, bError) : 0;
      } else {
        loss = lossOf(value, e, a, b);
        gradient = withGradient ? gradientOf(value, e, a, b) : 0;
      }
      heap[values + at] = canonical(value === value ? loss : NaN);
      if (!withGradient) continue;
      const factor = upstream === 0 ? scale : scale * f64[upstream + at];
      heap[out + at] = canonical(value === value ? factor * gradient : NaN);
    }
  }
}

// Not Math.max: −0 and NaN as in the compiled kernels.
const positivePart = (x: number): number => (x < 0 ? 0 : x);

/** A coefficient of 0 makes its term 0, even where the other factor is infinite. */
function lossOf(x: number, e: number, a: number, b: number): number {
  const log = log1pOfUnit(e);
  const term0 = a === 0 ? 0 : a * (positivePart(-x) + log);
  const term1 = b === 0 ? 0 : b * (positivePart(x) + log);
  return term0 + term1;
}

function lossOfF64(x: number, e: number, eError: number, a: number, aError: number, b: number, bError: number): number {
  const log = log1p(e, eError);
  const lost = logError;
  const above = positivePart(-x);
  const below = positivePart(x);
  const soft0 = above + log;
  const soft1 = below + log;
  const term0 = a === 0 ? 0 : a * soft0;
  const term1 = b === 0 ? 0 : b * soft1;
  const sum = term0 + term1;
  if (!Number.isFinite(sum)) return sum;
  const soft0Error = twoSumError(above, log) + lost;
  const soft1Error = twoSumError(below, log) + lost;
  const error0 = finite(twoProductError(a, soft0) + (a * soft0Error + aError * soft0));
  const error1 = finite(twoProductError(b, soft1) + (b * soft1Error + bError * soft1));
  return sum + (twoSumError(term0, term1) + (error0 + error1));
}

const L1 = 0.6666666636355921; // 0x1.5555553b4bee1p-1
const L2 = 0.40000052436295747; // 0x1.9999bcca16469p-2
const L3 = 0.2856841943002; // 0x1.248a65be038d4p-2
const L4 = 0.2230107855256149; // 0x1.c8b9e0f3e6fc7p-3
const L5 = 0.17151308897683415; // 0x1.5f42411fee788p-3
const L6 = 0.21781841447397088; // 0x1.be1794b50ee7cp-3

/** log(1 + e) for 0 ≤ e ≤ 1, for results in f32. */
function log1pOfUnit(e: number): number {
  const s = e / (2 + e);
  const z = s * s;
  const w = z * z;
  const q = L1 + z * L2 + w * (L3 + z * L4 + w * (L5 + z * L6));
  return s * (2 + z * q);
}

/** The derivative of an element's loss. */
function gradientOf(x: number, e: number, a: number, b: number): number {
  return x < 0 ? (b * e - a) / (1 + e) : (b - a * e) / (1 + e);
}

function gradientOfF64(
  x: number,
  e: number,
  eError: number,
  a: number,
  aError: number,
  b: number,
  bError: number,
): number {
  const isNegative = x < 0;
  const total = 1 + e;
  const positive = isNegative ? 1 : e;
  const negative = isNegative ? e : 1;
  const term0 = a * positive;
  const term1 = b * negative;
  const sum = term1 - term0;
  const gradient = sum / total;
  const error0 = twoProductError(a, positive) + aError * positive;
  const error1 = twoProductError(b, negative) + bError * negative;
  const positiveError = isNegative ? 0 : a * eError;
  const negativeError = isNegative ? b * eError : 0;
  const sumError = twoSumError(term1, -term0) + finite(error1 + negativeError - (error0 + positiveError));
  return gradient + quotientError(sum, sumError, gradient, total, e - (total - 1) + eError);
}
