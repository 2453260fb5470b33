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
const byteLength = /* @__PURE__ */ slot("byteLength");

/** "Float32Array" and the like; undefined for what is no typed array. */
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
export function setElements(array: Float32Array | Float64Array, values: Float32Array | Float64Array, at: number): void {
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

/**
 * Whether writing b in the order of its elements could spoil elements of a that are still to be read: they meet and do
 * not start together.
 *
 * The offsets first: asking a small array for its buffer makes one, which costs more than a small softmax.
 */
export function overlapInPart(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return byteOffsetOf(a) !== byteOffsetOf(b) && overlap(a, b);
}

/** Whether two arrays have memory in common. Two buffers in shared memory may be one. */
export function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const from = byteOffsetOf(a);
  const to = byteOffsetOf(b);
  const x = bufferOf(a);
  const y = bufferOf(b);
  if (x !== y && !(isShared(x) && isShared(y))) return false;
  return from < to + byteLength.call(b) && to < from + byteLength.call(a);
}

function isShared(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}
