// A linear layer in a pool: on the calling thread as everywhere, or by the workers, in shared linear memory.

import type { Engine } from "../../backend/engine.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import type { LinearMemory } from "../../memory/linearMemory.js";
import { elementsOf, NOT_YET, type Output, type Placed } from "../../memory/placed.js";
import type { Job, SharedJob } from "../../threads/jobs/job.js";
import { checkStill } from "../../threads/jobs/sharedCall.js";
import { bufferOf, byteOffsetOf, setElements } from "../../typedArray.js";
import { compute, type LayerCall } from "../functions.js";
import { moveBy, placesOf } from "../places.js";
import type { Gradient, Gradients } from "../run.js";
import { type Chunk, chunkOf, panelBytes } from "../sizes.js";
import { sharedBytes } from "../source/inlined.js";
import { CLASSES, DONE, type LayerTask, type LayerTaskLoss, NEXT, ROWS, STOPPED } from "./layerTask.js";
import { stepsOf } from "./steps.js";

/** Multiplications and additions a nanosecond, and nanoseconds of a logit's loss. */
const PACE = 20;
const LOSS = 1;

export class LayerJob implements Job {
  private readonly call: LayerCall;

  constructor(call: LayerCall) {
    this.call = call;
  }

  get elements(): number {
    const { problem, gradients } = this.call;
    const products = gradients === null ? 1 : gradients.x === null ? 2 : 3;
    return Math.ceil(this.rows * problem.classes * ((problem.features * products) / PACE + LOSS));
  }

  get isDivisible(): boolean {
    return this.rows > 0;
  }

  private get rows(): number {
    const { loss, problem } = this.call;
    return loss === null ? problem.rows : loss.rows;
  }

  kind(): string {
    const { operation, problem, gradients, loss } = this.call;
    const copies = this.arrays().filter(({ address }) => address < 0).length;
    return [operation, problem.x.type.key, gradients?.x != null, loss?.more != null, copies].join();
  }

  arrays(): readonly Placed[] {
    const { problem, out, loss, gradients } = this.call;
    const { x, weight, bias } = problem;
    const arrays = [x, weight, bias, loss?.loss.more?.probabilities, out];
    return [...arrays, ...outputsOf(gradients)].filter(
      (place): place is Placed => place !== null && place !== undefined,
    );
  }

  execute(engine: Engine): void {
    compute(engine, this.call);
  }

  share(memory: LinearMemory, _: unknown, threads: number): SharedJob {
    return new SharedLayer(this.call, this.rows, memory, threads);
  }
}

const outputsOf = (gradients: Gradients | null): Output[] =>
  gradients === null
    ? []
    : [gradients.x, gradients.weight, gradients.bias]
        .filter((gradient) => gradient !== null)
        .map(({ output }) => output);

/** How much of W is copied between two wakes of the workers: a wake costs as much as a copy of 20 kB. */
const COPIED_AT_ONCE = 256 * 1024;

class SharedLayer implements SharedJob {
  readonly task: LayerTask;
  private readonly call: LayerCall;
  private readonly rows: number;
  private readonly memory: LinearMemory;
  private readonly start: number;
  private readonly chunk: Chunk;
  private readonly type: KernelType;
  /** The addresses of copies, for arrays that are not in shared linear memory themselves. */
  private readonly copies = new Map<Placed, number>();

