// Between arrays and the window.

import type { Block } from "./blocks.js";
import type { FloatArray } from "./floatType.js";
import type { Layout } from "./shape.js";
import { bufferOf, byteOffsetOf, setElements } from "./typedArray.js";

/** Up to this many elements, loops are faster than `set`, which needs a view. */
const SMALL = 24;

/** The elements of a block to heap[at …]. */
export function copyIn(heap: Copied, at: number, type: Viewable, x: Copied, block: Block, layout: Layout): void {
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
export function copyOut(heap: FloatArray, at: number, out: FloatArray, block: Block, layout: Layout): void {
  if (block.whole) {
    copyBack(heap, at, out, block.first, block.length);
    return;
  }
  const pieces = block.rows * layout.cols;
  for (let piece = 0; piece < pieces; piece++) {
    copyBack(heap, at + piece * block.stride, out, block.first + piece * layout.inner, block.inner);
  }
}

/** Elements of x from the `first` on, to heap[at …]. */
export function copy(heap: Copied, at: number, type: Viewable, x: Copied, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) heap[at + i] = x[first + i];
  // Not `subarray`, which asks a subclass for its constructor; nor x itself, as another thread may have it grow meanwhile.
  else heap.set(type.viewOf(bufferOf(x), byteOffsetOf(x) + first * type.bytes, length), at);
}

/** Elements from heap[at …] to `out`, from the `first` on. */
export function copyBack(heap: FloatArray, at: number, out: FloatArray, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) out[first + i] = heap[at + i];
  else setElements(out, heap.subarray(at, at + length), first);
}

type Copied = FloatArray | Uint8Array | Int32Array;

/** What makes views of a kind of array. */
interface Viewable {
  readonly bytes: number;
  readonly viewOf: (buffer: ArrayBufferLike, byteOffset: number, length: number) => Copied;
}

export const BYTES: Viewable = {
  bytes: 1,
  viewOf: (buffer, byteOffset, length) => new Uint8Array(buffer, byteOffset, length),
};

export const INTEGERS: Viewable = {
  bytes: 4,
  viewOf: (buffer, byteOffset, length) => new Int32Array(buffer, byteOffset, length),
};
