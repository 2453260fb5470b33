// The binary cross entropy of vectors of elements, each a class of its own, and its derivative:
//
//   L = a·log(1 + e^−x) + b·log(1 + e^x)     dL/dx = b·σ(x) − a·σ(−x)     a = w·P·t, b = w·(1 − t)
//
//   log(1 + e^z) = max(z, 0) + log1p(e)     σ(x) = n/(1 + e)     e = e^−|x|, n = 1 where x ≥ 0, else e
//
// One exponential per element gives both. Nothing is subtracted from 1 but t, so a confident element keeps its digits. f32 is
// computed in f64. In f64 every step comes with its rounding error: the two terms may cancel.

import {
  BINARY_CHUNK,
  BINARY_HEAD_BYTES,
  CLASSES,
  COLS,
  FIRST_CLASS,
  LOSS_SCALE,
  OPERAND,
  OUT,
  ROWS,
  SCRATCH,
  STRIDE,
  UPSTREAM,
  VALUES,
  VECTOR_BYTES,
  WEIGHTS,
  WEIGHTS_SPARE,
  X,
} from "./abi";
import { address, count, number } from "./call";
import { finite, quotientError, twoProductErrorHere, twoSumError } from "./errorFree";
import { constant as constantOfExp, exp, limitOf, ln2, magicOf } from "./exp";
import { expVector } from "./exponentials";
import { canonical, half0, half1, lanes, loadTail, narrow, storeTail } from "./lanes";
import { log1pOfUnit } from "./log1p";
import { useTemperature } from "./temperature";

/** The weights of a call: w_c·P_c and w_c of the classes that elements go through in turn. */
@unmanaged
class Weights {
  positive: usize;
  negative: usize;
  classes: i32;
  /** The class of the next vector's first element. */
  first: i32;
  /** Classes from a vector's first to the next one's, modulo their number. */
  apart: i32;
  /** Whether every weight is 1: products with a weight are then exact. */
  areOnes: bool;
}

/**
 * Before the first vector. WEIGHTS holds w_c·P_c of CLASSES classes and then w_c, each list with WEIGHTS_SPARE more that
 * begin again: from each class on a vector of weights is read. The first element is of FIRST_CLASS, and the next of the next.
 */
function weightsOf(call: usize, lanes: i32): Weights {
  const weights = changetype<Weights>(address(call, SCRATCH) + WEIGHTS_AT);
  const classes = count(call, CLASSES);
  const positive = address(call, WEIGHTS);
  const negative = positive + ((<usize>(classes + WEIGHTS_SPARE)) << 3);
  weights.positive = positive;
  weights.negative = negative;
  weights.classes = classes;
  weights.first = count(call, FIRST_CLASS);
  weights.apart = lanes % classes;
  weights.areOnes = classes == 1 && load<f64>(positive) == 1 && load<f64>(negative) == 1;
  return weights;
}

// Vectors of f64 take each step together, a chunk at a time, so that their chains of operations overlap. What the steps hand
// on is in scratch, a vector each: after the vectors of a tail, which is computed as a chunk of one, and the weights.

const TAIL_X: usize = 0;
const TAIL_TARGETS: usize = 16;
const TAIL_LOSSES: usize = 32;
const TAIL_GRADIENTS: usize = 48;
const TAIL_FACTORS: usize = 64;
const WEIGHTS_AT: usize = 96;
if (<i32>(WEIGHTS_AT + offsetof<Weights>()) > BINARY_HEAD_BYTES) ERROR("abi.ts: BINARY_HEAD_BYTES");

const STEP: usize = BINARY_CHUNK * VECTOR_BYTES;
const E: usize = BINARY_HEAD_BYTES;
const E_ERROR: usize = E + STEP;
const LOG: usize = E_ERROR + STEP;
const LOG_ERROR: usize = LOG + STEP;

