// A call in memory that threads share.

import { positionsOf } from "../../arguments/shape.js";
import { type Call, type LossTerms, newMore, type Selection } from "../../call.js";
import { typeError } from "../../errors.js";
import type { FloatArray, FloatType } from "../../floatType.js";
import type { Memory } from "../../memory/linearMemory.js";
import { elementsOf, type Placed } from "../../memory/placed.js";
import { bufferOf, byteOffsetOf, isAttached, isShared, lengthOf, setElements } from "../../typedArray.js";
import type { SharedJob } from "./job.js";
import { type CallTask, NEXT, READY } from "../messages.js";
import { cut } from "./parts.js";

/** The arrays of a call that it has not copied. */
export function arraysOf({ x, out, values, more, loss }: Call): Placed[] {
  const arrays = [x, more?.operand, loss?.more?.probabilities, out, values];
  return arrays.filter((place): place is Placed => place !== null && place !== undefined);
}

/** Refuses arrays that have changed since their call was checked. */
export function checkStill(arrays: readonly Placed[]): void {
  for (const { array, address, length } of arrays) {
    // Views of linear memory are made anew.
    if (address >= 0 || (isAttached(array) && lengthOf(array) === length)) continue;
    const expected = "expected arrays that keep their memory until the call settles";
    throw typeError("ERR_DETACHED", `call: ${expected}, got one whose buffer is detached or was resized`);
  }
}

/** Whether threads share the array. */
export const isInShared = ({ array }: Placed): boolean => isShared(bufferOf(array));

/**
 * Shared memory for copies of a call's ordinary arrays. The n-th region of the previous call is reused as the n-th of
 * this one if it is long enough, because the first touch of new memory costs as much as the copy.
 */
export class Scratch {
  private readonly regions: SharedArrayBuffer[] = [];
  private used = 0;

  /** Call this before a call, when no worker works on the previous one any more. */
  reset(): void {
    this.used = 0;
  }

  floats(type: FloatType, length: number): FloatArray {
    return type.viewOf(this.region(length * type.bytes), 0, length);
  }

  integers(length: number): Int32Array {
    return new Int32Array(this.region(length * Int32Array.BYTES_PER_ELEMENT), 0, length);
  }

  /** A copy of an array of the library's own. */
  copyOf<Elements extends Float64Array | Int32Array | Uint8Array>(array: Elements): Elements {
    const Type = array.constructor as new (buffer: SharedArrayBuffer, offset: number, length: number) => Elements;
    const copy = new Type(this.region(array.byteLength), 0, array.length);
    copy.set(array);
    return copy;
  }

  private region(bytes: number): SharedArrayBuffer {
    const at = this.used++;
    if (at >= this.regions.length || this.regions[at].byteLength < bytes)
      this.regions[at] = new SharedArrayBuffer(bytes);
    return this.regions[at];
  }
}

/** A call's arrays where they are, if threads share them, else in copies for as long as the task takes. */
export class SharedCall implements SharedJob {
  readonly task: CallTask;
  private readonly call: Call;
  private readonly memory: Memory;
  private readonly scratch: Scratch;
  /** Copies, by the array that was copied. Each array is copied once, even if it is passed as several arguments. */
  private readonly copies = new Map<FloatArray, FloatArray>();
  /** The copies that have to be filled, part by part. */
  private readonly inputs: { readonly from: FloatArray; readonly to: FloatArray }[] = [];

