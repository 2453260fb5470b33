// e^x in f32, with the row's maximum taken out as an integer power of two: the operations of assembly/exp.ts in its order,
// each rounded to f32. It states derivation, domain and error bound. Exact operations are not rounded.
//
// Two loops over a few hundred elements, through arrays of their own: one element's operations are a chain of 126 cycles,
// and a processor overlaps twice as many of its halves: 7.1 ns per element instead of 9.2 (Zen 5, Node 20).

import { powersOf2 } from "./powersOf2.js";
import type { Temperature } from "./temperature.js";

const f = Math.fround;

const BIAS = 64;
// Adding 1.5·2^52 rounds a double to an integer; its exponent field below is then the difference from that.
const ROUND = 6755399441055744;
const FIELD = 127 + BIAS;

const LOG2_E = 1.4426950216293335; // 0x1.715476p+0
const LN2 = 0.6931471824645996; // 0x1.62e43p-1
const LN2_HI = 0.693145751953125; // 0x1.62e4p-1
const LN2_LO = 1.428606765330187e-6; // 0x1.7f7d1cp-20
const C2 = 0.4999999403953552; // 0x1.fffffcp-2
const C3 = 0.1666652262210846; // 0x1.555494p-3
const C4 = 0.04166829213500023; // 0x1.5558bep-5
const C5 = 0.008368532173335552; // 0x1.123856p-7
const C6 = 0.001381829846650362; // 0x1.6a3d08p-10

/** 2^(i − 127), with 0 for i = 0: the float whose exponent field is i. */
const SCALES = /* @__PURE__ */ powersOf2(/* @__PURE__ */ new Float32Array(256), 2 ** -126);

export const SHIFT_FROM = 208;

/** k = round(max·log2 e). |max| < SHIFT_FROM. */
export function rowExponent(max: number, log2e = LOG2_E): number {
  return f(max * log2e) + ROUND - ROUND;
}

/** Elements that pass through the loops at once. */
export const CHUNK = 512;
const reduced = /* @__PURE__ */ new Float32Array(CHUNK);
const scales = /* @__PURE__ */ new Float32Array(CHUNK);

/** heap[out + i] = e^heap[x + i]·2^(64−k) for `count` ≤ CHUNK elements. NaN stays NaN, −∞ gives +0. */
export function exp(heap: Float32Array, x: number, out: number, count: number, k: number): void {
  const magic = ROUND + (FIELD - k);
  const limit = f((k - FIELD) * LN2);
  for (let i = 0; i < count; i++) {
    const y = Math.max(heap[x + i], limit);
    const z = f(y * LOG2_E) + magic;
    const n = z - magic;
    scales[i] = SCALES[(z - ROUND) | 0];
    reduced[i] = y - n * LN2_HI - f(n * LN2_LO);
  }
  for (let i = 0; i < count; i++) {
    const r = reduced[i];
    const scale = scales[i];
    const rr = f(r * r);
    const q = f(f(rr * f(f(rr * C6) + f(f(C5 * r) + C4))) + f(f(C3 * r) + C2));
    heap[out + i] = f(f(rr * q) + r) * scale + scale;
  }
}

/** What a reduction takes of a temperature. */
type Reduction = Pick<Temperature, "log2e" | "ln2" | "ln2Hi" | "ln2Lo" | "inverse" | "inverseLo">;

/** The same of x/τ, keeping what 1 + r loses. */
export function expTempered(
  heap: Float32Array,
  x: number,
  out: number,
  count: number,
  k: number,
  { log2e, ln2, ln2Hi, ln2Lo, inverse, inverseLo }: Reduction,
): void {
  const magic = ROUND + (FIELD - k);
  const limit = f((k - FIELD) * ln2);
  for (let i = 0; i < count; i++) {
    const y = Math.max(heap[x + i], limit);
    const z = f(y * log2e) + magic;
    const n = z - magic;
    const scale = SCALES[(z - ROUND) | 0];
    const a = y - n * ln2Hi;
    const hi = f(a * inverse);
    const lo = f(f(a * inverseLo) - f(n * ln2Lo));
    const r = f(hi + lo);
    const rr = f(r * r);
    const q = f(f(rr * f(f(rr * C6) + f(f(C5 * r) + C4))) + f(f(C3 * r) + C2));
    const large = f(1 + hi);
    const rest = f(f(hi - (large - 1)) + f(f(rr * q) + lo));
    heap[out + i] = f(large + rest) * scale;
  }
}

const OF_ONE: Reduction = { log2e: LOG2_E, ln2: LN2, ln2Hi: LN2_HI, ln2Lo: LN2_LO, inverse: 1, inverseLo: 0 };

/** The same of x, as of x/1. */
export const expPrecise = (heap: Float32Array, x: number, out: number, count: number, k: number): void =>
  expTempered(heap, x, out, count, k, OF_ONE);