  constructor(call: LayerCall, rows: number, memory: LinearMemory, threads: number) {
    const { problem, out, loss, order, gradients } = call;
    const { x, weight, features, classes } = problem;
    const type = x.type.kernel;
    const { bytes } = type;
    this.call = call;
    this.rows = rows;
    this.memory = memory;
    this.chunk = chunkOf(problem, bytes);
    this.type = type;
    const { chunk } = this;

    let size = 0;
    const take = (needed: number): number => {
      const at = size;
      size += upToLine(needed);
      return at;
    };
    const terms = loss === null ? null : loss.loss.more;
    const probabilities = terms === null ? null : terms.probabilities;
    const places = [x, weight, probabilities, out, gradients?.x?.output, gradients?.weight.output];
    for (const place of places) {
      if (place !== null && place !== undefined && place.address < 0)
        this.copies.set(place, take(place.length * bytes));
    }
    const bias = take(panelBytes(1, classes, bytes));
    const gradBias = take(gradients === null ? 0 : classes * bytes);
    const logits = take(loss === null ? 0 : chunk.rows * classes * bytes);
    const labels = take(loss === null ? 0 : 4 * rows);
    const values = take(loss === null ? 0 : bytes * rows);
    const upstream = take(8 * (loss?.more?.upstream?.length ?? 0));
    const weights = take(8 * (terms?.weights?.length ?? 0));
    const orderAt = take(4 * (order?.length ?? 0));
    const control = take(CONTROL_BYTES);
    // From here on, all arrays are in linear memory.
    const resident = (place: Placed): Placed => ({ ...place, address: 0 });
    const within = { ...problem, x: resident(x), weight: resident(weight) };
    const output = { ...x, address: 0, given: NOT_YET, made: undefined };
    const inPlace = (gradient: Gradient | null) => gradient && { ...gradient, output };
    const needs = gradients && { ...gradients, x: inPlace(gradients.x), weight: { ...gradients.weight, output } };
    const own = placesOf(within, chunk, order, needs, output);
    const scratch = take(threads * upToLine(own.size));

    const start = memory.allocate(size);
    this.start = start;
    for (const [place, at] of this.copies) this.copies.set(place, start + at);
    moveBy(own.places, start + scratch);
    Object.assign(own.places, { bias: start + bias, gradBias: start + gradBias, logits: start + logits });
    const { buffer } = memory;
    const integers = (at: number, array: Int32Array): Int32Array => {
      const copy = new Int32Array(buffer, start + at, array.length);
      copy.set(array);
      return copy;
    };
    const doubles = (at: number, array: Float64Array): Float64Array => {
      const copy = new Float64Array(buffer, start + at, array.length);
      copy.set(array);
      return copy;
    };
    const taskLoss: LayerTaskLoss | null = loss && {
      operation: call.operation,
      rows,
      scale: loss.scale,
      labels: integers(labels, (loss.loss.labels as Int32Array).subarray(0, rows)),
      terms: terms && {
        ...terms,
        weights: terms.weights && doubles(weights, terms.weights),
        probabilities: probabilities && type.viewOf(buffer, this.addressOf(probabilities), probabilities.length),
        uniform: terms.uniform as number,
      },
      more: loss.more && {
        zLossScale: loss.more.zLossScale,
        upstream: loss.more.upstream && doubles(upstream, loss.more.upstream),
      },
      values: type.viewOf(buffer, start + values, rows),
      logits: type.viewOf(buffer, start + logits, chunk.rows * classes),
    };
    const gradientAt = ({ output: { address }, adds }: Gradient, place: Output) => ({
      address: address < 0 ? this.addressOf(place) : address,
      adds,
    });
    this.task = {
      products: sharedBytes(),
      memory: memory.pages as WebAssembly.Memory,
      type: type.key,
      sizes: { rows: problem.rows, features, classes },
      chunk,
      steps: stepsOf(problem, rows, chunk, threads, {
        loss: loss !== null,
        gradX: gradients !== null && gradients.x !== null,
        gradients: gradients !== null,
      }),
      x: this.addressOf(x),
      weight: this.addressOf(weight),
      logits: out === null ? start + logits : this.addressOf(out),
      order: order && integers(orderAt, order),
      loss: taskLoss,
      gradients: gradients && {
        x: gradients.x && gradientAt(gradients.x, gradients.x.output),
        weight: gradientAt(gradients.weight, gradients.weight.output),
        hasBias: gradients.bias !== null,
      },
      places: own.places,
      size: upToLine(own.size),
      control: integers(control, new Int32Array(CONTROL_BYTES / 4)),
    };
  }

  private addressOf(place: Placed): number {
    return place.address < 0 ? (this.copies.get(place) as number) : place.address;
  }

  private viewOf(address: number, length: number): FloatArray {
    return this.type.viewOf(this.memory.buffer, address, length);
  }

