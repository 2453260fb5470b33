// Sigmoid and the binary cross entropy in double-double, from their definitions: the truth that tests measure against.

import { add, type DD, dd, divide, exp, log1p, multiply, negate, ONE, scale, twoSum, ZERO } from "./doubleDouble.js";
import { SHIFT } from "./softmaxOracle.js";

/** σ(x) = 1/(1 + e^−x), times 2^SHIFT: subnormal ones keep their digits. */
function shiftedSigmoid(x: number): DD {
  const decay = exp(dd(-Math.abs(x)), SHIFT);
  const one = dd(2 ** SHIFT);
  const sum = add(one, decay);
  return scale(divide(x < 0 ? decay : one, sum), SHIFT);
}

/** σ(x), of any x but NaN. */
export const sigmoidOf = (x: number): DD => scale(shiftedSigmoid(x), -SHIFT);

/** log(1 + e^z) = max(z, 0) + log(1 + e^−|z|) */
export const softplusOf = (z: number): DD =>
  z === Infinity ? dd(Infinity) : add(dd(Math.max(z, 0)), log1p(exp(dd(-Math.abs(z)))));

/** What multiplies softplus(−x) and softplus(x). */
export interface BinaryTerms {
  readonly positive: DD;
  readonly negative: DD;
}

/** w·P·t and w·(1 − t). */
export const termsOf = (target: number, weight: number, posWeight: number): BinaryTerms => ({
  positive: multiply(multiply(dd(weight), dd(posWeight)), dd(target)),
  negative: multiply(dd(weight), twoSum(1, -target)),
});

/** A sum of two terms, and the size of the larger, or of the sum where that is larger. */
export interface Measured {
  readonly truth: DD;
  readonly size: number;
}

const sumOf = (a: DD, b: DD): Measured => {
  const truth = add(a, b);
  return { truth, size: Math.max(Math.abs(a.hi), Math.abs(b.hi), Math.abs(truth.hi)) };
};

/** 0 times what is infinite is 0. */
const times = (coefficient: DD, value: DD): DD => (coefficient.hi === 0 ? ZERO : multiply(coefficient, value));

/** w·(P·t·softplus(−x) + (1 − t)·softplus(x)) */
export const binaryLossOf = (x: number, { positive, negative }: BinaryTerms): Measured =>
  sumOf(times(positive, softplusOf(-x)), times(negative, softplusOf(x)));

/** factor·w·((1 − t)·σ(x) − P·t·σ(−x)) */
export function binaryGradientOf(x: number, { positive, negative }: BinaryTerms, factor = ONE): Measured {
  const term = (coefficient: DD, sigmoid: DD) => scale(times(multiply(coefficient, factor), sigmoid), -SHIFT);
  return sumOf(term(negative, shiftedSigmoid(x)), negate(term(positive, shiftedSigmoid(-x))));
}
