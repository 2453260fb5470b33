import type { FloatArray, FloatType } from "../floatType.js";
import { type Form, formed } from "../form.js";
import { bufferOf, byteOffsetOf, lengthOf, overlapFrom } from "../typedArray.js";
import type { Memory } from "./linearMemory.js";

/**
 * An array of a call, and where it lies. Its internal slots are read only once, because each read costs as much as two
 * elements.
 */
export interface Placed {
  readonly type: FloatType;
  readonly length: number;
  /** In bytes, from the beginning of its buffer. */
  readonly offset: number;
  /** In linear memory; −1 for ordinary memory. */
  readonly address: number;
  array: FloatArray;
  /** In which form the caller gave it, or gets it; null for an array. */
  readonly form: Form | null;
}

/** Where a result goes: a new array, or the caller's `out`. */
export interface Output extends Placed {
  /** What the caller gave; undefined for a new array. */
  readonly given: unknown;
  /** What the caller gets, where execution has made it already; undefined where it is `array`, in the caller's form. */
  made: unknown;
}

/** Where an array is: of a type and a length that are known. */
export function placed(memory: Memory, type: FloatType, length: number, array: FloatArray): Placed {
  const offset = byteOffsetOf(array);
  return { type, length, offset, address: addressAt(memory, offset, array), array, form: null };
}

/** A result in an array that the caller gave. */
export function outputIn(memory: Memory, type: FloatType, length: number, array: FloatArray, given: unknown): Output {
  const offset = byteOffsetOf(array);
  const address = addressAt(memory, offset, array);
  return { type, length, offset, address, array, form: null, given, made: undefined };
}

/** An array of the library's own. */
export const ownArray = (type: FloatType, array: FloatArray, form: Form | null = null): Placed => ({
  type,
  length: array.length,
  offset: 0,
  address: -1,
  array,
  form,
});

/** A result in a new array, or, where `array` is NOT_YET, in what execution makes. */
export const newOutput = (type: FloatType, length: number, array: FloatArray, form: Form | null): Output => ({
  type,
  length,
  offset: 0,
  address: -1,
  array,
  form,
  given: undefined,
  made: undefined,
});

/** Stands for an array that is made from linear memory at the end of a call, and for elements that are in linear memory. */
export const NOT_YET: FloatArray = /* @__PURE__ */ new Float64Array(0);

/** The offset is compared first: no array of a caller lies at 0, and asking a small array for its buffer makes one. */
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
export function resultOf(output: Output, memory: Memory): unknown {
  const { given, address, array, form, made } = output;
  if (made !== undefined) return made;
  if (given === undefined) return form === null ? array : formed(array, 0, output.length, form);
  return address >= 0 && ArrayBuffer.isView(given) ? elementsOf(output, memory) : given;
}

/**
 * Whether writing b in the order of its elements could spoil elements of a that are still to be read: they meet and do not
 * start together. The offsets first, as above.
 */
export const overlapInPart = (a: Placed, b: Placed): boolean => a.offset !== b.offset && overlap(a, b);

/**
 * Whether the overlap of two arrays is certain: two SharedArrayBuffers may or may not be one memory, and there is no
 * way to find out.
 */
export const isOneMemory = (a: Placed, b: Placed): boolean =>
  (a.address >= 0 && b.address >= 0) || bufferOf(a.array) === bufferOf(b.array);

/** Whether two arrays have memory in common, or may have. */
export const overlap = (a: Placed, b: Placed): boolean =>
  overlapFrom(a.array, a.offset, a.length * a.type.bytes, b.array, b.offset, b.length * b.type.bytes);
