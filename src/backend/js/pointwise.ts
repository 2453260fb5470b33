// One operation on all ROWS·COLS·STRIDE elements of a block, whatever rows and axes they belong to.

import { ABSENT, COLS, MASK, OUT, ROWS, STRIDE, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, number } from "./call.js";
import { canonical } from "./rows/elementwise.js";

function lengthOf(memory: Heap, call: number): number {
  return count(memory, call, ROWS) * count(memory, call, COLS) * count(memory, call, STRIDE);
}

export function add(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const length = lengthOf(memory, call);
  for (let i = 0; i < length; i++) heap[out + i] = canonical(heap[out + i] + heap[x + i]);
}

export function select(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const mask = address(memory, call, MASK);
  const out = elementOf(memory, type, call, OUT);
  const absent = number(memory, call, ABSENT);
  const length = lengthOf(memory, call);
  for (let i = 0; i < length; i++) heap[out + i] = memory.u8[mask + i] === 0 ? absent : heap[x + i];
}
