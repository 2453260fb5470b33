// What a typed array is, asked of its internal slots: right for arrays of other realms and for subclasses whose
// properties say something else, and no code of the caller runs.

const prototype = Object.getPrototypeOf(Uint8Array.prototype) as Float32Array;

type Slot<Name extends keyof Float32Array> = (this: unknown) => Float32Array[Name];

function slot<Name extends keyof Float32Array>(name: Name): Slot<Name> {
  return (Object.getOwnPropertyDescriptor(prototype, name) as { get: Slot<Name> }).get;
}

const tag = /* @__PURE__ */ slot(Symbol.toStringTag) as (this: unknown) => string | undefined;
const length = /* @__PURE__ */ slot("length");
const buffer = /* @__PURE__ */ slot("buffer");
const byteOffset = /* @__PURE__ */ slot("byteOffset");

/** "Float32Array" and so on; undefined for values that are not typed arrays. */
export function tagOf(value: unknown): string | undefined {
  return tag.call(value);
}

/** Elements. 0 for a detached array: see isAttached. */
export function lengthOf(view: ArrayBufferView): number {
  return length.call(view);
}

export function bufferOf(view: ArrayBufferView): ArrayBufferLike {
  return buffer.call(view);
}

export function byteOffsetOf(view: ArrayBufferView): number {
  return byteOffset.call(view);
}

/** `array.set`, of whatever class the array is. */
export function setElements(
  array: Float32Array | Float64Array | Int32Array,
  values: Float32Array | Float64Array | Int32Array,
  at: number,
): void {
  prototype.set.call(array, values, at);
}

/** `array.fill`, of whatever class the array is. */
export function fillElements(array: Float32Array | Float64Array, value: number): void {
  prototype.fill.call(array, value);
}

/** False for an array whose buffer has been transferred, or shrunk from under it: it looks empty. */
export function isAttached(view: ArrayBufferView): boolean {
  if (lengthOf(view) !== 0) return true;
  try {
    prototype.keys.call(view);
    return true;
  } catch {
    return false;
  }
}

/** Whether ranges of bytes of two arrays' buffers meet. Two buffers in shared memory may be one. */
export function overlapFrom(
  a: ArrayBufferView,
  aFrom: number,
  aBytes: number,
  b: ArrayBufferView,
  bFrom: number,
  bBytes: number,
): boolean {
  if (aFrom >= bFrom + bBytes || bFrom >= aFrom + aBytes) return false;
  const x = bufferOf(a);
  const y = bufferOf(b);
  return x === y || (isShared(x) && isShared(y));
}

export function isShared(buffer: ArrayBufferLike): boolean {
  // This realm's first: to ask for the name costs as much as merging a state.
  if (buffer instanceof ArrayBuffer) return false;
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}
