import { typeError } from "../errors.js";
import { type FloatArray, type FloatType, type KernelType } from "../floatType.js";
import { addressIn, Destination } from "../destination.js";
import type { Job, Spread } from "../run.js";
import { positionsOf } from "../shape.js";
import { bufferOf, byteOffsetOf, isAttached, lengthOf, setElements } from "../typedArray.js";
import type { PoolMemory } from "./memory.js";
import { OPERATIONS } from "./operations.js";
import { cut } from "./parts.js";
import { NEXT, READY, type Task } from "./task.js";

/** Refuses a job whose arrays are not any more what they were when it was checked. */
export function checkStill(job: Job): void {
  const { x, beside, out, values, layout, loss } = job;
  const length = lengthOfJob(job);
  checkArray(x, length);
  if (beside !== null) checkArray(beside, length);
  if (loss?.spread?.targets) checkArray(loss.spread.targets, length);
  if (out !== null) checkArray(out.array, length);
  if (values instanceof Destination) checkArray(values.array, positionsOf(layout));
}

function checkArray(array: FloatArray, length: number): void {
  if (isAttached(array) && lengthOf(array) === length) return;
  const expected = "expected arrays that keep their memory until the call settles";
  throw typeError("ERR_DETACHED", `call: ${expected}, got one whose buffer is detached or has shrunk`);
}

const lengthOfJob = ({ layout }: Job): number => positionsOf(layout) * layout.cols;

/** A job's arrays in shared memory: where they are, or in copies there for as long as the task takes. */
export class Staged {
  readonly task: Task;
  readonly #memory: PoolMemory;
  readonly job: Job;
  readonly #owned: number[] = [];
  /** Arrays to be copied in, part by part. */
  readonly #inputs: { readonly from: FloatArray | Uint8Array; readonly to: number; readonly type: FloatType | null }[] =
    [];

  /** Takes the room. Throws ERR_OUT_OF_MEMORY where there is none, and has taken none then. */
  constructor(job: Job, memory: PoolMemory, threads: number) {
    this.#memory = memory;
    this.job = job;
    try {
      const places = this.#placesOf(job);
      this.task = { ...places, cut: cut(job.layout, threads, this.#inputs.length > 0) };
      const control = this.#control();
      control[NEXT] = 0;
      control[READY] = this.#inputs.length === 0 ? this.task.cut.count : 0;
    } catch (error) {
      this.free();
      throw error;
    }
  }

  #placesOf(job: Job): Omit<Task, "cut"> {
    const { type, x, layout, beside, mask, upstream, loss, out, accumulate, values } = job;
    const { kernel } = type;
    const positions = positionsOf(layout);
    const length = positions * layout.cols;
    const xAt = this.#placeOf(x, type);
    let outAt = 0;
    if (out !== null && out.address >= 0) outAt = out.address;
    else if (out !== null && accumulate) outAt = this.#copyOf(out.array, type);
    // The copy of the input makes room for the results, part by part.
    else if (out !== null) outAt = this.#owned.includes(xAt) ? xAt : this.#take(length * kernel.bytes);
    const spread = loss?.spread ?? null;
    return {
      operation: OPERATIONS.indexOf(job.operation),
      type: kernel.key,
      layout,
      control: this.#take(8),
      x: xAt,
      out: outAt,
      beside: beside === null ? 0 : this.#placeOf(beside, type),
      mask: mask === null ? 0 : this.#input(mask, null, this.#take(length)),
      upstream: this.#doubles(upstream),
      values: values === null ? 0 : this.#take(positions * kernel.bytes),
      temperature: job.temperature,
      absent: job.absent,
      factor: job.factor,
      penalty: job.penalty,
      accumulate,
      loss:
        loss === null
          ? null
          : {
              labels: this.#labels(loss.labels),
              weights: this.#doubles(loss.weights),
              share: loss.share,
              lambda: loss.lambda,
              spread: spread !== null,
              targets: spread?.targets ? this.#placeOf(spread.targets, type) : 0,
              ...this.#eachOf(spread),
            },
      end: this.#memory.buffer.byteLength,
    };
  }

  #take(bytes: number): number {
    const address = this.#memory.allocate(bytes);
    this.#owned.push(address);
    return address;
  }

