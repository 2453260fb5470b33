import { SCRATCH, STRIDE, TEMPERATURE, VALUES, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { canonical } from "./rows/elementwise.js";
import { quotientError, twoSumError } from "./rows/errorFree.js";
import { logSum, storeExponentials, sumOfOthersOf, sumWithMaxTerm, sumWithMaxTermError } from "./rows/exponentials.js";
import { logError } from "./rows/log1p.js";
import { argmaxOf, maxAt } from "./rows/max.js";
import { eachPrefix, exponentialsAt, gather } from "./rows/positions.js";
import { sumOfTermDistances } from "./rows/reductions.js";
import { sumError } from "./rows/sum.js";
import { temperatureOf } from "./rows/temperature.js";

export function entropy(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const values = elementOf(memory, type, call, VALUES);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const stride = count(memory, call, STRIDE);
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  eachPrefix(memory, call, (position, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const at = argmaxOf(heap, i, cols);
    const max = maxAt(heap, i, at);
    heap[values + position] = NaN;
    if (!Number.isFinite(max)) return;
    const total = storeExponentials(heap, i, exponentials, cols, max, temperature);
    const maxTerm = heap[exponentials + at];
    const log = logSum(heap, sumOfOthersOf(heap, exponentials, cols, total, maxTerm), maxTerm, max, temperature);
    const lost = logError;
    const sum = sumOfTermDistances(heap, i, max, exponentials, cols, temperature);
    const isTemperedF64 = temperature !== null && type.key === "f64";
    let distance = sum;
    if (isTemperedF64) distance = sum / temperature.termDivisor;
    else if (temperature !== null) distance = temperature.over(sum);
    const mean = distance / sumWithMaxTerm;
    let value = log + mean;
    if (type.key === "f64") {
      const distanceError = isTemperedF64
        ? quotientError(sum, sumError, distance, temperature.termDivisor, 0)
        : sumError;
      const meanError = quotientError(distance, distanceError, mean, sumWithMaxTerm, sumWithMaxTermError);
      value += twoSumError(log, mean) + lost + meanError;
    }
    heap[values + position] = canonical(value);
  });
}