/** The losses of a call's elements, and in OUT their derivatives times a factor for each. */
@inline
export function storeBinary<T>(call: usize, withGradients: bool): void {
  let x = address(call, X);
  let t = address(call, OPERAND);
  let values = address(call, VALUES);
  let out: usize = withGradients ? address(call, OUT) : 0;
  let upstream: usize = withGradients ? address(call, UPSTREAM) : 0;
  const scratch = address(call, SCRATCH);
  const scale = f64x2.splat(withGradients ? number(call, LOSS_SCALE) : 1);
  const n = count(call, ROWS) * count(call, COLS) * count(call, STRIDE);
  useTemperature<T>(1);
  const weights = weightsOf(call, lanes<T>());
  for (let left = n / lanes<T>(); left > 0; left -= BINARY_CHUNK) {
    const vectors = min(left, BINARY_CHUNK);
    storeChunk<T>(x, t, values, out, upstream, scale, weights, scratch, vectors, withGradients);
    const bytes = (<usize>vectors) << 4;
    x += bytes;
    t += bytes;
    values += bytes;
    out += bytes;
    if (upstream) upstream += (<usize>(vectors * lanes<T>())) << 3;
  }
  const tail = n % lanes<T>();
  if (!tail) return;
  v128.store(scratch, loadTail<T>(x, tail, 0), TAIL_X);
  v128.store(scratch, loadTail<T>(t, tail, 0), TAIL_TARGETS);
  let factors: usize = 0;
  if (withGradients && upstream) {
    factors = scratch + TAIL_FACTORS;
    for (let i = 0; i < tail; i++) store<f64>(factors + ((<usize>i) << 3), load<f64>(upstream + ((<usize>i) << 3)));
  }
  // prettier-ignore
  storeChunk<T>(scratch + TAIL_X, scratch + TAIL_TARGETS, scratch + TAIL_LOSSES, scratch + TAIL_GRADIENTS, factors, scale,
    weights, scratch, 1, withGradients);
  storeTail<T>(values, tail, v128.load(scratch, TAIL_LOSSES));
  if (withGradients) storeTail<T>(out, tail, v128.load(scratch, TAIL_GRADIENTS));
}

function storeChunk<T>(
  x: usize,
  t: usize,
  values: usize,
  out: usize,
  upstream: usize,
  scale: v128,
  weights: Weights,
  scratch: usize,
  vectors: i32,
  withGradients: bool,
): void {
  if (sizeof<T>() == 8) {
    storeExponentials(x, scratch, vectors);
    storeLogarithms(scratch, vectors);
  }
  const positive = weights.positive;
  const negative = weights.negative;
  const classes = weights.classes;
  const apart = weights.apart;
  const areOnes = weights.areOnes;
  let first = weights.first;
  for (const end = x + ((<usize>vectors) << 4); x < end; x += 16, t += 16, values += 16, out += 16, scratch += 16) {
    const at = (<usize>first) << 3;
    first += apart;
    if (first >= classes) first -= classes;
    let factor0 = scale;
    let factor1 = scale;
    if (upstream) {
      factor0 = f64x2.mul(scale, v128.load(upstream));
      if (sizeof<T>() == 4) factor1 = f64x2.mul(scale, v128.load(upstream, 16));
      upstream += 8 * lanes<T>();
    }
    const p = positive + at;
    const w = negative + at;
    if (sizeof<T>() == 8) storeF64(x, t, values, out, p, w, areOnes, factor0, scratch, withGradients);
    else storeF32(x, t, values, out, p, w, factor0, factor1, withGradients);
  }
  weights.first = first;
}

/** A result, or the canonical NaN where x is NaN: a coefficient of 0 has made that 0. */
@inline
function resultOf<T>(result: v128, x: v128): v128 {
  return canonical<T>(v128.bitselect(result, x, v128.eq<T>(x, x)));
}

