import type { FloatArray } from "../../../floatType.js";

/** What `argmaxOf` returns for a row of nothing but −∞ and NaN: less than every class. */
const NO_CLASS = -1;

/** The class of the largest element, the first of equals, or NO_CLASS. */
export function argmaxOf(heap: FloatArray, x: number, cols: number): number {
  let max = -Infinity;
  let at = NO_CLASS;
  for (let c = 0; c < cols; c++) {
    const value = heap[x + c];
    if (value > max) {
      max = value;
      at = c;
    }
  }
  return at;
}

/** The element there; −∞ for NO_CLASS. */
export function maxAt(heap: FloatArray, x: number, at: number): number {
  return at === NO_CLASS ? -Infinity : heap[x + at];
}

/** Whether a row without a finite maximum holds a NaN. */
export function hasNaN(heap: FloatArray, x: number, cols: number): boolean {
  for (let i = x; i < x + cols; i++) if (heap[i] !== heap[i]) return true;
  return false;
}
