// The first look of a search: the truth about a row to 2^-58 of it, at 30 ns per class, where double-doubles take 500.
// What it suspects, the double-double oracle measures again (softmaxOracle.ts).
//
// It cannot miss. e^d = 2^(n/1024)·e^r with |r| ≤ ln 2/2048 < 2^-11.5 and the power as hi + lo: in
// hi + (hi·(r + r²·q + l·(1 + r)) + lo), q = 1/2 + r/6 + r²/24, where r + l is the reduced d, the bracket is below 2^-10.5 of the whole and rounded four times, so
// it is off by 2^-62; what the series leaves out is r^5/120 < 2^-64, what d = (x − m)/τ as hi + lo leaves out is 2^-95 of
// |d| < 1100. Sums carry their errors (two-sum), and the logarithm of a sum is the double-double one of hi + lo. So
// a term, a sum, their quotient and its logarithm are off by 2^-60, 2^-60, 2^-58.9 and 2^-59 of themselves at most, less
// than 1/32 ulp of f64, and the unit in the last place is the smaller one where the truth may lie on either side of a
// power of two.

import { type DD, dd, differenceOver, exp, log1p, multiply, scale, subtract, ZERO } from "./doubleDouble.js";
import type { Format } from "./ulp.js";

/**
 * How far an error in ulp of f64 may be from the truth; in f32 it is 2^-29 of this. Found: 0.002 in Node, 0.031 in Chromium
 * and Firefox, whose random rows differ. What comes within it of the worst is computed again, exactly.
 */
export const FAST_SLACK = 2 ** -4;

const STEPS = 1024;
const POWERS_HI = new Float64Array(STEPS);
const POWERS_LO = new Float64Array(STEPS);
const LN2 = dd(0.6931471805599453, 2.319046813846299e-17);
for (let i = 0; i < STEPS; i++) {
  const power = exp(scale(multiply(LN2, dd(i)), -10));
  POWERS_HI[i] = power.hi;
  POWERS_LO[i] = power.lo;
}
// ln 2/1024 in pieces of 32 bits, so that products with n < 2^21 are exact.
const STEP_1 = Math.round(0.6931471805599453 * 2 ** 32) / 2 ** 42;
const STEP_2 = Math.round(subtract(scale(LN2, -10), dd(STEP_1)).hi * 2 ** 74) / 2 ** 74;
const STEP_3 = subtract(subtract(scale(LN2, -10), dd(STEP_1)), dd(STEP_2)).hi;
const PER_STEP = STEPS / 0.6931471805599453;

/** Terms are kept times 2^SHIFT, so that those of f64 are normal, and what multiplies them may be 2^40. */
const SHIFT = 200;
const UNIT = 2 ** SHIFT;

const words = new Uint32Array(2);
const word = new Float64Array(words.buffer);

/** The smaller ulp at a value that is known to 2^-50. */
function ulpBelow(value: number, format: Format): number {
  word[0] = Math.abs(value) * (1 - 2 ** -50);
  const exponent = ((words[1] >>> 20) & 0x7ff) - 1023 - format.precision + 1;
  return 2 ** Math.max(exponent, format.lowest);
}

export class FastRow {
  /** The terms e^((x_c − max)/τ)·2^SHIFT and (x_c − max)/τ, each as hi + lo. */
  private readonly hi: Float64Array;
  private readonly lo: Float64Array;
  private readonly farHi: Float64Array;
  private readonly farLo: Float64Array;
  private cols = 0;
  private argmax = 0;
  private sum: DD = ZERO;
  private others: DD = ZERO;
  private log: DD = ZERO;
  private divisor: DD = ZERO;

  constructor(
    longest: number,
    private readonly format: Format,
  ) {
    [this.hi, this.lo, this.farHi, this.farLo] = [1, 2, 3, 4].map(() => new Float64Array(longest));
  }

  /** Sets the row: logits that are finite, but for −∞ beside others. */
  set(x: ArrayLike<number>, temperature: number): void {
    const cols = x.length;
    this.cols = cols;
    let argmax = 0;
    for (let c = 1; c < cols; c++) if (x[c] > x[argmax]) argmax = c;
    this.argmax = argmax;
    const max = x[argmax];
    const isPlain = temperature === 1;
    let [sum, lost] = [0, 0];
    for (let c = 0; c < cols; c++) {
      let far = x[c] - max;
      let farLo: number;
      if (far === -Infinity || !isPlain) {
        const exact = differenceOver(x[c], max, temperature);
        far = exact.hi;
        farLo = Number.isFinite(far) ? exact.lo : 0;
      } else {
        const back = far - x[c];
        farLo = x[c] - (far - back) - (max + back);
      }
      this.farHi[c] = far;
      this.farLo[c] = farLo;
      this.exponential(c, far, farLo);
      if (c === argmax) continue;
      const term = this.hi[c];
      const next = sum + term;
      const back = next - sum;
      lost += sum - (next - back) + (term - back) + this.lo[c];
      sum = next;
    }
    this.others = normalized(sum, lost);
    const total = UNIT + this.others.hi;
    this.sum = normalized(total, UNIT - total + this.others.hi + this.others.lo);
    if (this.others.hi > UNIT) this.sum = normalized(total, this.others.hi - total + UNIT + this.others.lo);
    this.log = log1p(scale(this.others, -SHIFT));
    this.divisor = temperature === 1 ? this.sum : multiply(dd(temperature), this.sum);
  }

