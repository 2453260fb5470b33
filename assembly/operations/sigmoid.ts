import { COLS, OUT, ROWS, STRIDE, X } from "../abi";
import { address, count } from "../call";
import { constant, exp, limitOf, ln2, magicOf } from "../exp";
import { expVector } from "../exponentials";
import { canonical, lanes, loadTail, storeTail } from "../lanes";
import { useTemperature } from "../temperature";

// Constants that pass through memory, as those of exp.ts do.
const CONSTANTS = memory.data(80, 16);

/**
 * out_i = 1/(1 + e^−x_i), for all ROWS·COLS·STRIDE elements.
 *
 * Nothing is subtracted from 1, so a small σ has all digits. The exponential carries 2^-64, and so do both ones: e^−x may be
 * as large as the inverse of the smallest subnormal, and only the quotient is small. `out` is `x` or disjoint from it.
 */
export function sigmoid<T>(call: usize): void {
  let x = address(call, X);
  let out = address(call, OUT);
  let n = count(call, ROWS) * count(call, COLS) * count(call, STRIDE);
  useTemperature<T>(1);
  const k = exponent<T>();
  v128.store(CONSTANTS, magicOf<T>(k));
  v128.store(CONSTANTS, limitOf<T>(k, ln2<T>()), 16);
  v128.store(CONSTANTS, v128.splat<T>(<T>-0.0), 32);
  v128.store(CONSTANTS, largest<T>(), 48);
  v128.store(CONSTANTS, unit<T>(), 64);
  const magic = v128.load(CONSTANTS);
  const limit = v128.load(CONSTANTS, 16);
  const sign = v128.load(CONSTANTS, 32);
  const most = v128.load(CONSTANTS, 48);
  const ones = v128.load(CONSTANTS, 64);
  const log2e = constant<T>(0);
  const ln2Hi = constant<T>(1);
  const ln2Lo = constant<T>(2);
  const c2 = constant<T>(3);
  const c3 = constant<T>(4);
  const c4 = constant<T>(5);
  const c5 = constant<T>(6);
  const c6 = constant<T>(7);
  const c7 = constant<T>(8);
  const c8 = constant<T>(9);
  const c9 = constant<T>(10);
  const c10 = constant<T>(11);
  const c11 = constant<T>(12);
  const one = constant<T>(13);
  // Four vectors at once, and NaN looked for in all four: a quarter less time than two with a canonical NaN each.
  // prettier-ignore
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>(), x += 64, out += 64) {
    const a = exp<T>(v128.pmin<T>(v128.xor(v128.load(x), sign), most), 0, false, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, one, one);
    const b = exp<T>(v128.pmin<T>(v128.xor(v128.load(x, 16), sign), most), 0, false, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, one, one);
    const c = exp<T>(v128.pmin<T>(v128.xor(v128.load(x, 32), sign), most), 0, false, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, one, one);
    const d = exp<T>(v128.pmin<T>(v128.xor(v128.load(x, 48), sign), most), 0, false, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, one, one);
    v128.store(out, v128.div<T>(ones, v128.add<T>(ones, a)));
    v128.store(out, v128.div<T>(ones, v128.add<T>(ones, b)), 16);
    v128.store(out, v128.div<T>(ones, v128.add<T>(ones, c)), 32);
    v128.store(out, v128.div<T>(ones, v128.add<T>(ones, d)), 48);
    const sum = v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
    if (v128.any_true(v128.ne<T>(sum, sum))) canonicalizeFour<T>(out);
  }
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, out += 16) v128.store(out, sigmoidOf<T>(v128.load(x)));
  if (n) storeTail<T>(out, n, sigmoidOf<T>(loadTail<T>(x, n, 0)));
}

/** The k of the exponentials, e^−x·2^(64−k). */
@inline
function exponent<T>(): v128 {
  return v128.splat<T>(128);
}

/** Their unit, 2^(64−k). */
@inline
function unit<T>(): v128 {
  return v128.splat<T>(<T>reinterpret<f64>(0x3bf0000000000000));
}

/** From here on σ(−x) rounds to 0. */
@inline
function largest<T>(): v128 {
  return v128.splat<T>(sizeof<T>() == 4 ? <T>104.5 : <T>745.5);
}

/** σ of a vector. */
function sigmoidOf<T>(x: v128): v128 {
  const a = expVector<T>(v128.pmin<T>(v128.neg<T>(x), largest<T>()), exponent<T>(), 0);
  return canonical<T>(v128.div<T>(unit<T>(), v128.add<T>(unit<T>(), a)));
}

/** The canonical NaN for every NaN of four vectors. */
function canonicalizeFour<T>(out: usize): void {
  for (let at: usize = 0; at < 64; at += 16) v128.store(out + at, canonical<T>(v128.load(out + at)));
}
