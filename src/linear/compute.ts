// The one loop of linear layers: a chunk of rows of x → its logits → their loss and gradient, in place → what it adds to the
// gradients of x, W and b, a block of classes at a time. The logits of a chunk are all there are at a time.

import { ADDS, PANEL_ROW, TILE_ROWS, TURNED } from "../../assembly/linear/abi.js";
import type { Engine } from "../backend/engine.js";
import { type Call, newCall } from "../call.js";
import { execute } from "../execute.js";
import type { FloatArray, KernelType } from "../floatType.js";
import { copy, copyBack } from "../memory/copy.js";
import type { LinearMemory } from "../memory/linearMemory.js";
import { elementsOf, newOutput, NOT_YET, type Output, type Placed } from "../memory/placed.js";
import type { LossCall } from "../operations/loss.js";
import { fillElements } from "../typedArray.js";
import type { Problem } from "./layer.js";
import { type Products, productsOn } from "./products.js";
import { type Chunk, chunkOf, panelBytes } from "./sizes.js";

/** Where gradients go. */
export interface Gradients {
  readonly x: Gradient | null;
  readonly weight: Gradient;
  readonly bias: Gradient | null;
}

/** `adds`: to what the output holds. */
export interface Gradient {
  readonly output: Output;
  readonly adds: boolean;
}

/** Writes the logits of all rows. */
export function computeLogits(engine: Engine, problem: Problem, out: Output, chunk = chunkFor(problem)): void {
  const run = new Run(engine, problem, chunk, null, out);
  try {
    run.begin();
    const { rows, classes } = problem;
    for (let row = 0; row < rows; row += chunk.rows) {
      const count = Math.min(chunk.rows, rows - row);
      const to = run.placeOf(out, row * classes, run.logits);
      run.multiplyByWeight(run.stageRows(row, count), count, to);
      run.copyOut(out, to, row * classes, count * classes);
    }
  } finally {
    run.end();
  }
}

/**
 * Executes a loss of the logits, chunk by chunk, and adds up gradients where there are some.
 *
 * @param loss Its positions are the rows that are not ignored, one after the other: `order`, or all of them for null.
 */
export function computeLoss(
  engine: Engine,
  problem: Problem,
  loss: LossCall,
  order: Int32Array | null,
  gradients: Gradients | null,
  chunk = chunkFor(problem),
): void {
  const run = new Run(engine, problem, chunk, gradients, null, order);
  try {
    run.begin();
    for (let row = 0; row < loss.rows; row += chunk.rows) {
      const count = Math.min(chunk.rows, loss.rows - row);
      const x = run.stageRows(row, count);
      run.multiplyByWeight(x, count, run.logits);
      // May make memory grow, or fail to, and the first chunk needs as much as any: so nothing has been written by then.
      execute(engine, lossOfChunk(loss, row, count, run.logits, gradients !== null));
      if (gradients !== null) run.addGradients(gradients, x, row, count);
    }
    if (gradients !== null) run.finish(gradients, loss.rows);
  } finally {
    run.end();
  }
}

const chunkFor = (problem: Problem): Chunk => chunkOf(problem, problem.x.type.kernel.bytes);

/** The part of a loss whose logits are at an address, to be replaced by their gradient where there is one. */
function lossOfChunk(all: LossCall, row: number, rows: number, address: number, hasGradient: boolean): Call {
  const { kernel, cols, scale, sum, values, more, loss } = all;
  const { type } = all.x;
  const length = rows * cols;
  // Field by field: spread, the objects of a small call would take a tenth of its time.
  const x: Placed = { type, length, offset: address, address, array: NOT_YET, form: null };
  const call = newCall(kernel, x, { rows, cols, inner: 1 }, 0);
  const { labels, reduction, divisor, more: terms } = loss;
  call.loss = { labels, at: row, reduction, divisor, more: null };
  call.scale = scale;
  call.sum = sum;
  if (hasGradient) {
    call.out = { type, length, offset: address, address, array: NOT_YET, form: null, given: NOT_YET, made: undefined };
  }
  if (values !== null) call.values = newOutput(type, rows, values.array.subarray(row, row + rows), null);
  if (more !== null) {
    call.more = { ...more, upstream: more.upstream && more.upstream.subarray(row, row + rows) };
  }
  if (terms !== null) {
    call.loss.more = { ...terms, probabilities: partOf(terms.probabilities, row * cols, length) };
  }
  return call;
}

