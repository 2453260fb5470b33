import {
  IGNORED,
  LOSS_SCALE,
  OPERAND,
  OUT,
  SCRATCH,
  TEMPERATURE,
  VALUES,
  X,
  Z_LOSS_SCALE,
} from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { elementOf, type Heap, number } from "./call.js";
import { canonical, factorFor, multiplyLinear } from "./rows/elementwise.js";
import { finite, quotientError, twoProductError, twoSum, twoSumError } from "./rows/errorFree.js";
import { totalError } from "./rows/exponentials.js";
import { gradientScaleOf, lossOf, readLoss } from "./rows/loss.js";
import { eachPrefix, exponentialsAt, gather } from "./rows/positions.js";
import { dot } from "./rows/reductions.js";
import { sumError } from "./rows/sum.js";

export function crossEntropyHvp(memory: Heap, type: KernelType, call: number): void {
  const loss = readLoss(memory, type, call, true);
  const { heap, stride } = loss;
  const x = elementOf(memory, type, call, X);
  const v = elementOf(memory, type, call, OPERAND);
  const out = elementOf(memory, type, call, OUT);
  const values = elementOf(memory, type, call, VALUES);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const lossScale = number(memory, call, LOSS_SCALE);
  const zLossScale = number(memory, call, Z_LOSS_SCALE);
  const temperature = number(memory, call, TEMPERATURE);
  // Beyond 2^±200 a result of f32 is 0 or infinite. In f64, temperatures whose squares have no double leave a factor.
  const tau = clamped(temperature, type.key === "f32" ? 200 : 450);
  const square = tau * tau;
  const squareError = twoProductError(tau, tau);
  const ratio = type.key === "f32" ? 1 : tau / clamped(temperature, 900);
  const beyond = ratio * ratio;
  eachPrefix(memory, call, (position, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const row = lossOf(loss, cols, position, first, i, exponentials);
    heap[values + position] = canonical(row.loss);
    heap[values + position] += 0;
    const d = v + first;
    const o = out + first;
    if (row.label === IGNORED || row.total !== row.total) {
      for (let c = 0; c < cols; c++) heap[o + c * stride] = row.label === IGNORED ? 0 : NaN;
      return;
    }
    const { total } = row;
    const sum = dot(type, cols, heap, exponentials, 1, heap, d, stride);
    const [gradientScale, gradientScaleError] = gradientScaleOf(type, lossScale, zLossScale, row);
    const t = sum / total;
    const rest = zLossScale - gradientScale;
    const divisor = total * square;
    if (type.key === "f32") {
      const a = gradientScale / divisor;
      const b = (rest / divisor) * t;
      for (let c = 0; c < cols; c++) {
        heap[o + c * stride] = multiplyLinear(heap[exponentials + c], heap[d + c * stride], a, b);
      }
      return;
    }
    // p_c is first multiplied by the larger of the two coefficients: alone, a tiny p_c would lose digits that its product has.
    // What is computed once per position keeps its rounding errors.
    const m = Math.max(Math.abs(gradientScale), Math.abs(zLossScale)) || 1;
    const sign = gradientScale / m;
    const error = Math.abs(sign) === 1 ? sign * gradientScaleError : 0;
    const divisorError = twoProductError(total, square) + (total * squareError + totalError * square);
    const factor = factorFor(type, heap, exponentials, cols, m, error, divisor, divisorError);
    // Relative to the factor, which was larger by 2^64 where it would be subnormal.
    const unit = Math.abs(m / divisor) < 2 ** -1022 ? 2 ** -64 : 1;
    const factorError = quotientError(m, error, factor, divisor * unit, divisorError * unit) / factor;
    const yError = factor === 0 ? 0 : factorError;
    const tError = quotientError(sum, sumError, t, total, totalError);
    let b = -sign * t;
    let bError = -sign * tError;
    if (zLossScale !== 0) {
      const restError = twoSumError(zLossScale, -gradientScale) - gradientScaleError;
      const q = rest / m;
      const qError = quotientError(rest, restError, q, m, error);
      b = q * t;
      bError = finite(twoProductError(q, t) + (q * tError + qError * t));
    }
    for (let c = 0; c < cols; c++) {
      const y = heap[exponentials + c] * factor;
      const product = sign * beyond * heap[d + c * stride];
      const rounded = product + b * beyond;
      const [, lost] = twoSum(product, b * beyond);
      heap[o + c * stride] = canonical(y * (rounded + finite(lost + bError * beyond + rounded * yError)));
    }
  });
}

/** The temperature, or the nearest from 2^-exponent to 2^exponent. */
const clamped = (temperature: number, exponent: number): number =>
  Math.min(Math.max(temperature, 2 ** -exponent), 2 ** exponent);
