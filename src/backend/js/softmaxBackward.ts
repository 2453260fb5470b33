import { COLS, LOSS_SCALE, OPERAND, OUT, STRIDE, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap, number } from "./call.js";
import { multiplyLinear } from "./rows/elementwise.js";
import { eachPosition } from "./rows/positions.js";
import { dot } from "./rows/reductions.js";

export function softmaxBackward(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const y = elementOf(memory, type, call, X);
  const dy = elementOf(memory, type, call, OPERAND);
  const out = elementOf(memory, type, call, OUT);
  const given = number(memory, call, LOSS_SCALE);
  const scale = type.key === "f32" ? Math.min(given, 2 ** 700) : given;
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (_, first) => {
    const i = y + first;
    const d = dy + first;
    const t = -scale * dot(type, cols, heap, i, stride, heap, d, stride);
    for (let c = 0; c < cols * stride; c += stride) {
      heap[out + first + c] = multiplyLinear(heap[i + c], heap[d + c], scale, t);
    }
  });
}
