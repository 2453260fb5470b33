import { COLS, OPERAND, OUT, SCRATCH, STRIDE, TEMPERATURE, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { canonical, scale } from "./rows/elementwise.js";
import { exponentOf, storeExponentials } from "./rows/exponentials.js";
import { argmaxOf, hasNaN, maxAt } from "./rows/max.js";
import { eachPosition, exponentialsAt, gather } from "./rows/positions.js";
import { sumOf } from "./rows/reductions.js";

/** From this |max y| on, e^max is 0 or overflows. */
const FAR_FROM = { f32: 208, f64: 745 } as const;

export function logSoftmaxBackward(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const y = elementOf(memory, type, call, X);
  const dy = elementOf(memory, type, call, OPERAND);
  const out = elementOf(memory, type, call, OUT);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const temperature = number(memory, call, TEMPERATURE);
  const inverse = 1 / Math.max(temperature, 2 ** -1000);
  const isF32 = type.key === "f32";
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (_, first) => {
    const i = gather(heap, y + first, cols, stride, scratch);
    const d = dy + first;
    const max = maxAt(heap, i, argmaxOf(heap, i, cols));
    let factor = 0;
    if (Math.abs(max) < FAR_FROM[type.key]) {
      storeExponentials(heap, i, exponentials, cols, max, null);
      const k = exponentOf(type, max);
      const sum = sumOf(16 / type.bytes, cols, heap, d, stride);
      factor = unscaled(sum, k, isF32);
      // A subnormal factor has lost digits: then 2^-64 is multiplied into the exponentials.
      if (!isF32 && Math.abs(factor) < 2 ** -1022 && sum !== 0) {
        scale(heap, exponentials, cols, 2 ** -64);
        factor = unscaled(sum, k + 64, isF32);
      }
    } else {
      heap.fill(max < 0 && !hasNaN(heap, i, cols) ? 0 : NaN, exponentials, exponentials + cols);
    }
    for (let c = 0; c < cols; c++) {
      const difference = heap[d + c * stride] - heap[exponentials + c] * factor;
      heap[out + first + c * stride] = canonical(isF32 ? difference * inverse : difference / temperature);
    }
  });
}

/** sum·2^(k − 64), in f64 in two steps: it is beyond the exponents of one factor. */
function unscaled(sum: number, k: number, isF32: boolean): number {
  const half = isF32 ? 0 : Math.floor((k - 64) / 2);
  return sum * 2 ** half * 2 ** (k - 64 - half);
}
