import { OUT, SCRATCH, STRIDE, TEMPERATURE, X } from "../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { scale } from "./rows/elementwise.js";
import { quotientError } from "./rows/errorFree.js";
import { storeExponentials, totalError } from "./rows/exponentials.js";
import { argmaxOf, maxAt } from "./rows/max.js";
import { eachPrefix, gather, scatter } from "./rows/positions.js";
import { type Temperature, temperatureOf } from "./rows/temperature.js";

export function softmax(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const stride = count(memory, call, STRIDE);
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  eachPrefix(memory, call, (_, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const o = stride === 1 ? out + first : i;
    softmaxOfRow(heap, type, i, o, cols, temperature);
    scatter(heap, o, out + first, cols, stride);
  });
}

/** Stores the probabilities of adjacent classes at i. */
export function softmaxOfRow(
  heap: FloatArray,
  type: KernelType,
  i: number,
  o: number,
  cols: number,
  temperature: Temperature | null,
): void {
  const at = argmaxOf(heap, i, cols);
  const max = maxAt(heap, i, at);
  const total = Number.isFinite(max) ? storeExponentials(heap, i, o, cols, max, temperature) : NaN;
  const maxTerm = heap[o + at];
  if (total !== total) {
    heap.fill(NaN, o, o + cols);
  } else if (total > maxTerm && type.round(total) === total && areEqual(heap, o, cols, total, maxTerm)) {
    // A power of two of equal exponentials: 1/n, not a product with a rounded reciprocal.
    for (let c = o; c < o + cols; c++) heap[c] /= maxTerm;
    scale(heap, o, cols, maxTerm / total);
  } else {
    scale(heap, o, cols, type.round(reciprocal(type, total)));
    // Where one exponential is the whole sum its probability is 1.
    if (total === maxTerm) heap[o + at] = 1;
  }
}

/** Whether a power of two of the exponentials are the term of the maximum, and all others 0. */
function areEqual(heap: FloatArray, out: number, cols: number, total: number, maxTerm: number): boolean {
  let ratio = total / maxTerm;
  while (ratio > 1) ratio /= 2;
  if (ratio !== 1) return false;
  for (let c = out; c < out + cols; c++) if (heap[c] !== 0 && heap[c] !== maxTerm) return false;
  return true;
}

/** 1/total; in f64 with the error of both. */
function reciprocal(type: KernelType, total: number): number {
  const quotient = 1 / total;
  return type.key === "f32" ? quotient : quotient + quotientError(1, 0, quotient, total, totalError);
}
