// How kernels go over positions: one at a time. Where the classes of a position are not adjacent they are gathered into
// scratch, and the results are scattered.

import { COLS, INNER, LENGTHS, ROWS, SCRATCH, STRIDE } from "../../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../../floatType.js";
import { address, count, elementOf, type Heap, lengthOf } from "../call.js";

/** Calls `visit` for each position with its number and the index of its first element in an array laid out like x at 0. */
export function eachPosition(memory: Heap, call: number, visit: (position: number, first: number) => void): void {
  const rows = count(memory, call, ROWS);
  const cols = count(memory, call, COLS);
  const inner = count(memory, call, INNER);
  const stride = count(memory, call, STRIDE);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inner; i++) visit(r * inner + i, r * cols * stride + i);
  }
}

/** The same for positions that have classes, with how many they have, of kernels that read LENGTHS. */
export function eachPrefix(
  memory: Heap,
  call: number,
  visit: (position: number, first: number, cols: number) => void,
): void {
  const cols = count(memory, call, COLS);
  const lengths = address(memory, call, LENGTHS);
  eachPosition(memory, call, (position, first) => {
    const length = lengthOf(memory, lengths, position, cols);
    if (length > 0) visit(position, first, length);
  });
}

/** The index of a position's adjacent classes: where they are, or gathered at `scratch`. */
export function gather(heap: FloatArray, x: number, cols: number, stride: number, scratch: number): number {
  if (stride === 1) return x;
  for (let c = 0; c < cols; c++) heap[scratch + c] = heap[x + c * stride];
  return scratch;
}

/** Moves adjacent classes to where the position's results belong. */
export function scatter(heap: FloatArray, from: number, out: number, cols: number, stride: number): void {
  if (from === out) return;
  for (let c = 0; c < cols; c++) heap[out + c * stride] = heap[from + c];
}

/** The index of a position's exponentials in scratch: after what `gather` puts there. */
export function exponentialsAt(memory: Heap, type: KernelType, call: number): number {
  const gathered = count(memory, call, STRIDE) === 1 ? 0 : count(memory, call, COLS);
  return elementOf(memory, type, call, SCRATCH) + gathered;
}