/** e^−|x| of a chunk of f64, with its error. */
function storeExponentials(x: usize, scratch: usize, vectors: i32): void {
  const magic = magicOf<f64>(f64x2.splat(0));
  const limit = limitOf<f64>(f64x2.splat(0), ln2<f64>());
  const log2e = constantOfExp<f64>(0);
  const ln2Hi = constantOfExp<f64>(1);
  const ln2Lo = constantOfExp<f64>(2);
  const c2 = constantOfExp<f64>(3);
  const c3 = constantOfExp<f64>(4);
  const c4 = constantOfExp<f64>(5);
  const c5 = constantOfExp<f64>(6);
  const c6 = constantOfExp<f64>(7);
  const c7 = constantOfExp<f64>(8);
  const c8 = constantOfExp<f64>(9);
  const c9 = constantOfExp<f64>(10);
  const c10 = constantOfExp<f64>(11);
  const c11 = constantOfExp<f64>(12);
  const one = constantOfExp<f64>(13);
  const down = constant(DOWN);
  const sign = constant(SIGN);
  for (const end = x + ((<usize>vectors) << 4); x < end; x += 16, scratch += 16) {
    // prettier-ignore
    const e = exp<f64>(v128.or(v128.load(x), sign), scratch + E_ERROR, false, false,
      magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, one, one, one);
    v128.store(scratch, f64x2.mul(e, down), E);
    v128.store(scratch, f64x2.mul(v128.load(scratch, E_ERROR), down), E_ERROR);
  }
}

/** log(1 + e) of the chunk, with its error. */
function storeLogarithms(scratch: usize, vectors: i32): void {
  for (const end = scratch + ((<usize>vectors) << 4); scratch < end; scratch += 16) {
    const log = log1pOfUnit(v128.load(scratch, E), v128.load(scratch, E_ERROR), scratch + LOG_ERROR);
    v128.store(scratch, log, LOG);
  }
}