function partOf(place: Placed | null, first: number, length: number): Placed | null {
  if (place === null) return null;
  const { type, address, array } = place;
  const offset = place.offset + first * type.bytes;
  const part = array.subarray(first, first + length);
  return { ...place, length, offset, address: address < 0 ? -1 : address + first * type.bytes, array: part };
}

/** A call on its way: where things are in the part of linear memory that it has for itself. */
class Run {
  private readonly memory: LinearMemory;
  private readonly problem: Problem;
  private readonly products: Products;
  private readonly type: KernelType;
  private readonly chunk: Chunk;
  private readonly order: Int32Array | null;
  /** Whether x or W is packed for the logits: the smaller one. */
  private readonly packsWeight: boolean;
  /** Whether all classes are one block, so that what is done with W is done once. */
  private readonly isOneBlock: boolean;
  /** Whether W has been staged and packed, where that is done once. */
  private hasWeight = false;
  private hasPackedWeight = false;
  /** Whether gradients have been added to. */
  private hasBegun = false;

  /** The address of the logits of a chunk. */
  readonly logits: number;
  private readonly edge: number;
  private readonly bias: number;
  private readonly x: number;
  private readonly xPanels: number;
  private readonly weight: number;
  private readonly turnedWeight: number;
  private readonly weightPanels: number;
  private readonly block: number;
  private readonly gradX: number;
  private readonly gradWeight: number;
  private readonly gradBias: number;
  private readonly start: number;

  constructor(
    engine: Engine,
    problem: Problem,
    chunk: Chunk,
    gradients: Gradients | null,
    logits: Output | null,
    order: Int32Array | null = null,
  ) {
    const { x, weight, features, classes } = problem;
    const type = x.type.kernel;
    const { bytes } = type;
    this.memory = engine.memory;
    this.problem = problem;
    this.products = productsOn(engine, type);
    this.type = type;
    this.chunk = chunk;
    this.order = order;
    this.isOneBlock = chunk.classes >= classes;
    this.packsWeight = this.isOneBlock && classes < chunk.rows;

    let size = 0;
    const take = (isNeeded: boolean, needed: number): number => {
      const at = size;
      if (isNeeded) size += needed + (-needed & (CACHE_LINE - 1));
      return at;
    };
    const hasGradX = gradients !== null && gradients.x !== null;
    const ofRows = chunk.rows * features * bytes;
    const ofBlock = chunk.classes * features * bytes;
    const isGathered = x.address < 0 || order !== null;
    const edge = take(true, TILE_ROWS * PANEL_ROW);
    const bias = take(true, panelBytes(1, classes, bytes));
    const gradBias = take(gradients !== null, classes * bytes);
    const xAt = take(isGathered, ofRows);
    const xPanels = take(
      true,
      Math.max(
        this.packsWeight ? 0 : panelBytes(features, chunk.rows, bytes),
        gradients === null ? 0 : panelBytes(chunk.rows, features, bytes),
      ),
    );
    const weightAt = take(weight.address < 0, ofBlock);
    const turnedWeight = take(this.packsWeight, panelBytes(features, classes, bytes));
    const weightPanels = take(hasGradX, panelBytes(chunk.classes, features, bytes));
    const block = take(gradients !== null && !this.isOneBlock, chunk.rows * chunk.classes * bytes);
    const gradX = take(hasGradX && (order !== null || !isResident(gradients.x)), ofRows);
    const gradWeight = take(gradients !== null && !isResident(gradients.weight), ofBlock);
    const logitsAt = take(logits === null || logits.address < 0, chunk.rows * classes * bytes);

    // What may fail, before anything is written.
    const start = this.memory.allocate(size);
    this.start = start;
    this.edge = start + edge;
    this.bias = start + bias;
    this.gradBias = start + gradBias;
    this.x = start + xAt;
    this.xPanels = start + xPanels;
    this.weight = start + weightAt;
    this.turnedWeight = start + turnedWeight;
    this.weightPanels = start + weightPanels;
    this.block = start + block;
    this.gradX = start + gradX;
    this.gradWeight = start + gradWeight;
    this.logits = start + logitsAt;
  }

