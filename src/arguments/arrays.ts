// The arrays of a call: which kinds are taken, and when one may be the other.

import { type ErrorCode, rangeError, show, typeError } from "../errors.js";
import { F64, type Float16, type FloatArray, type FloatType, floatTypeNamed, newFloats } from "../floatType.js";
import { type Memory, newOutput, type Output, outputIn, overlapInPart, type Placed, placed } from "../memory/placed.js";
import { isAttached, lengthOf, tagOf } from "../typedArray.js";
import { isWasmArray, type WasmArray } from "../memory/wasmArray.js";

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

/** The elements of an input, and where they are; those of a plain array in a copy. */
export function readFloats(memory: Memory, name: string, value: unknown): Placed {
  const view = viewOf(value) as FloatArray;
  const type = floatTypeNamed(tagOf(view));
  if (type === undefined) {
    if (Array.isArray(value)) return newOutput(F64, value.length, readNumbers(name, value, "ERR_DTYPE"));
    throw wrongKind(name, value);
  }
  const length = lengthOf(view);
  if (length === 0) checkAttached(name, view);
  return placed(memory, type, length, view);
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
export function readLike(memory: Memory, name: string, value: unknown, { type, length }: Placed): Placed {
  const read = readFloats(memory, name, value);
  if (read.type !== type) {
    throw typeError("ERR_DTYPE", `${name}: expected a ${type.name}, got ${show(value)}`);
  }
  if (read.length !== length) throw rangeError("ERR_SHAPE", `${name}: expected length ${length}, got ${read.length}`);
  return read;
}

/** A copy of a plain array whose elements are all numbers. */
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

/** Where a result of `length` elements goes: to `out`, whose type must be that of the logits, or to a new array. */
export function readOutput(memory: Memory, given: unknown, type: FloatType, length: number): Output {
  if (given === undefined) return newOutput(type, length, newFloats("result", type, length));
  const view = viewOf(given) as FloatArray;
  if (tagOf(view) !== type.name) {
    const isHalf = type.key === "f16";
    const orResident = isHalf ? /* v8 ignore next -- @preserve: `npm run test:relaxed` */ "" : " or a WasmArray of one";
    throw typeError("ERR_OUT", `out: expected a ${type.name}${orResident}, got ${show(given)}`);
  }
  const count = lengthOf(view);
  if (count === 0) checkAttached("out", view);
  if (count !== length) throw rangeError("ERR_OUT", `out: expected length ${length}, got ${count}`);
  return outputIn(memory, type, length, view, given);
}

/**
 * An input as it may be read while the output is written: itself, or a copy where they overlap in part. Linear memory is
 * not copied behind anyone's back: ERR_OVERLAP.
 */
export function readableWhileWriting(name: string, x: Placed, output: Output): Placed {
  if (!overlapInPart(x, output)) return x;
  if (x.address >= 0) {
    throw rangeError("ERR_OVERLAP", `out: expected ${name} itself or memory apart from it, got a part of it`);
  }
  const copy = newFloats(name, x.type, x.length);
  copy.set(x.array);
  return newOutput(x.type, x.length, copy);
}
