// ∂p_i/∂x_j of one row, in JavaScript on both backends: C² entries of C exponentials.

import type { FloatArray } from "../../floatType.js";
import { residual, twoSum } from "./rows/errorFree.js";
import { expF64, rowExponentF64, SHIFT_FROM_F64 } from "./rows/expF64.js";
import { argmaxOf } from "./rows/max.js";

/** Writes the Jacobian of softmax at a row of C logits to C × C elements, row by row. */
export function writeJacobian(logits: FloatArray, jacobian: FloatArray): void {
  const cols = logits.length;
  // The terms e^(x_i − max), each high[i] + low[i].
  const high = new Float64Array(logits);
  const low = new Float64Array(cols);
  const at = argmaxOf(high, 0, cols);
  const max = at < 0 ? NaN : high[at];
  if (Number.isFinite(max)) {
    const shifted = Math.abs(max) >= SHIFT_FROM_F64;
    if (shifted) for (let i = 0; i < cols; i++) high[i] -= max;
    expF64(high, 0, 0, cols, rowExponentF64(shifted ? 0 : max), low);
  } else {
    high.fill(NaN);
  }

  const [rest, restLow] = sumWithout(high, low, at);
  const [sum, sumLost] = twoSum(rest, high[at]);
  const sumLow = sumLost + restLow + low[at];
  /** (a + aLow)/(sum + sumLow) as a sum of two. */
  const share = (a: number, aLow: number): [number, number] => {
    const q = a / sum;
    return [q, (residual(a, q, sum) + (aLow - q * sumLow)) / sum];
  };
  for (let i = 0; i < cols; i++) {
    // 1 − p_i. The largest term's others are added up, the rest is subtracted from the sum: that costs one bit at most.
    const [others, lost] = i === at ? [rest, restLow] : twoSum(sum, -high[i]);
    const [q, qLow] = share(others, i === at ? lost : lost + sumLow - low[i]);
    const [p, pLow] = share(high[i], low[i]);
    jacobian[i * cols + i] = p * q + (p * qLow + pLow * q);
  }
  for (let i = 0; i < cols; i++) [high[i], low[i]] = share(high[i], low[i]);
  for (let i = 0; i < cols; i++) {
    const p = high[i];
    const pLow = low[i];
    for (let j = 0; j < i; j++) {
      // 0 − …, so that an impossible class has +0 everywhere.
      const entry = 0 - (p * high[j] + (p * low[j] + pLow * high[j]));
      jacobian[i * cols + j] = entry;
      jacobian[j * cols + i] = entry;
    }
  }
}

/** Σ_{j≠at} of the terms, as a sum of two. */
function sumWithout(high: Float64Array, low: Float64Array, at: number): [number, number] {
  let sum = 0;
  let lost = 0;
  for (let j = 0; j < high.length; j++) {
    if (j === at) continue;
    const [next, error] = twoSum(sum, high[j]);
    lost += error + low[j];
    sum = next;
  }
  return [sum, lost];
}
