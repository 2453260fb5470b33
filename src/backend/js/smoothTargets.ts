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
import { twoProductError, twoSumError } from "./rows/errorFree.js";
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
      const probability = q === 0 ? 0 : heap[q / type.bytes + at];
      const weight = weights === 0 ? 1 : memory.f64[weights / 8 + c];
      const own = confidence * probability;
      const mixed = own + uniform;
      let target = weight * mixed;
      if (type.key === "f64") {
        const error = twoProductError(confidence, probability) + twoSumError(own, uniform);
        target += weight * error + twoProductError(weight, mixed);
      }
      memory.f64[smoothed / 8 + at] = target;
    }
  });
}
