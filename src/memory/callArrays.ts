// Arrays that live as long as a call. V8 has up to 64 bytes of an array in its own heap; it takes 200 ns to make a longer one,
// as much as a softmax of ten classes, and 30 to make a view. So those of a few hundred bytes are views of one block, which is
// collected when the last of them is. No caller ever gets one.

import { F64, type FloatArray, type FloatType, newFloats } from "../floatType.js";

const IN_HEAP = 64;
const LONGEST = 1024;
const BLOCK_BYTES = 16 * 1024;

let block = /* @__PURE__ */ new ArrayBuffer(0);
let used = 0;

/** The offset in the block of that many bytes, all zeros. */
function take(bytes: number): number {
  const rounded = (bytes + 7) & -8;
  if (used + rounded > block.byteLength) {
    block = new ArrayBuffer(BLOCK_BYTES);
    used = 0;
  }
  const at = used;
  used += rounded;
  return at;
}

const isInBlock = (bytes: number): boolean => bytes > IN_HEAP && bytes <= LONGEST;

/** `length` floats of a type; `name`: what there is no room for. */
export function callFloats(name: string, type: FloatType, length: number): FloatArray {
  const bytes = length * type.bytes;
  if (!isInBlock(bytes)) return newFloats(name, type, length);
  const at = take(bytes);
  return type.viewOf(block, at, length);
}

/** `length` doubles. */
export const callDoubles = (name: string, length: number): Float64Array =>
  callFloats(name, F64, length) as Float64Array;

/** `length` integers. */
export function callIntegers(length: number): Int32Array {
  const bytes = length * Int32Array.BYTES_PER_ELEMENT;
  if (!isInBlock(bytes)) return new Int32Array(length);
  const at = take(bytes);
  return new Int32Array(block, at, length);
}
