// The short way of small calls: f32 in ordinary memory, with nothing asked for but `out`, a reduction to a number and labels.
// The same kernels with no step that such a call does not need, because those of the general way (run.ts) cost as much as
// a hundred elements or more. Null for everything else, refusable or not, and where calls wait for their turn: then nothing
// but the window has changed.

import { CompensatedSum } from "./compensatedSum.js";
import type { Engine } from "./engine.js";
import { IGNORED } from "./labels.js";
import { type GivenOptions, IGNORE_INDEX, readReduction } from "./options.js";
import { type Operation, places } from "./run.js";
import { byteOffsetOf, lengthOf, tagOf } from "./typedArray.js";

/** Up to so many elements: beyond, copying by loops costs more than the general way. */
const SMALL = 256;
/** Of an f32, and of a label. */
const BYTES = 4;

// Where things lie in the window, in bytes from its beginning: each has room for SMALL elements.
const LABELS = SMALL * BYTES;
const VALUES = 2 * LABELS;
const SCRATCH = 3 * LABELS;

/** Results as long as x. */
export function runSmallRow(
  engine: Engine,
  operation: Operation,
  x: unknown,
  given: GivenOptions,
): Float32Array | null {
  if (engine.take || given.more) return null;
  const cols = smallLength(x);
  const out = cols === 0 ? null : smallOut(given.out, x, cols);
  if (out === null) return null;
  copyIn(engine, x as Float32Array, cols);
  place(engine, 1, cols);
  operation(engine.kernels.f32, places);
  copyOut(engine, out);
  return out;
}

/** The loss of int32 labels, and with `withGrad` the gradient. */
export function runSmallLoss(
  engine: Engine,
  operation: Operation,
  x: unknown,
  targets: unknown,
  given: GivenOptions,
  withGrad: boolean,
): { readonly loss: number; readonly grad: Float32Array | null } | null {
  if (engine.take || given.more) return null;
  const length = smallLength(x);
  if (length === 0 || tagOf(targets) !== "Int32Array") return null;
  const reduction = readReduction(given.reduction);
  if (reduction === "none") return null;
  const rows = lengthOf(targets as Int32Array);
  const cols = length / rows;
  if (!Number.isInteger(cols)) return null;
  const { memory, window } = engine;
  const labels = memory.i32;
  const at = (window.address + LABELS) / BYTES;
  let valid = rows;
  for (let i = 0; i < rows; i++) {
    const label = (targets as Int32Array)[i];
    const isIgnored = label === IGNORE_INDEX;
    if (isIgnored) valid--;
    else if (label < 0 || label >= cols) return null;
    labels[at + i] = isIgnored ? IGNORED : label;
  }
  if (valid === 0) return null;
  let grad: Float32Array | null = null;
  if (withGrad) {
    grad = smallOut(given.out, x, length);
    if (grad === null) return null;
  }
  const divisor = reduction === "sum" ? 1 : valid;
  copyIn(engine, x as Float32Array, length);
  place(engine, rows, cols);
  places.factor = 1 / divisor;
  operation(engine.kernels.f32, places);
  if (grad !== null) copyOut(engine, grad);
  const sum = new CompensatedSum();
  sum.take(memory.f32, (window.address + VALUES) / BYTES, rows);
  return { loss: sum.value / divisor, grad };
}

/** `out` where it is as small as x and is x or begins where ordinary memory does; a new array where none is given. */
function smallOut(out: unknown, x: unknown, length: number): Float32Array | null {
  if (out === undefined) return new Float32Array(length);
  return out === x || smallLength(out) === length ? (out as Float32Array) : null;
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

function copyIn({ memory, window }: Engine, x: Float32Array, length: number): void {
  const heap = memory.f32;
  const at = window.address / BYTES;
  for (let i = 0; i < length; i++) heap[at + i] = x[i];
}

function copyOut({ memory, window }: Engine, out: Float32Array): void {
  const heap = memory.f32;
  const at = window.address / BYTES;
  const length = lengthOf(out);
  for (let i = 0; i < length; i++) out[i] = heap[at + i];
}

function place({ window }: Engine, rows: number, cols: number): void {
  const base = window.address;
  places.x = base;
  places.out = base;
  places.labels = base + LABELS;
  places.values = base + VALUES;
  places.scratch = base + SCRATCH;
  places.weights = 0;
  places.spread = 0;
  places.upstream = 0;
  places.share = 1;
  places.lambda = 0;
  places.rows = rows;
  places.cols = cols;
  places.inner = 1;
  places.stride = 1;
}
