// Options that are arrays of numbers: class weights, upstream gradients, masks. All are copied before anything is
// computed, so that nothing can change between the check and the use.

import { checkAttached, readNumbers, viewOf } from "./arrays.js";
import { rangeError, show, typeError } from "../errors.js";
import { type FloatArray, floatTypeOf } from "../floatType.js";
import { lengthOf, tagOf } from "../typedArray.js";

/** A copy in f64 of `length` numbers. */
function copyNumbers(name: string, value: unknown, length: number): Float64Array {
  const view = viewOf(value);
  const isPlain = Array.isArray(view);
  if (!isPlain) {
    if (floatTypeOf(view) === undefined) {
      throw typeError("ERR_OPTION", `${name}: expected an array of numbers, got ${show(value)}`);
    }
    checkAttached(name, view as FloatArray);
  }
  const count = isPlain ? view.length : lengthOf(view as FloatArray);
  if (count !== length) throw rangeError("ERR_SHAPE", `${name}: expected ${length} numbers, got ${count}`);
  return isPlain ? readNumbers(name, view, "ERR_OPTION") : new Float64Array(view as FloatArray);
}

/** w: one a class, finite and ≥ 0; null for weights of 1. */
export function readWeight(value: unknown, cols: number): Float64Array | null {
  if (value === undefined) return null;
  const weight = copyNumbers("weight", value, cols);
  weight.forEach((w, c) => {
    if (!(w >= 0 && w < Infinity)) {
      throw rangeError("ERR_OPTION", `weight[${c}]: expected a finite number ≥ 0, got ${show(w)}`);
    }
  });
  return weight;
}

/** The gradient of what the losses go into, with respect to them: one number, or one a position. */
export function readUpstream(value: unknown, positions: number, isNone: boolean): number | Float64Array {
  if (value === undefined) return 1;
  if (typeof value === "number") return value;
  const upstream = copyNumbers("upstream", value, positions);
  if (!isNone) {
    throw rangeError("ERR_OPTION", `upstream: expected a number, or reduction "none", got ${show(value)}`);
  }
  return upstream;
}

/** A copy of the mask; null where all elements are present. */
export function readMask(value: unknown, length: number): Uint8Array | null {
  if (value === undefined) return null;
  if (tagOf(value) !== "Uint8Array") {
    throw typeError("ERR_OPTION", `mask: expected a Uint8Array, got ${show(value)}`);
  }
  checkAttached("mask", value as Uint8Array);
  const count = lengthOf(value as Uint8Array);
  if (count !== length) {
    throw rangeError("ERR_SHAPE", `mask: expected length ${length}, got ${count}`);
  }
  return new Uint8Array(value as Uint8Array);
}
