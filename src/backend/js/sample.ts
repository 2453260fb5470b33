import {
  BINS_BYTES,
  COLS,
  DRAWN,
  INDICES,
  K,
  LENGTHS,
  MIN_P,
  NO_TOKEN,
  RANDOM,
  ROWS,
  SCRATCH,
  SORTED,
  TEMPERATURE,
  TOP_P,
  VALUES,
  X,
} from "../../../assembly/abi.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import { firstLargest } from "./argmax.js";
import { address, count, elementOf, type Heap, lengthOf, number } from "./call.js";
import { logSum, storeExponentials, sumAgain, sumOfOthersOf } from "./rows/exponentials.js";
import { argmaxOf, maxAt } from "./rows/max.js";
import { compareClasses, largestOf } from "./rows/order.js";
import { distanceOver, temperatureOf } from "./rows/temperature.js";
import { rowLength } from "./topK.js";

export function sample(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const values = elementOf(memory, type, call, VALUES);
  const indices = address(memory, call, INDICES) / 4;
  const random = address(memory, call, RANDOM) / 8;
  const rows = count(memory, call, ROWS);
  const cols = count(memory, call, COLS);
  const lengths = address(memory, call, LENGTHS);
  const k = count(memory, call, K);
  const tau = number(memory, call, TEMPERATURE);
  const topP = number(memory, call, TOP_P);
  const minP = number(memory, call, MIN_P);
  const exponentials = elementOf(memory, type, call, SCRATCH) + BINS_BYTES / type.bytes;
  const kept = exponentials + rowLength(type, cols);
  const temperature = temperatureOf(type, tau === 0 ? 1 : tau);
  for (let r = 0; r < rows; r++) {
    let row = x + r * cols;
    memory.i32[indices + r] = NO_TOKEN;
    heap[values + r] = NaN;
    const length = lengthOf(memory, lengths, r, cols);
    if (length === 0) continue;
    if (tau === 0) {
      const best = firstLargest(heap, row, length, 1);
      if (!Number.isFinite(heap[row + best])) continue;
      memory.i32[indices + r] = best;
      heap[values + r] = 0;
      continue;
    }
    let n = length;
    let classes: number[] | null = null;
    if (k > 0 && k < cols) {
      classes = keepLargest(heap, row, length, k, kept, 16 / type.bytes);
      n = classes.length;
      row = kept;
    }
    const at = argmaxOf(heap, row, n);
    const max = maxAt(heap, row, at);
    if (!Number.isFinite(max)) continue;
    let total = storeExponentials(heap, row, exponentials, n, max, temperature);
    if (total !== total) continue;
    const maxTerm = heap[exponentials + at];
    if (topP < 1 || minP > 0) {
      if (topP < 1) keepMass(heap, row, exponentials, n, total, topP);
      if (minP > 0) keepAtLeast(heap, exponentials, n, minP * maxTerm);
      total = sumAgain(heap, exponentials, n);
    }
    const log = logSum(heap, sumOfOthersOf(heap, exponentials, n, total, maxTerm), maxTerm, max, temperature);
    const slot = draw(heap, type, exponentials, n, classes === null ? cols : n, total, memory.f64[random + r]);
    const logit = heap[row + slot];
    memory.i32[indices + r] = classes === null ? slot : classes[slot];
    if (temperature === null) heap[values + r] = type.round(logit - max) - type.round(log);
    else heap[values + r] = distanceOver(temperature, logit, max) - log;
  }
}

/**
 * The k first classes of a row to `out`, in the order of their indices and each in the lane it has in the row. Returns which
 * class each is.
 */
function keepLargest(heap: FloatArray, x: number, cols: number, k: number, out: number, lanes: number): number[] {
  const classes: number[] = [];
  for (const c of largestOf(heap, x, cols, k).sort((a, b) => a - b)) {
    for (; classes.length % lanes !== c % lanes; classes.push(-1)) heap[out + classes.length] = -Infinity;
    heap[out + classes.length] = heap[x + c];
    classes.push(c);
  }
  return classes;
}

/**
 * 0 in place of the exponentials of all but the shortest beginning, in the order of the logits, whose masses add up to topP of
 * the total. assembly/nucleus.ts says why the way to it changes no bit: masses are rounded so that their sums are exact.
 */
