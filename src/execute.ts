// The one way from a call to its result: arrays → staging → kernel → staging → arrays, a block of positions at a time. An
// array that lives in linear memory is used where it is; a short call is one block.

import * as abi from "../assembly/abi.js";
import { compute, type Engine } from "./backend/engine.js";
import type { Kernel } from "./backend/kernel.js";
import { add, compress, countChunks, expand, fillAbsent, select, smoothTargets } from "./backend/pointwise.js";
import {
  answerOf,
  type Call,
  LABELS_ALONE,
  type LossTerms,
  type More,
  NOTHING_MORE,
  type Parts,
  type Selection,
} from "./call.js";
import { F32, F64, type FloatArray, type FloatType, type KernelType } from "./floatType.js";
import { BYTES, copy, copyBack, copyIn, copyLabels, copyOut, SHORT_F32 } from "./memory/copy.js";
import { type Form, formed } from "./form.js";
import type { LinearMemory } from "./memory/linearMemory.js";
import { elementsOf, NOT_YET, type Placed } from "./memory/placed.js";
import { Block, fitsAtOnce, isShort, Plan, PLAIN_LABELS, PLAIN_SCRATCH, PLAIN_VALUES } from "./plan.js";
import { fillElements, setElements } from "./typedArray.js";

const plan = /* @__PURE__ */ new Plan();
const block = /* @__PURE__ */ new Block();

/** Executes a call and gives the result that its caller gets. */
export function answer(engine: Engine, call: Call): unknown {
  execute(engine, call);
  return answerOf(call, engine.memory);
}

/** Executes a call, or the part of it that `more.part` names. */
export function execute(engine: Engine, call: Call): void {
  const { rows, cols, inner, values } = call;
  engine.staging.uses++;
  if (rows === 0 || inner === 0) return;
  if (cols === 0) {
    if (values !== null) fillElements(elementsOf(values, engine.memory), call.absent);
  } else if (call.more === null && call.loss?.more == null && fitsAtOnce(call.x.type, call))
    executeAtOnce(engine, call);
  else executeInBlocks(engine, call, call.more ?? NOTHING_MORE, call.loss?.more ?? LABELS_ALONE);
}

/**
 * Executes a plain call (plan.ts, `fitsAtOnce`): one block at fixed places in staging. Most of its arguments never change,
 * so they are written once, to a call block of their own. It is one function, with its own loops for a few f32, because each
 * call of another function costs a call of ten elements 2 %.
 */
function executeAtOnce(engine: Engine, call: Call): void {
  const { memory, plain, compiled } = engine;
  const { i32 } = memory;
  const base = engine.staging.address;
  if (plain.base !== base) readyPlainCall(engine, base);
  const { kernel, x, rows, out, values, sum, loss } = call;
  const { type, length } = x;
  const isF32 = type === F32;
  const heap = isF32 ? memory.f32 : memory.f64;
  const at = isF32 ? base >>> 2 : base >>> 3;
  const words = plain.call >>> 2;
  const isShort = isF32 && length <= SHORT_F32;
  if (x.address >= 0) i32[words + abi.X] = x.address;
  else {
    i32[words + abi.X] = base;
    if (isShort) for (let i = 0; i < length; i++) heap[at + i] = x.array[i];
    else copy(heap, at, type, x.array, 0, length);
  }
  const isCopied = out !== null && out.address < 0;
  i32[words + abi.OUT] = out === null || isCopied ? base : out.address;
  i32[words + abi.ROWS] = rows;
  i32[words + abi.COLS] = call.cols;
  memory.f64[(plain.call >>> 3) + abi.TEMPERATURE] = call.temperature;
  if (loss !== null) {
    if (loss.labels !== null && loss.labels !== i32)
      copyLabels(i32, (base + PLAIN_LABELS) >>> 2, loss.labels, loss.at, rows);
    memory.f64[(plain.call >>> 3) + abi.LOSS_SCALE] = call.scale;
  }
  if (compiled === null) kernel.js(memory, type as KernelType, plain.call);
  else kernel.compiled(isF32 ? compiled.f32 : compiled.f64, plain.call);
  if (isCopied) {
    if (out.array === NOT_YET) out.made = formed(heap, at, length, out.form as Form);
    else if (isShort) for (let i = 0; i < length; i++) out.array[i] = heap[at + i];
    else copyBack(heap, at, type, out.array, 0, length);
  }
  const valuesAt = at + (isF32 ? PLAIN_VALUES >>> 2 : PLAIN_VALUES >>> 3);
  if (sum !== null) sum.take(heap, valuesAt, rows);
  else if (values === null) return;
  else if (values.array === NOT_YET) values.made = formed(heap, valuesAt, rows, values.form as Form);
  else copyBack(heap, valuesAt, type, elementsOf(values, memory), 0, rows);
}

