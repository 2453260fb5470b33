import { COLS, INDICES, LENGTHS, STRIDE, X } from "../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, lengthOf } from "./call.js";
import { eachPosition } from "./rows/positions.js";

export function argmax(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const indices = address(memory, call, INDICES) / 4;
  const lengths = address(memory, call, LENGTHS);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (position, first) => {
    memory.i32[indices + position] = firstLargest(heap, x + first, lengthOf(memory, lengths, position, cols), stride);
  });
}

/** The class of the largest element, the lowest of equals; the first NaN of a row with NaN; 0 where all are −∞. */
export function firstLargest(heap: FloatArray, x: number, cols: number, stride: number): number {
  let max = -Infinity;
  let at = 0;
  for (let c = 0; c < cols; c++) {
    const value = heap[x + c * stride];
    if (value <= max) continue;
    at = c;
    if (value !== value) break;
    max = value;
  }
  return at;
}
