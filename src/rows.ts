// The way of the data: array → window → kernel → window → array, a block of whole rows at a time; or the kernel works
// in place, where an array lives in linear memory already.

import { addressIn, type Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { F32, type FloatArray, type FloatType } from "./floatType.js";
import type { Kernels } from "./kernels.js";
import type { GivenOptions } from "./options.js";
import { bufferOf, byteOffsetOf, lengthOf, tagOf } from "./typedArray.js";

/** What to do with rows of `cols` elements, all checked. */
export interface RowJob {
  readonly operation: Operation;
  readonly type: FloatType;
  readonly x: FloatArray;
  readonly rows: number;
  /** ≥ 1 */
  readonly cols: number;
  /** Divides x before the kernel sees it; 1 for none. */
  readonly temperature: number;
  readonly labels: Int32Array | null;
  /** Multiplies a gradient. */
  readonly factor: number;
  /** Takes rows of results, as long as x. It may start where x does, but not overlap it otherwise. */
  readonly out: Destination | null;
  /** Takes what the operation has one of a row: `count` values at heap[at], of the rows from `row` on. */
  readonly values: { take(heap: FloatArray, at: number, count: number, row: number): void } | null;
}

/**
 * One of the kernels, and what it works on, in linear memory: a block of rows at x and out, with an i32 a row at labels,
 * a value a row at values, and one row of scratch. What an operation does not name has no meaning for it.
 */
export interface Operation {
  readonly scratch: boolean;
  // Positions and not an object, whose stores cost a call of ten elements 10 ns.
  readonly run: (
    kernels: Kernels,
    x: number,
    out: number,
    rows: number,
    cols: number,
    values: number,
    scratch: number,
    labels: number,
    factor: number,
  ) => void;
}

/** Of a label. */
const LABEL_BYTES = 4;

export function runRows(engine: Engine, job: RowJob): void {
  const { memory, window } = engine;
  const { operation, type, x, rows, cols, temperature, labels, factor, out, values } = job;
  if (rows === 0) return;
  const { bytes } = type;
  const kernels = engine.kernels[type.key];
  // Before the window may grow memory, which detaches every view of it.
  const xAt = addressIn(memory, x);
  const outAt = out === null ? -1 : out.address;
  const rowBytes = cols * bytes;
  const scratchBytes = operation.scratch ? align(rowBytes) : 0;
  const besideBytes = bytes + LABEL_BYTES;
  const atOnce = Math.min(rows, window.rowsAtOnce(rowBytes + besideBytes, scratchBytes + 2 * CACHE_LINE));
  const inPlace = xAt >= 0 && (out === null || outAt >= 0) && temperature === 1;
  const dataBytes = inPlace ? 0 : align(atOnce * rowBytes);
  const valuesBytes = align(atOnce * bytes);
  const data = window.reserve(dataBytes + scratchBytes + valuesBytes + atOnce * LABEL_BYTES);
  const scratchAt = data + dataBytes;
  const valuesAt = scratchAt + scratchBytes;
  const labelsAt = valuesAt + valuesBytes;
  const heap = memory[type.key];
  for (let row = 0; row < rows; row += atOnce) {
    const n = Math.min(atOnce, rows - row);
    const first = row * cols;
    const length = n * cols;
    let from = xAt + first * bytes;
    if (xAt < 0) {
      from = data;
      copyIn(type, heap, data / bytes, x, first, length);
    }
    if (temperature !== 1) {
      kernels.divide(from, data, length, temperature);
      from = data;
    }
    if (labels !== null) copyLabels(memory.i32, labelsAt / LABEL_BYTES, labels, row, n);
    const to = outAt < 0 ? data : outAt + first * bytes;
    operation.run(kernels, from, to, n, cols, valuesAt, scratchAt, labelsAt, factor);
    if (out !== null && outAt < 0) copyOut(type, heap, data / bytes, out.array, first, length);
    if (values !== null) values.take(heap, valuesAt / bytes, n, row);
  }
}

/** Up to this many elements, loops are faster than `set`, which needs a view of each side. */
const SMALL = 24;
const SMALL_BYTES = 128;

/**
 * A short row of f32 in ordinary memory with nothing asked for but `out`: the same way with no step that it does not need,
 * because the general one costs ten elements as much as their softmax. Null for everything else, refusable or not.
 */
export function runSmallRow(
  engine: Engine,
  operation: Operation,
  x: unknown,
  given: GivenOptions,
): Float32Array | null {
  if (given.shape !== undefined || given.axis !== undefined || given.temperature !== undefined) return null;
  const cols = smallLength(x);
  if (cols === 0) return null;
  let { out } = given;
  if (out === undefined) out = new Float32Array(cols);
  else if (out !== x && smallLength(out) !== cols) return null;
  const result = out as Float32Array;
  const { memory, kernels } = engine;
  const heap = memory.f32;
  const data = engine.window.address;
  const at = data / F32.bytes;
  for (let i = 0; i < cols; i++) heap[at + i] = (x as Float32Array)[i];
  operation.run(kernels.f32, data, data, 1, cols, 0, data + SMALL_BYTES, 0, 1);
  for (let i = 0; i < cols; i++) result[i] = heap[at + i];
  return result;
}

/**
 * How many f32 an array has that is short and begins where ordinary memory does, and so is not in linear memory and
 * overlaps with no other start; 0 for every other.
 */
function smallLength(x: unknown): number {
  if (tagOf(x) !== "Float32Array") return 0;
  const length = lengthOf(x as Float32Array);
  return length <= SMALL && byteOffsetOf(x as Float32Array) === 0 ? length : 0;
}

function copyIn(type: FloatType, heap: FloatArray, at: number, x: FloatArray, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) heap[at + i] = x[first + i];
  else heap.set(part(type, x, first, length), at);
}

function copyLabels(heap: Int32Array, at: number, labels: Int32Array, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) heap[at + i] = labels[first + i];
  else heap.set(labels.subarray(first, first + length), at);
}

function copyOut(type: FloatType, heap: FloatArray, at: number, out: FloatArray, first: number, length: number): void {
  if (length <= SMALL) for (let i = 0; i < length; i++) out[first + i] = heap[at + i];
  else part(type, out, first, length).set(heap.subarray(at, at + length));
}

/** Not `subarray`, which asks a subclass for its constructor. */
function part(type: FloatType, array: FloatArray, first: number, length: number): FloatArray {
  return type.viewOf(bufferOf(array), byteOffsetOf(array) + first * type.bytes, length);
}

const CACHE_LINE = 64;

/** Up to a whole number of cache lines. */
function align(bytes: number): number {
  return bytes + (-bytes & (CACHE_LINE - 1));
}
