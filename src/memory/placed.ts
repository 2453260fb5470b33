import type { FloatArray, FloatType } from "../floatType.js";
import { bufferOf, byteOffsetOf, lengthOf, overlapFrom } from "../typedArray.js";
import type { WasmArray } from "./wasmArray.js";

/** Linear memory; null where there is none. */
export interface Memory {
  readonly buffer: ArrayBufferLike | null;
}

/** An array of a call, and where it is: asked of its internal slots once, which costs as much as two elements each time. */
export interface Placed {
  readonly type: FloatType;
  readonly length: number;
  /** In bytes, from the beginning of its buffer. */
  readonly offset: number;
  /** In linear memory; −1 for ordinary memory. */
  readonly address: number;
  array: FloatArray;
}

/** Where a result goes: a new array, or the caller's `out`. */
export interface Output extends Placed {
  /** What the caller gave; undefined for a new array. */
  readonly given: unknown;
}

/** Where an array is: of a type and a length that are known. */
export function placed(memory: Memory, type: FloatType, length: number, array: FloatArray): Placed {
  const offset = byteOffsetOf(array);
  return { type, length, offset, address: addressAt(memory, offset, array), array };
}

/** A result in an array that the caller gave. */
export function outputIn(memory: Memory, type: FloatType, length: number, array: FloatArray, given: unknown): Output {
  const offset = byteOffsetOf(array);
  return { type, length, offset, address: addressAt(memory, offset, array), array, given };
}

/** A result in a new array. */
export const newOutput = (type: FloatType, length: number, array: FloatArray): Output => ({
  type,
  length,
  offset: 0,
  address: -1,
  array,
  given: undefined,
});

/** The offset first: nothing of a caller's lies at 0, and to ask a small array for its buffer makes one. */
function addressAt(memory: Memory, offset: number, array: FloatArray): number {
  return offset !== 0 && bufferOf(array) === memory.buffer ? offset : -1;
}

/** The elements as of now: growth of linear memory detaches older views of it. */
export function elementsOf(place: Placed, memory: Memory): FloatArray {
  const { address, length, type } = place;
  if (address >= 0 && lengthOf(place.array) !== length)
    place.array = type.viewOf(memory.buffer as ArrayBufferLike, address, length);
  return place.array;
}

/** What the caller gets back: what was given, or a view of it that is still attached. */
export function resultOf(output: Output, memory: Memory): FloatArray | WasmArray {
  const { given, address, array } = output;
  if (given === undefined) return array;
  return address >= 0 && ArrayBuffer.isView(given) ? elementsOf(output, memory) : (given as FloatArray | WasmArray);
}

/**
 * Whether writing b in the order of its elements could spoil elements of a that are still to be read: they meet and do not
 * start together. The offsets first, as above.
 */
export const overlapInPart = (a: Placed, b: Placed): boolean => a.offset !== b.offset && overlap(a, b);

/** Whether two arrays have memory in common. */
export const overlap = (a: Placed, b: Placed): boolean =>
  overlapFrom(a.array, a.offset, a.length * a.type.bytes, b.array, b.offset, b.length * b.type.bytes);
