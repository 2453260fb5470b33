// log(1 + x) in f64 for x ≥ 0, two at once, by additions, multiplications and one division only: the JavaScript backend
// repeats it bit for bit. Error ≤ 1 ulp.
//
//   1 + x = 2^k·m,  √½ ≤ m < √2     f = m − 1     s = f / (2 + f)
//   log m = f − f²/2 + s·(f²/2 + R(s²))
//
// Method and coefficients: FreeBSD msun s_log1p.c (Sun Microsystems, 1993); relative error of R below 2^-58.

const SQRT_HALF: u64 = 0x3fe6a09e00000000; // √½ to the 20 bits of its high word
const ONE: u64 = 0x3ff0000000000000;
const MANTISSA: u64 = 0x000fffffffffffff;
const ROUND: u64 = 0x4338000000000000; // 1.5·2^52: its low mantissa bits hold an integer

const LN2_HI: f64 = reinterpret<f64>(0x3fe62e42fee00000); // 0x1.62e42feep-1, so that k·LN2_HI is exact
const LN2_LO: f64 = reinterpret<f64>(0x3dea39ef35793c76); // 0x1.a39ef35793c76p-33

const L1: f64 = reinterpret<f64>(0x3fe5555555555593); // 0x1.5555555555593p-1
const L2: f64 = reinterpret<f64>(0x3fd999999997fa04); // 0x1.999999997fa04p-2
const L3: f64 = reinterpret<f64>(0x3fd2492494229359); // 0x1.2492494229359p-2
const L4: f64 = reinterpret<f64>(0x3fcc71c51d8e78af); // 0x1.c71c51d8e78afp-3
const L5: f64 = reinterpret<f64>(0x3fc7466496cb03de); // 0x1.7466496cb03dep-3
const L6: f64 = reinterpret<f64>(0x3fc39a09d078c69f); // 0x1.39a09d078c69fp-3
const L7: f64 = reinterpret<f64>(0x3fc2f112df3e5244); // 0x1.2f112df3e5244p-3


@inline
function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}


@inline
function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}


@inline
function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}


@inline
function all(a: f64): v128 {
  return f64x2.splat(a);
}

/** log(1 + x), 0 ≤ x < 2^64. */
export function log1p(x: v128): v128 {
  const one = all(1);
  const u = add(one, x);
  const word = i64x2.add(u, i64x2.splat(ONE - SQRT_HALF));
  const k = i64x2.sub(i64x2.shr_u(word, 52), i64x2.splat(0x3ff));
  const m = i64x2.add(v128.and(word, i64x2.splat(MANTISSA)), i64x2.splat(SQRT_HALF));
  const f = sub(m, one);
  // What the rounding of 1 + x lost (two-sum, exact). Its share in the logarithm is lost/u, and the whole of it for a
  // tiny x (u = 1); 1/u = 2^-k/m, and 1 − f + f² is near enough to 1/m for a term that small.
  const b = sub(u, one);
  const scale = i64x2.shl(i64x2.sub(i64x2.splat(0x3ff), k), 52);
  const lost = mul(mul(add(sub(one, sub(u, b)), sub(x, b)), scale), sub(one, mul(f, sub(one, f))));
  const half = mul(mul(all(0.5), f), f);
  const s = f64x2.div(f, add(all(2), f));
  const z = mul(s, s);
  const w = mul(z, z);
  const even = mul(w, add(all(L2), mul(w, add(all(L4), mul(w, all(L6))))));
  const odd = mul(z, add(all(L1), mul(w, add(all(L3), mul(w, add(all(L5), mul(w, all(L7))))))));
  // n·ln 2 + f by two-sum, so that the result is rounded at its own size but once.
  const n = sub(i64x2.add(i64x2.splat(ROUND), k), all(reinterpret<f64>(ROUND)));
  const a = mul(n, all(LN2_HI));
  const high = add(a, f);
  const added = sub(high, a);
  const low = add(sub(a, sub(high, added)), sub(f, added));
  const rest = sub(add(mul(s, add(half, add(even, odd))), add(mul(n, all(LN2_LO)), lost)), half);
  return add(high, add(rest, low));
}
