// The binary cross entropy of vectors of elements, each a class of its own, and its derivative:
//
//   L = a·log(1 + e^−x) + b·log(1 + e^x)     dL/dx = b·σ(x) − a·σ(−x)     a = w·P·t, b = w·(1 − t)
//
//   log(1 + e^z) = max(z, 0) + log1p(e)     σ(x) = n/(1 + e)     e = e^−|x|, n = 1 where x ≥ 0, else e
//
// One exponential an element gives both. Nothing is subtracted from 1 but t, so a confident element keeps its digits. f32 is
// computed in f64. In f64 every step comes with its rounding error: the two terms may cancel.

import { CLASSES, FIRST_CLASS, WEIGHTS, WEIGHTS_SPARE } from "./abi";
import { address, count } from "./call";
import { finite, quotientError, twoProductError, twoSumError } from "./errorFree";
import { expError } from "./exp";
import { expVector } from "./exponentials";
import { canonical, half0, half1, lanes, narrow } from "./lanes";
import { log1p, logError } from "./log1p";

let positiveWeights: usize = 0;
let negativeWeights: usize = 0;
let classes: i32 = 0;
let classOf: i32 = 0;
/** Classes from a vector's first to the next one's, modulo their number. */
let classesApart: i32 = 0;

/**
 * Before the first vector. WEIGHTS holds w_c·P_c of CLASSES classes and then w_c, each list with WEIGHTS_SPARE more that
 * begin again: from each class on a vector of weights is read. The first element is of FIRST_CLASS, and the next of the next.
 */
export function beginBinary<T>(call: usize): void {
  classes = count(call, CLASSES);
  classOf = count(call, FIRST_CLASS);
  classesApart = lanes<T>() % classes;
  positiveWeights = address(call, WEIGHTS);
  negativeWeights = positiveWeights + ((<usize>(classes + WEIGHTS_SPARE)) << 3);
}

/** e, a and b of half 0 and half 1; in f64 with their errors. */
let e0: v128 = f64x2.splat(0);
let e1: v128 = f64x2.splat(0);
let eError: v128 = f64x2.splat(0);
let a0: v128 = f64x2.splat(0);
let a1: v128 = f64x2.splat(0);
let aError: v128 = f64x2.splat(0);
let b0: v128 = f64x2.splat(0);
let b1: v128 = f64x2.splat(0);
let bError: v128 = f64x2.splat(0);

/** Reads the next vector of logits x and targets t: what follows is of it. */
export function readBinary<T>(x: v128, t: v128): void {
  const e = expVector<T>(v128.or(x, v128.splat<T>(<T>-0.0)), f64x2.splat(0));
  const at = (<usize>classOf) << 3;
  classOf += classesApart;
  if (classOf >= classes) classOf -= classes;
  // Exponentials carry 2^64.
  const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000));
  const one = f64x2.splat(1);
  e0 = f64x2.mul(half0<T>(e), down);
  const positive0 = v128.load(positiveWeights + at);
  const negative0 = v128.load(negativeWeights + at);
  const t0 = half0<T>(t);
  const rest0 = f64x2.sub(one, t0);
  a0 = f64x2.mul(positive0, t0);
  b0 = f64x2.mul(negative0, rest0);
  if (sizeof<T>() == 8) {
    eError = f64x2.mul(expError, down);
    aError = twoProductError(positive0, t0);
    const restError = finite(twoSumError(one, f64x2.neg(t0)));
    bError = f64x2.add(twoProductError(negative0, rest0), f64x2.mul(negative0, restError));
  } else {
    const t1 = half1<T>(t);
    e1 = f64x2.mul(half1<T>(e), down);
    a1 = f64x2.mul(v128.load(positiveWeights + at, 16), t1);
    b1 = f64x2.mul(v128.load(negativeWeights + at, 16), f64x2.sub(one, t1));
  }
}

/** The losses of the vector. */
export function binaryLoss<T>(x: v128): v128 {
  let loss = lossOfHalf<T>(half0<T>(x), e0, a0, b0);
  if (sizeof<T>() == 4) loss = narrow<T>(loss, lossOfHalf<T>(half1<T>(x), e1, a1, b1));
  // A coefficient of 0 has made a NaN 0.
  return canonical<T>(v128.bitselect(loss, x, v128.eq<T>(x, x)));
}