/** A vector of f64: what the chunk's steps have stored of it is at `known`. */
@inline
function storeF64(
  xAt: usize,
  tAt: usize,
  values: usize,
  out: usize,
  positiveWeights: usize,
  weights: usize,
  areOnes: bool,
  factor: v128,
  known: usize,
  withGradients: bool,
): void {
  const x = v128.load(xAt);
  const t = v128.load(tAt);
  const zero = f64x2.splat(0);
  const one = constant(ONE);
  const e = v128.load(known, E);
  const eError = v128.load(known, E_ERROR);
  const log = v128.load(known, LOG);
  const logError = v128.load(known, LOG_ERROR);
  const rest = f64x2.sub(one, t);
  const w0 = v128.load(positiveWeights);
  const w1 = v128.load(weights);
  const a = areOnes ? t : f64x2.mul(w0, t);
  const b = areOnes ? rest : f64x2.mul(w1, rest);
  const isNegative = f64x2.lt(x, zero);
  const total = f64x2.add(one, e);
  const isOne = f64x2.eq(t, one);
  const c = v128.bitselect(a, b, isOne);
  const other = v128.bitselect(b, a, isOne);
  const isHard = v128.and(v128.or(isOne, f64x2.eq(t, zero)), v128.and(f64x2.eq(other, zero), f64x2.gt(c, zero)));
  let dividend: v128;
  let dividendError: v128;
  if (i64x2.all_true(isHard)) {
    // Of two terms one is 0, and the coefficient of the other has no error.
    const part = f64x2.pmax(v128.bitselect(f64x2.neg(x), x, isOne), zero);
    const soft = f64x2.add(part, log);
    let term = soft;
    let error = f64x2.add(finite(twoSumError(part, log)), logError);
    if (!areOnes) {
      term = f64x2.mul(c, soft);
      error = finite(f64x2.add(twoProductErrorHere(c, soft), f64x2.mul(c, error)));
    }
    const loss = v128.bitselect(f64x2.add(term, error), term, f64x2.lt(f64x2.abs(term), constant(INFINITE)));
    v128.store(values, resultOf<f64>(loss, x));
    if (!withGradients) return;
    // e where the lanes of t = 1 have x ≥ 0, and those of t = 0 have x < 0.
    const isE = v128.xor(isOne, isNegative);
    const numerator = v128.bitselect(e, one, isE);
    let product = numerator;
    let productsError = v128.and(eError, isE);
    if (!areOnes) {
      product = f64x2.mul(c, numerator);
      productsError = finite(f64x2.add(twoProductErrorHere(c, numerator), f64x2.mul(c, productsError)));
    }
    dividend = v128.bitselect(f64x2.sub(zero, product), product, isOne);
    dividendError = v128.xor(productsError, v128.and(isOne, constant(SIGN)));
  } else {
    let aError = zero;
    let bError = finite(twoSumError(one, f64x2.neg(t)));
    if (!areOnes) {
      aError = twoProductErrorHere(w0, t);
      bError = f64x2.add(twoProductErrorHere(w1, rest), f64x2.mul(w1, bError));
    }
    const above = f64x2.pmax(f64x2.neg(x), zero);
    const below = f64x2.pmax(x, zero);
    const soft0 = f64x2.add(above, log);
    const soft1 = f64x2.add(below, log);
    const term0 = v128.and(f64x2.mul(a, soft0), f64x2.ne(a, zero));
    const term1 = v128.and(f64x2.mul(b, soft1), f64x2.ne(b, zero));
    const sum = f64x2.add(term0, term1);
    const soft0Error = f64x2.add(finite(twoSumError(above, log)), logError);
    const soft1Error = f64x2.add(finite(twoSumError(below, log)), logError);
    const error0 = f64x2.add(
      twoProductErrorHere(a, soft0),
      f64x2.add(f64x2.mul(a, soft0Error), f64x2.mul(aError, soft0)),
    );
    const error1 = f64x2.add(
      twoProductErrorHere(b, soft1),
      f64x2.add(f64x2.mul(b, soft1Error), f64x2.mul(bError, soft1)),
    );
    const errors = f64x2.add(finite(twoSumError(term0, term1)), f64x2.add(finite(error0), finite(error1)));
    const loss = v128.bitselect(f64x2.add(sum, errors), sum, f64x2.lt(f64x2.abs(sum), constant(INFINITE)));
    v128.store(values, resultOf<f64>(loss, x));
    if (!withGradients) return;
    const positive = v128.bitselect(one, e, isNegative);
    const negative = v128.bitselect(e, one, isNegative);
    const slope0 = f64x2.mul(a, positive);
    const slope1 = f64x2.mul(b, negative);
    const slope0Error = f64x2.add(twoProductErrorHere(a, positive), f64x2.mul(aError, positive));
    const slope1Error = f64x2.add(twoProductErrorHere(b, negative), f64x2.mul(bError, negative));
    const positiveError = v128.andnot(f64x2.mul(a, eError), isNegative);
    const negativeError = v128.and(f64x2.mul(b, eError), isNegative);
    const slopeErrors = f64x2.sub(f64x2.add(slope1Error, negativeError), f64x2.add(slope0Error, positiveError));
    dividend = f64x2.sub(slope1, slope0);
    dividendError = f64x2.add(finite(twoSumError(slope1, f64x2.neg(slope0))), finite(slopeErrors));
  }
  const totalError = f64x2.add(f64x2.sub(e, f64x2.sub(total, one)), eError);
  const gradient = f64x2.div(dividend, total);
  const error = quotientError(dividend, dividendError, gradient, total, totalError);
  v128.store(out, resultOf<f64>(f64x2.mul(factor, f64x2.add(gradient, error)), x));
}

// Kept in memory, as those of log1p.ts are.
const ONE: usize = 0;
const DOWN: usize = 8;
const INFINITE: usize = 16;
const SIGN: usize = 24;
// prettier-ignore
const CONSTANTS = memory.data<u64>([
  0x3ff0000000000000, // 1
  0x3bf0000000000000, // 2^-64: exponentials carry 2^64
  0x7ff0000000000000, // ∞
  0x8000000000000000, // the sign
], 16);


@inline
function constant(at: usize): v128 {
  return v128.load64_splat(CONSTANTS + at);
}

