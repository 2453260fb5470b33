// A call in progress. Its steps are taken for whole chunks by compute.ts, and for parts of chunks by the workers of a
// pool.

import { ADDS, TURNED } from "../../assembly/linear/abi.js";
import type { FloatArray, KernelType } from "../floatType.js";
import { copy, copyBack } from "../memory/copy.js";
import type { LinearMemory } from "../memory/linearMemory.js";
import { elementsOf, type Output, type Placed } from "../memory/placed.js";
import { fillElements } from "../typedArray.js";
import type { Problem } from "./layer.js";
import type { Places } from "./places.js";
import type { Products } from "./products.js";
import { type Chunk, isOneBlock, packsWeight, panelBytes } from "./sizes.js";

/** The outputs of the gradients. */
export interface Gradients {
  readonly x: Gradient | null;
  readonly weight: Gradient;
  readonly bias: Gradient | null;
}

/** `adds`: whether the sums start from what the output holds. */
export interface Gradient {
  readonly output: Output;
  readonly adds: boolean;
}

/** The parts of a chunk that are added to the gradients. */
export interface GradientPart {
  /** To the gradient of x, in these of the chunk's rows. */
  readonly toX: boolean;
  readonly firstRow: number;
  readonly endRow: number;
  /** To the gradient of W, and with the first feature to that of the bias. */
  readonly toWeight: boolean;
  readonly firstClass: number;
  readonly endClass: number;
  readonly firstFeature: number;
  readonly endFeature: number;
}

export class Run {
  /** Null if all arrays are in linear memory. */
  private readonly memory: LinearMemory | null;
  private readonly products: Products;
  private readonly problem: Problem;
  private readonly type: KernelType;
  private readonly chunk: Chunk;
  private readonly order: Int32Array | null;
  private readonly at: Places;
  private readonly isOneBlock: boolean;
  private readonly packsWeight: boolean;
  /** Whether W has been staged and packed, where that is done once. */
  private hasWeight = false;
  private hasPackedWeight = false;
  /**
   * What the current panels hold: rows of x from some row on, transposed or only some features; rows of W from some
   * class on, only some features.
   */
  private readonly xPanels = { isTurned: false, row: -1, first: 0, end: 0 };
  private readonly weightPanels = { class: -1, first: 0, end: 0 };

  constructor(
    memory: LinearMemory | null,
    products: Products,
    problem: Problem,
    chunk: Chunk,
    order: Int32Array | null,
    at: Places,
  ) {
    this.memory = memory;
    this.products = products;
    this.problem = problem;
    this.type = problem.x.type.kernel;
    this.chunk = chunk;
    this.order = order;
    this.at = at;
    this.isOneBlock = isOneBlock(problem, chunk);
    this.packsWeight = packsWeight(problem, chunk);
  }

  /** Stages the bias, which all chunks add: zeros for none, and up to a whole panel. */
  stageBias(): void {
    const { bias, classes } = this.problem;
    const heap = this.heap();
    const at = this.indexOf(this.at.bias);
    const padded = panelBytes(1, classes, this.type.bytes) / this.type.bytes;
    if (bias !== null) this.copyIn(bias, this.at.bias, 0, classes);
    // A loop instead of `fill`, which takes as long as 30 iterations; and a layer without bias has few multiplications
    // per class.
    for (let c = bias === null ? 0 : classes; c < padded; c++) heap[at + c] = 0;
  }

  /** The address of rows of x that are not ignored. */
  stageRows(row: number, count: number): number {
    const { x, features } = this.problem;
    const { order } = this;
    if (order === null) return this.staged(x, this.at.x, row * features, count * features);
    const rowBytes = features * this.type.bytes;
    for (let n = 0; n < count; n++) this.gather(x, order[row + n], 0, features, this.at.x + n * rowBytes);
    return this.at.x;
  }

  /** The logits of rows of x, from row `row` of all on, and of some classes: x·Wᵀ + b. */
  multiplyByWeight(x: number, row: number, rows: number, out: number, firstClass: number, endClass: number): void {
    const { products, type } = this;
    const { edge, bias, turnedWeight, xPanels } = this.at;
    const { classes, features } = this.problem;
    const { bytes } = type;
    const rowBytes = features * bytes;
    const outRow = classes * bytes;
    if (this.packsWeight) {
      if (!this.hasPackedWeight)
        products.packTurned(this.stageWeight(0, classes), rowBytes, features, classes, turnedWeight);
      this.hasPackedWeight = true;
      products.multiply(x, rowBytes, bytes, rows, turnedWeight, classes, features, out, outRow, bias, 0, edge);
      return;
    }
    if (this.mustPackRows(true, row, 0, features)) products.packTurned(x, rowBytes, features, rows, xPanels);
    for (let c = firstClass; c < endClass; c += this.chunk.classes) {
      const count = Math.min(this.chunk.classes, endClass - c);
      const weight = this.stageWeight(c, count);
      const offset = c * bytes;
      // prettier-ignore
      products.multiply(
        weight, rowBytes, bytes, count, xPanels, rows, features, out + offset, outRow, bias + offset, TURNED, edge,
      );
    }
  }

