// The kernels in plain TypeScript: the fallback where WebAssembly or SIMD cannot be had, and the readable account of
// what assembly/ does, operation by operation and bit by bit. Contracts: the function of the same name there. `top` is the
// term of the maximum, which the kernels there work out anew.

import { F32, F64, type FloatType } from "../floatType.js";
import type { Kernels, KernelsOfTypes } from "../kernels.js";
import { divide, scale, scaleTerms, subtract } from "./elementwise.js";
import { argmaxOf, hasNaN } from "./max.js";
import { expStore, logSum, restOf } from "./terms.js";

/** The heap that the kernels work on: addresses are byte offsets into its buffer. */
export interface Heap {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
}

export function jsKernels(memory: Heap): KernelsOfTypes {
  return { f32: kernelsOf(memory, F32), f64: kernelsOf(memory, F64) };
}

function kernelsOf(memory: Heap, type: FloatType): Kernels {
  const { key, bytes, round } = type;
  return {
    softmax(x, out, rows, cols) {
      const heap = memory[key];
      for (let r = 0, i = x / bytes, o = out / bytes; r < rows; r++, i += cols, o += cols) {
        const at = argmaxOf(heap, i, cols);
        const max = at < 0 ? -Infinity : heap[i + at];
        const sum = Number.isFinite(max) ? expStore(heap, i, o, cols, max) : NaN;
        if (sum === sum) scale(heap, o, cols, round(1 / sum));
        else heap.fill(NaN, o, o + cols);
      }
    },

    logSoftmax(x, out, scratch, rows, cols) {
      const heap = memory[key];
      const s = scratch / bytes;
      for (let r = 0, i = x / bytes, o = out / bytes; r < rows; r++, i += cols, o += cols) {
        const at = argmaxOf(heap, i, cols);
        const max = at < 0 ? -Infinity : heap[i + at];
        const sum = Number.isFinite(max) ? expStore(heap, i, s, cols, max) : NaN;
        if (sum === sum) {
          const top = heap[s + at];
          subtract(heap, i, o, cols, max, round(logSum(restOf(heap, s, cols, sum, top), top)));
        } else {
          heap.fill(NaN, o, o + cols);
        }
      }
    },

    logSumExp(x, out, scratch, rows, cols) {
      const heap = memory[key];
      const s = scratch / bytes;
      for (let r = 0, i = x / bytes, o = out / bytes; r < rows; r++, i += cols, o++) {
        const at = argmaxOf(heap, i, cols);
        const max = at < 0 ? -Infinity : heap[i + at];
        let value = max;
        if (Number.isFinite(max)) {
          const sum = expStore(heap, i, s, cols, max);
          const top = heap[s + at];
          value = sum === sum ? max + logSum(restOf(heap, s, cols, sum, top), top) : NaN;
        } else if (hasNaN(heap, i, cols)) {
          value = NaN;
        }
        heap[o] = value;
      }
    },

    crossEntropy(x, labels, losses, scratch, rows, cols) {
      const heap = memory[key];
      const s = scratch / bytes;
      for (let r = 0, i = x / bytes; r < rows; r++, i += cols) {
        const label = memory.i32[(labels >>> 2) + r];
        let loss = 0;
        if (label >= 0) {
          loss = NaN;
          const at = argmaxOf(heap, i, cols);
          const max = at < 0 ? -Infinity : heap[i + at];
          if (Number.isFinite(max)) {
            const labelled = heap[i + label];
            const sum = expStore(heap, i, s, cols, max);
            const top = heap[s + at];
            if (sum === sum) loss = max - labelled + logSum(restOf(heap, s, cols, sum, top), top);
          }
        }
        heap[losses / bytes + r] = loss;
      }
    },

    crossEntropyGrad(x, labels, losses, grad, factor, rows, cols) {
      const heap = memory[key];
      for (let r = 0, i = x / bytes, g = grad / bytes; r < rows; r++, i += cols, g += cols) {
        const label = memory.i32[(labels >>> 2) + r];
        const loss = losses / bytes + r;
        if (label < 0) {
          heap.fill(0, g, g + cols);
          heap[loss] = 0;
          continue;
        }
        const at = argmaxOf(heap, i, cols);
        const max = at < 0 ? -Infinity : heap[i + at];
        const labelled = heap[i + label];
        const sum = Number.isFinite(max) ? expStore(heap, i, g, cols, max) : NaN;
        if (sum === sum) {
          const top = heap[g + at];
          const rest = restOf(heap, g, cols, sum, top);
          const term = heap[g + label];
          scaleTerms(type, heap, g, cols, factor / sum);
          const others = term === top ? rest : sum - term;
          heap[g + label] = 0 - factor * (others / sum);
          heap[loss] = max - labelled + logSum(rest, top);
        } else {
          heap.fill(NaN, g, g + cols);
          heap[loss] = NaN;
        }
      }
    },

    divide(x, out, count, divisor) {
      divide(memory[key], x / bytes, out / bytes, count, divisor);
    },
  };
}
