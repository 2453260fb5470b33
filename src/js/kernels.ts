// The kernels in plain TypeScript: the fallback where WebAssembly or SIMD cannot be had, and the readable account of
// what assembly/ does, operation by operation and bit by bit. Contracts: the function of the same name there.
//
// One position at a time: where its classes are not adjacent it is gathered into scratch, and what comes of it scattered.

import { F32, F64, type FloatArray, type KernelType } from "../floatType.js";
import type { Kernels, KernelsOfTypes } from "../kernels.js";
import { lostInQuotient, lostInSum } from "./exact.js";
import { canonical, multiplyLinear, scale, scaleTerms, subtract } from "./elementwise.js";
import { lossOf, type LossRow, slopeOf, timesShare } from "./loss.js";
import { logLost } from "./log1p.js";
import { argmaxOf, hasNaN, maxAt } from "./max.js";
import { sumLost, sumOfValues } from "./sum.js";
import { expStore, logSum, restOf, totalLost, unitOf } from "./terms.js";

/** The heap that the kernels work on: addresses are byte offsets into its buffer. */
export interface Heap {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
}

export function jsKernels(memory: Heap): KernelsOfTypes {
  return { f32: kernelsOf(memory, F32), f64: kernelsOf(memory, F64) };
}

function kernelsOf(memory: Heap, type: KernelType): Kernels {
  const { key, bytes, round } = type;
  const lanes = 16 / bytes;

  /** Position by position: its number, and the index of its first element in an array laid out like x at 0. */
  function eachPosition(
    rows: number,
    cols: number,
    inner: number,
    stride: number,
    visit: (position: number, first: number) => void,
  ): void {
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < inner; i++) visit(r * inner + i, r * cols * stride + i);
    }
  }

  /** The index of a position's classes side by side: where they are, or gathered at `scratch`. */
  function gather(heap: FloatArray, x: number, cols: number, stride: number, scratch: number): number {
    if (stride === 1) return x;
    for (let c = 0; c < cols; c++) heap[scratch + c] = heap[x + c * stride];
    return scratch;
  }

  function scatter(heap: FloatArray, from: number, out: number, cols: number, stride: number): void {
    if (from === out) return;
    for (let c = 0; c < cols; c++) heap[out + c * stride] = heap[from + c];
  }

  /** Where a row's place for terms is: beside what was gathered. */
  const termsAt = (scratch: number, cols: number, stride: number) => scratch / bytes + (stride === 1 ? 0 : cols);

  function lossRow(
    x: number,
    terms: number,
    first: number,
    position: number,
    cols: number,
    stride: number,
    labels: number,
    weights: number,
    b: number,
    share: number,
    lambda: number,
  ): LossRow {
    const label = memory.i32[labels / 4 + position];
    let hard = 0;
    if (label >= 0) hard = weights === 0 ? share : memory.f64[weights / 8 + label] * share;
    const at = b / 8 + first;
    const spread = b === 0 ? null : (c: number) => memory.f64[at + c * stride];
    return lossOf(memory[key], lanes, x, terms, cols, label, hard, spread, lambda);
  }

  return {
    softmax(x, out, scratch, rows, cols, inner, stride) {
      const heap = memory[key];
      eachPosition(rows, cols, inner, stride, (_, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const o = stride === 1 ? out / bytes + first : i;
        const at = argmaxOf(heap, i, cols);
        const max = maxAt(heap, i, at);
        const sum = Number.isFinite(max) ? expStore(heap, i, o, cols, max) : NaN;
        const top = heap[o + at];
        if (sum === sum) scale(heap, o, cols, round(1 / sum));
        else heap.fill(NaN, o, o + cols);
        // Where a term is the sum its probability is 1, and not the product with a rounded reciprocal.
        if (sum === top) heap[o + at] = 1;
        scatter(heap, o, out / bytes + first, cols, stride);
      });
    },

    logSoftmax(x, out, scratch, rows, cols, inner, stride) {
      const heap = memory[key];
      const s = termsAt(scratch, cols, stride);
      eachPosition(rows, cols, inner, stride, (_, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const o = stride === 1 ? out / bytes + first : i;
        const at = argmaxOf(heap, i, cols);
        const max = maxAt(heap, i, at);
        const sum = Number.isFinite(max) ? expStore(heap, i, s, cols, max) : NaN;
        if (sum === sum) {
          const top = heap[s + at];
          subtract(heap, i, o, cols, max, round(logSum(heap, restOf(heap, s, cols, sum, top), top, max)));
        } else {
          heap.fill(NaN, o, o + cols);
        }
        scatter(heap, o, out / bytes + first, cols, stride);
      });
    },

    logSumExp(x, values, scratch, rows, cols, inner, stride) {
      const heap = memory[key];
      const s = termsAt(scratch, cols, stride);
      eachPosition(rows, cols, inner, stride, (position, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const at = argmaxOf(heap, i, cols);
        const max = maxAt(heap, i, at);
        let value = max;
        if (Number.isFinite(max)) {
          const sum = expStore(heap, i, s, cols, max);
          const top = heap[s + at];
          const log = logSum(heap, restOf(heap, s, cols, sum, top), top, max);
          value = max + log;
          if (key === "f64") value += lostInSum(max, log) + logLost;
          if (sum !== sum) value = NaN;
        } else if (hasNaN(heap, i, cols)) {
          value = NaN;
        }
        heap[values / bytes + position] = value;
      });
    },

    softmaxBackward(y, dy, out, factor, rows, cols, inner, stride) {
      const heap = memory[key];
      eachPosition(rows, cols, inner, stride, (_, first) => {
        const i = y / bytes + first;
        const d = dy / bytes + first;
        const t = -factor * sumOfValues(lanes, cols, (c) => heap[i + c * stride] * heap[d + c * stride]);
        for (let c = 0; c < cols * stride; c += stride) {
          heap[out / bytes + first + c] = multiplyLinear(heap[i + c], heap[d + c], factor, t);
        }
      });
    },

    logSoftmaxBackward(y, dy, out, factor, scratch, rows, cols, inner, stride) {
      const heap = memory[key];
      const s = termsAt(scratch, cols, stride);
      const f = round(factor);
      eachPosition(rows, cols, inner, stride, (_, first) => {
        const i = gather(heap, y / bytes + first, cols, stride, scratch / bytes);
        const d = dy / bytes + first;
        const at = argmaxOf(heap, i, cols);
        const max = maxAt(heap, i, at);
        const unit = unitOf(type, max);
        if (unit === null) {
          heap.fill(max < 0 && !hasNaN(heap, i, cols) ? 0 : NaN, s, s + cols);
        } else {
          expStore(heap, i, s, cols, max);
          scaleTerms(type, heap, s, cols, sumOfValues(lanes, cols, (c) => heap[d + c * stride]) * unit, 0, 1, 0);
        }
        for (let c = 0; c < cols; c++) {
          const o = out / bytes + first + c * stride;
          heap[o] = canonical(round(heap[d + c * stride] - heap[s + c]) * f);
        }
      });
    },

    crossEntropy(x, labels, weights, b, share, lambda, losses, scratch, rows, cols, inner, stride) {
      const heap = memory[key];
      const s = termsAt(scratch, cols, stride);
      eachPosition(rows, cols, inner, stride, (position, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const { loss } = lossRow(i, s, first, position, cols, stride, labels, weights, b, share, lambda);
        heap[losses / bytes + position] = canonical(loss);
      });
    },

    crossEntropyGrad(
      x,
      labels,
      weights,
      b,
      share,
      lambda,
      losses,
      grad,
      factor,
      penalty,
      upstream,
      scratch,
      rows,
      cols,
      inner,
      stride,
    ) {
      const heap = memory[key];
      eachPosition(rows, cols, inner, stride, (position, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const g = stride === 1 ? grad / bytes + first : i;
        const row = lossRow(i, g, first, position, cols, stride, labels, weights, b, share, lambda);
        heap[losses / bytes + position] = canonical(row.loss);
        const u = upstream === 0 ? 1 : memory.f64[upstream / 8 + position];
        const f = factor * u;
        const z = penalty === 0 ? 0 : penalty * u;
        if (row.label === -1) heap.fill(0, g, g + cols);
        else if (row.sum === row.sum) {
          const { label, hard, pull, sum, rest, top, logSumExp } = row;
          const term = label < 0 ? 0 : heap[g + label];
          const [slope, slopeLost] = slopeOf(type, f, z, row);
          scaleTerms(type, heap, g, cols, slope, slopeLost, sum, totalLost);
          if (b !== 0) {
            for (let c = 0; c < cols; c++) heap[g + c] -= round(memory.f64[b / 8 + first + c * stride] * f);
          }
          if (label >= 0) {
            const others = term === top ? rest : sum - term;
            let entry = 0 - timesShare(type, f * hard, others, sum);
            if (b !== 0 || lambda !== 0) entry += timesShare(type, f * pull + z * logSumExp, term, sum);
            if (b !== 0) entry -= f * memory.f64[b / 8 + first + label * stride];
            heap[g + label] = canonical(entry);
          }
          if (!Number.isFinite(round(slope))) for (let c = g; c < g + cols; c++) heap[c] = canonical(heap[c]);
        } else {
          heap.fill(NaN, g, g + cols);
        }
        scatter(heap, g, grad / bytes + first, cols, stride);
      });
    },

    crossEntropyHvp(
      x,
      v,
      labels,
      weights,
      b,
      share,
      lambda,
      losses,
      out,
      factor,
      penalty,
      scratch,
      rows,
      cols,
      inner,
      stride,
    ) {
      const heap = memory[key];
      const s = termsAt(scratch, cols, stride);
      eachPosition(rows, cols, inner, stride, (position, first) => {
        const i = gather(heap, x / bytes + first, cols, stride, scratch / bytes);
        const row = lossRow(i, s, first, position, cols, stride, labels, weights, b, share, lambda);
        heap[losses / bytes + position] = canonical(row.loss);
        const d = v / bytes + first;
        const o = out / bytes + first;
        if (row.label === -1 || row.sum !== row.sum) {
          for (let c = 0; c < cols; c++) heap[o + c * stride] = row.label === -1 ? 0 : NaN;
          return;
        }
        const sum = sumOfValues(lanes, cols, (c) => heap[s + c] * heap[d + c * stride]);
        const [slope, slopeLost] = slopeOf(type, factor, penalty, row);
        let t = sum / row.sum;
        let m = row.sum;
        if (key === "f64") {
          t += lostInQuotient(sum, sumLost, t, row.sum, totalLost);
          m = Math.max(Math.abs(slope), Math.abs(penalty)) || 1;
          const sign = slope / m;
          scaleTerms(type, heap, s, cols, m, Math.abs(sign) === 1 ? sign * slopeLost : 0, row.sum, totalLost);
        }
        const a = slope / m;
        const ahead = ((penalty - slope) / m) * t;
        for (let c = 0; c < cols; c++) {
          heap[o + c * stride] = multiplyLinear(heap[s + c], heap[d + c * stride], a, ahead);
        }
      });
    },

    spreadOver(q, weights, spreads, share, spread, b, rows, cols, inner, stride) {
      const heap = memory[key];
      eachPosition(rows, cols, inner, stride, (position, first) => {
        const each = spreads === 0 ? spread : memory.f64[spreads / 8 + position];
        for (let c = 0; c < cols; c++) {
          const at = first + c * stride;
          let value = q === 0 ? each : share * heap[q / bytes + at] + each;
          if (weights !== 0) value *= memory.f64[weights / 8 + c];
          memory.f64[b / 8 + at] = value;
        }
      });
    },

    divide(x, out, length, divisor) {
      const heap = memory[key];
      for (let i = 0; i < length; i++) heap[out / bytes + i] = heap[x / bytes + i] / divisor;
    },

    add(out, x, length) {
      const heap = memory[key];
      for (let i = 0; i < length; i++) {
        heap[out / bytes + i] = canonical(heap[out / bytes + i] + heap[x / bytes + i]);
      }
    },

    keep(x, mask, out, length, absent) {
      const heap = memory[key];
      for (let i = 0; i < length; i++) {
        heap[out / bytes + i] = memory.u8[mask + i] === 0 ? absent : heap[x / bytes + i];
      }
    },
  };
}
