// The arrays of a call: which kinds are taken, and when one may be the other.

import { type ErrorCode, rangeError, show, typeError } from "../errors.js";
import { F64, type Float16, type FloatArray, type FloatType, floatTypeNamed, newFloats } from "../floatType.js";
import type { NewFloat16Array, NewFloat32Array, NewFloat64Array } from "../floatType.js";
import { type Form, isRows, type RowsForm } from "../form.js";
import { callDoubles, callFloats } from "../memory/callArrays.js";
import type { Memory } from "../memory/linearMemory.js";
import {
  isOneMemory,
  newOutput,
  NOT_YET,
  type Output,
  outputIn,
  overlap,
  overlapInPart,
  ownArray,
  type Placed,
  placed,
} from "../memory/placed.js";
import { borrow, Borrowed, ownView, type WasmArray } from "../memory/wasmArray.js";
import { isAttached, lengthOf, tagOf } from "../typedArray.js";
import { showOrLead } from "./elsewhere.js";

/** Elements in ordinary memory or in the instance's. */
export type Floats<Elements extends FloatArray = FloatArray> = Elements | WasmArray<Elements>;

/** Rows of one length: their number and their length are the shape. */
export type Rows = readonly (readonly number[])[];

/**
 * What is taken as logits. Numbers of plain arrays are doubles, and computed as such, in f64. A Float16Array is computed in
 * f32, and its results are rounded once.
 */
export type Logits = Floats | Float16 | readonly number[] | Rows;

/** Where a result can go. */
export type Out = Floats | Float16;

/** What a function makes for logits of a kind, as long as they are: the same kind, of ordinary memory. */
export type ResultOf<X> = X extends readonly number[] ? number[] : X extends Rows ? number[][] : ArrayOf<X>;

/** One value per position, for logits of a kind. */
export type ValuesOf<X> = X extends readonly unknown[] ? number[] : ArrayOf<X>;

type ArrayOf<X> =
  X extends Floats<Float32Array>
    ? NewFloat32Array
    : [Float16] extends [never]
      ? NewFloat64Array
      : X extends Float16
        ? NewFloat16Array
        : NewFloat64Array;

/** The array that a result is in: `out`, or a new one for logits of a kind. */
export type Written<X, O> = O extends Out ? O : ResultOf<X>;

/**
 * Refuses an array that looks empty because it has lost its memory; or that has no longer the length it had before code of
 * the caller ran: elements of a plain array may be getters.
 */
export function checkAttached(name: string, view: ArrayBufferView, length = lengthOf(view)): void {
  if (!isAttached(view) || lengthOf(view) !== length) {
    throw typeError("ERR_DETACHED", `${name}: expected an array with its memory, got one whose buffer is detached`);
  }
}

/** The elements of an input, and where they are; those of plain arrays in a copy. */
export function readFloats(memory: Memory, name: string, value: unknown): Placed {
  if (Array.isArray(value)) return readPlain(name, value);
  const view = viewOf(value) as FloatArray;
  const type = floatTypeNamed(tagOf(view));
  if (type === undefined) throw wrongKind(name, value);
  const length = lengthOf(view);
  if (length === 0) checkAttached(name, view);
  return placed(memory, type, length, view);
}

/** What a WasmArray holds; every other value is itself. One that is borrowed may run code of the caller. */
export function viewOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value) || typeof value !== "object" || value === null) return value;
  return ownView(value) ?? (Array.isArray(value) ? value : (borrow(value)?.view ?? value));
}

/** A copy of an array of numbers, or of rows of numbers. */
function readPlain(name: string, value: readonly unknown[]): Placed {
  const { form, length } = sizeOfPlain(value);
  const numbers = callDoubles(name, length);
  writePlain(name, numbers, 0, value, form, length);
  return ownArray(F64, numbers, form);
}

/** The form of a plain array, which is one of rows where its first element is an array, and how many numbers it has. */
export function sizeOfPlain(value: readonly unknown[]): { form: "numbers" | RowsForm; length: number } {
  const count = value.length;
  const first = value[0];
  if (!Array.isArray(first)) return { form: "numbers", length: count };
  const { length } = first;
  return { form: { count, length }, length: count * length };
}

/** Copies the numbers of a plain array to numbers[at …], rows one after the other. Elements may be code of the caller. */
export function writePlain(
  name: string,
  numbers: Float64Array,
  at: number,
  value: readonly unknown[],
  form: "numbers" | RowsForm,
  length: number,
): void {
  if (isRows(form)) writeRows(name, numbers, at, value, form);
  else writeAll(name, numbers, at, value, length, "ERR_DTYPE");
}

function writeRows(
  name: string,
  numbers: Float64Array,
  at: number,
  rows: readonly unknown[],
  { count, length }: RowsForm,
): void {
  for (let r = 0; r < count; r++) {
    const row = rows[r];
    if (!Array.isArray(row)) {
      throw typeError("ERR_DTYPE", `${name}[${r}]: expected a row of numbers, like ${name}[0], got ${show(row)}`);
    }
    if (row.length !== length) {
      throw rangeError("ERR_SHAPE", `${name}[${r}]: expected length ${length}, like ${name}[0], got ${row.length}`);
    }
    const wrong = writeNumbers(numbers, at + r * length, row, length);
    if (wrong >= 0) throw noNumber(`${name}[${r}][${wrong}]`, row[wrong], "ERR_DTYPE");
  }
}

function wrongKind(name: string, value: unknown): Error {
  const expected =
    "a Float32Array, a Float64Array, a Float16Array (where the engine has it), a WasmArray, an array of numbers or of rows of them";
  return typeError("ERR_DTYPE", `${name}: expected ${expected}, got ${showOrLead(value)}${conversionOf(name, value)}`);
}

