import { OUT, SCRATCH, STRIDE, TEMPERATURE, X } from "../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { subtract } from "./rows/elementwise.js";
import { logSum, storeExponentials, sumOfOthersOf } from "./rows/exponentials.js";
import { argmaxOf, maxAt } from "./rows/max.js";
import { eachPrefix, exponentialsAt, gather, scatter } from "./rows/positions.js";
import { distanceOver, type Temperature, temperatureOf } from "./rows/temperature.js";

export function logSoftmax(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const stride = count(memory, call, STRIDE);
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  eachPrefix(memory, call, (_, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const o = stride === 1 ? out + first : i;
    logSoftmaxOfRow(heap, type, i, o, exponentials, cols, temperature);
    scatter(heap, o, out + first, cols, stride);
  });
}

/** Stores the logarithms of the probabilities of adjacent classes at i. */
export function logSoftmaxOfRow(
  heap: FloatArray,
  type: KernelType,
  i: number,
  o: number,
  exponentials: number,
  cols: number,
  temperature: Temperature | null,
): void {
  const at = argmaxOf(heap, i, cols);
  const max = maxAt(heap, i, at);
  const total = Number.isFinite(max) ? storeExponentials(heap, i, exponentials, cols, max, temperature) : NaN;
  if (total === total) {
    const maxTerm = heap[exponentials + at];
    const sumOfOthers = sumOfOthersOf(heap, exponentials, cols, total, maxTerm);
    const log = logSum(heap, sumOfOthers, maxTerm, max, temperature);
    if (temperature === null) subtract(heap, i, o, cols, max, type.round(log));
    else for (let c = 0; c < cols; c++) heap[o + c] = distanceOver(temperature, heap[i + c], max) - log;
  } else {
    heap.fill(NaN, o, o + cols);
  }
}
