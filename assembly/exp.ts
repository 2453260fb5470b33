// e^x in f32 or f64, a vector at once, with the row's maximum taken out as an integer power of two.
//
//   n = round(x·log2 e)     r = x − n·ln 2     e^x·2^(64−k) = e^r · 2^(n−k+64)     |r| ≤ ln2/2
//
// k = round(max·log2 e) is one integer a row. Nothing is subtracted from x, so nothing is lost: x − max in f32 costs up to
// 2^-24·|x − max| absolute, which is 63 ulp of a softmax. It costs no instruction: k is part of the constant that rounds.
// (Dukhan & Ablavatski, "Two-Pass Softmax", 2020; Cody & Waite, 1980.)
//
// With a temperature τ it is e^(x/τ), with the constants times τ (temperature.ts). Only what is left of x is divided:
//
//   n = round(x·(log2 e/τ))     a = x − n·(τ·LN2_HI), exactly     r = a·(1/τ) − n·LN2_LO
//
// Domain: |max| < shiftFrom (208; 1500 in f64) and x ≥ max − 104 (745). Rows beyond it subtract their maximum first, which
// is exact there. With a temperature all these are in units of τ. Error ≤ 1.0 ulp and monotone for every f32 of the
// domain, ≤ 0.75 ulp in f64 (test/assembly/expWasm.test.ts).

import { twoProductError } from "./errorFree";
import { madd, nmadd } from "./lanes";

// Every exponential carries 2^64: down to the smallest that a result can show, e^(x−max) is then a normal number.
// Arithmetic on subnormals costs 10 ns per element on x86.
const BIAS: f64 = 64;

/** Beyond this |max|, x − max is exact wherever the result is not zero (Sterbenz), and x itself leaves the domain. */
@inline
export function shiftFrom<T>(): T {
  return sizeof<T>() == 4 ? <T>208 : <T>1500;
}

/** The exponent field of 2^BIAS. */
@inline
function biasedOne<T>(): T {
  return <T>((sizeof<T>() == 4 ? 127 : 1023) + BIAS);
}

/** Adding 1.5·2^(mantissa bits) rounds to an integer and leaves it in the low mantissa bits. */
@inline
function round<T>(): T {
  return sizeof<T>() == 4 ? <T>12582912 : <T>6755399441055744;
}

/** k = round(max·log2 e), the integer exponent that is taken out of a row. |max| < shiftFrom. */
@inline
export function exponentOf<T>(max: v128, log2e: v128): v128 {
  const magic = v128.splat<T>(round<T>());
  return v128.sub<T>(v128.add<T>(v128.mul<T>(max, log2e), magic), magic);
}

/** The constant that rounds n to an integer and turns n − k into an exponent field. */
@inline
export function magicOf<T>(k: v128): v128 {
  return v128.sub<T>(v128.splat<T>(<T>(round<T>() + biasedOne<T>())), k);
}

/**
 * The lower limit of x, at which the exponent field is 0, and so is the result. Below it the field would wrap around.
 */
@inline
export function limitOf<T>(k: v128, ln2: v128): v128 {
  return v128.mul<T>(v128.sub<T>(k, v128.splat<T>(biasedOne<T>())), ln2);
}

/** ln 2, rounded. */
@inline
export function ln2<T>(): v128 {
  return v128.splat<T>(sizeof<T>() == 4 ? <T>reinterpret<f32>(0x3f317218) : <T>reinterpret<f64>(0x3fe62e42fefa39ef));
}

/** 2^(k − BIAS) in f64, for one half of k widened: the factor that makes e^x of a stored exponential. */
@inline
export function unitOf(k: v128): v128 {
  // The integer of k is in the low mantissa bits of k + 1.5·2^52, and moves to the exponent.
  const bits = f64x2.add(k, f64x2.splat(6755399441055744.0 + 1023.0 - BIAS));
  return i64x2.shl(bits, 52);
}

