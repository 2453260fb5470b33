import { COLS, LOSS_SCALE, OPERAND, OUT, STRIDE, TEMPERATURE, X } from "../../../assembly/abi.js";
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
  const isBeyond = type.key === "f64" && given > 2 ** 500;
  const scale = Math.min(given, type.key === "f32" ? 2 ** 700 : 2 ** 500);
  const rest = 1 / (number(memory, call, TEMPERATURE) * 2 ** 500);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (_, first) => {
    const i = y + first;
    const d = dy + first;
    const t = -scale * dot(type, cols, heap, i, stride, heap, d, stride);
    for (let c = 0; c < cols * stride; c += stride) {
      const value = multiplyLinear(heap[i + c], heap[d + c], scale, t);
      heap[out + first + c] = isBeyond ? multiplyLinear(value, value, 0, rest) : value;
    }
  });
}
