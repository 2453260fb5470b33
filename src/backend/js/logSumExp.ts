import { SCRATCH, STRIDE, TEMPERATURE, VALUES, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { quotientError, twoSumError } from "./rows/errorFree.js";
import { logSum, storeExponentials, sumOfOthersOf } from "./rows/exponentials.js";
import { logError } from "./rows/log1p.js";
import { argmaxOf, hasNaN, maxAt } from "./rows/max.js";
import { eachPrefix, exponentialsAt, gather } from "./rows/positions.js";
import { temperatureOf } from "./rows/temperature.js";

export function logSumExp(memory: Heap, type: KernelType, call: number): void {
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
    let value = max;
    if (Number.isFinite(max)) {
      const total = storeExponentials(heap, i, exponentials, cols, max, temperature);
      const maxTerm = heap[exponentials + at];
      const log = logSum(heap, sumOfOthersOf(heap, exponentials, cols, total, maxTerm), maxTerm, max, temperature);
      const m = temperature === null ? max : max / temperature.value;
      value = m + log;
      if (type.key === "f64") {
        const quotientLost = temperature === null ? 0 : quotientError(max, 0, m, temperature.value, 0);
        value += twoSumError(m, log) + logError + quotientLost;
      }
      if (total !== total) value = NaN;
    } else if (hasNaN(heap, i, cols)) {
      value = NaN;
    }
    heap[values + position] = value;
  });
}
