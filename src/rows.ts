// The way of the data: array → window → kernel → window → array, a block of whole rows at a time; or the kernel works
// in place, where an array lives in linear memory already.

import { addressIn, type Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import type { Kernels } from "./kernels.js";
import { bufferOf, byteOffsetOf } from "./typedArray.js";

/** Where a kernel finds a block of rows: byte addresses. What its job does not name has no meaning. */
export interface Block {
  readonly rows: number;
  readonly cols: number;
  readonly x: number;
  readonly out: number;
  /** One i32 a row. */
  readonly labels: number;
  /** One f32 a row. */
  readonly values: number;
  /** One row of f32. */
  readonly scratch: number;
}

/** What to do with rows of `cols` elements, all checked. */
export interface RowJob {
  readonly x: Float32Array;
  readonly rows: number;
  /** ≥ 1 */
  readonly cols: number;
  /** Divides x before the kernel sees it; 1 for none. */
  readonly temperature: number;
  /** Takes rows of results, as long as x. It may be x itself, but not overlap it in part. */
  readonly out?: Destination;
  readonly labels?: Int32Array;
  readonly scratch?: boolean;
  readonly run: (kernels: Kernels, block: Block) => void;
  /** Sees the values of the rows from `row` on, where the kernel gives one a row. Valid during the call only. */
  readonly takeValues?: (values: Float32Array, row: number) => void;
}

const BYTES = 4;

/** Up to it a loop is faster than `set`, which needs a view of each side. */
const LOOP_LENGTH = 32;

export function runRows(engine: Engine, job: RowJob): void {
  const { memory, kernels, window } = engine;
  const { x, rows, cols, temperature, out, labels, takeValues } = job;
  if (rows === 0) return;
  // Before the window may grow memory, which detaches every view of it.
  const xAt = addressIn(engine, x);
  const outAt = out === undefined ? -1 : out.address;

  const rowBytes = cols * BYTES;
  const scratchBytes = job.scratch ? align(rowBytes) : 0;
  const atOnce = Math.min(rows, window.rowsAtOnce(rowBytes + 2 * BYTES, scratchBytes + 64));
  const dataBytes = align(atOnce * rowBytes);
  const data = window.reserve(dataBytes + scratchBytes + atOnce * 2 * BYTES);
  const scratch = data + dataBytes;
  const labelsAt = scratch + scratchBytes;
  const values = labelsAt + atOnce * BYTES;

  const heap = memory.f32;
  for (let row = 0; row < rows; row += atOnce) {
    const n = Math.min(atOnce, rows - row);
    const first = row * cols;
    const length = n * cols;
    let from = xAt + first * BYTES;
    if (xAt < 0) {
      from = data;
      copyIn(heap, data / BYTES, x, first, length);
    }
    if (temperature !== 1) {
      kernels.divide(from, data, length, temperature);
      from = data;
    }
    if (labels !== undefined) memory.i32.set(labels.subarray(row, row + n), labelsAt / BYTES);
    const to = outAt < 0 ? data : outAt + first * BYTES;
    job.run(kernels, { rows: n, cols, x: from, out: to, labels: labelsAt, values, scratch });
    if (out !== undefined && outAt < 0) copyOut(heap, data / BYTES, out.array, first, length);
    if (takeValues !== undefined) takeValues(heap.subarray(values / BYTES, values / BYTES + n), row);
  }
}

function copyIn(heap: Float32Array, at: number, x: Float32Array, first: number, length: number): void {
  if (length <= LOOP_LENGTH) for (let i = 0; i < length; i++) heap[at + i] = x[first + i];
  else heap.set(part(x, first, length), at);
}

function copyOut(heap: Float32Array, at: number, out: Float32Array, first: number, length: number): void {
  if (length <= LOOP_LENGTH) for (let i = 0; i < length; i++) out[first + i] = heap[at + i];
  else part(out, first, length).set(heap.subarray(at, at + length));
}

/** Not `subarray`, which asks a subclass for its constructor. */
function part(array: Float32Array, first: number, length: number): Float32Array {
  return new Float32Array(bufferOf(array), byteOffsetOf(array) + first * BYTES, length);
}

/** To a cache line. */
function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
