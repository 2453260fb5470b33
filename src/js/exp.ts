// e^x in f32, with the row's maximum taken out as an integer power of two: the operations of assembly/exp.ts, in its
// order, each rounded to f32. Derivation, domain and error bound stand there. Products that are exact are not rounded.

const f = Math.fround;

const BIAS = 64;
const ROUND = 12582912; // 1.5·2^23
const FIELD = ROUND + 127 + BIAS;

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
const SCALES = /* @__PURE__ */ Float32Array.from({ length: 256 }, (_, i) => (i === 0 ? 0 : 2 ** (i - 127)));

export const SHIFT_FROM = 208;

export function rowExponent(max: number): number {
  return f(f(f(max * LOG2_E) + ROUND) - ROUND);
}

export function rowMagic(k: number): number {
  return FIELD - k;
}

export function rowLimit(k: number): number {
  return f((k - (127 + BIAS)) * LN2);
}

/** e^x·2^(64−k). NaN stays NaN, −∞ gives +0. */
export function exp(x: number, magic: number, limit: number): number {
  const y = x < limit ? limit : x;
  const z = f(f(y * LOG2_E) + magic);
  const scale = SCALES[(z - ROUND) | 0];
  const n = z - magic;
  const r = f(y - n * LN2_HI - f(n * LN2_LO));
  const rr = f(r * r);
  const q = f(f(rr * f(f(rr * C6) + f(f(C5 * r) + C4))) + f(f(C3 * r) + C2));
  return f(f(f(f(rr * q) + r) * scale) + scale);
}
