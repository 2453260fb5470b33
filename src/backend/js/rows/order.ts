// The order of a row's classes from the largest on: assembly/order.ts in plain TypeScript.

import type { FloatArray } from "../../../floatType.js";

/** Less than 0 where class a comes before class b: larger first, NaN before all, of equals the lower. */
export function compareClasses(heap: FloatArray, x: number, a: number, b: number): number {
  const u = heap[x + a];
  const v = heap[x + b];
  if (u > v) return -1;
  if (u < v) return 1;
  const isNaN = u !== u;
  if (isNaN === (v !== v)) return a - b;
  return isNaN ? -1 : 1;
}

/** The k first classes in order, but of those with −∞ none. */
export function largestOf(heap: FloatArray, x: number, cols: number, k: number): number[] {
  const room = Math.min(cols, 2 * k + 64);
  const list: number[] = [];
  const compare = (a: number, b: number) => compareClasses(heap, x, a, b);
  let threshold = -Infinity;
  for (let c = 0; c < cols; c++) {
    if (heap[x + c] <= threshold) continue;
    if (list.length === room) {
      list.sort(compare).length = k;
      threshold = heap[x + list[k - 1]];
      // k are NaN already, and those that follow come after them.
      if (threshold !== threshold) break;
      if (heap[x + c] <= threshold) continue;
    }
    list.push(c);
  }
  list.sort(compare);
  if (list.length > k) list.length = k;
  return list;
}