// Kept in memory and loaded into locals before a loop, because V8 rebuilds a v128.const at every use (README.md).
//
// ln 2 in two pieces, because x − n·ln2 cancels nearly all its digits. The first is short enough that n·LN2_HI is exact
// (f32: 15 bits, |n| ≤ 451; f64: 41 bits, |n| ≤ 3240); the second restores what the first leaves out.
//
// e^r = 1 + r + r²·(C2 + C3·r + …), minimax on |r| ≤ ln2/2: in f32 to r⁶, for the largest error in ulp; in f64 to r¹¹,
// relative error 2^-57.9.

// prettier-ignore
const TABLE_F32 = memory.data<u32>([
  0x3fb8aa3b, 0x3fb8aa3b, 0x3fb8aa3b, 0x3fb8aa3b, // log2 e
  0x3f317200, 0x3f317200, 0x3f317200, 0x3f317200, // LN2_HI 0x1.62e400p-1
  0x35bfbe8e, 0x35bfbe8e, 0x35bfbe8e, 0x35bfbe8e, // LN2_LO 0x1.7f7d1cp-20
  0x3efffffe, 0x3efffffe, 0x3efffffe, 0x3efffffe, // C2 0x1.fffffcp-2
  0x3e2aaa4a, 0x3e2aaa4a, 0x3e2aaa4a, 0x3e2aaa4a, // C3 0x1.555494p-3
  0x3d2aac5f, 0x3d2aac5f, 0x3d2aac5f, 0x3d2aac5f, // C4 0x1.5558bep-5
  0x3c091c2b, 0x3c091c2b, 0x3c091c2b, 0x3c091c2b, // C5 0x1.123856p-7
  0x3ab51e84, 0x3ab51e84, 0x3ab51e84, 0x3ab51e84, // C6 0x1.6a3d08p-10
  0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000, // 1
], 16);

// prettier-ignore
const TABLE_F64 = memory.data<u64>([
  0x3ff71547652b82fe, 0x3ff71547652b82fe, // log2 e
  0x3fe62e42fefa3000, 0x3fe62e42fefa3000, // LN2_HI 0x1.62e42fefa3000p-1
  0x3d53de6af278ece6, 0x3d53de6af278ece6, // LN2_LO 0x1.3de6af278ece6p-42
  0x3fe000000000000a, 0x3fe000000000000a, // C2 0x1.000000000000ap-1
  0x3fc55555555554fe, 0x3fc55555555554fe, // C3 0x1.55555555554fep-3
  0x3fa55555555506c0, 0x3fa55555555506c0, // C4 0x1.55555555506c0p-5
  0x3f81111111126b37, 0x3f81111111126b37, // C5 0x1.1111111126b37p-7
  0x3f56c16c18475a18, 0x3f56c16c18475a18, // C6 0x1.6c16c18475a18p-10
  0x3f2a01a012fec2f8, 0x3f2a01a012fec2f8, // C7 0x1.a01a012fec2f8p-13
  0x3efa0199963c9d3d, 0x3efa0199963c9d3d, // C8 0x1.a0199963c9d3dp-16
  0x3ec71df18fbc7a1a, 0x3ec71df18fbc7a1a, // C9 0x1.71df18fbc7a1ap-19
  0x3e928adf7a194e4a, 0x3e928adf7a194e4a, // C10 0x1.28adf7a194e4ap-22
  0x3e5ad92c7d9c4a65, 0x3e5ad92c7d9c4a65, // C11 0x1.ad92c7d9c4a65p-26
  0x3ff0000000000000, 0x3ff0000000000000, // 1
], 16);

/** Constant `i` of the tables above: 0 … 7 and 13 in f32, which uses no others, and 0 … 13 in f64. */
@inline
export function constant<T>(i: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(TABLE_F32 + ((i == 13 ? 8 : i & 7) << 4));
  return v128.load(TABLE_F64 + (i << 4));
}

/**
 * e^x·2^(64−k) in each lane, for the k that `magic` and `limit` were made from. NaN stays NaN, −∞ gives +0. With
 * `isTempered` it is e^(x/τ): the constants up to ln2Lo are those of the temperature, and 1/τ comes in two pieces,
 * which are not used otherwise. With a temperature, with `isPrecise`, and in f64, what 1 + r loses is kept. In f32
 * without a temperature this takes four more operations and reduces the error from 1.40 u to 1.02 u (u is 2^-24). In
 * f64 the rounding error is stored at `errorAt`, unless that is 0.
 */
