/** The largest element; −∞ for a row of nothing but −∞ and NaN. */
export function maxOf(heap: Float32Array, x: number, cols: number): number {
  let max = -Infinity;
  for (let i = x; i < x + cols; i++) if (heap[i] > max) max = heap[i];
  return max;
}

/** Whether a row without a finite maximum holds a NaN. */
export function hasNaN(heap: Float32Array, x: number, cols: number): boolean {
  for (let i = x; i < x + cols; i++) if (heap[i] !== heap[i]) return true;
  return false;
}
