// Numbers of twice the precision of f64, as the unevaluated sum hi + lo: 106 bits, relative error about 2^-100.
// (Dekker 1971; Hida, Li & Bailey, "Library for double-double and quad-double arithmetic", 2001.)

export interface DD {
  readonly hi: number;
  readonly lo: number;
}

export const dd = (hi: number, lo = 0): DD => ({ hi, lo });
export const ZERO = dd(0);
export const ONE = dd(1);

/** a + b exactly (Knuth's two-sum). */
export function twoSum(a: number, b: number): DD {
  const hi = a + b;
  if (!Number.isFinite(hi)) return dd(hi);
  const bb = hi - a;
  return dd(hi, a - (hi - bb) + (b - bb));
}

/** a·b exactly, by splitting each factor in halves (no fused multiply-add in JavaScript). */
export function twoProduct(a: number, b: number): DD {
  const hi = a * b;
  if (!Number.isFinite(hi)) return dd(hi);
  // The splitting itself overflows from 2^997 on.
  if (Math.abs(a) > 2 ** 970) return dd(hi, twoProduct(a * 2 ** -200, b).lo * 2 ** 200);
  if (Math.abs(b) > 2 ** 970) return twoProduct(b, a);
  const at = SPLITTER * a;
  const bt = SPLITTER * b;
  const ah = at - (at - a);
  const bh = bt - (bt - b);
  const al = a - ah;
  const bl = b - bh;
  return dd(hi, ah * bh - hi + ah * bl + al * bh + al * bl);
}

const SPLITTER = 2 ** 27 + 1;

export function add(a: DD, b: DD): DD {
  const s = twoSum(a.hi, b.hi);
  const t = twoSum(a.lo, b.lo);
  const u = twoSum(s.hi, s.lo + t.hi);
  return twoSum(u.hi, u.lo + t.lo);
}

export const negate = (a: DD): DD => dd(-a.hi, -a.lo);
export const subtract = (a: DD, b: DD): DD => add(a, negate(b));

export function multiply(a: DD, b: DD): DD {
  const p = twoProduct(a.hi, b.hi);
  if (!Number.isFinite(p.hi)) return p;
  return twoSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

export function divide(a: DD, b: DD): DD {
  const q = a.hi / b.hi;
  if (!Number.isFinite(q) || q === 0) return dd(q);
  const r = subtract(a, multiply(b, dd(q)));
  const q2 = r.hi / b.hi;
  const r2 = subtract(r, multiply(b, dd(q2)));
  return add(twoSum(q, q2), dd(r2.hi / b.hi));
}

/** a·2^n, exact but for results below 2^-1022. */
export function scale(a: DD, n: number): DD {
  if (n === 0 || a.hi === 0 || !Number.isFinite(a.hi)) return a;
  if (Math.abs(n) > 1000) {
    const step = Math.sign(n) * 1000;
    return scale(scale(a, step), n - step);
  }
  const hi = a.hi * 2 ** n;
  return dd(hi, Number.isFinite(hi) ? a.lo * 2 ** n : 0);
}

const exponentOf = (a: number): number => Math.floor(Math.log2(Math.abs(a)));

/** (a − b)/divisor of any finite doubles: only the quotient itself may overflow. a may be −∞, which gives −∞. */
export function differenceOver(a: number, b: number, divisor: number): DD {
  if (a === -Infinity) return dd(-Infinity);
  // In quarters where the difference overflows: what is too small to be quartered is nothing beside it.
  const quarters = Number.isFinite(a - b) ? 0 : 2;
  const difference = twoSum(a * 2 ** -quarters, -b * 2 ** -quarters);
  if (difference.hi === 0 || (divisor === 1 && quarters === 0)) return difference;
  // Both near 1, so that no remainder of the division is subnormal.
  const above = exponentOf(difference.hi);
  const below = exponentOf(divisor);
  const quotient = divide(scale(difference, -above), scale(dd(divisor), -below));
  return scale(quotient, above - below + quarters);
}

const LN2 = dd(0.6931471805599453, 2.319046813846299e-17);

/** e^r − 1 = r + r²/2! + … by Horner, for |r| ≤ 1/700: the terms from r^6 on need no more than f64. */
function expm1Small(r: DD): DD {
  const tail = r.hi * (1 / 720 + r.hi * (1 / 5040 + r.hi * (1 / 40320 + r.hi / 362880)));
  let sum = add(FIFTH, dd(tail));
  sum = add(FOURTH, multiply(r, sum));
  sum = add(THIRD, multiply(r, sum));
  sum = add(HALF, multiply(r, sum));
  return add(r, multiply(multiply(r, r), sum));
}

const HALF = dd(0.5);
const THIRD = divide(ONE, dd(6));
const FOURTH = divide(ONE, dd(24));
const FIFTH = divide(ONE, dd(120));

const STEPS = 256;
/** 2^(i/256), from e^(ln 2/256) by squarings of squarings: i's bits say which. */
const POWERS: readonly DD[] = (() => {
  const step = add(ONE, expm1Small(scale(LN2, -8)));
  const squarings = [step];
  while (2 ** squarings.length < STEPS) {
    const last = squarings[squarings.length - 1];
    squarings.push(multiply(last, last));
  }
  return Array.from({ length: STEPS }, (_, i) =>
    squarings.reduce((product, factor, bit) => ((i >> bit) & 1 ? multiply(product, factor) : product), ONE),
  );
})();

/** e^a·2^shift: with a shift, what lies below 2^-1022 keeps its digits. */
export function exp(a: DD, shift = 0): DD {
  if (!(a.hi > -3000)) return Number.isNaN(a.hi) ? a : ZERO;
  // a = n·ln 2/256 + r; e^a = 2^⌊n/256⌋·2^((n mod 256)/256)·e^r
  const n = Math.round((a.hi * STEPS) / LN2.hi);
  const r = subtract(a, scale(multiply(LN2, dd(n)), -8));
  const power = POWERS[n & (STEPS - 1)];
  return scale(add(power, multiply(power, expm1Small(r))), (n >> 8) + shift);
}

/** log a, a > 0, by one step of Newton from the host's logarithm. */
export function log(a: DD): DD {
  const y = dd(Math.log(a.hi));
  return add(y, subtract(multiply(a, exp(negate(y))), ONE));
}

/** log(1 + a), a ≥ 0, with the relative precision of a small a. */
export function log1p(a: DD): DD {
  if (a.hi === 0) return ZERO;
  if (a.hi > 1e-4) return log(add(ONE, a));
  let power = a;
  let sum = a;
  for (let k = 2; k <= 9; k++) {
    power = negate(multiply(power, a));
    sum = add(sum, divide(power, dd(k)));
  }
  return sum;
}
