import {
  COLS,
  PART_CLASS,
  PART_DISTANCE,
  PART_DISTANCE_ERROR,
  PART_LENGTH,
  PART_MASS,
  PART_MAX,
  PART_OTHERS,
  PART_OTHERS_ERROR,
  PART_SPREAD,
  PARTS,
  SCRATCH,
  SMOOTHED_TARGETS,
  STRIDE,
  TEMPERATURE,
  WITH_ENTROPY,
  X,
} from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { firstLargest } from "./argmax.js";
import { address, count, elementOf, type Heap, number } from "./call.js";
import { canonical } from "./rows/elementwise.js";
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
  const parts = address(memory, call, PARTS) / 8;
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  const smoothed = address(memory, call, SMOOTHED_TARGETS) / 8;
  const withEntropy = count(memory, call, WITH_ENTROPY) !== 0;
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  const lanes = 16 / type.bytes;
  eachPosition(memory, call, (position, first) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const to = parts + position * PART_LENGTH;
    f64.fill(0, to, to + PART_LENGTH);
    const at = argmaxOf(heap, i, cols);
    const max = maxAt(heap, i, at);
    let spread = 0;
    if (smoothed !== 0) {
      const targets = smoothed + first;
      spread = sumOfDistances(lanes, cols, heap, i, max, f64, targets, stride, temperature?.distanceUnit ?? 1);
      if (temperature !== null) spread = temperature.over(spread);
      f64[to + PART_MASS] = sumOf(lanes, cols, f64, targets, stride);
    }
    const total = Number.isFinite(max) ? storeExponentials(heap, i, exponentials, cols, max, temperature) : NaN;
    if (total !== total) {
      const largest = firstLargest(heap, i, cols, 1);
      f64[to + PART_MAX] = canonical(heap[i + largest]);
      f64[to + PART_CLASS] = largest;
      return;
    }
    const maxTerm = heap[exponentials + at];
    const others = sumOfOthersOf(heap, exponentials, cols, total, maxTerm);
    findMaxTerm(heap, maxTerm, max, temperature);
    const ratio = others / preciseMaxTerm;
    f64[to + PART_MAX] = max;
    f64[to + PART_OTHERS] = ratio;
    if (isF64) {
      f64[to + PART_OTHERS_ERROR] = quotientError(others, sumOfOthersError, ratio, maxTerm, preciseMaxTermError);
    }
    f64[to + PART_CLASS] = at;
    f64[to + PART_SPREAD] = spread;
    if (!withEntropy) return;
    const sum = sumOfTermDistances(heap, i, max, exponentials, cols, temperature);
    const isTemperedF64 = temperature !== null && isF64;
    let distance = sum;
    if (isTemperedF64) distance = sum / temperature.termDivisor;
    else if (temperature !== null) distance = temperature.over(sum);
    const mean = distance / preciseMaxTerm;
    f64[to + PART_DISTANCE] = mean;
    if (!isF64) return;
    const lost = isTemperedF64 ? quotientError(sum, sumError, distance, temperature.termDivisor, 0) : sumError;
    f64[to + PART_DISTANCE_ERROR] = quotientError(distance, lost, mean, maxTerm, preciseMaxTermError);
  });
}