/** Writes the arguments that all plain calls share while staging begins at `base`: absent arrays are 0. */
function readyPlainCall({ memory, plain }: Engine, base: number): void {
  const { i32, f64 } = memory;
  const words = plain.call >>> 2;
  i32.fill(0, words, words + abi.CALL_BYTES / 4);
  i32[words + abi.VALUES] = base + PLAIN_VALUES;
  i32[words + abi.LABELS] = base + PLAIN_LABELS;
  i32[words + abi.SCRATCH] = base + PLAIN_SCRATCH;
  i32[words + abi.INNER] = 1;
  i32[words + abi.STRIDE] = 1;
  f64[(plain.call >>> 3) + abi.CONFIDENCE] = 1;
  plain.base = base;
}

function executeInBlocks(engine: Engine, call: Call, more: More, terms: LossTerms): void {
  plan.make(call);
  const base = engine.staging.reserve(plan.bytes);
  if (terms.weights !== null && !plan.hasOwnWeights) engine.memory.f64.set(terms.weights, (base + plan.weights) >>> 3);
  const { row: firstRow, endRow, first, end } = more.part ?? { row: 0, endRow: call.rows, first: 0, end: call.inner };
  let column = first;
  for (let row = firstRow; row < endRow;) {
    block.set(call, plan, row, column, endRow, end);
    column += block.inner;
    if (column >= end) {
      column = first;
      row += plan.rows;
    }
    const out = stage(engine, call, more, terms, base);
    compute(engine, call.kernel, call.x.type.kernel, engine.call);
    store(engine, call, more, base, out);
  }
}

/** Puts a block and its arguments where the kernel reads them. Returns the address where the kernel writes `out`. */
function stage(engine: Engine, call: Call, more: More, terms: LossTerms, base: number): number {
  const { memory } = engine;
  const { i32, f64 } = memory;
  const words = engine.call >>> 2;
  const numbers = engine.call >>> 3;
  const { loss } = call;
  const { mask, operand, upstream } = more;
  const { type } = call.x;
  i32[words + abi.ROWS] = block.rows;
  i32[words + abi.COLS] = call.cols;
  i32[words + abi.INNER] = block.inner;
  i32[words + abi.STRIDE] = block.stride;
  i32[words + abi.SCRATCH] = base + plan.scratch;
  i32[words + abi.VALUES] = base + plan.values;

  let x = staged(engine, call, call.x, base + plan.x);
  f64[numbers + abi.TEMPERATURE] = call.temperature;
  i32[words + abi.LENGTHS] = base + plan.lengths;
  if (more.lengths !== null) {
    copyLabels(i32, (base + plan.lengths) >>> 2, more.lengths, block.position, block.positions);
    block.hasLengths = true;
  }
  if (mask !== null) {
    copyIn(memory.u8, base + plan.mask, BYTES, mask, block, call.cols, call.inner);
    i32[words + abi.MASK] = base + plan.mask;
    x = plan.isCompressible
      ? compressed(engine, call, base, x, more.absentLogit)
      : present(engine, type, x, base + plan.x, more.absentLogit);
  }
  if (operand !== null) {
    let address = staged(engine, call, operand, base + plan.operand);
    if (mask !== null) address = present(engine, type, address, base + plan.operand, 0);
    i32[words + abi.OPERAND] = address;
  }
  i32[words + abi.UPSTREAM] = 0;
  if (upstream !== null) {
    copy(f64, (base + plan.upstream) >>> 3, F64, upstream, block.position, block.positions);
    i32[words + abi.UPSTREAM] = base + plan.upstream;
  }
  if (loss !== null && loss.labels !== null) {
    copyLabels(i32, (base + plan.labels) >>> 2, loss.labels, loss.at + block.position, block.positions);
    i32[words + abi.LABELS] = base + plan.labels;
    stageTerms(engine, call, mask, terms, base);
  } else if (terms.weights !== null) {
    const classes = terms.weights.length / 2 - abi.WEIGHTS_SPARE;
    const first = block.position % classes;
    i32[words + abi.WEIGHTS] = base + plan.weights;
    i32[words + abi.CLASSES] = plan.hasOwnWeights ? block.positions : classes;
    i32[words + abi.FIRST_CLASS] = plan.hasOwnWeights ? 0 : first;
    if (plan.hasOwnWeights) stageOwnWeights(f64, (base + plan.weights) >>> 3, terms.weights, classes, first);
  }
  if (more.parts !== null) stageParts(engine, more.parts, loss !== null, base);
  if (more.selection !== null) {
    const { k, of, topP, minP } = more.selection;
    i32[words + abi.INDICES] = base + plan.indices;
    i32[words + abi.MASK] = mask === null ? 0 : base + plan.mask;
    i32[words + abi.K] = k;
    i32[words + abi.OF] = of;
    f64[numbers + abi.TOP_P] = topP;
    f64[numbers + abi.MIN_P] = minP;
  }
  f64[numbers + abi.LOSS_SCALE] = call.scale;
  f64[numbers + abi.Z_LOSS_SCALE] = more.zLossScale;
  const isInPlace = plan.outAt >= 0 && !more.accumulate && !block.isCompressed;
  const out = isInPlace ? plan.outAt + block.first * type.kernel.bytes : base + plan.out;
  i32[words + abi.X] = x;
  i32[words + abi.OUT] = out;
  i32[words + abi.COLS] = block.width;
  if (!block.hasLengths) i32[words + abi.LENGTHS] = 0;
  return out;
}