  /** Stages the bias, which all chunks add: zeros for none, and up to a whole panel. */
  begin(): void {
    const { bias, classes } = this.problem;
    const heap = this.heap();
    const at = this.indexOf(this.bias);
    heap.fill(0, at, at + panelBytes(1, classes, this.type.bytes) / this.type.bytes);
    if (bias !== null) this.copyIn(bias, this.bias, 0, classes);
  }

  /** Gives back the memory. */
  end(): void {
    this.memory.release(this.start);
  }

  /** The address of rows of x that are not ignored. */
  stageRows(row: number, count: number): number {
    const { x, features } = this.problem;
    const { order } = this;
    if (order === null) return this.staged(x, this.x, row * features, count * features);
    const rowBytes = features * this.type.bytes;
    for (let n = 0; n < count; n++) this.copyIn(x, this.x + n * rowBytes, order[row + n] * features, features);
    return this.x;
  }

  /** The logits of a chunk: x·Wᵀ + b. */
  multiplyByWeight(x: number, rows: number, out: number): void {
    const { products, edge, type } = this;
    const { classes, features } = this.problem;
    const rowBytes = features * type.bytes;
    const outRow = classes * type.bytes;
    if (this.packsWeight) {
      if (!this.hasPackedWeight)
        products.packTurned(this.stageWeight(0, classes), rowBytes, features, classes, this.turnedWeight);
      this.hasPackedWeight = true;
      const panels = this.turnedWeight;
      products.multiply(x, rowBytes, type.bytes, rows, panels, classes, features, out, outRow, this.bias, 0, edge);
      return;
    }
    products.packTurned(x, rowBytes, features, rows, this.xPanels);
    for (let c = 0; c < classes; c += this.chunk.classes) {
      const count = Math.min(this.chunk.classes, classes - c);
      const weight = this.stageWeight(c, count);
      const offset = c * type.bytes;
      // prettier-ignore
      products.multiply(
        weight, rowBytes, type.bytes, count, this.xPanels, rows, features, out + offset, outRow, this.bias + offset, TURNED, edge,
      );
    }
  }

  /** Adds what a chunk, whose gradient of the logits is in their place, adds to the gradients. */
  addGradients(gradients: Gradients, x: number, row: number, rows: number): void {
    const { products, type, edge, chunk, logits } = this;
    const { classes, features } = this.problem;
    const { bytes } = type;
    const rowBytes = features * bytes;
    if (!this.hasBegun && gradients.bias !== null) {
      const at = this.indexOf(this.gradBias);
      if (gradients.bias.adds) this.copyIn(gradients.bias.output, this.gradBias, 0, classes);
      else this.heap().fill(0, at, at + classes);
    }
    products.pack(x, rowBytes, rows, features, this.xPanels);
    const gradX = gradients.x === null ? 0 : this.beginGradX(gradients.x, row, rows);
    for (let c = 0; c < classes; c += chunk.classes) {
      const count = Math.min(chunk.classes, classes - c);
      // A block of its own: the rows of the whole may compete for a few sets of the cache, a power of two apart.
      let grad = logits;
      if (!this.isOneBlock) {
        products.copyColumns(logits + c * bytes, classes * bytes, rows, count, this.block);
        grad = this.block;
      }
      const gradRow = count * bytes;
      if (gradients.bias !== null) products.addRows(grad, gradRow, rows, count, this.gradBias + c * bytes);
      if (gradients.x !== null) {
        const panels = this.packWeight(c, count);
        const mode = c > 0 || gradients.x.adds ? ADDS : 0;
        products.multiply(grad, gradRow, bytes, rows, panels, features, count, gradX, rowBytes, 0, mode, edge);
      }
      const { output, adds } = gradients.weight;
      const to = this.placeOf(output, c * features, this.gradWeight);
      const isAdded = adds || this.hasBegun;
      if (isAdded && output.address < 0) this.copyIn(output, to, c * features, count * features);
      const mode = isAdded ? ADDS : 0;
      products.multiply(grad, bytes, gradRow, count, this.xPanels, features, rows, to, rowBytes, 0, mode, edge);
      this.copyOut(output, to, c * features, count * features);
    }
    if (gradients.x !== null) this.endGradX(gradients.x.output, gradX, row, rows);
    this.hasBegun = true;
  }

