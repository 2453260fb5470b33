// The arrays of a call: which kinds are taken, and when one may be the other.

import { rangeError, show, typeError } from "./errors.js";
import { F64, type FloatArray, type FloatType, isFloatArray, typeOf } from "./floatType.js";
import { type LinearMemory, newFloats } from "./memory.js";
import { bufferOf, isAttached, lengthOf, overlapInPart, tagOf } from "./typedArray.js";
import { isWasmArray, type WasmArray } from "./wasmArray.js";

/** Elements in ordinary memory or in the instance's. */
export type Floats<Elements extends FloatArray = FloatArray> = Elements | WasmArray<Elements>;

/** What is taken as logits. Numbers of plain arrays are doubles, and computed as such: Float64Array. */
export type Logits = Floats | readonly number[];

/** The array that a function makes for logits of a kind. */
export type ResultOf<X> = X extends Floats<Float32Array> ? Float32Array : Float64Array;

/** Refuses an array that looks empty because it has lost its memory. */
export function checkAttached(name: string, view: ArrayBufferView): void {
  if (!isAttached(view)) {
    throw typeError("ERR_DETACHED", `${name}: expected an array with its memory, got one whose buffer is detached`);
  }
}

/** The elements of an input; those of a plain array in a copy. */
export function readFloats(name: string, value: unknown): FloatArray {
  if (Array.isArray(value)) return readNumbers(name, value);
  const view = tagOf(value) === undefined && isWasmArray(value) ? value.view : value;
  if (!isFloatArray(view)) {
    const expected = "a Float32Array, a Float64Array, a WasmArray or an array of numbers";
    throw typeError("ERR_DTYPE", `${name}: expected ${expected}, got ${show(value)}`);
  }
  checkAttached(name, view);
  return view;
}

function readNumbers(name: string, value: readonly unknown[]): Float64Array {
  const { length } = value;
  const numbers = newFloats(name, F64, length) as Float64Array;
  for (let i = 0; i < length; i++) {
    const number = value[i];
    if (typeof number !== "number") {
      throw typeError("ERR_DTYPE", `${name}[${i}]: expected a number, got ${show(number)}`);
    }
    numbers[i] = number;
  }
  return numbers;
}

/** The elements of `out`, which has to have `length` of them, of the type that is computed in. */
export function readOut(value: unknown, type: FloatType, length: number): FloatArray {
  const view = tagOf(value) === undefined && isWasmArray(value) ? value.view : value;
  if (tagOf(view) !== type.name) {
    throw typeError("ERR_OUT", `out: expected a ${type.name} or a WasmArray of one, got ${show(value)}`);
  }
  checkAttached("out", view as FloatArray);
  if (lengthOf(view as FloatArray) !== length) {
    throw rangeError("ERR_OUT", `out: expected length ${length}, got ${lengthOf(view as FloatArray)}`);
  }
  return view as FloatArray;
}

/**
 * The input as it may be read while `out` is written: itself, or a copy where they overlap in part. Linear memory is
 * not copied behind anyone's back: ERR_OVERLAP.
 */
export function readableBeside(name: string, x: FloatArray, out: FloatArray, memory: LinearMemory): FloatArray {
  if (!overlapInPart(x, out)) return x;
  if (bufferOf(x) === memory.buffer) {
    throw rangeError("ERR_OVERLAP", `out: expected ${name} itself or memory apart from it, got a part of it`);
  }
  const copy = newFloats(name, typeOf(x), lengthOf(x));
  copy.set(x);
  return copy;
}
