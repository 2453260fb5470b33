// The errors of the f32 exponentials at every float of its domain, by the mantissa of its result: the JavaScript twin, which has
// the bits of the SIMD kernels.

import { CHUNK, type exp as Exponential } from "../../../src/backend/js/rows/exp.js";

export const BINS = 64;

export interface ExpErrors {
  readonly count: number;
  /** The largest error in ulp of the result. */
  readonly worst: number;
  /** The largest errors of either sign, of results that are too large and of those that are too small. */
  readonly above: SignedErrors;
  readonly below: SignedErrors;
  /** The larger of both. */
  readonly relative: number;
  /** The same of e^x with |x| ≤ some tenths: the term of a maximum beside which log Σ is larger. */
  readonly relativeNear: (x: number) => number;
}

export interface SignedErrors {
  /** In ulp of exact values whose mantissa is in [1 + i/64, 1 + (i + 1)/64). */
  readonly ulps: Float64Array;
  /** The largest relative error, in 2^-24. */
  relative: number;
}

const NEAR = 64;

/** Floats below 2^-34 have e^x = 1 to an error of 2^-34. */
const FIRST = 0x2e800000;
const LAST = 0x43500000; // 208

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const values = new Float32Array(CHUNK);
const valuesBits = new Uint32Array(values.buffer);
const terms = new Float32Array(CHUNK);
const termsBits = new Uint32Array(terms.buffer);

/** @param stride 1: every float. */
export function sweep(exp: typeof Exponential, stride = 1): ExpErrors {
  const above: SignedErrors = { ulps: new Float64Array(BINS), relative: 0 };
  const below: SignedErrors = { ulps: new Float64Array(BINS), relative: 0 };
  const near = new Float64Array(NEAR);
  let worst = 0;
  let count = 0;
  for (const sign of [0, 2 ** 31]) {
    for (let from = FIRST; from <= LAST; from += CHUNK * stride) {
      bits[0] = from + sign;
      // All exponentials of a chunk in about [1/√2, √2]·2^64, where rows have the largest of theirs.
      const k = Math.round(float[0] * Math.LOG2E);
      const shift = k * Math.LN2;
      const chunk = Math.min(CHUNK, Math.floor((LAST - from) / stride) + 1);
      for (let i = 0; i < chunk; i++) valuesBits[i] = from + i * stride + sign;
      terms.set(values);
      exp(terms, 0, 0, chunk, k);
      count += chunk;
      for (let i = 0; i < chunk; i++) {
        // Math.exp is within an ulp of f64, the difference within 2^-45: 2^-21 of an ulp of f32.
        const truth = Math.exp(values[i] - shift) * 2 ** 64;
        const error = Math.abs(terms[i] - truth);
        const unit = 2 ** ((termsBits[i] >>> 23) - 127 - 23);
        const ulp = error / unit;
        const bin = (termsBits[i] >>> 17) & (BINS - 1);
        const signed = truth < terms[i] ? above : below;
        const { ulps } = signed;
        if (ulp > worst) worst = ulp;
        if (ulp > ulps[bin]) ulps[bin] = ulp;
        // Beside the edge of a bin the exact value may lie in the next, which may have another ulp.
        const within = termsBits[i] & 0x1ffff;
        if (within < 2 || within > 0x1fffd) {
          const next = (bin + (within < 2 ? -1 : 1) + BINS) % BINS;
          const there = ulp * (next === BINS - 1 && bin === 0 ? 2 : 1);
          const isBelow = truth < terms[i];
          if (isBelow === within < 2 && there > ulps[next]) ulps[next] = there;
        }
        const part = (error / truth) * 2 ** 24;
        if (part > signed.relative) signed.relative = part;
        const tenth = Math.floor(Math.abs(values[i]) * 64);
        if (tenth < NEAR && part > near[tenth]) near[tenth] = part;
      }
    }
  }
  for (let i = 1; i < NEAR; i++) near[i] = Math.max(near[i], near[i - 1]);
  const relative = Math.max(above.relative, below.relative);
  const relativeNear = (x: number) => {
    const tenth = Math.floor(Math.abs(x) * 64);
    return tenth < NEAR ? Math.max(near[tenth], 2 ** -10) : relative;
  };
  return { count, worst, above, below, relative, relativeNear };
}
