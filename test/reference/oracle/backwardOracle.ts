// The backward functions of softmax and log-softmax from their definitions, of the y and dy that they are given. Nothing
// is assumed of them: y need not sum to 1, nor dy to 0. The size of an entry is that of the largest term of its sums, or its
// own where terms of one sign add up to more.

import { add, type DD, dd, divide, exp, multiply, scale, subtract, ZERO } from "./doubleDouble.js";
import type { Entry } from "./lossOracle.js";
import { SHIFT } from "./softmaxOracle.js";

/** Products with subnormal numbers are worked times 2^SHIFT. */
const isSmall = (value: number) => Math.abs(value) < 2 ** -800;
const shifted = (value: number): DD => scale(dd(value), isSmall(value) ? SHIFT : 0);
const unshifted = (result: DD, value: number): DD => scale(result, isSmall(value) ? -SHIFT : 0);

/** dx = y ⊙ (dy − ⟨y, dy⟩)/τ for one row. */
export function softmaxBackwardOf(y: ArrayLike<number>, dy: ArrayLike<number>, temperature: number): Entry[] {
  const products = Array.from(y, (value, c) => multiply(dd(value), dd(dy[c])));
  const inner = products.reduce(add, ZERO);
  const largest = Math.max(Math.abs(inner.hi), ...products.map((product) => Math.abs(product.hi)));
  return Array.from(y, (value, c) => {
    const truth = unshifted(divide(multiply(shifted(value), subtract(dd(dy[c]), inner)), dd(temperature)), value);
    const size = (Math.abs(value) * Math.max(Math.abs(dy[c]), largest)) / temperature;
    return { truth, size: Math.max(size, Math.abs(truth.hi)) };
  });
}

/** dx = (dy − exp(y)·Σ dy)/τ for one row. */
export function logSoftmaxBackwardOf(y: ArrayLike<number>, dy: ArrayLike<number>, temperature: number): Entry[] {
  const total = Array.from(dy).reduce((sum, value) => add(sum, dd(value)), ZERO);
  const largest = Math.max(Math.abs(total.hi), ...Array.from(dy, Math.abs));
  return Array.from(dy, (value, c) => {
    // Times 2^SHIFT: a large sum must not meet what has lost its digits to underflow.
    const p = exp(dd(y[c]), SHIFT);
    const product = multiply(p, total);
    const truth = divide(subtract(dd(value), scale(product, -SHIFT)), dd(temperature));
    const size = Math.max(Math.abs(value), p.hi * largest * 2 ** -SHIFT) / temperature;
    return { truth, size: Math.max(size, Math.abs(truth.hi)) };
  });
}
