// The loss of a position: assembly/loss.ts in plain TypeScript.

import type { FloatArray } from "../floatType.js";
import { argmaxOf } from "./max.js";
import { sumOfValues } from "./sum.js";
import { expStore, logSum, restOf } from "./terms.js";

/** A position's loss, and what its derivatives are made of. */
export interface LossRow {
  readonly label: number;
  readonly loss: number;
  /** Of the terms; NaN where the loss is none. */
  readonly sum: number;
  readonly rest: number;
  readonly top: number;
  /** h, and Σ b + 2·λ·s. */
  readonly hard: number;
  readonly pull: number;
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
  const none = { label, loss: 0, sum: NaN, rest: NaN, top: NaN, hard, pull: 0 };
  if (label === -1) return none;
  const at = argmaxOf(heap, x, cols);
  const max = at < 0 ? -Infinity : heap[x + at];
  if (!Number.isFinite(max)) return { ...none, loss: NaN };
  const labelled = label < 0 ? 0 : heap[x + label];
  let distance = 0;
  let pull = 0;
  if (spread !== null) {
    distance = sumOfValues(lanes, cols, (c) => {
      const b = spread(c);
      return b === 0 ? 0 : b * (max - heap[x + c]);
    });
    pull = sumOfValues(lanes, cols, spread);
  }
  const sum = expStore(heap, x, terms, cols, max);
  if (sum !== sum) return { ...none, loss: NaN };
  const top = heap[terms + at];
  const rest = restOf(heap, terms, cols, sum, top);
  const log = logSum(heap, rest, top, max);
  let loss = hard === 0 ? 0 : hard * (max - labelled + log);
  if (spread !== null) loss += distance + pull * log;
  if (lambda !== 0) {
    const s = max + log;
    const z = lambda * s;
    loss += z * s;
    pull += z + z;
  }
  return { label, loss, sum, rest, top, hard, pull };
}
