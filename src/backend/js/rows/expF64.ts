// e^x in f64, with the row's maximum taken out as an integer power of two: the operations of assembly/exp.ts in its order.
// It states derivation, domain and error bound.

import { twoProductError } from "./errorFree.js";
import { powersOf2 } from "./powersOf2.js";
import type { Temperature } from "./temperature.js";

const BIAS = 64;
const ROUND = 6755399441055744; // 1.5·2^52
const FIELD = 1023 + BIAS;

const LOG2_E = 1.4426950408889634; // 0x1.71547652b82fep+0
const LN2 = 0.6931471805599453; // 0x1.62e42fefa39efp-1
const LN2_HI = 0.693147180559663; // 0x1.62e42fefa3000p-1
const LN2_LO = 2.8235290563031577e-13; // 0x1.3de6af278ece6p-42
const C2 = 0.5000000000000011; // 0x1.000000000000ap-1
const C3 = 0.16666666666666424; // 0x1.55555555554fep-3
const C4 = 0.041666666666527075; // 0x1.55555555506c0p-5
const C5 = 0.008333333333487054; // 0x1.1111111126b37p-7
const C6 = 0.0013888888944301233; // 0x1.6c16c18475a18p-10
const C7 = 0.00019841269522437983; // 0x1.a01a012fec2f8p-13
const C8 = 2.480149249986279e-5; // 0x1.a0199963c9d3dp-16
const C9 = 2.7557572347535464e-6; // 0x1.71df18fbc7a1ap-19
const C10 = 2.7630437147050455e-7; // 0x1.28adf7a194e4ap-22
const C11 = 2.5004460591532838e-8; // 0x1.ad92c7d9c4a65p-26

/** 2^(i − 1023), with 0 for i = 0, for all finite doubles: of a sigmoid the exponentials may be large. */
const SCALES = /* @__PURE__ */ powersOf2(/* @__PURE__ */ new Float64Array(2047), 2 ** -1022);

export const SHIFT_FROM_F64 = 1500;

/** k = round(max·log2 e). |max| < SHIFT_FROM_F64. */
export function rowExponentF64(max: number, log2e = LOG2_E): number {
  return max * log2e + ROUND - ROUND;
}

/** (e^r − 1 − r)/r² */
function quadratic(r: number): number {
  const r2 = r * r;
  const r4 = r2 * r2;
  const q0 = r2 * (C5 * r + C4) + (C3 * r + C2);
  const q1 = r2 * (C9 * r + C8) + (C7 * r + C6);
  return r4 * (r4 * (C11 * r + C10) + q1) + q0;
}

/**
 * heap[out + i] = e^heap[x + i]·2^(64−k) for `count` elements, and in `errors`, where it is given, their rounding errors.
 * NaN stays NaN, −∞ gives +0.
 */
export function expF64(
  heap: Float64Array,
  x: number,
  out: number,
  count: number,
  k: number,
  errors: Float64Array | null = null,
): void {
  const magic = ROUND + (FIELD - k);
  const limit = (k - FIELD) * LN2;
  for (let i = 0; i < count; i++) {
    const y = Math.max(heap[x + i], limit);
    const z = y * LOG2_E + magic;
    const scale = SCALES[(z - ROUND) | 0];
    const n = z - magic;
    const hi = y - n * LN2_HI;
    const r = hi - n * LN2_LO;
    const large = 1 + hi;
    const rest = hi - (large - 1) + (r * r * quadratic(r) - n * LN2_LO);
    const term = large + rest;
    heap[out + i] = term * scale;
    if (errors !== null) errors[i] = (large - term + rest) * scale;
  }
}

/** The same of x/τ. */
export function expTemperedF64(
  heap: Float64Array,
  x: number,
  out: number,
  count: number,
  k: number,
  { log2e, ln2, ln2Hi, ln2Lo, inverse, inverseLo }: Temperature,
  errors: Float64Array | null = null,
): void {
  const magic = ROUND + (FIELD - k);
  const limit = (k - FIELD) * ln2;
  for (let i = 0; i < count; i++) {
    const y = Math.max(heap[x + i], limit);
    const z = y * log2e + magic;
    const scale = SCALES[(z - ROUND) | 0];
    const n = z - magic;
    const a = y - n * ln2Hi;
    const hi = a * inverse;
    const lo = a * inverseLo - n * ln2Lo;
    const r = hi + lo;
    const large = 1 + hi;
    const rest = hi - (large - 1) + (r * r * quadratic(r) + lo);
    const term = large + rest;
    heap[out + i] = term * scale;
    if (errors !== null) errors[i] = (large - term + rest + twoProductError(a, inverse)) * scale;
  }
}

/** e^max·2^(64−k) in f64, for a row's maximum in f32 and its k: the series to r⁸. */
export function expOfMax(max: number, k: number): number {
  const r = max - k * LN2_HI - k * LN2_LO;
  const r2 = r * r;
  const q = r2 * (r2 * (r2 * C8 + (C7 * r + C6)) + (C5 * r + C4)) + (C3 * r + C2);
  return (r2 * q + r + 1) * 2 ** BIAS;
}
