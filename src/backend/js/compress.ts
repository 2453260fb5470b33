import { ABSENT, COLS, LENGTHS, MASK, MASK_CHUNK, OUT, ROWS, WIDTH, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, number } from "./call.js";

export function countChunks(memory: Heap, _type: KernelType, call: number): void {
  const mask = address(memory, call, MASK);
  const lengths = address(memory, call, LENGTHS) / 4;
  const cols = count(memory, call, COLS);
  for (let row = 0; row < count(memory, call, ROWS); row++) {
    let length = 0;
    for (let c = 0; c < cols; c += MASK_CHUNK) {
      if (stays(memory.u8, mask + row * cols, c, cols)) length += Math.min(MASK_CHUNK, cols - c);
    }
    memory.i32[lengths + row] = length;
  }
}

export function compress(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const mask = address(memory, call, MASK);
  const lengths = address(memory, call, LENGTHS) / 4;
  const cols = count(memory, call, COLS);
  const width = count(memory, call, WIDTH);
  const absent = number(memory, call, ABSENT);
  for (let row = 0; row < count(memory, call, ROWS); row++) {
    const first = row * cols;
    let to = out + row * width;
    for (let c = 0; c < cols; c += MASK_CHUNK) {
      if (!stays(memory.u8, mask + first, c, cols)) continue;
      const end = first + Math.min(c + MASK_CHUNK, cols);
      for (let i = first + c; i < end; i++) heap[to++] = memory.u8[mask + i] === 0 ? absent : heap[x + i];
    }
    memory.i32[lengths + row] = to - out - row * width;
    heap.fill(absent, to, out + (row + 1) * width);
  }
}

export function expand(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const mask = address(memory, call, MASK);
  const lengths = address(memory, call, LENGTHS) / 4;
  const cols = count(memory, call, COLS);
  const width = count(memory, call, WIDTH);
  const absent = number(memory, call, ABSENT);
  // From the last element to the first: in place, none is overwritten before it is read.
  for (let row = count(memory, call, ROWS) - 1; row >= 0; row--) {
    const first = row * cols;
    let from = x + row * width + memory.i32[lengths + row];
    for (let end = cols; end > 0;) {
      const c = Math.floor((end - 1) / MASK_CHUNK) * MASK_CHUNK;
      const isLeft = stays(memory.u8, mask + first, c, cols);
      for (let i = first + end - 1; i >= first + c; i--) {
        const value = isLeft ? heap[--from] : absent;
        heap[out + i] = memory.u8[mask + i] === 0 ? absent : value;
      }
      end = c;
    }
  }
}

/** Whether the chunk from the class c on stays of a row, whose mask begins at an address. */
function stays(u8: Uint8Array, mask: number, c: number, cols: number): boolean {
  if (c + MASK_CHUNK > cols) return true;
  for (let i = mask + c; i < mask + c + MASK_CHUNK; i++) if (u8[i] !== 0) return true;
  return false;
}
