import {
  COLS,
  CONFIDENCE,
  PROBABILITIES,
  SMOOTHED_TARGETS,
  STRIDE,
  UNIFORM,
  UNIFORMS,
  WEIGHTS,
} from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, type Heap, number } from "./call.js";
import { eachPosition } from "./rows/positions.js";

export function smoothTargets(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const q = address(memory, call, PROBABILITIES);
  const weights = address(memory, call, WEIGHTS);
  const uniforms = address(memory, call, UNIFORMS);
  const smoothed = address(memory, call, SMOOTHED_TARGETS);
  const confidence = number(memory, call, CONFIDENCE);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  eachPosition(memory, call, (position, first) => {
    const uniform = uniforms === 0 ? number(memory, call, UNIFORM) : memory.f64[uniforms / 8 + position];
    for (let c = 0; c < cols; c++) {
      const at = first + c * stride;
      let target = q === 0 ? uniform : confidence * heap[q / type.bytes + at] + uniform;
      if (weights !== 0) target *= memory.f64[weights / 8 + c];
      memory.f64[smoothed / 8 + at] = target;
    }
  });
}
