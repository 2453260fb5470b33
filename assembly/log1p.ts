// log(1 + x) in f64 for x ≥ 0, without a branch, by additions, multiplications and one division only: the JavaScript
// backend repeats it bit for bit. Error ≤ 1 ulp.
//
//   1 + x = 2^k·m,  √½ ≤ m < √2     f = m − 1     s = f / (2 + f)
//   log m = f − f²/2 + s·(f²/2 + R(s²))
//
// Method and coefficients: FreeBSD msun s_log1p.c (Sun Microsystems, 1993); relative error of R below 2^-58.

const SQRT_HALF_HIGH: u32 = 0x3fe6a09e; // high word of √½
const ONE_HIGH: u32 = 0x3ff00000;

const LN2_HI: f64 = reinterpret<f64>(0x3fe62e42fee00000); // 0x1.62e42feep-1, so that k·LN2_HI is exact
const LN2_LO: f64 = reinterpret<f64>(0x3dea39ef35793c76); // 0x1.a39ef35793c76p-33

const L1: f64 = reinterpret<f64>(0x3fe5555555555593); // 0x1.5555555555593p-1
const L2: f64 = reinterpret<f64>(0x3fd999999997fa04); // 0x1.999999997fa04p-2
const L3: f64 = reinterpret<f64>(0x3fd2492494229359); // 0x1.2492494229359p-2
const L4: f64 = reinterpret<f64>(0x3fcc71c51d8e78af); // 0x1.c71c51d8e78afp-3
const L5: f64 = reinterpret<f64>(0x3fc7466496cb03de); // 0x1.7466496cb03dep-3
const L6: f64 = reinterpret<f64>(0x3fc39a09d078c69f); // 0x1.39a09d078c69fp-3
const L7: f64 = reinterpret<f64>(0x3fc2f112df3e5244); // 0x1.2f112df3e5244p-3

/** log(1 + x), 0 ≤ x < 2^64. */
@inline
export function log1p(x: f64): f64 {
  const u = 1 + x;
  const bits = reinterpret<u64>(u);
  const word = <u32>(bits >> 32) + (ONE_HIGH - SQRT_HALF_HIGH);
  const k = <i32>(word >> 20) - 0x3ff;
  const mantissa = (word & 0xfffff) + SQRT_HALF_HIGH;
  const f = reinterpret<f64>(((<u64>mantissa) << 32) | (bits & 0xffffffff)) - 1;
  // What the rounding of 1 + x lost (two-sum, exact). Its share in the logarithm is lost/u, and the whole of it for a
  // tiny x (u = 1); 1/u = 2^-k/m, and 1 − f + f² is near enough to 1/m for a term that small.
  const b = u - 1;
  const scale = reinterpret<f64>((<u64>(0x3ff - k)) << 52);
  const lost = (1 - (u - b) + (x - b)) * scale * (1 - f * (1 - f));
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (L2 + w * (L4 + w * L6));
  const odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
  // n·ln 2 + f by two-sum, so that the result is rounded at its own size but once.
  const n = <f64>k;
  const a = n * LN2_HI;
  const high = a + f;
  const added = high - a;
  const low = a - (high - added) + (f - added);
  return high + (s * (half + (even + odd)) + (n * LN2_LO + lost) - half + low);
}
