import { checkAttached, type Logits, type Out, readableBeside, readFloats, readLike, type ResultOf } from "./arrays.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { typeOf } from "./floatType.js";
import { readOptions, readTemperature } from "./options.js";
import { newJob, type Operation, run } from "./run.js";
import { readLayout } from "./shape.js";
import { lengthOf } from "./typedArray.js";

/** Options of the derivatives of softmax and log-softmax: those of the function itself. */
export interface BackwardOptions<O extends Out | undefined = Out | undefined> {
  /** Sizes of y, slowest first; `[y.length]`, one row, by default. */
  readonly shape?: readonly number[];
  /** The axis of the classes; −1, the last one, by default. */
  readonly axis?: number;
  /** What the logits were divided by. The result is with respect to the undivided ones. */
  readonly temperature?: number;
  /** Where the result goes; y and dy themselves are allowed. */
  readonly out?: O;
}

/** From what a function gave, and the gradient with respect to it, to the gradient with respect to its logits. */
export interface Backward {
  <O extends Out>(y: Logits, dy: Logits, options: BackwardOptions<O> & { readonly out: O }): O;
  <Y extends Logits>(y: Y, dy: Logits, options?: BackwardOptions<undefined>): ResultOf<Y>;
}

const OPTIONS = ["shape", "axis", "temperature", "out"] as const;

export const ofSoftmax: Operation = (kernels, at) =>
  kernels.softmaxBackward(at.x, at.beside, at.out, at.factor, at.rows, at.cols, at.inner, at.stride);

export const ofLogSoftmax: Operation = (kernels, at) =>
  kernels.logSoftmaxBackward(at.x, at.beside, at.out, at.factor, at.scratch, at.rows, at.cols, at.inner, at.stride);

export const softmaxBackward = (engine: Engine, y: unknown, dy: unknown, options?: unknown): Out =>
  backward(engine, ofSoftmax, y, dy, options);

export const logSoftmaxBackward = (engine: Engine, y: unknown, dy: unknown, options?: unknown): Out =>
  backward(engine, ofLogSoftmax, y, dy, options);

function backward(engine: Engine, operation: Operation, y: unknown, dy: unknown, options: unknown): Out {
  const given = readOptions(options, OPTIONS);
  const x = readFloats("y", y);
  const length = lengthOf(x);
  const beside = readLike("dy", dy, x);
  checkAttached("y", x, length);
  const type = typeOf(x);
  const layout = readLayout("y", length, given.shape, given.axis);
  const temperature = readTemperature(given.temperature, type.kernel);
  const out = new Destination(engine, given.out, type, length);
  if (layout.cols > 0) {
    const job = newJob(operation, type, readableBeside("y", x, out.array, engine.memory), layout);
    job.beside = readableBeside("dy", beside, out.array, engine.memory);
    job.factor = 1 / temperature;
    job.out = out;
    run(engine, job);
  }
  return out.result;
}
