// The loss over all positions: what reductions divide by, and the gradient and Hessian of what they give.

import { add, type DD, dd, divide, ONE, ZERO } from "./doubleDouble.js";
import { type Entry, type Factors, type RowTruth, rowTruth } from "./lossOracle.js";
import type { LossRow } from "./lossRow.js";
import { type Format, ulpAt } from "./ulp.js";

export interface LossBatch {
  readonly rows: readonly LossRow[];
  readonly ignoreIndex: number | null;
  readonly reduction: "mean" | "sum" | "none";
  /** The caller's: what divides the logits of all rows, and so the gradient. */
  readonly temperature: number;
  /** A factor of the gradient, or one per position. */
  readonly upstream: number | ArrayLike<number>;
}

export interface BatchTruth {
  readonly rows: readonly RowTruth[];
  /** D of the cross entropy and the number of positions that count, under "mean"; 1 otherwise. */
  readonly divisors: Factors;
  /** The mean of nothing: NaN, with a gradient of zeros. */
  readonly isEmptyMean: boolean;
  gradient(n: number, c: number): Entry;
  hessianTimes(n: number, v: ArrayLike<number>): Entry[];
}

export function batchTruth(batch: LossBatch): BatchTruth {
  const { temperature, upstream } = batch;
  const rows = batch.rows.map((row) => rowTruth({ ...row, temperature }, isIgnored(row, batch.ignoreIndex)));
  const divisors = batch.reduction === "mean" ? divisorsOf(batch, rows) : { crossEntropy: ONE, penalty: ONE };
  const isEmptyMean = divisors.crossEntropy.hi === 0 || divisors.penalty.hi === 0;

  const factorsOf = (factor: DD): Factors => ({
    crossEntropy: divide(factor, divisors.crossEntropy),
    penalty: divide(factor, divisors.penalty),
  });
  const gradient = (n: number, c: number): Entry => {
    if (isEmptyMean) return { truth: ZERO, size: 0 };
    const g = typeof upstream === "number" ? upstream : upstream[n];
    return rows[n].gradient(c, factorsOf(divide(dd(g), dd(temperature))));
  };
  const hessianTimes = (n: number, v: ArrayLike<number>): Entry[] => {
    if (isEmptyMean) return Array.from(v, () => ({ truth: ZERO, size: 0 }));
    return rows[n].hessianTimes(v, factorsOf(divide(divide(ONE, dd(temperature)), dd(temperature))));
  };
  return { rows, divisors, isEmptyMean, gradient, hessianTimes };
}

const isIgnored = ({ target }: LossRow, ignoreIndex: number | null): boolean =>
  typeof target === "number" && target === ignoreIndex;

function divisorsOf({ rows }: LossBatch, truths: readonly RowTruth[]): Factors {
  let weights = ZERO;
  let counted = 0;
  rows.forEach(({ target, weight }, n) => {
    if (truths[n].kind === "skipped") return;
    counted++;
    if (typeof target !== "number") weights = add(weights, ONE);
    else weights = add(weights, dd(weight === undefined ? 1 : weight[target]));
  });
  return { crossEntropy: weights, penalty: dd(counted) };
}

/** The reduced loss and what it may be off by, where each position may be off by `gate` ulp of its largest term. */
export function reducedLoss(truth: BatchTruth, format: Format, gate: number): { truth: DD; allowance: number } {
  if (truth.isEmptyMean) return { truth: dd(NaN), allowance: 0 };
  const { divisors } = truth;
  let sum = ZERO;
  let allowance = 0;
  for (const row of truth.rows) {
    const mean = add(divide(row.crossEntropy, divisors.crossEntropy), divide(row.penalty, divisors.penalty));
    // Positions are rounded to the type, before they are added.
    sum = add(sum, row.loss.truth.hi >= format.overflow ? dd(Infinity) : mean);
    const divisor = Math.min(divisors.crossEntropy.hi, divisors.penalty.hi);
    allowance += (gate * ulpAt(row.loss.size, format)) / divisor;
  }
  return { truth: sum, allowance };
}
