// The way of the data: arrays → window → kernel → window → arrays, a block of positions at a time; or the kernel works in
// place, where an array lives in linear memory already.

import { type Block, blockAt, planOf } from "./blocks.js";
import { BYTES, copy, copyIn, copyOut, INTEGERS } from "./copy.js";
import { addressIn, type Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { F64, type FloatArray, type FloatType, typeOf } from "./floatType.js";
import type { Kernels } from "./kernels.js";
import { type Layout, positionsOf } from "./shape.js";
import { WINDOW_BYTES } from "./window.js";

/** What to do with positions of one class or more, all checked. */
export interface Job {
  readonly operation: Operation;
  /** Of x, and of all arrays that are laid out like it. */
  readonly type: FloatType;
  readonly x: FloatArray;
  readonly layout: Layout;
  /** Divides x before the kernel sees it; 1 for none. */
  temperature: number;
  /** Which elements are present, with what absent ones are in the result. */
  mask: Uint8Array | null;
  absent: number;
  /** What goes with x, element by element: an upstream gradient, or a direction. */
  beside: FloatArray | null;
  loss: LossTerms | null;
  /** Multiplies a derivative, and what the penalty adds to it. */
  factor: number;
  penalty: number;
  /** Multiplies both, position by position. */
  upstream: Float64Array | null;
  /** Takes results as long as x. It may start where x or `beside` does, but not overlap them otherwise. */
  out: Destination | null;
  /** Whether the results are added to what is there. */
  accumulate: boolean;
  /** Takes what the operation has one of a position. */
  values: Values | null;
}

/** A job with nothing but x. Its fields are set one by one: spreading one object into another costs a microsecond or ten. */
export const newJob = (operation: Operation, type: FloatType, x: FloatArray, layout: Layout): Job => ({
  operation,
  type,
  x,
  layout,
  temperature: 1,
  mask: null,
  absent: 0,
  beside: null,
  loss: null,
  factor: 1,
  penalty: 0,
  upstream: null,
  out: null,
  accumulate: false,
  values: null,
});

/** Takes values one a position: `count` of them at heap[at], of the positions from `position` on. */
interface Values {
  take(heap: FloatArray, at: number, count: number, position: number): void;
}

/** A loss, as assembly/loss.ts has it. */
export interface LossTerms {
  /** One a position: −1 where it is ignored, −2 where it has soft targets. */
  readonly labels: Int32Array;
  /** In f64, one a class; null for weights of 1. */
  readonly weights: Float64Array | null;
  /** 1 − ε. */
  readonly share: number;
  /** λ of the losses before their sum is divided. */
  readonly lambda: number;
  readonly spread: Spread | null;
  /** What the losses' sum and every derivative are divided by. Where it is 0 every position is ignored. */
  readonly divisor: number;
}

/** What a loss spreads over the classes of a position: w_c·(share·q_c + ε/C). */
export interface Spread {
  /** q, laid out like x. */
  targets: FloatArray | null;
  /** ε/C, one a position where C differs. */
  readonly each: number | Float64Array;
}

/** What a kernel works on, in linear memory: addresses, 0 for what is not there; and the job's numbers. */
export class Places {
  x = 0;
  beside = 0;
  out = 0;
  values = 0;
  scratch = 0;
  labels = 0;
  weights = 0;
  spread = 0;
  upstream = 0;
  share = 1;
  lambda = 0;
  factor = 1;
  penalty = 0;
  rows = 1;
  cols = 1;
  inner = 1;
  stride = 1;
}

/** One of the kernels. */
export type Operation = (kernels: Kernels, at: Places) => void;

/** The same object at every call: to make one costs ten elements 10 ns. No call is made while another runs. */
const places = /* @__PURE__ */ new Places();

/** Rows up to this length pass through scratch, a vector of them at once (assembly/groups.ts). */
const FEW = 256;
const LABEL_BYTES = 4;
const WIDE_BYTES = 8;

/** Does the job, or a part of it: of the rows from one to another, the positions from one to another. */
export function run(
  engine: Engine,
  job: Job,
  row = 0,
  endRow = job.layout.rows,
  first = 0,
  end = job.layout.inner,
): void {
  const { memory, window } = engine;
  const { type, x, layout, temperature, mask, beside, loss, upstream, out, accumulate, values } = job;
  const { cols } = layout;
  if (positionsOf(layout) === 0) return;
  if (engine.take) {
    engine.take(job);
    return;
  }
  const { bytes, key } = type.kernel;
  const lanes = 16 / bytes;
  const kernels = engine.kernels[key];
  const spread = loss?.spread ?? null;
  const each = spread !== null && typeof spread.each !== "number" ? spread.each : null;

  // Before the window may grow memory, which detaches every view of it.
  const xAt = addressIn(memory, x);
  const besideAt = beside === null ? -1 : addressIn(memory, beside);
  const targetsAt = spread?.targets ? addressIn(memory, spread.targets) : -1;
  const outAt = out === null ? -1 : out.address;

  const changed = temperature !== 1 || mask !== null;
  // Positions beside each other may be worked twice, which a result in the place of the input would spoil (groups.ts).
  const ownOut = out !== null && layout.inner > 1;
  const scratchBytes = layout.inner > 1 || cols <= FEW ? 32 * cols + 96 : cols * bytes;
  const elementBytes =
    bytes * (1 + (beside ? 1 : 0) + (spread?.targets ? 1 : 0) + (ownOut ? 1 : 0) + (accumulate ? 1 : 0)) +
    (spread ? WIDE_BYTES : 0) +
    (mask ? 1 : 0);
  const positionBytes = bytes + LABEL_BYTES + (upstream ? WIDE_BYTES : 0) + (each ? WIDE_BYTES : 0);
  const weightBytes = loss?.weights ? cols * WIDE_BYTES : 0;
  const fixedBytes = scratchBytes + weightBytes + 12 * CACHE_LINE;
  const plan = planOf(layout, WINDOW_BYTES - fixedBytes, elementBytes, positionBytes, lanes);

  taken = 0;
  // All that needs no place of its own has none: a resident row may be longer than the window.
  const direct =
    layout.inner === 1 || (plan.width === end - first && plan.width === layout.inner && layout.inner >= lanes);
  const spoiled = ownOut ? outAt : -1;
  const xFrom = readAt(xAt, direct, spoiled);
  const besideFrom = readAt(besideAt, direct, spoiled);
  const targetsFrom = readAt(targetsAt, direct, spoiled);
  const staysIn = xFrom < 0 || changed;
  const data = take(staysIn || (out !== null && !ownOut && (outAt < 0 || accumulate)) ? plan.length * bytes : 0);
  const besideData = take(beside !== null && (mask !== null || besideFrom < 0) ? plan.length * bytes : 0);
  const targetsData = take(spread?.targets && targetsFrom < 0 ? plan.length * bytes : 0);
  const outInPlace = outAt >= 0 && direct;
  const outData = ownOut && (!outInPlace || accumulate) ? take(plan.length * bytes) : data;
  const sumData = take(accumulate && !outInPlace ? plan.length * bytes : 0);
  const spreadData = take(spread ? plan.length * WIDE_BYTES : 0);
  const maskData = take(mask ? plan.length : 0);
  const valuesData = take(plan.positions * bytes);
  const labelsData = take(plan.positions * LABEL_BYTES);
  const upstreamData = take(upstream ? plan.positions * WIDE_BYTES : 0);
  const eachData = take(each ? plan.positions * WIDE_BYTES : 0);
  const weightData = take(weightBytes);
  // Last, as a vector of positions is read whole where there are fewer.
  const scratch = take(scratchBytes);
  const base = window.reserve(taken);
  const heap = memory[key];
  if (loss?.weights) memory.f64.set(loss.weights, (base + weightData) / WIDE_BYTES);

  for (let column = first; row < endRow;) {
    const block = blockAt(layout, plan, lanes, row, column, endRow, end);
    column += block.inner;
    if (column >= end) {
      column = first;
      row += plan.rows;
    }
    const { rows, inner, stride, position, positions, length } = block;
    places.rows = rows;
    places.cols = cols;
    places.inner = inner;
    places.stride = stride;
    places.factor = job.factor;
    places.penalty = job.penalty;
    places.scratch = base + scratch;
    places.values = base + valuesData;
    places.labels = base + labelsData;
    places.weights = loss?.weights ? base + weightData : 0;
    let from = stage(heap, xFrom, base + data, x, block, layout);
    if (temperature !== 1) {
      kernels.divide(from, base + data, length, temperature);
      from = base + data;
    }
    if (mask !== null) {
      copyIn(memory.u8, base + maskData, BYTES, mask, block, layout);
      kernels.keep(from, base + maskData, base + data, length, -Infinity);
      from = base + data;
    }
    places.x = from;
    if (beside !== null) {
      places.beside = stage(heap, besideFrom, base + besideData, beside, block, layout);
      if (mask !== null) {
        kernels.keep(places.beside, base + maskData, base + besideData, length, 0);
        places.beside = base + besideData;
      }
    }
    places.upstream = 0;
    if (upstream !== null) {
      copy(memory.f64, (base + upstreamData) / WIDE_BYTES, F64, upstream, position, positions);
      places.upstream = base + upstreamData;
    }
    if (loss !== null) {
      copy(memory.i32, (base + labelsData) / LABEL_BYTES, INTEGERS, loss.labels, position, positions);
      places.share = loss.share;
      places.lambda = loss.lambda;
      places.spread = 0;
    }
    if (loss !== null && spread !== null) {
      if (each) copy(memory.f64, (base + eachData) / WIDE_BYTES, F64, each, position, positions);
      kernels.spreadOver(
        spread.targets ? stage(heap, targetsFrom, base + targetsData, spread.targets, block, layout) : 0,
        places.weights,
        each ? base + eachData : 0,
        loss.share,
        each ? 0 : (spread.each as number),
        base + spreadData,
        rows,
        cols,
        inner,
        stride,
      );
      places.spread = base + spreadData;
      if (mask) engine.kernels.f64.keep(places.spread, base + maskData, places.spread, length, 0);
    }
    places.out = outInPlace && !accumulate ? outAt + block.first * bytes : base + outData;
    job.operation(kernels, places);
    if (out !== null) {
      if (mask !== null) kernels.keep(places.out, base + maskData, places.out, length, job.absent);
      if (accumulate) {
        const sum = outInPlace ? outAt + block.first * bytes : base + sumData;
        if (!outInPlace) copyIn(heap, sum / bytes, type, out.array, block, layout);
        kernels.add(sum, places.out, length);
        places.out = sum;
      }
      if (!outInPlace) copyOut(heap, places.out / bytes, out.array, block, layout);
    }
    if (values !== null) values.take(heap, (base + valuesData) / bytes, positions, position);
  }
}

const CACHE_LINE = 64;

/** Bytes of the window that the job at hand has taken. Not in a closure: to make a job's costs a small call 5 %. */
let taken = 0;

/** The place of so many bytes in the window, on a cache line of its own. */
function take(length: number): number {
  taken += align(length);
  return taken - align(length);
}

/**
 * The address where an array is read as it lies; −1 where it has to pass through the window: one that is not in linear
 * memory (at < 0), or has to be put together, or would be spoiled by a result in its place.
 */
function readAt(at: number, direct: boolean, spoiled: number): number {
  return direct && at !== spoiled ? at : -1;
}

/** Where a block of an array that is read at `from` is; of one that is not, once it is put to `address`. */
function stage(
  heap: FloatArray,
  from: number,
  address: number,
  array: FloatArray,
  block: Block,
  layout: Layout,
): number {
  const type = typeOf(array);
  const { bytes } = type.kernel;
  if (from >= 0) return from + block.first * bytes;
  copyIn(heap, address / bytes, type, array, block, layout);
  return address;
}

/** Up to a whole number of cache lines. */
function align(bytes: number): number {
  return bytes + (-bytes & (CACHE_LINE - 1));
}
