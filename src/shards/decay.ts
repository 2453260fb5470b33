// e^−d in two doubles and a power of two, for d ≥ 0 in two doubles: relative error below 2^-71.
//
//   −d = k·(ln 2)/256 + r,  |r| ≤ (ln 2)/512 < 2^-9.5     e^−d = 2^(k >> 8)·2^((k & 255)/256)·e^r
//   e^r − 1 = r + r²/2 + … + r⁶/6!     the rest of the series is below 2^-78
//
// What it loses: r²/2 is below 2^-20 and is rounded twice, its sum with r is not (fast two-sum), and neither is the product of the
// root by it (two-product). Merging multiplies by such a factor again and again: a million times take it to 2^-51.

import { twoProductError } from "../backend/js/rows/errorFree.js";
import { powersOf2 } from "../backend/js/rows/powersOf2.js";

const STEPS = 256;
const STEPS_PER_LN2 = 369.3299304675746; // 256/ln 2
// (ln 2)/256 in three pieces. The first two have 32 bits, and |k| < 2^21, so that their products are exact.
const STEP_HI = 0.00270760617331689; // 0x1.62e42feep-9
const STEP_MID = 7.453964565793243e-13; // 0x1.a39ef356p-41
const STEP_LO = 1.6699904647451754e-22; // 0x1.93c7673007e5fp-73
const ROUND = 6755399441055744; // 1.5·2^52: adding it rounds to an integer
const C3 = 1 / 6;
const C4 = 1 / 24;
const C5 = 1 / 120;
const C6 = 1 / 720;

/** Beyond this distance e^−d times any number of classes is 0. */
export const VANISHES = 1500;

/** 2^n at index n + 1075 for −1074 ≤ n ≤ 0, and 0 at index 0. */
const POWERS = /* @__PURE__ */ powersOf2(/* @__PURE__ */ new Float64Array(1076), 2 ** -1074);

/** value·2^n for n ≤ 0, rounded at most once, though 2^n may be subnormal or 0. */
export function timesPowerOf2(value: number, n: number): number {
  if (n >= -1022) return value * POWERS[n + 1075];
  return value * 2 ** -600 * POWERS[Math.max(n + 1675, 0)];
}

/** 2^(j/256) in two doubles: by square roots, whose second double is their residual over twice the first. */
let roots: Float64Array | undefined;

function makeRoots(): Float64Array {
  const table = new Float64Array(2 * STEPS);
  table[0] = 1;
  let [hi, lo] = [2, 0];
  // 2^(1/2), 2^(1/4), …: each makes of the entries there are those half a step on.
  for (let step = STEPS / 2; step >= 1; step /= 2) {
    const root = Math.sqrt(hi);
    const square = root * root;
    lo = (hi - square - twoProductError(root, root) + lo) / (2 * root);
    hi = root;
    for (let j = step; j < STEPS; j += 2 * step) {
      const a = table[2 * (j - step)];
      const product = a * hi;
      const rest = twoProductError(a, hi) + (a * lo + table[2 * (j - step) + 1] * hi);
      table[2 * j] = product + rest;
      table[2 * j + 1] = product - table[2 * j] + rest;
    }
  }
  return table;
}

/**
 * e^−d = (decayed[0] + decayed[1])·2^decayed[2], as `decay` leaves it; the first in [0.98, 2.02). An array, because V8 makes an
 * object of each number that a variable of a module is given.
 */
export const decayed = /* @__PURE__ */ new Float64Array(3);

/** Computes it for 0 ≤ d ≤ VANISHES. */
export function decay(dHi: number, dLo: number): void {
  roots ??= makeRoots();
  const k = ROUND - dHi * STEPS_PER_LN2 - ROUND;
  const near = -dHi - k * STEP_HI;
  const middle = k * STEP_MID;
  const r = near - middle;
  const back = r - near;
  const rLo = near - (r - back) - (middle + back) - (dLo + k * STEP_LO);
  const square = r * r;
  const rest = square * (0.5 + r * (C3 + r * C4 + square * (C5 + r * C6)));
  const b = r + rest;
  const lo = rest - (b - r) + (rLo + rLo * b);
  const j = (k & (STEPS - 1)) << 1;
  const root = roots[j];
  const rootLo = roots[j + 1];
  const product = root * b;
  const hi = root + product;
  decayed[0] = hi;
  decayed[1] = product - (hi - root) + (productError(root, b, product) + (root * lo + (rootLo + rootLo * b)));
  decayed[2] = k >> 8;
}

/** The error of a product, where nothing overflows: Dekker's. */
export function productError(a: number, b: number, product: number): number {
  const aBits = 134217729 * a; // 2^27 + 1
  const aHi = aBits - (aBits - a);
  const aLo = a - aHi;
  const bBits = 134217729 * b;
  const bHi = bBits - (bBits - b);
  const bLo = b - bHi;
  return aHi * bHi - product + aHi * bLo + aLo * bHi + aLo * bLo;
}

/** The error of a sum: Knuth's, without the array that errorFree.ts makes. */
export function sumError(a: number, b: number, sum: number): number {
  const added = sum - a;
  return a - (sum - added) + (b - added);
}
