import { type Logits, readFloats, type ResultOf } from "./arrays.js";
import { typeOf } from "./floatType.js";
import { residual, twoSum } from "./js/exact.js";
import { expF64, rowExponentF64, SHIFT_FROM_F64 } from "./js/expF64.js";
import { argmaxOf } from "./js/max.js";
import { newFloats } from "./memory.js";
import { lengthOf } from "./typedArray.js";

/**
 * The derivative of softmax, ∂p_i/∂x_j = p_i·(δ_ij − p_j), for one row.
 *
 * Each p is worked as a sum of two f64 and the entry rounded at the end: a product of two rounded probabilities would be
 * off by the errors of both. On the diagonal 1 − p_i is the sum of the others, which does not cancel.
 *
 * @param x Logits of C classes.
 * @returns A C × C matrix, row by row, of the type of x.
 */
export function softmaxJacobian<X extends Logits>(x: X): ResultOf<X> {
  const logits = readFloats("x", x);
  const cols = lengthOf(logits);
  const jacobian = newFloats("result", typeOf(logits), cols * cols);
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
  return jacobian as ResultOf<X>;
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
