import { ABSENT, COLS, LENGTHS, OUT, ROWS } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, number } from "./call.js";

export function fillAbsent(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const out = elementOf(memory, type, call, OUT);
  const lengths = address(memory, call, LENGTHS) / 4;
  const rows = count(memory, call, ROWS);
  const cols = count(memory, call, COLS);
  const absent = number(memory, call, ABSENT);
  for (let row = 0; row < rows; row++) {
    heap.fill(absent, out + row * cols + memory.i32[lengths + row], out + (row + 1) * cols);
  }
}