/** The weights of the block's elements, from those of the first one's class on: its own classes, each an element. */
function stageOwnWeights(f64: Float64Array, at: number, weights: Float64Array, classes: number, first: number): void {
  for (const list of [0, 1]) {
    const from = list * (classes + abi.WEIGHTS_SPARE);
    const to = at + list * (block.positions + abi.WEIGHTS_SPARE);
    for (let n = 0, c = first; n < block.positions; c = 0) {
      const length = Math.min(classes - c, block.positions - n);
      f64.set(weights.subarray(from + c, from + c + length), to + n);
      n += length;
    }
  }
}

/** Stages the terms that a loss has beyond its labels. */
function stageTerms(engine: Engine, call: Call, mask: Uint8Array | null, terms: LossTerms, base: number): void {
  const { i32, f64 } = engine.memory;
  const words = engine.call >>> 2;
  const numbers = engine.call >>> 3;
  const { probabilities, uniform } = terms;
  i32[words + abi.WEIGHTS] = terms.weights === null ? 0 : base + plan.weights;
  f64[numbers + abi.CONFIDENCE] = terms.confidence;
  f64[numbers + abi.Z_LOSS] = terms.zLoss;
  i32[words + abi.SMOOTHED_TARGETS] = 0;
  if (!terms.isSmooth) return;
  i32[words + abi.SMOOTHED_TARGETS] = base + plan.smoothed;
  const targets = probabilities === null ? 0 : staged(engine, call, probabilities, base + plan.probabilities);
  i32[words + abi.PROBABILITIES] = targets;
  i32[words + abi.UNIFORMS] = 0;
  if (typeof uniform === "number") f64[numbers + abi.UNIFORM] = uniform;
  else {
    copy(f64, (base + plan.uniforms) >>> 3, F64, uniform, block.position, block.positions);
    i32[words + abi.UNIFORMS] = base + plan.uniforms;
  }
  compute(engine, smoothTargets, call.x.type.kernel, engine.call);
  const smoothed = base + plan.smoothed;
  if (mask !== null) present(engine, F64, smoothed, smoothed, 0);
}

