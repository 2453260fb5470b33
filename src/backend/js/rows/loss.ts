// The loss of a position: assembly/loss.ts in plain TypeScript.

import {
  CONFIDENCE,
  IGNORED,
  LABELS,
  SMOOTHED_TARGETS,
  STRIDE,
  TEMPERATURE,
  WEIGHTS,
  Z_LOSS,
} from "../../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../../floatType.js";
import { address, count, type Heap, number } from "../call.js";
import { quotientError, twoProductError, twoSumError } from "./errorFree.js";
import { logSum, storeExponentials, sumOfOthersOf } from "./exponentials.js";
import { argmaxOf, maxAt } from "./max.js";
import { sumOf, sumOfDistances } from "./reductions.js";
import { sumError } from "./sum.js";
import { distanceOver, type Temperature, temperatureOf } from "./temperature.js";

/** What a call block says of its losses. Arrays are given by the index of their first element; 0 for none. */
export interface LossInputs {
  readonly memory: Heap;
  readonly type: KernelType;
  readonly heap: FloatArray;
  readonly stride: number;
  readonly labels: number;
  readonly weights: number;
  readonly smoothed: number;
  readonly confidence: number;
  readonly zLoss: number;
  readonly temperature: Temperature | null;
  /** Whether its exponentials are precise in f32 without a temperature too. */
  readonly isPrecise: boolean;
}

export function readLoss(memory: Heap, type: KernelType, call: number, isPrecise = false): LossInputs {
  return {
    memory,
    type,
    heap: memory[type.key],
    stride: count(memory, call, STRIDE),
    labels: address(memory, call, LABELS) / 4,
    weights: address(memory, call, WEIGHTS) / 8,
    smoothed: address(memory, call, SMOOTHED_TARGETS) / 8,
    confidence: number(memory, call, CONFIDENCE),
    zLoss: number(memory, call, Z_LOSS),
    temperature: temperatureOf(type, number(memory, call, TEMPERATURE)),
    isPrecise,
  };
}

/** A position's loss, and the parts of its derivatives. */
export interface LossRow {
  readonly label: number;
  readonly loss: number;
  /** The sum of the exponentials; NaN where the position has no loss. */
  readonly total: number;
  readonly sumOfOthers: number;
  readonly maxTerm: number;
  /** h. */
  readonly labelWeight: number;
  /** Σ b; in f64 with its rounding error. */
  readonly targetMass: number;
  readonly targetMassError: number;
  /** log Σ e^x where λ is not 0, else 0; in f64 with its rounding error. */
  readonly logSumExp: number;
  readonly logSumExpError: number;
}

/** What p is multiplied by in a derivative; in f64 with its error. */
export function gradientScaleOf(
  type: KernelType,
  lossScale: number,
  zLossScale: number,
  row: LossRow,
): [number, number] {
  const { labelWeight, targetMass, targetMassError, logSumExp, logSumExpError } = row;
  const weight = labelWeight + targetMass;
  const loss = lossScale * weight;
  const zLoss = zLossScale * logSumExp;
  const gradientScale = loss + zLoss;
  if (type.key === "f32") return [gradientScale, 0];
  const weightError = twoSumError(labelWeight, targetMass) + targetMassError;
  const lossError = twoProductError(lossScale, weight) + lossScale * weightError;
  const zLossError = twoProductError(zLossScale, logSumExp) + zLossScale * logSumExpError;
  return [gradientScale, twoSumError(loss, zLoss) + zLossError + lossError];
}

/**
 * m·(a/total), in f64 with the errors of a and total. There the quotient may be subnormal where the product is not; then it
 * is computed with a factor of 2^64.
 */
export function timesQuotient(
  type: KernelType,
  m: number,
  a: number,
  aError: number,
  total: number,
  totalError: number,
): number {
  if (type.key === "f32") return m * (a / total);
  const unit = Math.abs(m) >= 1 ? 2 ** -64 : 1;
  const divisor = total * unit;
  const quotient = a / divisor;
  return m * unit * (quotient + quotientError(a, aError, quotient, divisor, totalError * unit));
}

/**
 * The loss of the position whose `cols` adjacent logits begin at x, and whose first element in arrays laid out like the logits is
 * `first`. Stores the exponentials at `exponentials`, which may be x.
 */
export function lossOf(
  inputs: LossInputs,
  cols: number,
  position: number,
  first: number,
  x: number,
  exponentials: number,
): LossRow {
  const { memory, type, heap, stride, weights, smoothed, confidence, zLoss, temperature, isPrecise } = inputs;
  const lanes = 16 / type.bytes;
  const label = memory.i32[inputs.labels + position];
  let labelWeight = 0;
  if (label >= 0) labelWeight = weights === 0 ? confidence : memory.f64[weights + label] * confidence;
  const none = {
    label,
    loss: 0,
    total: NaN,
    sumOfOthers: NaN,
    maxTerm: NaN,
    labelWeight,
    targetMass: 0,
    targetMassError: 0,
    logSumExp: 0,
    logSumExpError: 0,
  };
  if (label === IGNORED) return none;
  const at = argmaxOf(heap, x, cols);
  const max = maxAt(heap, x, at);
  if (!Number.isFinite(max)) return { ...none, loss: NaN };
  const labelLogit = label < 0 ? 0 : heap[x + label];
  let distance = 0;
  let targetMass = 0;
  let targetMassError = 0;
  if (smoothed !== 0) {
    const targets = smoothed + first;
    distance = sumOfDistances(lanes, cols, heap, x, max, memory.f64, targets, stride, temperature?.distanceUnit ?? 1);
    if (temperature !== null) distance = temperature.over(distance);
    targetMass = sumOf(lanes, cols, memory.f64, targets, stride);
    targetMassError = sumError;
  }
  const total = storeExponentials(heap, x, exponentials, cols, max, temperature, isPrecise);
  if (total !== total) return { ...none, loss: NaN };
  const maxTerm = heap[exponentials + at];
  const sumOfOthers = sumOfOthersOf(heap, exponentials, cols, total, maxTerm);
  const log = logSum(heap, sumOfOthers, maxTerm, max, temperature);
  let loss = labelWeight === 0 ? 0 : labelWeight * (distanceOver(temperature, max, labelLogit) + log);
  const isF64 = type.key === "f64";
  if (smoothed !== 0) {
    const massTimesLog = targetMass * log;
    if (isF64) {
      loss += twoProductError(targetMass, log) + targetMassError * log + twoSumError(distance, massTimesLog);
    }
    loss += distance + massTimesLog;
  }
  let logSumExp = 0;
  let logSumExpError = 0;
  if (zLoss !== 0) {
    const m = temperature === null ? max : max / temperature.value;
    logSumExp = m + log;
    if (isF64) {
      const quotientLost = temperature === null ? 0 : quotientError(max, 0, m, temperature.value, 0);
      logSumExpError = twoSumError(m, log) + quotientLost;
    }
    loss += zLoss * logSumExp * logSumExp;
  }
  return {
    label,
    loss,
    total,
    sumOfOthers,
    maxTerm,
    labelWeight,
    targetMass,
    targetMassError,
    logSumExp,
    logSumExpError,
  };
}