/** The losses of two elements in f64. A coefficient of 0 makes its term 0, even where the other factor is infinite. */
function lossOfHalf<T>(x: v128, e: v128, a: v128, b: v128): v128 {
  const zero = f64x2.splat(0);
  const log = sizeof<T>() == 8 ? log1p(e, eError) : log1pOfUnit(e);
  const above = f64x2.pmax(f64x2.neg(x), zero);
  const below = f64x2.pmax(x, zero);
  const soft0 = f64x2.add(above, log);
  const soft1 = f64x2.add(below, log);
  const term0 = v128.and(f64x2.mul(a, soft0), f64x2.ne(a, zero));
  const term1 = v128.and(f64x2.mul(b, soft1), f64x2.ne(b, zero));
  const sum = f64x2.add(term0, term1);
  if (sizeof<T>() == 4) return sum;
  const soft0Error = f64x2.add(finite(twoSumError(above, log)), logError);
  const soft1Error = f64x2.add(finite(twoSumError(below, log)), logError);
  const error0 = f64x2.add(twoProductError(a, soft0), f64x2.add(f64x2.mul(a, soft0Error), f64x2.mul(aError, soft0)));
  const error1 = f64x2.add(twoProductError(b, soft1), f64x2.add(f64x2.mul(b, soft1Error), f64x2.mul(bError, soft1)));
  const errors = f64x2.add(finite(twoSumError(term0, term1)), f64x2.add(finite(error0), finite(error1)));
  return v128.bitselect(f64x2.add(sum, errors), sum, f64x2.lt(f64x2.abs(sum), f64x2.splat(Infinity)));
}

// log(1 + e) = s·(2 + z·(L1 + …)), s = e/(2 + e) ≤ 1/3, z = s²: minimax on [0, 1/9], relative error 2^-38.4.
// prettier-ignore
const LOG = memory.data<u64>([
  0x3fe5555553b4bee1, // L1 0x1.5555553b4bee1p-1
  0x3fd9999bcca16469, // L2 0x1.9999bcca16469p-2
  0x3fd248a65be038d4, // L3 0x1.248a65be038d4p-2
  0x3fcc8b9e0f3e6fc7, // L4 0x1.c8b9e0f3e6fc7p-3
  0x3fc5f42411fee788, // L5 0x1.5f42411fee788p-3
  0x3fcbe1794b50ee7c, // L6 0x1.be1794b50ee7cp-3
], 16);


@inline
function logConstant(i: usize): v128 {
  return v128.load64_splat(LOG + (i << 3));
}

/** log(1 + e) for 0 ≤ e ≤ 1, for results in f32: half the operations of log1p. */
@inline
function log1pOfUnit(e: v128): v128 {
  const two = f64x2.splat(2);
  const s = f64x2.div(e, f64x2.add(two, e));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const q0 = f64x2.add(logConstant(0), f64x2.mul(z, logConstant(1)));
  const q1 = f64x2.add(logConstant(2), f64x2.mul(z, logConstant(3)));
  const q2 = f64x2.add(logConstant(4), f64x2.mul(z, logConstant(5)));
  const q = f64x2.add(q0, f64x2.mul(w, f64x2.add(q1, f64x2.mul(w, q2))));
  return f64x2.mul(s, f64x2.add(two, f64x2.mul(z, q)));
}

/** The derivative of the vector's losses, times a factor for each. */
export function binaryGradient<T>(x: v128, factor0: v128, factor1: v128): v128 {
  let gradient = gradientOfHalf<T>(half0<T>(x), e0, a0, b0, factor0);
  if (sizeof<T>() == 4) gradient = narrow<T>(gradient, gradientOfHalf<T>(half1<T>(x), e1, a1, b1, factor1));
  return canonical<T>(v128.bitselect(gradient, x, v128.eq<T>(x, x)));
}

function gradientOfHalf<T>(x: v128, e: v128, a: v128, b: v128, factor: v128): v128 {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const isNegative = f64x2.lt(x, zero);
  const total = f64x2.add(one, e);
  const positive = v128.bitselect(one, e, isNegative);
  const negative = v128.bitselect(e, one, isNegative);
  const term0 = f64x2.mul(a, positive);
  const term1 = f64x2.mul(b, negative);
  const sum = f64x2.sub(term1, term0);
  let gradient = f64x2.div(sum, total);
  if (sizeof<T>() == 8) {
    const error0 = f64x2.add(twoProductError(a, positive), f64x2.mul(aError, positive));
    const error1 = f64x2.add(twoProductError(b, negative), f64x2.mul(bError, negative));
    const positiveError = v128.andnot(f64x2.mul(a, eError), isNegative);
    const negativeError = v128.and(f64x2.mul(b, eError), isNegative);
    const errors = f64x2.sub(f64x2.add(error1, negativeError), f64x2.add(error0, positiveError));
    const sumError = f64x2.add(finite(twoSumError(term1, f64x2.neg(term0))), finite(errors));
    const totalError = f64x2.add(f64x2.sub(e, f64x2.sub(total, one)), eError);
    gradient = f64x2.add(gradient, quotientError(sum, sumError, gradient, total, totalError));
  }
  return f64x2.mul(factor, gradient);
}