/** Stages the parts that a kernel reads for each position, or sets the address where it writes them. */
function stageParts({ memory, call }: Engine, parts: Parts, hasTargets: boolean, base: number): void {
  const { i32, f64 } = memory;
  const words = call >>> 2;
  const { array, length, isRead, withEntropy, offset } = parts;
  const at = base + plan.parts;
  if (isRead) copy(f64, at >>> 3, F64, array, block.position * length, block.positions * length);
  i32[words + abi.PARTS] = at;
  i32[words + abi.WITH_ENTROPY] = withEntropy ? 1 : 0;
  i32[words + abi.OFFSET] = offset;
  if (!hasTargets) i32[words + abi.SMOOTHED_TARGETS] = 0;
}

/** Moves the block's results from staging to where they belong. */
function store(engine: Engine, call: Call, more: More, base: number, result: number): void {
  const { mask, accumulate, selection, parts } = more;
  const { memory } = engine;
  const { x, out, values, sum, cols, inner } = call;
  const { type } = x;
  const { bytes, log2Bytes } = type.kernel;
  const heap = memory.floats(type.kernel);
  if (block.hasLengths && selection === null) finishPrefixes(engine, call, base, result);
  if (out !== null) {
    let from = result;
    if (block.isCompressed) {
      const to = plan.outAt >= 0 && !accumulate ? plan.outAt + block.first * bytes : from;
      from = expanded(engine, call, base, from, to);
    } else if (mask !== null && !hasAbsent(heap, call, from >>> log2Bytes)) {
      present(engine, type, from, from, call.absent);
    }
    if (accumulate) {
      const to = plan.outAt >= 0 ? plan.outAt + block.first * bytes : base + plan.sum;
      if (plan.outAt < 0) copyIn(heap, to >>> log2Bytes, type, elementsOf(out, memory), block, cols, inner);
      from = pointwise(engine, add, type, from, to);
    }
    if (plan.outAt < 0) copyOut(heap, from >>> log2Bytes, type, elementsOf(out, memory), block, cols, inner);
  }
  if (parts !== null && !parts.isRead) {
    const { array, length } = parts;
    copyBack(memory.f64, (base + plan.parts) >>> 3, F64, array, block.position * length, block.positions * length);
  }
  const at = (base + plan.values) >>> log2Bytes;
  if (mask !== null && call.loss === null && selection === null && values !== null) {
    fillEmpty(memory, heap, at, base + plan.mask, call);
  }
  if (selection !== null) {
    if (values !== null) storeSelected(selection, inner, heap, at, elementsOf(values, memory));
    storeSelected(selection, inner, memory.i32, (base + plan.indices) >>> 2, selection.indices);
  } else if (sum !== null) sum.take(heap, at, block.positions);
  else if (values !== null) copyBack(heap, at, type, elementsOf(values, memory), block.position, block.positions);
}

/**
 * Writes what kernels leave undefined if rows have lengths: the results of absent elements, unless `expand` writes
 * them, and the values of positions without a class.
 */
function finishPrefixes(engine: Engine, call: Call, base: number, result: number): void {
  const { memory } = engine;
  const { i32 } = memory;
  const { absent } = call;
  const { kernel: type } = call.x.type;
  if (call.out !== null && !block.isCompressed) {
    memory.f64[(engine.call >>> 3) + abi.ABSENT] = absent;
    i32[(engine.call >>> 2) + abi.OUT] = result;
    compute(engine, fillAbsent, type, engine.call);
  }
  if (call.loss === null && call.values === null) return;
  const heap = memory.floats(type);
  const at = (base + plan.values) >>> type.log2Bytes;
  const lengths = (base + plan.lengths) >>> 2;
  for (let n = 0; n < block.positions; n++) if (i32[lengths + n] === 0) heap[at + n] = absent;
}

/**
 * Stages the logits of a block, without the chunks that the mask leaves out where that pays. Of short rows it is found before,
 * as all become as long as the longest; long rows are computed as long as each is, which pays always.
 */
function compressed(engine: Engine, call: Call, base: number, from: number, absent: number): number {
  const { i32 } = engine.memory;
  const { type } = call.x;
  const lengths = (base + plan.lengths) >>> 2;
  if (isShort(call)) {
    compute(engine, countChunks, type.kernel, engine.call);
    block.compress(call, i32, lengths);
    return present(engine, type, from, base + plan.x, absent);
  }
  block.isCompressed = true;
  const to = present(engine, type, from, base + plan.x, absent);
  block.compress(call, i32, lengths);
  return to;
}

