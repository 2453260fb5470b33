// The arrays of a call: which kinds are taken, and when one may be the other.

import { rangeError, show, typeError } from "./errors.js";
import type { LinearMemory } from "./memory.js";
import { bufferOf, isAttached, lengthOf, overlapInPart, tagOf } from "./typedArray.js";
import { isWasmArray, type WasmArray } from "./wasmArray.js";

/** f32 elements, in ordinary memory or in the instance's. */
export type Floats = Float32Array | WasmArray;

/** Refuses an array that looks empty because it has lost its memory. */
export function checkAttached(name: string, view: ArrayBufferView): void {
  if (!isAttached(view)) {
    throw typeError("ERR_DETACHED", `${name}: expected an array with its memory, got one whose buffer is detached`);
  }
}

/** The elements of an input. */
export function readFloats(name: string, value: unknown): Float32Array {
  const view = tagOf(value) === undefined && isWasmArray(value) ? value.view : value;
  if (tagOf(view) !== "Float32Array") {
    throw typeError("ERR_DTYPE", `${name}: expected a Float32Array or a WasmArray, got ${show(value)}`);
  }
  checkAttached(name, view as Float32Array);
  return view as Float32Array;
}

/** The elements of `out`, which has to have `length` of them. */
export function readOut(value: unknown, length: number): Float32Array {
  const view = tagOf(value) === undefined && isWasmArray(value) ? value.view : value;
  if (tagOf(view) !== "Float32Array") {
    throw typeError("ERR_OUT", `out: expected a Float32Array or a WasmArray, got ${show(value)}`);
  }
  checkAttached("out", view as Float32Array);
  if (lengthOf(view as Float32Array) !== length) {
    throw rangeError("ERR_OUT", `out: expected length ${length}, got ${lengthOf(view as Float32Array)}`);
  }
  return view as Float32Array;
}

/**
 * The input as it may be read while `out` is written: itself, or a copy where they overlap in part. Linear memory is
 * not copied behind anyone's back: ERR_OVERLAP.
 */
export function readableBeside(name: string, x: Float32Array, out: Float32Array, memory: LinearMemory): Float32Array {
  if (!overlapInPart(x, out)) return x;
  if (bufferOf(x) === memory.buffer) {
    throw rangeError("ERR_OVERLAP", `out: expected ${name} itself or memory apart from it, got a part of it`);
  }
  return new Float32Array(x);
}
