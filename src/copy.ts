// Between arrays and the window.

import type { Block } from "./blocks.js";
import type { FloatArray, FloatType } from "./floatType.js";
import type { Layout } from "./shape.js";
import { bufferOf, byteOffsetOf } from "./typedArray.js";

/** Up to this many elements, loops are faster than `set`, which needs a view of each side. */
const SMALL = 24;

/** The elements of a block to heap[at …]. */
export function copyIn(
  heap: FloatArray | Uint8Array,
  at: number,
  type: Viewable,
  x: FloatArray | Uint8Array,
  block: Block,
  layout: Layout,
): void {
  if (block.whole) {
    copy(heap, at, type, x, block.first, block.length);
    return;
  }
  const pieces = block.rows * layout.cols;
  for (let piece = 0; piece < pieces; piece++) {
    copy(heap, at + piece * block.stride, type, x, block.first + piece * layout.inner, block.inner);
  }
}

/** The elements of a block from heap[at …]. */
export function copyOut(
  heap: FloatArray,
  at: number,
  type: FloatType,
  out: FloatArray,
  block: Block,
  layout: Layout,
): void {
  if (block.whole) {
    copyBack(heap, at, type, out, block.first, block.length);
    return;
  }
  const pieces = block.rows * layout.cols;
  for (let piece = 0; piece < pieces; piece++) {
    copyBack(heap, at + piece * block.stride, type, out, block.first + piece * layout.inner, block.inner);
  }
}

function copy(
  heap: FloatArray | Uint8Array,
  at: number,
  type: Viewable,
  x: FloatArray | Uint8Array,
  first: number,
  length: number,
): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) heap[at + i] = x[first + i];
  else heap.set(part(type, x, first, length), at);
}

function copyBack(heap: FloatArray, at: number, type: FloatType, out: FloatArray, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) out[first + i] = heap[at + i];
  else part(type, out, first, length).set(heap.subarray(at, at + length));
}

/** What makes views of a kind of array. */
interface Viewable {
  readonly bytes: number;
  readonly viewOf: (buffer: ArrayBufferLike, byteOffset: number, length: number) => FloatArray | Uint8Array;
}

export const BYTES: Viewable = {
  bytes: 1,
  viewOf: (buffer, byteOffset, length) => new Uint8Array(buffer, byteOffset, length),
};

/** Not `subarray`, which asks a subclass for its constructor. */
function part(type: Viewable, array: FloatArray | Uint8Array, first: number, length: number) {
  return type.viewOf(bufferOf(array), byteOffsetOf(array) + first * type.bytes, length);
}

export function copyLabels(heap: Int32Array, at: number, labels: Int32Array, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) heap[at + i] = labels[first + i];
  else heap.set(labels.subarray(first, first + length), at);
}