/** Gives the rows of a compressed block's result back the elements that the mask left out. Returns `to`. */
function expanded(engine: Engine, call: Call, base: number, from: number, to: number): number {
  const { i32, f64 } = engine.memory;
  const words = engine.call >>> 2;
  i32[words + abi.COLS] = call.cols;
  i32[words + abi.WIDTH] = block.width;
  i32[words + abi.LENGTHS] = base + plan.lengths;
  f64[(engine.call >>> 3) + abi.ABSENT] = call.absent;
  return pointwise(engine, expand, call.x.type, from, to);
}

/** Writes `absent` where a position is NaN because the mask, at an address, leaves it no class. */
function fillEmpty({ u8 }: LinearMemory, values: FloatArray, at: number, mask: number, { cols, absent }: Call): void {
  const { positions, inner, stride } = block;
  for (let n = 0; n < positions; n++) {
    if (!Number.isNaN(values[at + n])) continue;
    let element = mask + Math.floor(n / inner) * cols * stride + (n % inner);
    let left = cols;
    for (; left > 0 && u8[element] === 0; left--) element += stride;
    if (left === 0) values[at + n] = absent;
  }
}

/** Whether the block's result, at heap[at …], has in absent elements what they should have. */
function hasAbsent(heap: FloatArray, { kernel, cols, inner }: Call, at: number): boolean {
  if (kernel.keepsAbsent !== true || inner !== 1) return false;
  for (let row = 0; row < block.rows; row++) if (Number.isNaN(heap[at + row * cols])) return false;
  return true;
}

/** Up to this many classes, copying a row with its absent classes costs less than making a view of the present ones. */
const WHOLE_ROW = 2048;

/** Moves what a block has of each position, `count` elements in a row, to an array laid out like x with `count` classes. */
function storeSelected(
  { count }: Selection,
  inner: number,
  heap: FloatArray | Int32Array,
  at: number,
  out: FloatArray | Int32Array,
): void {
  const { position, positions } = block;
  if (inner === 1 || count === 1) {
    setElements(out, heap.subarray(at, at + positions * count), position * count);
    return;
  }
  for (let p = 0; p < positions; p++) {
    const n = position + p;
    const first = Math.floor(n / inner) * count * inner + (n % inner);
    for (let j = 0; j < count; j++) out[first + j * inner] = heap[at + p * count + j];
  }
}

/** The address of a block of an array laid out like x: where it lies in linear memory, or `to`, after copying it there. */
function staged({ memory }: Engine, call: Call, place: Placed, to: number): number {
  const { type } = call.x;
  const { bytes, log2Bytes } = type.kernel;
  if (plan.readsInPlace(place)) return place.address + block.first * bytes;
  const lengths = call.more === null ? null : call.more.lengths;
  if (lengths !== null && call.cols > WHOLE_ROW) {
    const heap = memory.floats(type.kernel);
    const from = elementsOf(place, memory);
    for (let row = 0, at = 0; row < block.rows; row++, at += call.cols) {
      copy(heap, (to >>> log2Bytes) + at, type, from, block.first + at, lengths[block.position + row]);
    }
    return to;
  }
  copyIn(memory.floats(type.kernel), to >>> log2Bytes, type, elementsOf(place, memory), block, call.cols, call.inner);
  return to;
}

/**
 * Copies a block from one address to another, with `absent` for the elements that the mask leaves out, and of a compressed
 * block without the chunks that it leaves out. Returns `to`.
 */
function present(engine: Engine, type: FloatType, from: number, to: number, absent: number): number {
  engine.memory.f64[(engine.call >>> 3) + abi.ABSENT] = absent;
  engine.memory.i32[(engine.call >>> 2) + abi.WIDTH] = block.width;
  return pointwise(engine, block.isCompressed ? compress : select, type, from, to);
}

/** Runs an elementwise kernel on the block, from one address to another. Returns `to`. */
function pointwise(engine: Engine, kernel: Kernel, type: FloatType, from: number, to: number): number {
  const { i32 } = engine.memory;
  i32[(engine.call >>> 2) + abi.X] = from;
  i32[(engine.call >>> 2) + abi.OUT] = to;
  compute(engine, kernel, type.kernel, engine.call);
  return to;
}
