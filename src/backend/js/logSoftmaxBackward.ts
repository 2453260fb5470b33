import { COLS, LOSS_SCALE, OPERAND, OUT, SCRATCH, STRIDE, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { canonical, scaleExponentials } from "./rows/elementwise.js";
import { storeExponentials, unitOf } from "./rows/exponentials.js";
import { argmaxOf, hasNaN, maxAt } from "./rows/max.js";
import { eachPosition, exponentialsAt, gather } from "./rows/positions.js";
import { sumOf } from "./rows/reductions.js";

export function logSoftmaxBackward(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const y = elementOf(memory, type, call, X);
  const dy = elementOf(memory, type, call, OPERAND);
  const out = elementOf(memory, type, call, OUT);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const scale = type.round(number(memory, call, LOSS_SCALE));
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (_, first) => {
    const i = gather(heap, y + first, cols, stride, scratch);
    const d = dy + first;
    const max = maxAt(heap, i, argmaxOf(heap, i, cols));
    const unit = unitOf(type, max);
    if (unit === null) {
      heap.fill(max < 0 && !hasNaN(heap, i, cols) ? 0 : NaN, exponentials, exponentials + cols);
    } else {
      storeExponentials(heap, i, exponentials, cols, max, null);
      const sum = sumOf(16 / type.bytes, cols, heap, d, stride);
      scaleExponentials(type, heap, exponentials, cols, sum * unit, 0, 1, 0);
    }
    for (let c = 0; c < cols; c++) {
      const difference = type.round(heap[d + c * stride] - heap[exponentials + c]);
      heap[out + first + c * stride] = canonical(difference * scale);
    }
  });
}
