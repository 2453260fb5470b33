import { type Logits, type Out, readableBeside, readFloats, type ResultOf } from "./arrays.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { typeOf } from "./floatType.js";
import { readMask } from "./numbers.js";
import { readOptions, readTemperature } from "./options.js";
import { newJob, type Operation, run } from "./run.js";
import { positionsOf, readLayout } from "./shape.js";
import { runSmall } from "./smallRun.js";
import { lengthOf } from "./typedArray.js";

/** Options of the functions of rows alone. */
export interface RowOptions<O extends Out | undefined = Out | undefined> {
  /** Sizes of x, slowest first; `[x.length]`, one row, by default. */
  readonly shape?: readonly number[];
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number;
  /** Logits are divided by it, > 0. */
  readonly temperature?: number;
  /**
   * Which elements are present: 0 for absent, one byte an element of x. Absent ones are not read; their probability is 0,
   * and its logarithm −∞.
   */
  readonly mask?: Uint8Array;
  /** Where the result goes; x itself is allowed. */
  readonly out?: O;
}

/** A function of rows, that gives a new array or `out`, whichever type that has. */
export interface RowFunction {
  <O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): O;
  <X extends Logits>(x: X, options?: RowOptions<undefined>): ResultOf<X>;
}

const OPTIONS = ["shape", "axis", "temperature", "mask", "out"] as const;

/**
 * A result as long as x, or with `perRow` of one value a position. `absent`: what absent elements are in the one, and
 * positions without elements in the other.
 */
export function rowFunction(
  engine: Engine,
  operation: Operation,
  x: unknown,
  options: unknown,
  perRow: boolean,
  absent: number,
): Out {
  const given = readOptions(options, OPTIONS);
  const small = runSmall(engine, operation, given, x, perRow, null);
  if (small !== null) return small;
  const logits = readFloats("x", x);
  const type = typeOf(logits);
  const length = lengthOf(logits);
  const layout = readLayout("x", length, given.shape, given.axis);
  const temperature = readTemperature(given.temperature, type.kernel);
  const mask = readMask(given.mask, length);
  const out = new Destination(engine, given.out, type, perRow ? positionsOf(layout) : length);
  if (layout.cols === 0) {
    out.fill(absent);
    return out.result;
  }
  const job = newJob(operation, type, readableBeside("x", logits, out.array, engine.memory), layout);
  job.temperature = temperature;
  job.mask = mask;
  job.absent = absent;
  if (perRow) job.values = out;
  else job.out = out;
  run(engine, job);
  return out.result;
}