  /** Writes what is left to write, after `valid` rows. */
  finish({ x, weight, bias }: Gradients, valid: number): void {
    const { rows, classes } = this.problem;
    if (x !== null && !x.adds && x.output.given !== undefined && valid < rows) this.clearIgnored(x.output, valid);
    if (this.hasBegun) {
      if (bias !== null) this.copyBack(bias.output, this.gradBias, 0, classes);
      return;
    }
    if (!weight.adds) fillElements(elementsOf(weight.output, this.memory), 0);
    if (bias !== null && !bias.adds) fillElements(elementsOf(bias.output, this.memory), 0);
  }

  /** Zeros for the gradients of rows that are ignored. */
  private clearIgnored(output: Output, valid: number): void {
    const { rows, features } = this.problem;
    const order = this.order as Int32Array;
    const elements = elementsOf(output, this.memory);
    let next = 0;
    for (let row = 0; row < rows; row++) {
      if (next < valid && order[next] === row) next++;
      else for (let d = 0; d < features; d++) elements[row * features + d] = 0;
    }
  }

  /** Where the gradients of rows of x are summed, with what they are added to in place. */
  private beginGradX({ output, adds }: Gradient, row: number, rows: number): number {
    const { features } = this.problem;
    const { order } = this;
    if (order === null) {
      const to = this.placeOf(output, row * features, this.gradX);
      if (adds && output.address < 0) this.copyIn(output, to, row * features, rows * features);
      return to;
    }
    const rowBytes = features * this.type.bytes;
    if (adds) {
      for (let n = 0; n < rows; n++)
        this.copyIn(output, this.gradX + n * rowBytes, order[row + n] * features, features);
    }
    return this.gradX;
  }

  private endGradX(output: Output, from: number, row: number, rows: number): void {
    const { features } = this.problem;
    const { order } = this;
    if (order === null) {
      this.copyOut(output, from, row * features, rows * features);
      return;
    }
    const rowBytes = features * this.type.bytes;
    for (let n = 0; n < rows; n++) this.copyBack(output, from + n * rowBytes, order[row + n] * features, features);
  }

  /** The address of the rows of W of some classes. */
  private stageWeight(first: number, count: number): number {
    const { weight, features } = this.problem;
    if (this.isOneBlock && this.hasWeight) return weight.address < 0 ? this.weight : weight.address;
    this.hasWeight = true;
    return this.staged(weight, this.weight, first * features, count * features);
  }

  /** The panels of the rows of W of some classes. */
  private packWeight(first: number, count: number): number {
    const { features } = this.problem;
    if (this.isOneBlock && this.hasBegun) return this.weightPanels;
    const rowBytes = features * this.type.bytes;
    this.products.pack(this.stageWeight(first, count), rowBytes, count, features, this.weightPanels);
    return this.weightPanels;
  }

  /** Where elements of an output are written: in its place in linear memory, or at `staged`. */
  placeOf({ address }: Output, first: number, staged: number): number {
    return address < 0 ? staged : address + first * this.type.bytes;
  }

  /** Moves elements that were written at an address to an output that is not in linear memory. */
  copyOut(output: Output, from: number, first: number, length: number): void {
    if (output.address < 0) this.copyBack(output, from, first, length);
  }

  private copyBack(output: Output, from: number, first: number, length: number): void {
    copyBack(this.heap(), this.indexOf(from), this.type, elementsOf(output, this.memory), first, length);
  }

  private copyIn(place: Placed, to: number, first: number, length: number): void {
    copy(this.heap(), this.indexOf(to), this.type, elementsOf(place, this.memory), first, length);
  }

  /** The address of elements of an array: in its place in linear memory, or `to`, after copying them there. */
  private staged(place: Placed, to: number, first: number, length: number): number {
    if (place.address >= 0) return place.address + first * this.type.bytes;
    this.copyIn(place, to, first, length);
    return to;
  }

  private heap(): FloatArray {
    return this.memory.floats(this.type);
  }

  private indexOf(address: number): number {
    return address >>> this.type.log2Bytes;
  }
}

const CACHE_LINE = 64;

const isResident = (gradient: Gradient | null): boolean => gradient !== null && gradient.output.address >= 0;
