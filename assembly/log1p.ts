// log(1 + x) in f64 for x ≥ 0, two at once, from additions, multiplications and one division only, so that the JavaScript
// backend repeats it bit for bit. Error ≤ 1 ulp.
//
//   1 + x = 2^k·m,  √½ ≤ m < √2     f = m − 1     s = f / (2 + f)
//   log m = f − f²/2 + s·(f²/2 + R(s²))
//
// Method and coefficients: FreeBSD msun s_log1p.c (Sun Microsystems, 1993); relative error of R below 2^-58.

// Kept in memory and loaded at each use: V8 builds a constant vector anew at every use, in four instructions.
// prettier-ignore
const TABLE = memory.data<u64>([
  0x3ff0000000000000, // 1
  0x3ff0000000000000 - 0x3fe6a09e00000000, // √½ to the 20 bits of its high word, from 1
  0x00000000000003ff,
  0x000fffffffffffff, // the mantissa
  0x3fe6a09e00000000,
  0x3fe0000000000000, // ½
  0x4000000000000000, // 2
  0x3fe5555555555593, // L1 0x1.5555555555593p-1
  0x3fd999999997fa04, // L2 0x1.999999997fa04p-2
  0x3fd2492494229359, // L3 0x1.2492494229359p-2
  0x3fcc71c51d8e78af, // L4 0x1.c71c51d8e78afp-3
  0x3fc7466496cb03de, // L5 0x1.7466496cb03dep-3
  0x3fc39a09d078c69f, // L6 0x1.39a09d078c69fp-3
  0x3fc2f112df3e5244, // L7 0x1.2f112df3e5244p-3
  0x4338000000000000, // 1.5·2^52: its low mantissa bits hold an integer
  0x3fe62e42fee00000, // LN2_HI 0x1.62e42feep-1, so that k·LN2_HI is exact
  0x3dea39ef35793c76, // LN2_LO 0x1.a39ef35793c76p-33
  0x3ff6a09e00000000, // √2 to the 20 bits of its high word
], 16);

/** Constant `i` of the table, in both lanes. */
@inline
function constant(i: usize): v128 {
  return v128.load64_splat(TABLE + (i << 3));
}


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

/** log(1 + x + xError), 0 ≤ x < 2^64, |xError| about an ulp of x. Its rounding error goes to `errorAt`. */
export function log1p(x: v128, xError: v128, errorAt: usize): v128 {
  const one = constant(0);
  const u = add(one, x);
  const word = i64x2.add(u, constant(1));
  const k = i64x2.sub(i64x2.shr_u(word, 52), constant(2));
  const m = i64x2.add(v128.and(word, constant(3)), constant(4));
  // The error of 1 + x, by two-sum.
  const b = sub(u, one);
  const scale = i64x2.shl(i64x2.sub(constant(2), k), 52);
  const error = mul(add(sub(one, sub(u, b)), add(sub(x, b), xError)), scale);
  const n = sub(i64x2.add(constant(14), k), constant(14));
  return logOf(sub(m, one), error, mul(n, constant(15)), mul(n, constant(16)), errorAt);
}

/** The same for x ≤ 1, with the same bits, and in the caller's loop: k is 0 or 1, and u − 1 is exact. */
@inline
export function log1pOfUnit(x: v128, xError: v128, errorAt: usize): v128 {
  const one = constant(0);
  const u = add(one, x);
  const b = sub(u, one);
  const isDoubled = f64x2.ge(u, constant(17));
  const rest = add(sub(x, b), xError);
  const f = v128.bitselect(sub(mul(u, constant(5)), one), b, isDoubled);
  const error = v128.bitselect(mul(rest, constant(5)), rest, isDoubled);
  return logOf(f, error, v128.and(constant(15), isDoubled), v128.and(constant(16), isDoubled), errorAt);
}

/** k·ln 2, in two pieces, and log(1 + f + error), |error| about an ulp. */
@inline
function logOf(f: v128, error: v128, ln2Hi: v128, ln2Lo: v128, errorAt: usize): v128 {
  // The error adds error/m, which is all of a tiny x; 1 − f + f² is close enough to 1/m for a term that small.
  const one = constant(0);
  const errorOverM = mul(error, sub(one, mul(f, sub(one, f))));
  const half = mul(mul(constant(5), f), f);
  const s = f64x2.div(f, add(constant(6), f));
  const z = mul(s, s);
  const w = mul(z, z);
  const even = mul(w, add(constant(8), mul(w, add(constant(10), mul(w, constant(12))))));
  const odd = mul(z, add(constant(7), mul(w, add(constant(9), mul(w, add(constant(11), mul(w, constant(13))))))));
  // k·ln 2 + f by two-sum: only one rounding is as large as the result.
  const hi = add(ln2Hi, f);
  const added = sub(hi, ln2Hi);
  const lo = add(sub(ln2Hi, sub(hi, added)), sub(f, added));
  const rest = sub(add(mul(s, add(half, add(even, odd))), add(ln2Lo, errorOverM)), half);
  const small = add(rest, lo);
  const result = add(hi, small);
  v128.store(errorAt, add(sub(hi, result), small));
  return result;
}

// The logarithm of f32, which needs no more than 2^-37 of its size, with one division:
//
//   √½ ≤ (rest + top)/(2^k·top) < √2     s = (rest + top − 2^k·top) / (rest + top + 2^k·top)
//   log((rest + top)/top) = k·ln 2 + 2·atanh(s) = k·ln 2 + s·(2 + z·(A1 + A2·z + A3·z² + A4·z³))     z = s² ≤ 0.0295
//
// At k = 0 the numerator is `rest` itself: a small one keeps all digits. A1 … A4 are minimax, relative error below 2^-37.6.

// prettier-ignore
const TABLE_F32 = memory.data<u64>([
  0x3ff6a09e667f3bcd, // √2
  0x0010000000000000, // 1 in the exponent
  0xfff0000000000000, // sign and exponent
  0x4338000000000000, // 1.5·2^52: its low mantissa bits hold an integer
  0x3fe62e42fefa39ef, // ln 2
  0x4000000000000000, // 2
  0x3fe555554fd9ca68, // A1 0x1.555554fd9ca68p-1
  0x3fd999a7a8b0215e, // A2 0x1.999a7a8b0215ep-2
  0x3fd2438d790ee599, // A3 0x1.2438d790ee599p-2
  0x3fce2f66427744e8, // A4 0x1.e2f66427744e8p-3
], 16);


@inline
function constantF32(i: usize): v128 {
  return v128.load64_splat(TABLE_F32 + (i << 3));
}

/** log((rest + top)/top), rest ≥ 0 and top > 0 below 2^100; NaN where rest is NaN. Relative error below 2^-37. */
@inline
export function logOfSum(rest: v128, top: v128): v128 {
  const sum = add(rest, top);
  // k is how often √2·top has to be doubled to exceed the sum: the difference of their bits, one more, in the exponent.
  const power = i64x2.add(i64x2.sub(sum, mul(top, constantF32(0))), constantF32(1));
  const shifted = i64x2.add(top, v128.and(power, constantF32(2)));
  const k = sub(i64x2.add(constantF32(3), i64x2.shr_u(power, 52)), constantF32(3));
  const s = f64x2.div(add(rest, sub(top, shifted)), add(sum, shifted));
  const z = mul(s, s);
  const low = add(constantF32(6), mul(z, constantF32(7)));
  const high = add(constantF32(8), mul(z, constantF32(9)));
  const series = add(constantF32(5), mul(z, add(low, mul(mul(z, z), high))));
  return add(mul(k, constantF32(4)), mul(s, series));
}