  /** Where an array is, or will be copied to. */
  #placeOf(array: FloatArray, type: FloatType): number {
    const address =
      type.key === "f16"
        ? /* v8 ignore next -- @preserve: `npm run test:relaxed` */ -1
        : addressIn(this.#memory, array);
    return address >= 0 ? address : this.#copyOf(array, type);
  }

  #copyOf(array: FloatArray, type: FloatType): number {
    return this.#input(array, type, this.#take(lengthOfJob(this.job) * type.kernel.bytes));
  }

  #input(from: FloatArray | Uint8Array, type: FloatType | null, to: number): number {
    this.#inputs.push({ from, type, to });
    return to;
  }

  #doubles(values: Float64Array | null): number {
    if (values === null) return 0;
    const address = this.#take(values.byteLength);
    this.#memory.f64.set(values, address / 8);
    return address;
  }

  #labels(labels: Int32Array): number {
    const address = this.#take(labels.byteLength);
    this.#memory.i32.set(labels, address / 4);
    return address;
  }

  #eachOf(spread: Spread | null): { readonly each: number; readonly eachAt: number } {
    if (spread === null) return { each: 0, eachAt: 0 };
    const { each } = spread;
    return typeof each === "number" ? { each, eachAt: 0 } : { each: 0, eachAt: this.#doubles(each) };
  }

  /** Copies the input, and lets the workers have each part that has all of its own. */
  copyIn(): void {
    if (this.#inputs.length === 0) return;
    const { layout, cut } = this.task;
    const control = this.#control();
    // Of positions that are not whole rows every part has a bit of everything.
    const parts = cut.columns === layout.inner ? cut.count : 1;
    const each = parts === 1 ? lengthOfJob(this.job) : cut.rows * layout.cols * layout.inner;
    for (let part = 0; part < parts; part++) {
      this.#copyPart(part * each, Math.min(lengthOfJob(this.job), (part + 1) * each));
      Atomics.store(control, READY, parts === 1 ? cut.count : part + 1);
      Atomics.notify(control, READY);
    }
  }

  #copyPart(first: number, end: number): void {
    for (const { from, type, to } of this.#inputs) {
      if (type === null) {
        this.#memory.u8.set((from as Uint8Array).subarray(first, end), to + first);
        continue;
      }
      const { bytes } = type;
      // Not `subarray`, which asks a subclass for its constructor.
      const part = type.viewOf(bufferOf(from), byteOffsetOf(from) + first * bytes, end - first);
      this.#heap(type.kernel).set(part, to / type.kernel.bytes + first);
    }
  }

  /** What the workers wrote, to where it belongs. Nothing of it is written if this throws. */
  copyOut(): void {
    const { out, values, layout, type } = this.job;
    const { task } = this;
    const { key, bytes, viewOf } = type.kernel;
    const length = lengthOfJob(this.job);
    checkStill(this.job);
    if (out !== null && out.address < 0) setElements(out.array, viewOf(this.#memory.buffer, task.out, length), 0);
    if (values !== null) values.take(this.#memory[key], task.values / bytes, positionsOf(layout), 0);
  }

  /** Leaves nothing for the workers to take. */
  stop(): void {
    Atomics.store(this.#control(), NEXT, this.task.cut.count);
  }

  /** Gives the room back: no worker is at it any more. */
  free(): void {
    for (const address of this.#owned.splice(0)) this.#memory.releaseNow(address);
  }

  #control(): Int32Array {
    return new Int32Array(this.#memory.buffer, this.task.control, 2);
  }

  #heap({ key }: KernelType): FloatArray {
    return this.#memory[key];
  }
}
