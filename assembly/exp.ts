// e^x in f32, four lanes at once, with the row's maximum taken out as an integer power of two.
//
//   n = round(x·log2 e)     r = x − n·ln 2     e^x·2^(64−k) = e^r · 2^(n−k+64)     |r| ≤ ln2/2
//
// k = round(max·log2 e) is one integer a row. Nothing is subtracted from x, so nothing is lost: x − max in f32 costs
// up to 2^-24·|x − max| absolute, which is 63 ulp of a softmax. The price is nothing either: k sits in the constant
// that rounds. (Dukhan & Ablavatski, "Two-Pass Softmax", 2020; Cody & Waite, 1980.)
//
// Domain: −312 ≤ x ≤ 208 with max < 208 (rows beyond it subtract their maximum first, which is exact there).
// Error ≤ 1.0 ulp and monotone for every f32 in it (test/exp.test.ts; all of them in test/slow).

import { madd, nmadd } from "./lanes";

// 2^64 on every term: e^(x−max) down to 2^-150, the last that a result can show, stays a normal number here, and
// arithmetic that touches subnormals costs 10 ns an element on x86.
const BIAS: f32 = 64;

const LOG2_E: f32 = reinterpret<f32>(0x3fb8aa3b); // 0x1.715476p+0
const LN2: f32 = reinterpret<f32>(0x3f317218); // 0x1.62e43p-1
// Adding 1.5·2^23 rounds to an integer and leaves it in the low mantissa bits; + 127 makes that an exponent field.
const ROUND: f32 = 12582912;
const FIELD: f32 = ROUND + 127 + BIAS;

/** Beyond this |max|, x − max is exact wherever the result is not zero (Sterbenz), and x itself leaves the domain. */
export const SHIFT_FROM: f32 = 208;

// Kept in memory and loaded into locals before a loop: V8 rebuilds a v128.const at every use, which costs the loop a
// third of its speed.
// prettier-ignore
const TABLE = memory.data<u32>([
  0x3fb8aa3b, 0x3fb8aa3b, 0x3fb8aa3b, 0x3fb8aa3b, // log2 e
  // ln 2 in two pieces, because x − n·ln2 cancels nearly all its digits. The first has 15 significant bits and
  // |n| ≤ 451 needs 9, so n·LN2_HI is exact; the second returns what the first left out (error 2^-45).
  0x3f317200, 0x3f317200, 0x3f317200, 0x3f317200, // 0x1.62e400p-1
  0x35bfbe8e, 0x35bfbe8e, 0x35bfbe8e, 0x35bfbe8e, // 0x1.7f7d1cp-20
  // e^r = 1 + r + r²·(C2 + C3·r + … + C6·r⁴), minimax on |r| ≤ ln2/2 for the largest error in ulp.
  0x3efffffe, 0x3efffffe, 0x3efffffe, 0x3efffffe, // C2 0x1.fffffcp-2
  0x3e2aaa4a, 0x3e2aaa4a, 0x3e2aaa4a, 0x3e2aaa4a, // C3 0x1.555494p-3
  0x3d2aac5f, 0x3d2aac5f, 0x3d2aac5f, 0x3d2aac5f, // C4 0x1.5558bep-5
  0x3c091c2b, 0x3c091c2b, 0x3c091c2b, 0x3c091c2b, // C5 0x1.123856p-7
  0x3ab51e84, 0x3ab51e84, 0x3ab51e84, 0x3ab51e84, // C6 0x1.6a3d08p-10
], 16);
/** Row `i` of the table above, in every lane. */
@inline
export function constant(i: usize): v128 {
  return v128.load(TABLE + (i << 4));
}

/** k = round(max·log2 e), the integer exponent that is taken out of a row. |max| < SHIFT_FROM. */
@inline
export function rowExponent(max: f32): f32 {
  return max * LOG2_E + ROUND - ROUND;
}

/** The constant that rounds n to an integer and turns n − k into an exponent field. */
@inline
export function rowMagic(k: f32): f32 {
  return FIELD - k;
}

/** x below it is taken as it: its exponent field is 0, and so is the term; lower ones would wrap. */
@inline
export function rowLimit(k: f32): f32 {
  return (k - (127 + BIAS)) * LN2;
}

/** e^x·2^(64−k) in each lane, for the k that `magic` and `limit` were made from. NaN stays NaN, −∞ gives +0. */
@inline
export function exp(
  x: v128,
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
): v128 {
  // pmax and not max: one instruction, and it keeps a NaN in its first operand.
  x = f32x4.pmax(x, limit);
  const z = madd<f32>(x, log2e, magic);
  const scale = i32x4.shl(z, 23);
  const n = f32x4.sub(z, magic);
  const r = nmadd<f32>(n, ln2Lo, nmadd<f32>(n, ln2Hi, x));
  const rr = f32x4.mul(r, r);
  // Estrin's order: shorter chains than Horner's, with the same operations.
  const q = madd<f32>(rr, madd<f32>(rr, c6, madd<f32>(c5, r, c4)), madd<f32>(c3, r, c2));
  return madd<f32>(madd<f32>(rr, q, r), scale, scale);
}
