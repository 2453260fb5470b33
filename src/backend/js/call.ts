// Reads a kernel's call block: assembly/call.ts in plain TypeScript. assembly/abi.ts lists the words and numbers of a block.

import type { KernelType } from "../../floatType.js";

/** The memory that the kernels work on: addresses are byte offsets into its buffer. */
export interface Heap {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
}

/** The address at a word of the block; 0 stands for an array that is not there. */
export function address(memory: Heap, call: number, word: number): number {
  return memory.i32[(call >>> 2) + word] >>> 0;
}

/** The count at a word of the block. */
export function count(memory: Heap, call: number, word: number): number {
  return memory.i32[(call >>> 2) + word];
}

/** The double at an index of the block. */
export function number(memory: Heap, call: number, index: number): number {
  return memory.f64[(call >>> 3) + index];
}

/** The index where the array at a word of the block begins in the heap of the kernel's type. */
export function elementOf(memory: Heap, type: KernelType, call: number, word: number): number {
  return address(memory, call, word) / type.bytes;
}

/** How many leading classes of a row are present; all where there are no lengths. */
export function lengthOf(memory: Heap, lengths: number, row: number, cols: number): number {
  return lengths === 0 ? cols : memory.i32[(lengths >>> 2) + row];
}