function keepMass(heap: FloatArray, x: number, exponentials: number, n: number, total: number, topP: number): void {
  const target = topP * total;
  const rounder = rounderOf(total);
  const mass = (c: number) => heap[exponentials + c] + rounder - rounder;
  const bits = (c: number) => bitsOf(heap, heap[exponentials + c]);
  let sum = 0;
  let list = Array.from({ length: n }, (_, c) => c);
  let low = 0;
  while (list.length > SORTED) {
    low = Infinity;
    let high = 0;
    for (const c of list) {
      low = Math.min(low, bits(c));
      high = Math.max(high, bits(c));
    }
    if (low === high) break;
    const width = Math.ceil((high - low + 1) / BINS);
    const binOf = (c: number) => Math.floor((bits(c) - low) / width);
    const bins = new Float64Array(BINS);
    for (const c of list) bins[binOf(c)] += mass(c);
    let bin = BINS - 1;
    for (; bin >= 0 && sum + bins[bin] < target; bin--) sum += bins[bin];
    // Rounding has lost what is missing.
    if (bin < 0) return;
    list = list.filter((c) => binOf(c) === bin);
    low += bin * width;
  }
  const e = exponentials;
  list.sort((a, b) => heap[e + b] - heap[e + a] || compareClasses(heap, x, a, b));
  let kept = 0;
  while (kept < list.length && sum < target) sum += mass(list[kept++]);
  if (sum < target) return;
  for (let c = 0; c < n; c++) if (bits(c) < low) heap[exponentials + c] = 0;
  for (const c of list.slice(kept)) heap[exponentials + c] = 0;
}

const BINS = 1024;

const view = /* @__PURE__ */ new DataView(new ArrayBuffer(8));

/** The upper 32 bits of a number of the heap's type. */
function bitsOf(heap: FloatArray, e: number): number {
  if (heap instanceof Float32Array) view.setFloat32(0, e);
  else view.setFloat64(0, e);
  return view.getUint32(0);
}

/** Added and subtracted again, it rounds: a power of two, four to eight times the total. */
function rounderOf(total: number): number {
  view.setFloat64(0, total);
  const exponent = view.getUint32(0) >>> 20;
  view.setFloat64(0, 0);
  view.setUint32(0, (exponent + 3) << 20);
  return view.getFloat64(0);
}

/** 0 in place of exponentials below a limit. */
function keepAtLeast(heap: FloatArray, exponentials: number, n: number, limit: number): void {
  for (let i = exponentials; i < exponentials + n; i++) if (heap[i] < limit) heap[i] = 0;
}

/** The first class whose running sum is above u times the sum of all; the last where rounding leaves none. */
function draw(
  heap: FloatArray,
  type: KernelType,
  exponentials: number,
  n: number,
  cols: number,
  total: number,
  u: number,
): number {
  const limit = u * total;
  const least = type.key === "f32" ? total * 2 ** -150 : total * 2 ** -538 * 2 ** -537;
  let running = 0;
  heap.fill(0, exponentials + n, exponentials + Math.min(Math.ceil(n / DRAWN) * DRAWN, cols));
  for (let c = 0; c < n; c += DRAWN) {
    const end = Math.min(c + DRAWN, n);
    if (c + DRAWN < cols) {
      const next = running + sumOf(heap, exponentials + c);
      if (next <= limit) {
        running = next;
        continue;
      }
    }
    for (let i = c; i < end; i++) {
      const e = heap[exponentials + i];
      if (!(e > least)) continue;
      running += e;
      if (running > limit) return i;
    }
  }
  let last = n - 1;
  while (!(heap[exponentials + last] > least)) last--;
  return last;
}

/** Σ of DRAWN exponentials, in the lanes of a sum. */
function sumOf(heap: FloatArray, exponentials: number): number {
  const lanes = heap instanceof Float32Array ? [0, 0, 0, 0] : [0, 0];
  for (let c = 0; c < DRAWN; c++) lanes[c % lanes.length] += heap[exponentials + c];
  return lanes.length === 4 ? lanes[0] + lanes[2] + (lanes[1] + lanes[3]) : lanes[0] + lanes[1];
}
