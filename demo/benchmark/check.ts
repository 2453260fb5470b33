import type { Problem } from "../../bench/competitors/inputs.js";
import type { Work } from "./messages.js";
import type { Way } from "./ways.js";

/** Relative. Rounding x − max to f32 changes its exponential by at most 2e-6 on these logits; this is five times that. */
const TOLERANCE = 1e-5;

/** Runs each way once and compares it with the formula in doubles. A wrong result is not worth timing. */
export function checkAll(work: Work, { rows, cols, x, labels }: Problem, ways: readonly Way[]): void {
  for (const { name, run, result } of ways) {
    const loss = run();
    const got = result();
    let expectedLoss = 0;
    for (let r = 0; r < rows; r++) {
      const row = x.subarray(r * cols, (r + 1) * cols);
      const max = maximum(row);
      const sum = sumOfExps(row, max);
      expectedLoss += max + Math.log(sum) - row[labels[r]];
      for (let i = 0; i < cols; i++) {
        const p = Math.exp(row[i] - max) / sum;
        const isLabel = i === labels[r];
        const expected = work === "softmax" ? p : (p - (isLabel ? 1 : 0)) / rows;
        // The label's entry is a difference of numbers of up to 1/rows.
        const scale = work === "crossEntropyGrad" && isLabel ? 1 / rows : Math.abs(expected);
        if (!(Math.abs(got[r * cols + i] - expected) <= TOLERANCE * scale))
          throw wrong(name, expected, got[r * cols + i]);
      }
    }
    expectedLoss /= rows;
    if (work === "crossEntropyGrad" && !(Math.abs(loss - expectedLoss) <= TOLERANCE * Math.max(1, expectedLoss))) {
      throw wrong(name, expectedLoss, loss);
    }
  }
}

function wrong(name: string, expected: number, got: number): Error {
  return new Error(`the result of "${name}" is wrong: expected ${expected}, got ${got}`);
}

function maximum(row: Float32Array): number {
  let max = -Infinity;
  for (const value of row) if (value > max) max = value;
  return max;
}

function sumOfExps(row: Float32Array, max: number): number {
  let sum = 0;
  for (const value of row) sum += Math.exp(value - max);
  return sum;
}
