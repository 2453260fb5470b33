// Between arrays and staging.

import { F32, type FloatArray } from "../floatType.js";
import { bufferOf, byteOffsetOf, isShared, lengthOf, setElements } from "../typedArray.js";

/** Which part of an array is in staging: rows × cols pieces of adjacent elements. */
export interface Piece {
  readonly rows: number;
  /** Elements that are adjacent in the array, and from the first of them to the next ones' in staging. */
  readonly inner: number;
  readonly stride: number;
  /** The first element in the array, and how many there are in staging. */
  readonly first: number;
  readonly length: number;
  /** Whether all is adjacent in the array, and lies in staging as it does there. */
  readonly isWhole: boolean;
}

/** Up to this many elements, loops are faster than `set`, which needs a view. */
const SHORT = 24;
/** The same of f32 on both sides, whose loops meet arrays of one type only. */
export const SHORT_F32 = 40;

/** The elements of a block to heap[at …]. */
export function copyIn(
  heap: Copied,
  at: number,
  type: Viewable,
  x: Copied,
  block: Piece,
  cols: number,
  inner: number,
): void {
  if (block.isWhole) {
    copy(heap, at, type, x, block.first, block.length);
    return;
  }
  const pieces = block.rows * cols;
  for (let piece = 0; piece < pieces; piece++) {
    copy(heap, at + piece * block.stride, type, x, block.first + piece * inner, block.inner);
  }
}

/** The elements of a block from heap[at …]. */
export function copyOut(
  heap: FloatArray,
  at: number,
  type: Viewable,
  out: FloatArray,
  block: Piece,
  cols: number,
  inner: number,
): void {
  if (block.isWhole) {
    copyBack(heap, at, type, out, block.first, block.length);
    return;
  }
  const pieces = block.rows * cols;
  for (let piece = 0; piece < pieces; piece++) {
    copyBack(heap, at + piece * block.stride, type, out, block.first + piece * inner, block.inner);
  }
}

/** Elements of x from the `first` on, to heap[at …]. */
export function copy(heap: Copied, at: number, type: Viewable, x: Copied, first: number, length: number): void {
  if (type === F32 && length <= SHORT_F32) copyF32(heap as Float32Array, at, x as Float32Array, first, length);
  else if (length <= SHORT) for (let i = 0; i < length; i++) heap[at + i] = x[first + i];
  // To make a view takes longer than to copy a hundred elements. What another thread may make longer meanwhile needs one.
  else if (length === lengthOf(x) && !isShared(bufferOf(x))) heap.set(x, at);
  // Not `subarray`, which asks a subclass for its constructor.
  else heap.set(type.viewOf(bufferOf(x), byteOffsetOf(x) + first * type.bytes, length), at);
}

/** Elements from heap[at …] to `out`, from the `first` on. */
export function copyBack(
  heap: FloatArray,
  at: number,
  type: Viewable,
  out: FloatArray,
  first: number,
  length: number,
): void {
  if (type === F32 && length <= SHORT_F32) copyF32(out as Float32Array, first, heap as Float32Array, at, length);
  else if (length <= SHORT) for (let i = 0; i < length; i++) out[first + i] = heap[at + i];
  else setElements(out, heap.subarray(at, at + length), first);
}

function copyF32(to: Float32Array, at: number, from: Float32Array, first: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[first + i];
}

/** Labels from the `first` on, to heap[at …]. */
export function copyLabels(heap: Int32Array, at: number, labels: Int32Array, first: number, length: number): void {
  if (length <= SHORT) for (let i = 0; i < length; i++) heap[at + i] = labels[first + i];
  else heap.set(first === 0 && length === labels.length ? labels : labels.subarray(first, first + length), at);
}

type Copied = FloatArray | Uint8Array;

/** What makes views of a kind of array. */
export interface Viewable {
  readonly bytes: number;
  readonly viewOf: (buffer: ArrayBufferLike, byteOffset: number, length: number) => Copied;
}

export const BYTES: Viewable = {
  bytes: 1,
  viewOf: (buffer, byteOffset, length) => new Uint8Array(buffer, byteOffset, length),
};
