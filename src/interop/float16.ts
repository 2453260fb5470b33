// IEEE 754 binary16, by its bits: engines without Float16Array have it in Uint16Array.

import { bufferOf, byteOffsetOf, lengthOf } from "../typedArray.js";

/** Of a Uint16Array that holds them, or of the engine's Float16Array. */
function bitsOf(halves: ArrayBufferView): Uint16Array {
  return new Uint16Array(bufferOf(halves), byteOffsetOf(halves), lengthOf(halves));
}

/** In f32, which holds every half. */
export function widened(halves: ArrayBufferView): Float32Array {
  return Float32Array.from(bitsOf(halves), valueOf);
}

function valueOf(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Writes values to the nearest halves, of two equally near ones to the even one. */
export function narrow(values: Float32Array, into: ArrayBufferView): void {
  const bits = bitsOf(into);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) bits[i] = halfOf(words[i], values[i]);
}

const EXPONENT_F32 = 0x7f800000;
const SMALLEST_NORMAL = 0x38800000; // 2^-14
const ROUNDS_TO_INFINITY = 0x477ff000; // 65520, half a step above the largest

function halfOf(word: number, value: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > EXPONENT_F32) return 0x7e00;
  if (magnitude >= ROUNDS_TO_INFINITY) return sign | 0x7c00;
  // Steps of 2^-24, as a whole number: above 2^52 doubles have no fraction.
  if (magnitude < SMALLEST_NORMAL) return sign | (Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  // 13 bits of the fraction go: all but half a step on top, and the rest of it where that leaves an odd one. Then from
  // one bias of the exponent, 127, to the other, 15.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded >>> 13) - ((127 - 15) << 10));
}
