import { ABSENT, COLS, LENGTHS, OUT, ROWS, WIDTH, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, number } from "./call.js";

export function prefixes(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const lengths = address(memory, call, LENGTHS) / 4;
  const rows = count(memory, call, ROWS);
  const cols = count(memory, call, COLS);
  const width = count(memory, call, WIDTH);
  for (let n = 0; n < rows; n++) {
    // In place, longer rows would overwrite what is still to be read: these are moved from the last one on.
    const row = width > cols ? rows - 1 - n : n;
    const length = memory.i32[lengths + row];
    const to = out + row * width;
    heap.copyWithin(to, x + row * cols, x + row * cols + length);
    heap.fill(number(memory, call, ABSENT), to + length, to + width);
  }
}
