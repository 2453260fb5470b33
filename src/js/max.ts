import type { FloatArray } from "../floatType.js";

/** The column of the largest element, the first of equals; −1 in a row of nothing but −∞ and NaN. */
export function argmaxOf(heap: FloatArray, x: number, cols: number): number {
  let max = -Infinity;
  let at = -1;
  for (let c = 0; c < cols; c++) {
    const value = heap[x + c];
    if (value > max) {
      max = value;
      at = c;
    }
  }
  return at;
}

/** The element there; −∞ where argmaxOf found none. */
export function maxAt(heap: FloatArray, x: number, at: number): number {
  return at < 0 ? -Infinity : heap[x + at];
}

/** Whether a row without a finite maximum holds a NaN. */
export function hasNaN(heap: FloatArray, x: number, cols: number): boolean {
  for (let i = x; i < x + cols; i++) if (heap[i] !== heap[i]) return true;
  return false;
}
