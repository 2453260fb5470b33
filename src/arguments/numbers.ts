// Options that are arrays of numbers: class weights, upstream gradients. All are copied before anything is
// computed, so that nothing can change between the check and the use.

import { checkAttached, readNumbers, viewOf } from "./arrays.js";
import { rangeError, show, typeError } from "../errors.js";
import { type FloatArray, floatTypeOf } from "../floatType.js";
import { lengthOf } from "../typedArray.js";

/** A copy in f64 of `length` numbers; of any number for null. */
export function copyNumbers(name: string, value: unknown, length: number | null): Float64Array {
  const view = viewOf(value);
  const isPlain = Array.isArray(view);
  if (!isPlain) {
    if (floatTypeOf(view) === undefined) {
      const conversion = ArrayBuffer.isView(view) ? `; Float64Array.from(${name}) converts it` : "";
      throw typeError("ERR_OPTION", `${name}: expected floats or an array of numbers, got ${show(value)}${conversion}`);
    }
    checkAttached(name, view as FloatArray);
  }
  const count = isPlain ? view.length : lengthOf(view as FloatArray);
  if (length !== null && count !== length)
    throw rangeError("ERR_SHAPE", `${name}: expected ${length} numbers, got ${count}`);
  return isPlain ? readNumbers(name, view, "ERR_OPTION") : new Float64Array(view as FloatArray);
}

/** w: one a class, finite and ≥ 0; null for weights of 1. `cols` is null where nobody knows it. */
export function readWeight(value: unknown, cols: number | null): Float64Array | null {
  if (value === undefined) return null;
  const weight = copyNumbers("weight", value, cols);
  weight.forEach((w, c) => checkWeight(`weight[${c}]`, w));
  return weight;
}

function checkWeight(name: string, weight: number): void {
  if (weight >= 0 && weight < Infinity) return;
  throw rangeError("ERR_OPTION", `${name}: expected a finite number ≥ 0, got ${show(weight)}`);
}

/** Weights of a binary loss: one for all classes, or one a class, finite and ≥ 0; 1 where none is given. */
export function readWeights(name: string, value: unknown, cols: number): number | Float64Array {
  if (value === undefined) return 1;
  if (typeof value === "number") {
    checkWeight(name, value);
    return value;
  }
  const weights = copyNumbers(name, value, cols);
  weights.forEach((w, c) => checkWeight(`${name}[${c}]`, w));
  return weights;
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
