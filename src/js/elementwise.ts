// One operation on every element of a row. Stores into a Float32Array round to f32.

/** out_c = out_c·factor. */
export function scale(heap: Float32Array, out: number, cols: number, factor: number): void {
  for (let i = out; i < out + cols; i++) heap[i] *= factor;
}

/** out_c = out_c·factor, for terms, which carry 2^64: in two steps where the factor is too small for a normal f32. */
export function scaleTerms(heap: Float32Array, out: number, cols: number, factor: number): void {
  let rest = factor;
  if (Math.abs(rest) < 2 ** -126) {
    scale(heap, out, cols, 2 ** -64);
    rest *= 2 ** 64;
  }
  scale(heap, out, cols, Math.fround(rest));
}

/** out_c = (x_c − a) − b, rounded twice. */
export function subtract(heap: Float32Array, x: number, out: number, cols: number, a: number, b: number): void {
  for (let i = 0; i < cols; i++) heap[out + i] = Math.fround(heap[x + i] - a) - b;
}

/** out_i = x_i / divisor. */
export function divide(heap: Float32Array, x: number, out: number, count: number, divisor: number): void {
  for (let i = 0; i < count; i++) heap[out + i] = heap[x + i] / divisor;
}