/** What makes logits of a value that holds some, as the end of a message. */
function conversionOf(name: string, value: unknown): string {
  const tag = tagOf(value);
  if (tag !== undefined) return `; Float32Array.from(${name}${tag.startsWith("Big") ? ", Number" : ""}) converts it`;
  if (typeof value !== "object" || value === null) return "";
  const fields = value as { readonly then?: unknown; readonly length?: unknown; readonly [Symbol.iterator]?: unknown };
  if (typeof fields.then === "function") return "; await it first";
  const isListed = typeof fields[Symbol.iterator] === "function" || typeof fields.length === "number";
  return isListed ? `; Array.from(${name}) makes an array of it` : "";
}

/** What makes a typed array of an argument that is a plain one, as a message says it. */
export const typedFrom = (type: FloatType, name: string, form: Form): string =>
  `${type.name}.from(${isRows(form) ? `${name}.flat()` : name})`;

/** The elements of an array that goes with another: of its type and length. */
export function readLike(memory: Memory, name: string, value: unknown, { type, length }: Placed): Placed {
  const read = readFloats(memory, name, value);
  if (read.type !== type) {
    const conversion = read.form === null ? "" : `; ${typedFrom(type, name, read.form)} rounds it`;
    throw typeError("ERR_DTYPE", `${name}: expected a ${type.name}, got ${show(value)}${conversion}`);
  }
  if (read.length !== length) throw rangeError("ERR_SHAPE", `${name}: expected length ${length}, got ${read.length}`);
  return read;
}

/** A copy of a plain array whose elements are all numbers. */
export function readNumbers(name: string, value: readonly unknown[], code: ErrorCode): Float64Array {
  const { length } = value;
  const numbers = callDoubles(name, length);
  writeAll(name, numbers, 0, value, length, code);
  return numbers;
}

/** Copies `length` elements to numbers[at …]; refuses one that is no number. */
function writeAll(
  name: string,
  numbers: Float64Array,
  at: number,
  values: readonly unknown[],
  length: number,
  code: ErrorCode,
): void {
  const wrong = writeNumbers(numbers, at, values, length);
  if (wrong >= 0) throw noNumber(`${name}[${wrong}]`, values[wrong], code);
}

/**
 * Copies `length` elements to numbers[at …] while they are numbers. Gives the index of one that is not; −1 where all are.
 * Elements may be code of the caller.
 */
function writeNumbers(numbers: FloatArray, at: number, values: readonly unknown[], length: number): number {
  for (let i = 0; i < length; i++) {
    const number = values[i];
    if (typeof number !== "number") return i;
    numbers[at + i] = number;
  }
  return -1;
}

function noNumber(name: string, value: unknown, code: ErrorCode): Error {
  const isDeep = code === "ERR_DTYPE" && (Array.isArray(value) || ArrayBuffer.isView(value));
  const elsewhere = ArrayBuffer.isView(value) ? ", or to softmax-wasm/interop" : "";
  const flat = isDeep ? `; give what is no array of rows flat, with shape${elsewhere}` : "";
  return typeError(code, `${name}: expected a number, got ${show(value)}${flat}`);
}

/**
 * The output for a result of `length` elements: `out`, as readOptions has read it, which must have the type of the
 * logits; or a new array, which the caller gets in `form`. `isMade`: execution makes that array, from linear memory.
 */
export function readOutput(
  memory: Memory,
  out: unknown,
  type: FloatType,
  length: number,
  form: Form | null,
  isMade: boolean,
  name = "out",
): Output {
  if (out === undefined) {
    return newOutput(type, length, isMade && form !== null ? NOT_YET : newFloats("result", type, length), form);
  }
  const view = viewOf(out) as FloatArray;
  if (tagOf(view) !== type.name) {
    if (out instanceof Borrowed)
      return { ...readOutput(memory, out.view, type, length, form, isMade, name), given: out.given };
    const isHalf = type.key === "f16";
    const orResident = isHalf ? /* v8 ignore next -- @preserve: `npm run test:relaxed` */ "" : " or a WasmArray of one";
    throw typeError("ERR_OUT", `${name}: expected a ${type.name}${orResident}, got ${show(out)}`);
  }
  const count = lengthOf(view);
  if (count === 0) checkAttached(name, view);
  if (count !== length) throw rangeError("ERR_OUT", `${name}: expected length ${length}, got ${count}`);
  return outputIn(memory, type, length, view, out);
}

/**
 * An input that can be read while the output is written: the input itself, or a copy if the two overlap in part. Linear
 * memory is never copied silently: there, an overlap is ERR_OVERLAP. Two SharedArrayBuffers may be one memory or two;
 * nothing tells which, so such an input is copied.
 */
export function readableWhileWriting(name: string, x: Placed, output: Output): Placed {
  if (!overlapInPart(x, output)) return x;
  if (x.address >= 0 && isOneMemory(x, output)) {
    throw rangeError("ERR_OVERLAP", `out: expected ${name} itself or memory apart from it, got a part of it`);
  }
  return copyOf(name, x);
}

/** An input that the output must be apart from: itself, or a copy where nothing says whether the two are one memory. */
export function apartFrom(output: Output, outputName: string, x: Placed, name: string): Placed {
  if (!overlap(x, output)) return x;
  if (isOneMemory(x, output)) throw overlapError(outputName, name);
  return copyOf(name, x);
}

/** What has memory in common with what it must be apart from. */
export const overlapError = (outputName: string, name: string): Error =>
  rangeError("ERR_OVERLAP", `${outputName}: expected memory apart from ${name}, got a part of it`);

function copyOf(name: string, { type, length, array, form }: Placed): Placed {
  const copy = callFloats(name, type, length);
  copy.set(array);
  return ownArray(type, copy, form);
}
