// Softmax and the loss once more, in integers: numbers are multiples of 2^-BITS. Slow, without a rounding that matters, and
// it shares no formula with the double-double oracle that it checks: the exponentials of x/τ as they stand, their sum,
// the logarithm of a quotient by Newton's method, and derivatives as sums of their terms.

/** Twice what the smallest f64 needs, and what cancels. */
const BITS = 2400n;
const ONE = 1n << BITS;

export type Fixed = bigint;

const words = new DataView(new ArrayBuffer(8));

/** A double as m·2^exponent with an integer m. */
function parts(value: number): { m: bigint; exponent: number } {
  words.setFloat64(0, value);
  const bits = words.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const m = field === 0 ? fraction : fraction | (1n << 52n);
  return { m: value < 0 ? -m : m, exponent: Math.max(field, 1) - 1075 };
}

const shifted = (m: bigint, by: number): bigint => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by));

/** A double, exactly. */
export function fixed(value: number): Fixed {
  const { m, exponent } = parts(value);
  return shifted(m, exponent + Number(BITS));
}

export const times = (a: Fixed, b: Fixed): Fixed => (a * b) >> BITS;
export const over = (a: Fixed, b: Fixed): Fixed => (a << BITS) / b;
const size = (a: Fixed): Fixed => (a < 0n ? -a : a);

/** 2·artanh(1/3) */
const LN2 = (() => {
  let power = ONE / 3n;
  let sum = power;
  for (let k = 3n; power > 0n; k += 2n) {
    power /= 9n;
    sum += power / k;
  }
  return 2n * sum;
})();

/** e^a: the series of a/2^HALVINGS without whole multiples of ln 2, squared HALVINGS times. */
export function exp(a: Fixed): Fixed {
  const n = a / LN2;
  if (n < -BITS) return 0n;
  const HALVINGS = 40n;
  const r = (a - n * LN2) >> HALVINGS;
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = times(term, r) / k;
    sum += term;
  }
  for (let i = 0n; i < HALVINGS; i++) sum = times(sum, sum);
  return n >= 0n ? sum << n : sum >> -n;
}

/** log a, a ≥ 1: y + 2(a − e^y)/(a + e^y) triples the digits of y. */
function log(a: Fixed): Fixed {
  let y = fixed(Math.log(Number(a >> (BITS - 60n)) * 2 ** -60));
  for (let i = 0; i < 5; i++) {
    const e = exp(y);
    y += (2n * (a - e) * ONE) / (a + e);
  }
  return y;
}

export interface FixedRow {
  readonly p: readonly Fixed[];
  /** −log p */
  readonly costs: readonly Fixed[];
  readonly logSumExp: Fixed;
}

/** A row of finite logits at a temperature. */
export function fixedRow(x: readonly number[], temperature: number): FixedRow {
  const tau = parts(temperature);
  const quotients = x.map((value) => {
    const { m, exponent } = parts(value);
    return (shifted(m << 2200n, exponent - tau.exponent + Number(BITS) - 2200 + 1200) / tau.m) >> 1200n;
  });
  const max = quotients.reduce((a, b) => (a > b ? a : b));
  const terms = quotients.map((quotient) => exp(quotient - max));
  const sum = terms.reduce((a, b) => a + b);
  const logSum = log(sum);
  return {
    p: terms.map((term) => over(term, sum)),
    costs: quotients.map((quotient) => max - quotient + logSum),
    logSumExp: max + logSum,
  };
}

export interface FixedOptions {
  readonly targets: readonly number[];
  readonly weight: readonly number[];
  readonly labelSmoothing: number;
  readonly zLoss: number;
}

/** Loss, gradient and Hessian times v of a row, with respect to x/τ. */
export function fixedLoss(row: FixedRow, options: FixedOptions, v: readonly number[]) {
  const { p, costs, logSumExp } = row;
  const classes = BigInt(p.length);
  const smoothing = fixed(options.labelSmoothing);
  const a = options.targets.map((q, c) =>
    times(fixed(options.weight[c]), times(ONE - smoothing, fixed(q)) + smoothing / classes),
  );
  const lambda = fixed(options.zLoss);
  const total = a.reduce((x, y) => x + y);
  const square = times(logSumExp, logSumExp);
  const loss = a.reduce((sum, value, c) => sum + times(value, costs[c]), times(lambda, square));
  const gradient = p.map((value, c) => times(total + 2n * times(lambda, logSumExp), value) - a[c]);
  const along = p.reduce((sum, value, c) => sum + times(value, fixed(v[c])), 0n);
  const bend = total + 2n * times(lambda, logSumExp);
  const hessian = p.map((value, c) => times(value, times(bend, fixed(v[c]) - along) + 2n * times(lambda, along)));
  return { loss, gradient, hessian };
}

/** How far hi + lo is from a number, in parts of a size, of the number itself by default. */
export function distanceOf({ hi, lo }: { hi: number; lo: number }, truth: Fixed, of: number = hi): number {
  if (!Number.isFinite(hi)) {
    const overflows = size(truth) >= (1n << (BITS + 1024n)) - (1n << (BITS + 970n));
    return overflows && truth > 0n === hi > 0 ? 0 : Infinity;
  }
  const difference = size(fixed(hi) + fixed(lo) - truth);
  const unit = size(fixed(of));
  if (difference === 0n) return 0;
  return unit === 0n ? Infinity : Number((difference << 200n) / unit) * 2 ** -200;
}
