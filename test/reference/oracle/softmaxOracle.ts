// Softmax, cross entropy and what belongs to them for one row, in double-double and straight from the definitions: the
// truth that every accuracy test measures against. Shares nothing with the kernels.

import {
  add,
  type DD,
  dd,
  divide,
  exp,
  log1p,
  multiply,
  negate,
  scale,
  subtract,
  twoSum,
  ZERO,
} from "./doubleDouble.js";

/** Keeps the digits of terms that are subnormal in f64. Powers of two change none. */
export const SHIFT = 100;

export interface RowOracle {
  /** The largest logit. */
  readonly max: number;
  /** e^(x_i − max)·2^SHIFT */
  readonly terms: readonly DD[];
  /** Σ_j e^(x_j − max)·2^SHIFT */
  readonly sum: DD;
  /** log of that sum, from what there is beside one maximum. */
  readonly logSum: DD;
}

/** The truth about a row of at least one finite logit and no NaN or +∞. */
export function rowOracle(x: ArrayLike<number>): RowOracle {
  let max = -Infinity;
  let argmax = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] > max) {
      max = x[i];
      argmax = i;
    }
  }
  const terms: DD[] = [];
  for (let i = 0; i < x.length; i++) terms.push(exp(twoSum(x[i], -max), SHIFT));
  const others = sumWithout(terms, argmax);
  return { max, terms, sum: add(dd(2 ** SHIFT), others), logSum: log1p(scale(others, -SHIFT)) };
}

function sumWithout(terms: readonly DD[], index: number): DD {
  // Chunks, so that a million small terms are not lost one by one beside a large sum.
  let sum = ZERO;
  for (let i = 0; i < terms.length; i++) if (i !== index) sum = add(sum, terms[i]);
  return sum;
}

/** p_i */
export const softmaxOf = (row: RowOracle, i: number): DD => divide(row.terms[i], row.sum);

/** log p_i = (x_i − max) − log Σ */
export const logSoftmaxOf = (row: RowOracle, x: ArrayLike<number>, i: number): DD =>
  subtract(twoSum(x[i], -row.max), row.logSum);

/** −log p_y */
export const lossOf = (row: RowOracle, x: ArrayLike<number>, label: number): DD => negate(logSoftmaxOf(row, x, label));

/** factor·(p_i − [i = label]); at the label from the sum of the other terms. */
export function gradientOf(row: RowOracle, label: number, i: number, factor: DD): DD {
  const share = i === label ? negate(sumWithout(row.terms, label)) : row.terms[i];
  return multiply(factor, divide(share, row.sum));
}

/** max + log Σ */
export const logSumExpOf = (row: RowOracle): DD => add(dd(row.max), row.logSum);

/** p_i·(δ_ij − p_j); on the diagonal from the sum of the others. */
export function jacobianOf(row: RowOracle, i: number, j: number): DD {
  const p = softmaxOf(row, i);
  if (i !== j) return negate(multiply(p, softmaxOf(row, j)));
  return multiply(p, divide(sumWithout(row.terms, i), row.sum));
}