  /** Elements of an array that has a copy, to it. */
  private copy(place: Placed, first: number, length: number): void {
    const at = this.copies.get(place);
    if (at === undefined || length <= 0) return;
    const { bytes } = this.type;
    const elements = elementsOf(place, this.memory);
    // Not `subarray`, which asks a subclass for its constructor.
    const from = this.type.viewOf(bufferOf(elements), byteOffsetOf(elements) + first * bytes, length);
    setElements(this.viewOf(at + first * bytes, length), from, 0);
  }

  copyIn(): void {
    const { problem, loss, gradients } = this.call;
    const { x, weight, bias, rows, features, classes } = problem;
    const { places } = this.task;
    const padded = panelBytes(1, classes, this.type.bytes) / this.type.bytes;
    const biases = this.viewOf(places.bias, padded);
    biases.fill(0);
    if (bias !== null) setElements(biases, elementsOf(bias, this.memory), 0);
    if (gradients !== null) {
      for (const gradient of [gradients.x, gradients.weight]) {
        if (gradient !== null && gradient.adds) this.copy(gradient.output, 0, gradient.output.length);
      }
      const sums = this.viewOf(places.gradBias, classes);
      if (gradients.bias !== null && gradients.bias.adds)
        setElements(sums, elementsOf(gradients.bias.output, this.memory), 0);
      else sums.fill(0);
    }
    const probabilities = loss?.loss.more?.probabilities;
    if (probabilities) this.copy(probabilities, 0, probabilities.length);
    // What the first parts need: a chunk of rows, and W class by class.
    const first = Math.min(rows, this.chunk.rows);
    this.copy(x, 0, first * features);
    this.tell(ROWS, first);
    const each = this.copies.has(weight) ? Math.ceil(COPIED_AT_ONCE / (features * this.type.bytes)) : classes;
    for (let c = 0; c < classes; c += each) {
      const count = Math.min(each, classes - c);
      this.copy(weight, c * features, count * features);
      this.tell(CLASSES, c + count);
    }
    this.copy(x, first * features, (rows - first) * features);
    this.tell(ROWS, rows);
  }

  copyOut(): void {
    const { out, loss, order, gradients } = this.call;
    const outputs = [...outputsOf(gradients), ...(out === null ? [] : [out])];
    checkStill(outputs);
    if (gradients !== null) {
      const { x, bias } = gradients;
      if (x !== null && !x.adds && order !== null) this.clearIgnored(x.output, order);
      if (bias !== null)
        setElements(
          elementsOf(bias.output, this.memory),
          this.viewOf(this.task.places.gradBias, bias.output.length),
          0,
        );
    }
    for (const output of outputs) {
      const at = this.copies.get(output);
      if (at !== undefined) setElements(elementsOf(output, this.memory), this.viewOf(at, output.length), 0);
    }
    if (loss === null) return;
    const { values } = this.task.loss as LayerTaskLoss;
    if (loss.sum !== null) loss.sum.take(values, 0, this.rows);
    else setElements((loss.values as Output).array, values, 0);
  }

  /** Zeros for the gradients of rows that are ignored. */
  private clearIgnored(output: Output, order: Int32Array): void {
    const { rows, features } = this.call.problem;
    const elements = this.viewOf(this.addressOf(output), output.length);
    for (let row = 0, next = 0; row < rows; row++) {
      if (order[next] === row) next++;
      else elements.fill(0, row * features, (row + 1) * features);
    }
  }

  stop(): void {
    Atomics.store(this.task.control, NEXT, this.task.steps.count);
    for (const at of [DONE, ROWS, CLASSES]) this.tell(at, STOPPED);
  }

  private tell(at: number, count: number): void {
    const { control } = this.task;
    // Not if the task was cut short.
    if (Atomics.load(control, DONE) < STOPPED || count === STOPPED) Atomics.store(control, at, count);
    Atomics.notify(control, at);
  }

  release(): void {
    this.memory.release(this.start);
  }

  get writesInPlace(): boolean {
    const { out, gradients } = this.call;
    return [out, gradients?.x?.output, gradients?.weight.output].some(
      (output) => output !== null && output !== undefined && output.address >= 0,
    );
  }
}

const CACHE_LINE = 64;
/** Numbers that several threads write have a cache line of their own. */
const CONTROL_BYTES = CACHE_LINE;

const upToLine = (bytes: number): number => bytes + (-bytes & (CACHE_LINE - 1));