/** A vector of f32, computed in f64. */
@inline
function storeF32(
  xAt: usize,
  tAt: usize,
  values: usize,
  out: usize,
  positiveWeights: usize,
  weights: usize,
  factor0: v128,
  factor1: v128,
  withGradients: bool,
): void {
  const x = v128.load(xAt);
  const t = v128.load(tAt);
  const one = constant(ONE);
  const e = expVector<f32>(v128.or(x, f32x4.splat(-0.0)), f64x2.splat(0), 0);
  const e0 = f64x2.mul(half0<f32>(e), constant(DOWN));
  const e1 = f64x2.mul(half1<f32>(e), constant(DOWN));
  const t0 = half0<f32>(t);
  const t1 = half1<f32>(t);
  const a0 = f64x2.mul(v128.load(positiveWeights), t0);
  const a1 = f64x2.mul(v128.load(positiveWeights, 16), t1);
  const b0 = f64x2.mul(v128.load(weights), f64x2.sub(one, t0));
  const b1 = f64x2.mul(v128.load(weights, 16), f64x2.sub(one, t1));
  const x0 = half0<f32>(x);
  const x1 = half1<f32>(x);
  const loss = narrow<f32>(lossOfHalf(x0, e0, a0, b0), lossOfHalf(x1, e1, a1, b1));
  v128.store(values, resultOf<f32>(loss, x));
  if (!withGradients) return;
  const gradient = narrow<f32>(gradientOfHalf(x0, e0, a0, b0, factor0), gradientOfHalf(x1, e1, a1, b1, factor1));
  v128.store(out, resultOf<f32>(gradient, x));
}

/** The losses of two elements. A coefficient of 0 makes its term 0, even where the other factor is infinite. */
@inline
function lossOfHalf(x: v128, e: v128, a: v128, b: v128): v128 {
  const zero = f64x2.splat(0);
  const log = log1pOfUnitF32(e);
  const soft0 = f64x2.add(f64x2.pmax(f64x2.neg(x), zero), log);
  const soft1 = f64x2.add(f64x2.pmax(x, zero), log);
  const term0 = v128.and(f64x2.mul(a, soft0), f64x2.ne(a, zero));
  const term1 = v128.and(f64x2.mul(b, soft1), f64x2.ne(b, zero));
  return f64x2.add(term0, term1);
}


@inline
function gradientOfHalf(x: v128, e: v128, a: v128, b: v128, factor: v128): v128 {
  const one = constant(ONE);
  const isNegative = f64x2.lt(x, f64x2.splat(0));
  const term0 = f64x2.mul(a, v128.bitselect(one, e, isNegative));
  const term1 = f64x2.mul(b, v128.bitselect(e, one, isNegative));
  return f64x2.mul(factor, f64x2.div(f64x2.sub(term1, term0), f64x2.add(one, e)));
}

// log(1 + e) = s·(2 + z·(L1 + …)), s = e/(2 + e) ≤ 1/3, z = s²: minimax on [0, 1/9], relative error 2^-38.4.
// prettier-ignore
const LOG_TABLE = memory.data<u64>([
  0x3fe5555553b4bee1, // L1 0x1.5555553b4bee1p-1
  0x3fd9999bcca16469, // L2 0x1.9999bcca16469p-2
  0x3fd248a65be038d4, // L3 0x1.248a65be038d4p-2
  0x3fcc8b9e0f3e6fc7, // L4 0x1.c8b9e0f3e6fc7p-3
  0x3fc5f42411fee788, // L5 0x1.5f42411fee788p-3
  0x3fcbe1794b50ee7c, // L6 0x1.be1794b50ee7cp-3
  0x4000000000000000, // 2
], 16);


@inline
function logConstant(i: usize): v128 {
  return v128.load64_splat(LOG_TABLE + (i << 3));
}

/** log(1 + e) for 0 ≤ e ≤ 1, for results in f32: half the operations of log1p. */
@inline
function log1pOfUnitF32(e: v128): v128 {
  const two = logConstant(6);
  const s = f64x2.div(e, f64x2.add(two, e));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const q0 = f64x2.add(logConstant(0), f64x2.mul(z, logConstant(1)));
  const q1 = f64x2.add(logConstant(2), f64x2.mul(z, logConstant(3)));
  const q2 = f64x2.add(logConstant(4), f64x2.mul(z, logConstant(5)));
  const q = f64x2.add(q0, f64x2.mul(w, f64x2.add(q1, f64x2.mul(w, q2))));
  return f64x2.mul(s, f64x2.add(two, f64x2.mul(z, q)));
}
