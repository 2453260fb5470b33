import { rangeError } from "../errors.js";
import { bufferOf, byteOffsetOf, tagOf } from "../typedArray.js";

/** Elements as they are moved about: numbers, or bigints in the arrays of those. */
export interface Indexed {
  [index: number]: unknown;
}

type Elements = ArrayBufferView & Indexed;

type Constructor = {
  new (length: number): Elements;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Elements;
  readonly BYTES_PER_ELEMENT: number;
};

/** The plain constructor, whatever class the typed array is of. */
function constructorOf(array: ArrayBufferView): Constructor {
  return (globalThis as unknown as Record<string, Constructor>)[tagOf(array) as string];
}

/** A new array of the kind that another one is, plain or typed. */
export function newElements(name: string, like: ArrayBufferView | readonly unknown[], length: number): Indexed {
  try {
    return ArrayBuffer.isView(like) ? new (constructorOf(like))(length) : new Array<unknown>(length);
  } catch {
    throw rangeError("ERR_OUT_OF_MEMORY", `${name}: expected room for ${length} elements, got none`);
  }
}

/** The elements from `start` on, where they are. */
export function partOf(array: ArrayBufferView, start: number, length: number): Elements {
  const Type = constructorOf(array);
  return new Type(bufferOf(array), byteOffsetOf(array) + start * Type.BYTES_PER_ELEMENT, length);
}
