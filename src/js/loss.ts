// The loss of a position: assembly/loss.ts in plain TypeScript.

import type { FloatArray, KernelType } from "../floatType.js";
import { lostInProduct, lostInSum } from "./exact.js";
import { argmaxOf, maxAt } from "./max.js";
import { sumLost, sumOfValues } from "./sum.js";
import { expStore, logSum, restOf } from "./terms.js";

/** A position's loss, and what its derivatives are made of. */
export interface LossRow {
  readonly label: number;
  readonly loss: number;
  /** Of the terms; NaN where the loss is none. */
  readonly sum: number;
  readonly rest: number;
  readonly top: number;
  /** h, and Σ b. */
  readonly hard: number;
  readonly pull: number;
  /** In f64, what the last rounding of `pull` lost. */
  readonly pullLost: number;
  /** log Σ e^x where λ is not 0, else 0; in f64 with what its rounding lost. */
  readonly logSumExp: number;
  readonly logSumExpLost: number;
}

/** What p is multiplied by in a derivative, and in f64 what its roundings lost. */
export function slopeOf(type: KernelType, factor: number, penalty: number, row: LossRow): [number, number] {
  const { hard, pull, pullLost, logSumExp, logSumExpLost } = row;
  const sum = hard + pull;
  const own = factor * sum;
  const added = penalty * logSumExp;
  const slope = own + added;
  if (type.key === "f32") return [slope, 0];
  const lost = lostInProduct(factor, sum) + factor * (lostInSum(hard, pull) + pullLost);
  return [slope, lostInSum(own, added) + (lostInProduct(penalty, logSumExp) + penalty * logSumExpLost) + lost];
}

/** m·(a/total). In f64 a share may be too small for a normal number where its product is not: then by way of 2^64. */
export function timesShare(type: KernelType, m: number, a: number, total: number): number {
  const unit = type.key === "f64" && Math.abs(m) >= 1 ? 2 ** -64 : 1;
  return m * unit * (a / (total * unit));
}

/** Leaves the terms of the row at x at `terms`, which may be x. */
export function lossOf(
  heap: FloatArray,
  lanes: number,
  x: number,
  terms: number,
  cols: number,
  label: number,
  hard: number,
  spread: ((c: number) => number) | null,
  lambda: number,
): LossRow {
  const none = {
    label,
    loss: 0,
    sum: NaN,
    rest: NaN,
    top: NaN,
    hard,
    pull: 0,
    pullLost: 0,
    logSumExp: 0,
    logSumExpLost: 0,
  };
  if (label === -1) return none;
  const at = argmaxOf(heap, x, cols);
  const max = maxAt(heap, x, at);
  if (!Number.isFinite(max)) return { ...none, loss: NaN };
  const labelled = label < 0 ? 0 : heap[x + label];
  let distance = 0;
  let pull = 0;
  let pullLost = 0;
  if (spread !== null) {
    distance = sumOfValues(lanes, cols, (c) => {
      const b = spread(c);
      return b === 0 ? 0 : b * (max - heap[x + c]);
    });
    pull = sumOfValues(lanes, cols, spread);
    pullLost = sumLost;
  }
  const sum = expStore(heap, x, terms, cols, max);
  if (sum !== sum) return { ...none, loss: NaN };
  const top = heap[terms + at];
  const rest = restOf(heap, terms, cols, sum, top);
  const log = logSum(heap, rest, top, max);
  let loss = hard === 0 ? 0 : hard * (max - labelled + log);
  const isF64 = heap instanceof Float64Array;
  if (spread !== null) {
    const pulled = pull * log;
    if (isF64) loss += lostInProduct(pull, log) + pullLost * log + lostInSum(distance, pulled);
    loss += distance + pulled;
  }
  let logSumExp = 0;
  let logSumExpLost = 0;
  if (lambda !== 0) {
    logSumExp = max + log;
    if (isF64) logSumExpLost = lostInSum(max, log);
    loss += lambda * logSumExp * logSumExp;
  }
  return { label, loss, sum, rest, top, hard, pull, pullLost, logSumExp, logSumExpLost };
}
