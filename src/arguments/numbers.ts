// Options that are arrays of numbers: class weights, upstream gradients. All are copied before anything is
// computed, so that nothing can change between the check and the use.

import { checkAttached, readNumbers, viewOf } from "./arrays.js";
import { rangeError, show, typeError } from "../errors.js";
import { type FloatArray, type FloatType, floatTypeOf } from "../floatType.js";
import { callDoubles } from "../memory/callArrays.js";
import { copy } from "../memory/copy.js";
import { lengthOf } from "../typedArray.js";

/** A copy in f64 of `length` numbers; of any number for null. */
export function copyNumbers(name: string, value: unknown, length: number | null): Float64Array {
  const view = numbersOf(name, value, length);
  if (Array.isArray(view)) return readNumbers(name, view, "ERR_OPTION");
  const count = lengthOf(view);
  const numbers = callDoubles(name, count);
  copy(numbers, 0, floatTypeOf(view) as FloatType, view, 0, count);
  return numbers;
}

/** `length` floats or numbers, or any number of them for null. */
function numbersOf(name: string, value: unknown, length: number | null): FloatArray | unknown[] {
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
  return view as FloatArray | unknown[];
}

/** w: one per class, finite and ≥ 0; null for weights of 1. `cols` is null if it is not known yet. */
export function readWeight(value: unknown, cols: number | null): Float64Array | null {
  if (value === undefined) return null;
  const weight = copyNumbers("weight", value, cols);
  checkWeights("weight", weight, 0, weight.length);
  return weight;
}

/** No name of a weight is made unless it is refused: that would take longer than its loss. */
function checkWeights(name: string, weights: Float64Array, at: number, count: number): void {
  for (let c = 0; c < count; c++) if (!isWeight(weights[at + c])) checkWeight(`${name}[${c}]`, weights[at + c]);
}

const isWeight = (weight: number): boolean => weight >= 0 && weight < Infinity;

function checkWeight(name: string, weight: number): void {
  if (isWeight(weight)) return;
  throw rangeError("ERR_OPTION", `${name}: expected a finite number ≥ 0, got ${show(weight)}`);
}

/** Whether weights of a binary loss are one for all classes: a number, or 1 where none is given. */
export const isOneWeight = (value: unknown): value is number | undefined =>
  value === undefined || typeof value === "number";

/** Puts such weights, or one per class, into weights[at …]: finite and ≥ 0, `count` of them for `cols` classes. */
export function putWeights(
  weights: Float64Array,
  at: number,
  count: number,
  name: string,
  value: unknown,
  cols: number,
): void {
  if (isOneWeight(value)) {
    if (value !== undefined) checkWeight(name, value);
    weights.fill(value ?? 1, at, at + count);
    return;
  }
  const given = numbersOf(name, value, cols);
  if (Array.isArray(given)) weights.set(readNumbers(name, given, "ERR_OPTION"), at);
  else copy(weights, at, floatTypeOf(given) as FloatType, given, 0, cols);
  checkWeights(name, weights, at, cols);
}

/** The gradient of what the losses go into, with respect to them: one number, or one per position. */
export function readUpstream(value: unknown, positions: number, isNone: boolean): number | Float64Array {
  if (value === undefined) return 1;
  if (typeof value === "number") return value;
  const upstream = copyNumbers("upstream", value, positions);
  if (!isNone) {
    throw rangeError("ERR_OPTION", `upstream: expected a number, or reduction "none", got ${show(value)}`);
  }
  return upstream;
}