  private exponential(c: number, far: number, farLo: number): void {
    if (!(far > -1100)) {
      this.hi[c] = 0;
      this.lo[c] = 0;
      return;
    }
    const n = Math.round(far * PER_STEP);
    const a = far - n * STEP_1;
    const b = n * STEP_2;
    const r = a - b;
    const back = a - r;
    const rLo = a - (r + back) + (back - b) - n * STEP_3 + farLo;
    const i = n & (STEPS - 1);
    const unit = 2 ** ((n >> 10) + SHIFT);
    const power = POWERS_HI[i];
    const rest = power * (r + (rLo + rLo * r + r * r * (0.5 + r * (1 / 6 + r * (1 / 24))))) + POWERS_LO[i];
    const hi = power + rest;
    this.hi[c] = hi * unit;
    this.lo[c] = (power - hi + rest) * unit;
  }

  /** The error of p_c. */
  softmax(c: number, p: number): number {
    return this.quotientError(p, this.hi[c], this.lo[c], this.sum);
  }

  /** The error of log p_c. */
  logSoftmax(c: number, value: number): number {
    const far = this.farHi[c];
    const truth = far - this.log.hi;
    if (!Number.isFinite(value) || !Number.isFinite(truth) || Math.abs(truth) >= this.format.overflow) {
      return sameInfinity(value, truth, this.format);
    }
    // value − far + log, each step with its error.
    const [s, e] = sumOf(value, -far);
    const [t, f] = sumOf(s, this.log.hi);
    return Math.abs(t + (e + f + this.log.lo - this.farLo[c])) / ulpBelow(truth, this.format);
  }

  /** The error of the gradient of −log p_y with respect to x_c: p_c/τ, or −(1 − p_y)/τ from the sum of the others. */
  gradient(c: number, label: number, value: number): number {
    // Where softmax is 0 its multiples may be.
    if (value === 0 && c !== label && this.hi[c] / this.sum.hi < 2 ** this.format.lowest) return 0;
    if (c !== label) return this.quotientError(value, this.hi[c], this.lo[c], this.divisor);
    if (c === this.argmax) return this.quotientError(-value, this.others.hi, this.others.lo, this.divisor);
    const others = sumOf(this.sum.hi, -this.hi[c]);
    return this.quotientError(-value, others[0], others[1] + this.sum.lo - this.lo[c], this.divisor);
  }

  /** |value − (hi + lo)/by| in ulp: (value·by − hi − lo)/by. */
  private quotientError(value: number, hi: number, lo: number, by: DD): number {
    const truth = hi / by.hi;
    if (!Number.isFinite(value) || !Number.isFinite(truth) || truth >= this.format.overflow) {
      return sameInfinity(value, truth, this.format);
    }
    const product = value * by.hi;
    const [a, b] = split(value);
    const [c, d] = split(by.hi);
    const productLo = a * c - product + a * d + b * c + b * d;
    const error = Math.abs((product - hi + (productLo - lo + value * by.lo)) / by.hi) / ulpBelow(truth, this.format);
    // Near the largest double the splitting overflows: let the other oracle look.
    return Number.isNaN(error) ? Infinity : error;
  }

  get length(): number {
    return this.cols;
  }
}

function normalized(hi: number, lo: number): DD {
  const sum = hi + lo;
  return dd(sum, hi - sum + lo);
}

function sumOf(a: number, b: number): [number, number] {
  const sum = a + b;
  const back = sum - a;
  return [sum, a - (sum - back) + (b - back)];
}

function split(a: number): [number, number] {
  const t = 134217729 * a; // 2^27 + 1
  const high = t - (t - a);
  return [high, a - high];
}

/** 0 where a truth beyond the format is said to be infinite. */
function sameInfinity(value: number, truth: number, format: Format): number {
  if (Number.isNaN(value) || Number.isNaN(truth)) return Infinity;
  const rounded = Math.abs(truth) >= format.overflow ? Math.sign(truth) * Infinity : truth;
  return value === rounded ? 0 : Infinity;
}
