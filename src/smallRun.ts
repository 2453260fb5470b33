// The short way of calls that the window holds whole, with nothing asked for but a shape, `out`, a reduction to a number
// and labels: the same kernels with no step that such a call does not need, because those of the general way (run.ts) cost
// as much as hundreds of elements. Null for everything else, refusable or not, and where calls wait for their turn: then
// nothing but the window has changed.

import { type Out, viewOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { copy, copyBack } from "./copy.js";
import type { Engine } from "./engine.js";
import { F32, F64, type FloatArray, floatTypeOf } from "./floatType.js";
import { IGNORED } from "./labels.js";
import { newFloats } from "./memory.js";
import { type GivenOptions, IGNORE_INDEX, readReduction } from "./options.js";
import { type Operation, Places } from "./run.js";
import { readLayout } from "./shape.js";
import { bufferOf, byteOffsetOf, lengthOf, overlap, tagOf } from "./typedArray.js";

/** Up to so many elements. */
const MOST = 8192;
/** Up to so many f32, loops of their own are faster than those of copy.ts, which meet arrays of every type, or than a view. */
const SHORT = 40;

// Where things lie in the window, in bytes from its beginning, each with room for MOST: 224 KiB of its 256.
const VALUES = MOST * 8;
const SCRATCH = MOST * 16;
const LABELS = MOST * 24;
const LABEL_BYTES = 4;

/** All else in it stays as it begins, for what such calls do not ask for. */
const places = /* @__PURE__ */ new Places();

/** A loss of int32 labels, reduced to a number. */
export class SmallLoss {
  readonly #targets: unknown;
  readonly sum = new CompensatedSum();
  #divisor = 1;

  constructor(targets: unknown) {
    this.#targets = targets;
  }

  get value(): number {
    return this.sum.value / this.#divisor;
  }

  /** Puts the labels in the window. How many there are; 0 where they or the reduction go the general way. */
  stage({ memory, window }: Engine, given: GivenOptions, length: number): number {
    const targets = this.#targets;
    if (tagOf(targets) !== "Int32Array" || given.shape !== undefined) return 0;
    const reduction = readReduction(given.reduction);
    if (reduction === "none") return 0;
    const rows = lengthOf(targets as Int32Array);
    const cols = length / rows;
    if (!Number.isInteger(cols)) return 0;
    const labels = memory.i32;
    const at = (window.address + LABELS) / LABEL_BYTES;
    let valid = rows;
    for (let i = 0; i < rows; i++) {
      const label = (targets as Int32Array)[i];
      const isIgnored = label === IGNORE_INDEX;
      if (isIgnored) valid--;
      else if (label < 0 || label >= cols) return 0;
      labels[at + i] = isIgnored ? IGNORED : label;
    }
    if (valid === 0) return 0;
    this.#divisor = reduction === "sum" ? 1 : valid;
    places.factor = 1 / this.#divisor;
    return rows;
  }
}

/**
 * Results as long as x, or with `perRow` one a row: in `out` or new, but for the losses themselves, which go to `loss`
 * alone (and the result is x).
 */
export function runSmall(
  engine: Engine,
  operation: Operation,
  given: GivenOptions,
  x: unknown,
  perRow: boolean,
  loss: SmallLoss | null,
): Out | null {
  if (engine.take || given.more) return null;
  const view = viewOf(x) as FloatArray;
  const type = floatTypeOf(view);
  if (type !== F32 && type !== F64) return null;
  const length = lengthOf(view);
  if (length === 0 || length > MOST) return null;
  let rows = 1;
  let cols = length;
  if (loss !== null) {
    rows = loss.stage(engine, given, length);
    if (rows === 0) return null;
    cols = length / rows;
  } else if (given.shape !== undefined) {
    ({ rows, cols } = readLayout("x", length, given.shape, undefined));
  }
  const hasOut = !perRow || loss === null;
  const count = perRow ? rows : length;
  const xOffset = byteOffsetOf(view);
  let out = view;
  let outOffset = 0;
  if (hasOut && given.out === undefined) {
    out = newFloats("result", type, count);
  } else if (hasOut) {
    out = viewOf(given.out) as FloatArray;
    if (floatTypeOf(out) !== type || lengthOf(out) !== count) return null;
    outOffset = byteOffsetOf(out);
    if (xOffset !== outOffset && overlap(view, out)) return null;
  }
  const { memory, window, kernels } = engine;
  const { bytes } = type;
  const heap = type === F32 ? memory.f32 : memory.f64;
  const base = window.address;
  // Nothing of a caller's lies at 0 in linear memory.
  const xStays = xOffset !== 0 && bufferOf(view) === memory.buffer;
  const outStays = !perRow && outOffset !== 0 && bufferOf(out) === memory.buffer;
  const at = base / bytes;
  const isShort = type === F32 && length <= SHORT;
  if (!xStays && isShort) for (let i = 0; i < length; i++) heap[at + i] = view[i];
  else if (!xStays) copy(heap, at, type, view, 0, length);
  places.x = xStays ? xOffset : base;
  places.out = outStays ? outOffset : base;
  places.values = base + VALUES;
  places.labels = base + LABELS;
  places.scratch = base + SCRATCH;
  places.rows = rows;
  places.cols = cols;
  operation(type === F32 ? kernels.f32 : kernels.f64, places);
  if (loss !== null) loss.sum.take(heap, places.values / bytes, rows);
  if (perRow && hasOut) copyBack(heap, places.values / bytes, out, 0, count);
  else if (hasOut && !outStays && isShort) for (let i = 0; i < length; i++) out[i] = heap[at + i];
  else if (hasOut && !outStays) copyBack(heap, at, out, 0, length);
  return given.out === undefined ? out : (given.out as Out);
}
