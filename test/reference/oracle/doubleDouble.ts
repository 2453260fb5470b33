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
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  return dd(hi, ah * bh - hi + ah * bl + al * bh + al * bl);
}

function split(a: number): [number, number] {
  const t = 134217729 * a; // 2^27 + 1
  const high = t - (t - a);
  return [high, a - high];
}

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
export const scale = (a: DD, n: number): DD => {
  const half = Math.trunc(n / 2);
  return dd(a.hi * 2 ** half * 2 ** (n - half), a.lo * 2 ** half * 2 ** (n - half));
};

const LN2 = dd(0.6931471805599453, 2.319046813846299e-17);

/** e^a·2^shift: with a shift, what lies below 2^-1022 keeps its digits. */
export function exp(a: DD, shift = 0): DD {
  if (a.hi === -Infinity || a.hi < -3000) return ZERO;
  const n = Math.round(a.hi / LN2.hi);
  // r = (a − n·ln 2)/512, then e^r − 1 by its series, doubled nine times as (e^r − 1)(e^r − 1 + 2).
  const r = scale(subtract(a, multiply(LN2, dd(n))), -9);
  let term = r;
  let sum = r;
  for (let k = 2; k <= 10; k++) {
    term = divide(multiply(term, r), dd(k));
    sum = add(sum, term);
  }
  for (let i = 0; i < 9; i++) sum = multiply(sum, add(sum, dd(2)));
  return scale(add(sum, ONE), n + shift);
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
