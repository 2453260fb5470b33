// Softmax, cross entropy and what belongs to them for one row, in double-double and straight from the definitions: the
// truth that every accuracy test measures against. Shares nothing with the kernels.

import {
  add,
  type DD,
  dd,
  differenceOver,
  divide,
  exp,
  log1p,
  multiply,
  negate,
  scale,
  subtract,
  ZERO,
} from "./doubleDouble.js";

/** Keeps the digits of terms that are subnormal in f64. Powers of two change none. */
export const SHIFT = 100;

export interface RowOracle {
  /** The largest logit. */
  readonly max: number;
  /** max/τ */
  readonly scaledMax: DD;
  /** (x_i − max)/τ */
  readonly distances: readonly DD[];
  /** e^((x_i − max)/τ)·2^SHIFT */
  readonly terms: readonly DD[];
  /** Σ_j e^((x_j − max)/τ)·2^SHIFT */
  readonly sum: DD;
  /** log of that sum, from what there is beside one maximum. */
  readonly logSum: DD;
}

/**
 * The truth about a row of at least one finite logit and no NaN or +∞, at a temperature τ: of the real numbers x_i/τ, which
 * need not be doubles.
 */
export function rowOracle(x: ArrayLike<number>, temperature = 1): RowOracle {
  let max = -Infinity;
  let argmax = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] > max) {
      max = x[i];
      argmax = i;
    }
  }
  const distances: DD[] = [];
  const terms: DD[] = [];
  for (let i = 0; i < x.length; i++) {
    distances.push(differenceOver(x[i], max, temperature));
    terms.push(exp(distances[i], SHIFT));
  }
  const others = sumWithout(terms, argmax);
  return {
    max,
    scaledMax: differenceOver(max, 0, temperature),
    distances,
    terms,
    sum: add(dd(2 ** SHIFT), others),
    logSum: log1p(scale(others, -SHIFT)),
  };
}

function sumWithout(terms: readonly DD[], index: number): DD {
  // Chunks, so that a million small terms are not lost one by one beside a large sum.
  let sum = ZERO;
  for (let i = 0; i < terms.length; i++) if (i !== index) sum = add(sum, terms[i]);
  return sum;
}

/** p_i */
export const softmaxOf = (row: RowOracle, i: number): DD => divide(row.terms[i], row.sum);

/** log p_i = (x_i − max)/τ − log Σ */
export const logSoftmaxOf = (row: RowOracle, i: number): DD => subtract(row.distances[i], row.logSum);

/** −log p_y */
export const lossOf = (row: RowOracle, label: number): DD => negate(logSoftmaxOf(row, label));

/** factor·(p_i − [i = label]); at the label from the sum of the other terms. */
export function gradientOf(row: RowOracle, label: number, i: number, factor: DD): DD {
  const share = i === label ? negate(sumWithout(row.terms, label)) : row.terms[i];
  // The smallest times 2^SHIFT: a large factor must not meet what has underflown.
  const shift = Math.abs(share.hi) < row.sum.hi * 2 ** -800 ? SHIFT : 0;
  return scale(multiply(factor, divide(scale(share, shift), row.sum)), -shift);
}

/** max/τ + log Σ */
export const logSumExpOf = (row: RowOracle): DD => add(row.scaledMax, row.logSum);

/** −Σ p_i·log p_i = log Σ + Σ p_i·(max − x_i)/τ */
export function entropyOf(row: RowOracle): DD {
  let sum = ZERO;
  row.terms.forEach((term, i) => {
    if (term.hi !== 0) sum = add(sum, multiply(term, negate(row.distances[i])));
  });
  return add(row.logSum, divide(sum, row.sum));
}

/** What the error of that is measured in: the larger of its two terms. */
export const logSumExpSize = (row: RowOracle): number => Math.max(Math.abs(row.scaledMax.hi), Math.abs(row.logSum.hi));

/** p_i·(δ_ij − p_j); on the diagonal from the sum of the others. */
export function jacobianOf(row: RowOracle, i: number, j: number): DD {
  const p = softmaxOf(row, i);
  if (i !== j) return negate(multiply(p, softmaxOf(row, j)));
  return multiply(p, divide(sumWithout(row.terms, i), row.sum));
}