@inline
export function exp<T>(
  x: v128,
  errorAt: usize,
  isTempered: bool,
  isPrecise: bool,
  magic: v128,
  limit: v128,
  log2e: v128,
  ln2Hi: v128,
  ln2Lo: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
  c6: v128,
  c7: v128,
  c8: v128,
  c9: v128,
  c10: v128,
  c11: v128,
  one: v128,
  inverse: v128,
  inverseLo: v128,
): v128 {
  // pmax and not max: one instruction, and it keeps a NaN in its first operand.
  x = v128.pmax<T>(x, limit);
  const z = madd<T>(x, log2e, magic);
  const scale = sizeof<T>() == 4 ? i32x4.shl(z, 23) : i64x2.shl(z, 52);
  const n = v128.sub<T>(z, magic);
  const a = nmadd<T>(n, ln2Hi, x);
  const hi = isTempered ? v128.mul<T>(a, inverse) : a;
  const lo = isTempered ? nmadd<T>(n, ln2Lo, v128.mul<T>(a, inverseLo)) : f64x2.splat(0);
  const r = isTempered ? v128.add<T>(hi, lo) : nmadd<T>(n, ln2Lo, hi);
  const r2 = v128.mul<T>(r, r);
  // Estrin's order: shorter chains than Horner's, with the same operations.
  let q = madd<T>(c3, r, c2);
  if (sizeof<T>() == 4) {
    q = madd<T>(r2, madd<T>(r2, c6, madd<T>(c5, r, c4)), q);
    if (!isTempered && !isPrecise) return madd<T>(madd<T>(r2, q, r), scale, scale);
  } else {
    const r4 = v128.mul<T>(r2, r2);
    const q0 = madd<T>(r2, madd<T>(c5, r, c4), q);
    const q1 = madd<T>(r2, madd<T>(c9, r, c8), madd<T>(c7, r, c6));
    q = madd<T>(r4, madd<T>(r4, madd<T>(c11, r, c10), q1), q0);
  }
  // (1 + hi) + (r²·q + lo), keeping what the larger sum loses: only one rounding is as large as the result.
  const large = v128.add<T>(one, hi);
  const small = isTempered ? madd<T>(r2, q, lo) : nmadd<T>(n, ln2Lo, v128.mul<T>(r2, q));
  const rest = v128.add<T>(v128.sub<T>(hi, v128.sub<T>(large, one)), small);
  const result = v128.add<T>(large, rest);
  if (sizeof<T>() == 8 && errorAt) {
    let error = v128.add<T>(v128.sub<T>(large, result), rest);
    if (isTempered) error = v128.add<T>(error, twoProductError(a, inverse));
    v128.store(errorAt, v128.mul<T>(error, scale));
  }
  return v128.mul<T>(result, scale);
}

/**
 * e^x·2^(64−k) in f64, for one half of a row's maximum in f32 and its k widened: |x − k·ln 2| ≤ ln2/2. The series to r⁸ is
 * within 2^-32.
 */
@inline
export function expOfMax(x: v128, k: v128): v128 {
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, constant<f64>(1))), f64x2.mul(k, constant<f64>(2)));
  const r2 = f64x2.mul(r, r);
  const q2 = f64x2.add(f64x2.mul(constant<f64>(4), r), constant<f64>(3));
  const q4 = f64x2.add(f64x2.mul(constant<f64>(6), r), constant<f64>(5));
  const q6 = f64x2.add(f64x2.mul(constant<f64>(8), r), constant<f64>(7));
  const q = f64x2.add(f64x2.mul(r2, f64x2.add(f64x2.mul(r2, f64x2.add(f64x2.mul(r2, constant<f64>(9)), q6)), q4)), q2);
  const result = f64x2.add(f64x2.add(f64x2.mul(r2, q), r), constant<f64>(13));
  return f64x2.mul(result, f64x2.splat(reinterpret<f64>(0x43f0000000000000))); // 2^BIAS
}
