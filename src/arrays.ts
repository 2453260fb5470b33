// The arrays of a call: which kinds are taken, and when one may be the other.

import { type ErrorCode, rangeError, show, typeError } from "./errors.js";
import { F64, type Float16, type FloatArray, type FloatType, floatTypeOf, typeOf } from "./floatType.js";
import { type LinearMemory, newFloats } from "./memory.js";
import { bufferOf, isAttached, lengthOf, overlapInPart, tagOf } from "./typedArray.js";
import { isWasmArray, type WasmArray } from "./wasmArray.js";

/** Elements in ordinary memory or in the instance's. */
export type Floats<Elements extends FloatArray = FloatArray> = Elements | WasmArray<Elements>;

/**
 * What is taken as logits. Numbers of plain arrays are doubles, and computed as such: Float64Array. A Float16Array is
 * computed in f32, and its results are rounded once.
 */
export type Logits = Floats | Float16 | readonly number[];

/** Where a result can go. */
export type Out = Floats | Float16;

/** The array that a function makes for logits of a kind. */
export type ResultOf<X> =
  X extends Floats<Float32Array> ? Float32Array : [Float16] extends [never] ? Float64Array : Float16Result<X>;

type Float16Result<X> = X extends Float16 ? Float16 : Float64Array;

/**
 * Refuses an array that looks empty because it has lost its memory; or that has no longer the length it had before code of
 * the caller ran: elements of a plain array may be getters.
 */
export function checkAttached(name: string, view: ArrayBufferView, length = lengthOf(view)): void {
  if (!isAttached(view) || lengthOf(view) !== length) {
    throw typeError("ERR_DETACHED", `${name}: expected an array with its memory, got one whose buffer is detached`);
  }
}

/** The elements of an input; those of a plain array in a copy. */
export function readFloats(name: string, value: unknown): FloatArray {
  if (Array.isArray(value)) return readNumbers(name, value, "ERR_DTYPE");
  const view = viewOf(value);
  if (floatTypeOf(view) === undefined) throw wrongKind(name, value);
  checkAttached(name, view as FloatArray);
  return view as FloatArray;
}

/** What a WasmArray holds; every other value is itself. */
export function viewOf(value: unknown): unknown {
  return !ArrayBuffer.isView(value) && isWasmArray(value) ? value.view : value;
}

function wrongKind(name: string, value: unknown): Error {
  const expected =
    "a Float32Array, a Float64Array, a Float16Array (where the engine has it), a WasmArray or an array of numbers";
  return typeError("ERR_DTYPE", `${name}: expected ${expected}, got ${show(value)}`);
}

/** The elements of an array that goes with another: of its type and length. */
export function readLike(name: string, value: unknown, x: FloatArray): FloatArray {
  const length = lengthOf(x);
  const array = readFloats(name, value);
  const type = typeOf(x);
  if (typeOf(array) !== type) {
    throw typeError("ERR_DTYPE", `${name}: expected a ${type.name}, got ${show(value)}`);
  }
  if (lengthOf(array) !== length) {
    throw rangeError("ERR_SHAPE", `${name}: expected length ${length}, got ${lengthOf(array)}`);
  }
  return array;
}

/** A copy of a plain array, of which each element is a number. */
export function readNumbers(name: string, value: readonly unknown[], code: ErrorCode): Float64Array {
  const { length } = value;
  const numbers = newFloats(name, F64, length) as Float64Array;
  for (let i = 0; i < length; i++) {
    const number = value[i];
    if (typeof number !== "number") {
      throw typeError(code, `${name}[${i}]: expected a number, got ${show(number)}`);
    }
    numbers[i] = number;
  }
  return numbers;
}

/** The elements of `out`, which has to have `length` of them, of the type that is computed in. */
export function readOut(value: unknown, type: FloatType, length: number): FloatArray {
  const view = viewOf(value);
  if (tagOf(view) !== type.name) {
    const isHalf = type.key === "f16";
    const orResident = isHalf ? /* v8 ignore next -- @preserve: `npm run test:relaxed` */ "" : " or a WasmArray of one";
    throw typeError("ERR_OUT", `out: expected a ${type.name}${orResident}, got ${show(value)}`);
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
