// e^x in f64 for x ≤ 0, by additions and multiplications only, so that every engine gives the same bits (Math.exp does
// not). Error ≤ 1.1 ulp where the result is a normal number.
//
//   n = round(x·log2 e)     r = x − n·ln 2     e^x = 2^n·e^r     |r| ≤ ln2/2
//
// Taylor to r^13: what follows is below 2^-57 of the result.

const LOG2_E = 1.4426950408889634;
const ROUND = 6755399441055744; // 1.5·2^52
const LN2_HI = 6.9314718036912381649e-1; // 0x1.62e42feep-1: 32 bits, so that n·LN2_HI is exact
const LN2_LO = 1.90821492927058770002e-10; // 0x1.a39ef35793c76p-33

/** 1/k!, k = 13 … 2 */
const COEFFICIENTS = [
  1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6,
  2.48015873015873e-5, 1.984126984126984e-4, 1.3888888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2,
  1.6666666666666666e-1, 0.5,
];

/** e^x for x ≤ 0; NaN stays NaN. */
export function expF64(x: number): number {
  if (x < -746) return 0;
  const n = x * LOG2_E + ROUND - ROUND;
  const r = x - n * LN2_HI - n * LN2_LO;
  let q = 0;
  for (const c of COEFFICIENTS) q = q * r + c;
  const y = 1 + (r + r * r * q);
  // 2^n in two factors, because the result may be subnormal while neither of them is.
  const half = Math.floor(n / 2);
  return y * 2 ** half * 2 ** (n - half);
}