  /** Begins the sums of the gradient of the bias. */
  beginGradBias(bias: Gradient | null): void {
    if (bias === null) return;
    const { classes } = this.problem;
    const at = this.indexOf(this.at.gradBias);
    if (bias.adds) this.copyIn(bias.output, this.at.gradBias, 0, classes);
    else {
      const heap = this.heap();
      for (let c = 0; c < classes; c++) heap[at + c] = 0;
    }
  }

  /** Adds a chunk's contribution to the gradients. The gradient of its logits has taken their place. */
  addGradients(gradients: Gradients, x: number, row: number, rows: number, part: GradientPart): void {
    const { products, type, chunk } = this;
    const { edge, logits, block, xPanels, gradBias } = this.at;
    const { classes, features } = this.problem;
    const { toX, firstRow, endRow, toWeight, firstFeature, endFeature } = part;
    const { bytes } = type;
    const rowBytes = features * bytes;
    const width = endFeature - firstFeature;
    const offset = firstFeature * bytes;
    if (toWeight && this.mustPackRows(false, row, firstFeature, endFeature))
      products.pack(x + offset, rowBytes, rows, width, xPanels);
    const gradX = toX ? this.beginGradX(gradients.x as Gradient, row, part) : 0;
    for (let c = part.firstClass; c < part.endClass; c += chunk.classes) {
      const count = Math.min(chunk.classes, part.endClass - c);
      let grad = logits + c * bytes;
      let gradRow = classes * bytes;
      // Copied to a block of its own, because columns of the whole matrix may be a power of two apart and compete for a
      // few sets of the cache.
      if (toWeight && !this.isOneBlock) {
        products.copyColumns(grad, gradRow, rows, count, block);
        grad = block;
        gradRow = count * bytes;
      }
      if (toX) {
        const panels = this.packWeight(c, count, firstFeature, endFeature);
        const mode = c > 0 || (gradients.x as Gradient).adds ? ADDS : 0;
        const from = grad + firstRow * gradRow;
        const to = gradX + firstRow * rowBytes + offset;
        products.multiply(from, gradRow, bytes, endRow - firstRow, panels, width, count, to, rowBytes, 0, mode, edge);
      }
      if (!toWeight) continue;
      if (gradients.bias !== null && firstFeature === 0)
        products.addRows(grad, gradRow, rows, count, gradBias + c * bytes);
      const { output, adds } = gradients.weight;
      const to = this.placeOf(output, c * features, this.at.gradWeight);
      const isAdded = adds || row > 0;
      if (isAdded && output.address < 0) this.copyIn(output, to, c * features, count * features);
      const mode = isAdded ? ADDS : 0;
      products.multiply(grad, bytes, gradRow, count, xPanels, width, rows, to + offset, rowBytes, 0, mode, edge);
      this.copyOut(output, to, c * features, count * features);
    }
    if (toX) this.endGradX((gradients.x as Gradient).output, gradX, row, part);
  }

  /** Writes what remains once all `valid` rows are done. */
  finish({ x, weight, bias }: Gradients, valid: number): void {
    const { rows, classes } = this.problem;
    if (x !== null && !x.adds && x.output.given !== undefined && valid < rows) this.clearIgnored(x.output, valid);
    if (valid > 0) {
      if (bias !== null) this.copyBack(bias.output, this.at.gradBias, 0, classes);
      return;
    }
    if (!weight.adds) fillElements(this.elementsOf(weight.output), 0);
    if (bias !== null && !bias.adds) fillElements(this.elementsOf(bias.output), 0);
  }

  /** Zeros for the gradients of rows that are ignored. */
  private clearIgnored(output: Output, valid: number): void {
    const { rows, features } = this.problem;
    const order = this.order as Int32Array;
    const elements = this.elementsOf(output);
    let next = 0;
    for (let row = 0; row < rows; row++) {
      if (next < valid && order[next] === row) next++;
      else for (let d = 0; d < features; d++) elements[row * features + d] = 0;
    }
  }

