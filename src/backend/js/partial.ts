import {
  COLS,
  OFFSET,
  PARTS,
  SCRATCH,
  SMOOTHED_TARGETS,
  STRIDE,
  TEMPERATURE,
  WITH_ENTROPY,
  X,
} from "../../../assembly/abi.js";
import * as state from "../../../assembly/state.js";
import type { KernelType } from "../../floatType.js";
import { firstLargest } from "./argmax.js";
import { address, count, elementOf, type Heap, number } from "./call.js";
import { quotientError } from "./rows/errorFree.js";
import { findMaxTerm, preciseMaxTerm, preciseMaxTermError } from "./rows/exponentials.js";
import { storeExponentials, sumOfOthersError, sumOfOthersOf } from "./rows/exponentials.js";
import { argmaxOf, maxAt } from "./rows/max.js";
import { eachPosition, exponentialsAt, gather } from "./rows/positions.js";
import { sumOf, sumOfDistances, sumOfTermDistances } from "./rows/reductions.js";
import { sumError } from "./rows/sum.js";
import { temperatureOf } from "./rows/temperature.js";

export function partial(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const { f64 } = memory;
  const isF64 = type.key === "f64";
  const x = elementOf(memory, type, call, X);
  const states = address(memory, call, PARTS) / 8;
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  const smoothed = address(memory, call, SMOOTHED_TARGETS) / 8;
  const withEntropy = count(memory, call, WITH_ENTROPY) !== 0;
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  const lanes = 16 / type.bytes;
  const offset = count(memory, call, OFFSET);
  const value = number(memory, call, TEMPERATURE);
  const features = (withEntropy ? state.HAS_ENTROPY : 0) | (smoothed === 0 ? 0 : state.HAS_SMOOTHING);
  eachPosition(memory, call, (position, first) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const to = states + position * state.STATE_LENGTH;
    f64.fill(0, to, to + state.STATE_LENGTH);
    f64[to + state.TEMPERATURE] = value;
    f64[to + state.COUNT] = cols;
    const at = argmaxOf(heap, i, cols);
    const max = maxAt(heap, i, at);
    let spread = 0;
    if (smoothed !== 0) {
      const targets = smoothed + first;
      spread = sumOfDistances(lanes, cols, heap, i, max, f64, targets, stride, temperature?.distanceUnit ?? 1);
      if (temperature !== null) spread = temperature.over(spread);
      f64[to + state.MASS] = sumOf(lanes, cols, f64, targets, stride);
    }
    const total = Number.isFinite(max) ? storeExponentials(heap, i, exponentials, cols, max, temperature) : NaN;
    if (total !== total) {
      const largest = firstLargest(heap, i, cols, 1);
      f64[to + state.CLASS] = offset + largest;
      f64[to + state.FLAGS] = kindOf(heap[i + largest]) | features;
      return;
    }
    const maxTerm = heap[exponentials + at];
    const others = sumOfOthersOf(heap, exponentials, cols, total, maxTerm);
    findMaxTerm(heap, maxTerm, max, temperature);
    const ratio = others / preciseMaxTerm;
    // + 0, which makes +0 of −0.
    f64[to + state.MAX] = max + 0;
    f64[to + state.OTHERS] = ratio;
    if (isF64) {
      f64[to + state.OTHERS_LO] = quotientError(others, sumOfOthersError, ratio, maxTerm, preciseMaxTermError) + 0;
    }
    f64[to + state.CLASS] = offset + at;
    f64[to + state.FLAGS] = state.FINITE | features;
    f64[to + state.SPREAD] = spread;
    if (!withEntropy) return;
    const sum = sumOfTermDistances(heap, i, max, exponentials, cols, temperature);
    const isTemperedF64 = temperature !== null && isF64;
    let distance = sum;
    if (isTemperedF64) distance = sum / temperature.termDivisor;
    else if (temperature !== null) distance = temperature.over(sum);
    const mean = distance / preciseMaxTerm;
    f64[to + state.DISTANCE] = mean;
    if (!isF64) return;
    const lost = isTemperedF64 ? quotientError(sum, sumError, distance, temperature.termDivisor, 0) : sumError;
    f64[to + state.DISTANCE_LO] = quotientError(distance, lost, mean, maxTerm, preciseMaxTermError) + 0;
  });
}

/** The kind of a position without a finite maximum, by the first of the largest. */
function kindOf(largest: number): number {
  if (largest !== largest) return state.NOT_A_NUMBER;
  return largest === Infinity ? state.INFINITE : state.LOWEST;
}
