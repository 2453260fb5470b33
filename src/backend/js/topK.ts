import {
  COLS,
  INDICES,
  K,
  LENGTHS,
  MASK,
  OF,
  OF_LOGIT,
  OF_PROBABILITY,
  SCRATCH,
  STRIDE,
  TEMPERATURE,
  VALUES,
  X,
} from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, lengthOf, number } from "./call.js";
import { logSoftmaxOfRow } from "./logSoftmax.js";
import { largestOf } from "./rows/order.js";
import { eachPosition, gather } from "./rows/positions.js";
import { temperatureOf } from "./rows/temperature.js";
import { softmaxOfRow } from "./softmax.js";

export function topK(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const values = elementOf(memory, type, call, VALUES);
  const indices = address(memory, call, INDICES) / 4;
  const mask = address(memory, call, MASK);
  const lengths = address(memory, call, LENGTHS);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  const k = count(memory, call, K);
  const kind = count(memory, call, OF);
  const results = elementOf(memory, type, call, SCRATCH);
  const gathered = results + rowLength(type, cols);
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  eachPosition(memory, call, (position, first) => {
    const i = gather(heap, x + first, cols, stride, gathered);
    const length = lengthOf(memory, lengths, position, cols);
    const isAbsent = (c: number) => c >= length || (mask !== 0 && memory.u8[mask + first + c * stride] === 0);
    const list = largestOf(heap, i, length, k);
    for (let c = 0; c < length && list.length < k; c++) if (heap[i + c] === -Infinity && !isAbsent(c)) list.push(c);
    for (let c = 0; list.length < k; c++) if (isAbsent(c)) list.push(c);
    const from = kind === OF_LOGIT ? i : results;
    // A row has a class to compute.
    const kindOfRow = length === 0 ? OF_LOGIT : kind;
    if (kindOfRow === OF_PROBABILITY) softmaxOfRow(heap, type, i, results, length, temperature);
    else if (kindOfRow !== OF_LOGIT) logSoftmaxOfRow(heap, type, i, results, results, length, temperature);
    const absent = kind === OF_PROBABILITY ? 0 : -Infinity;
    for (let j = 0; j < k; j++) {
      memory.i32[indices + position * k + j] = list[j];
      heap[values + position * k + j] = isAbsent(list[j]) ? absent : heap[from + list[j]];
    }
  });
}

/** Elements of a row of scratch (assembly/abi.ts). */
export const rowLength = (type: KernelType, cols: number): number =>
  (((cols * type.bytes + 15) & ~15) + 16) / type.bytes;