  /**
   * The address where gradients of rows of x are summed, for the chunk's first row; it already holds the numbers that
   * they are added to.
   */
  private beginGradX({ output, adds }: Gradient, row: number, part: GradientPart): number {
    const { features } = this.problem;
    const { order } = this;
    const { firstRow, endRow, firstFeature, endFeature } = part;
    if (order === null) {
      const to = this.placeOf(output, row * features, this.at.gradX);
      if (adds && output.address < 0) this.copyIn(output, to, row * features, endRow * features);
      return to;
    }
    const { gradX } = this.at;
    const rowBytes = features * this.type.bytes;
    for (let n = firstRow; adds && n < endRow; n++)
      this.gather(output, order[row + n], firstFeature, endFeature, gradX + n * rowBytes);
    return gradX;
  }

  private endGradX(output: Output, from: number, row: number, part: GradientPart): void {
    const { features } = this.problem;
    const { order } = this;
    const { firstRow, endRow, firstFeature, endFeature } = part;
    if (order === null) {
      this.copyOut(output, from, row * features, endRow * features);
      return;
    }
    const rowBytes = features * this.type.bytes;
    for (let n = firstRow; n < endRow; n++)
      this.scatter(output, order[row + n], firstFeature, endFeature, from + n * rowBytes);
  }

  /** Whether rows of x, transposed or some of their features, still have to be packed into panels. */
  private mustPackRows(isTurned: boolean, row: number, first: number, end: number): boolean {
    const panels = this.xPanels;
    if (panels.row === row && panels.isTurned === isTurned && panels.first === first && panels.end === end)
      return false;
    panels.isTurned = isTurned;
    panels.row = row;
    panels.first = first;
    panels.end = end;
    return true;
  }

  /** The address of the rows of W of some classes. */
  private stageWeight(first: number, count: number): number {
    const { weight, features } = this.problem;
    if (this.isOneBlock && this.hasWeight && weight.address < 0) return this.at.weight;
    this.hasWeight = true;
    return this.staged(weight, this.at.weight, first * features, count * features);
  }

  /** The panels of some features of the rows of W of some classes. */
  private packWeight(firstClass: number, count: number, first: number, end: number): number {
    const { weightPanels } = this.at;
    const panels = this.weightPanels;
    if (this.isOneBlock && panels.class === firstClass && panels.first === first && panels.end === end)
      return weightPanels;
    panels.class = firstClass;
    panels.first = first;
    panels.end = end;
    const { bytes } = this.type;
    const from = this.stageWeight(firstClass, count) + first * bytes;
    this.products.pack(from, this.problem.features * bytes, count, end - first, weightPanels);
    return weightPanels;
  }

  /** Where elements of an output are written: in its place in linear memory, or at `staged`. */
  placeOf({ address }: Output, first: number, staged: number): number {
    return address < 0 ? staged : address + first * this.type.bytes;
  }

  /** Moves elements that were written at an address to an output that is not in linear memory. */
  copyOut(output: Output, from: number, first: number, length: number): void {
    if (output.address < 0) this.copyBack(output, from, first, length);
  }

  /** Copies some features of a row of an array to a row at an address. */
  private gather(place: Placed, row: number, first: number, end: number, to: number): void {
    const { features } = this.problem;
    const { bytes } = this.type;
    const at = row * features + first;
    if (place.address < 0) this.copyIn(place, to + first * bytes, at, end - first);
    else this.products.copyColumns(place.address + at * bytes, 0, 1, end - first, to + first * bytes);
  }

  /** The other way. */
  private scatter(place: Placed, row: number, first: number, end: number, from: number): void {
    const { features } = this.problem;
    const { bytes } = this.type;
    const at = row * features + first;
    if (place.address < 0) this.copyBack(place, from + first * bytes, at, end - first);
    else this.products.copyColumns(from + first * bytes, 0, 1, end - first, place.address + at * bytes);
  }

  private copyBack(place: Placed, from: number, first: number, length: number): void {
    copyBack(this.heap(), this.indexOf(from), this.type, this.elementsOf(place), first, length);
  }

  private copyIn(place: Placed, to: number, first: number, length: number): void {
    copy(this.heap(), this.indexOf(to), this.type, this.elementsOf(place), first, length);
  }

  /** The address of elements of an array: in its place in linear memory, or `to`, after copying them there. */
  private staged(place: Placed, to: number, first: number, length: number): number {
    if (place.address >= 0) return place.address + first * this.type.bytes;
    this.copyIn(place, to, first, length);
    return to;
  }

  private elementsOf(place: Placed): FloatArray {
    return elementsOf(place, this.memory as LinearMemory);
  }

  private heap(): FloatArray {
    return (this.memory as LinearMemory).floats(this.type);
  }

  private indexOf(address: number): number {
    return address >>> this.type.log2Bytes;
  }
}