  /** Throws where there is no room for copies. */
  constructor(operation: string, call: Call, memory: Memory, scratch: Scratch, threads: number) {
    this.call = call;
    this.memory = memory;
    this.scratch = scratch;
    scratch.reset();
    const { x, out, loss, rows, cols, inner, absent, scale, temperature } = call;
    const more = call.more ?? newMore();
    const { selection } = more;
    const count = positionsOf(call) * (selection === null ? 1 : selection.count);
    const hasValues = call.values !== null || call.sum !== null;
    this.task = {
      operation,
      rows,
      cols,
      inner,
      absent,
      scale,
      temperature,
      x: this.share(x, true),
      more: {
        ...more,
        mask: more.mask && scratch.copyOf(more.mask),
        lengths: more.lengths && scratch.copyOf(more.lengths),
        operand: more.operand && this.share(more.operand, true),
        upstream: more.upstream && scratch.copyOf(more.upstream),
        selection: selection && { ...selection, indices: scratch.integers(count) },
      },
      labels: loss?.labels ? scratch.copyOf(loss.labels) : null,
      terms: loss?.more ? this.shareTerms(loss.more) : null,
      // Placed after the array that it may be identical to, so that it refers to the copy that has the elements.
      out: out && this.share(out, more.accumulate),
      values: hasValues ? scratch.floats(x.type.kernel, count) : null,
      cut: cut(call, threads, this.inputs.length > 0),
      control: scratch.copyOf(new Int32Array(2)),
    };
    if (this.inputs.length === 0) this.task.control[READY] = this.task.cut.count;
  }

  /** An array where it is, or where its copy will be. */
  private share(place: Placed, isRead: boolean): FloatArray {
    const { type, length } = place;
    const from = elementsOf(place, this.memory);
    // A view of our own: the array may be of a subclass, or change its length with its buffer.
    if (isInShared(place)) return type.viewOf(bufferOf(from), byteOffsetOf(from), length);
    let to = this.copies.get(from);
    if (to === undefined) {
      to = this.scratch.floats(type, length);
      this.copies.set(from, to);
      if (isRead) this.inputs.push({ from, to });
    }
    return to;
  }

  private shareTerms(terms: LossTerms): CallTask["terms"] {
    const { weights, probabilities, uniform } = terms;
    return {
      ...terms,
      weights: weights && this.scratch.copyOf(weights),
      uniform: typeof uniform === "number" ? uniform : this.scratch.copyOf(uniform),
      probabilities: probabilities && this.share(probabilities, true),
    };
  }

  /** Copies the input part by part, and releases each part to the workers once it is complete. */
  copyIn(): void {
    if (this.inputs.length === 0) return;
    const { rows, cols, inner, cut, control } = this.task;
    const { type, length } = this.call.x;
    // If parts are not whole rows, every part needs elements from all over the input.
    const isByRows = cut.columns === inner;
    const each = isByRows ? cut.rows * cols * inner : length;
    for (let first = 0, ready = 1; first < rows * cols * inner; first += each, ready++) {
      const count = Math.min(length - first, each);
      for (const { from, to } of this.inputs) {
        // Not `subarray`, which asks a subclass for its constructor.
        setElements(to, type.viewOf(bufferOf(from), byteOffsetOf(from) + first * type.bytes, count), first);
      }
      Atomics.store(control, READY, isByRows ? ready : cut.count);
      Atomics.notify(control, READY);
    }
  }

  copyOut(): void {
    const { call, memory, task } = this;
    const { out, values, sum } = call;
    const outputs: [Placed, FloatArray][] = [];
    if (out !== null && !isInShared(out)) outputs.push([out, task.out as FloatArray]);
    if (values !== null) outputs.push([values, task.values as FloatArray]);
    checkStill(outputs.map(([place]) => place));
    for (const [place, elements] of outputs) setElements(elementsOf(place, memory), elements, 0);
    const selection = call.more === null ? null : call.more.selection;
    if (selection !== null) selection.indices.set((task.more.selection as Selection).indices);
    sum?.take(task.values as FloatArray, 0, positionsOf(call));
  }

  stop(): void {
    Atomics.store(this.task.control, NEXT, this.task.cut.count);
  }

  release(): void {
    // Scratch keeps its regions for the next call.
  }

  get writesInPlace(): boolean {
    return this.call.out !== null && isInShared(this.call.out);
  }
}
