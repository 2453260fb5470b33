import { type Floats, readableBeside, readFloats } from "./arrays.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import type { Kernels } from "./kernels.js";
import { readOptions, readTemperature } from "./options.js";
import { type Block, runRows } from "./rows.js";
import { rowsOf } from "./shape.js";
import { lengthOf } from "./typedArray.js";

/** Options of the functions of rows alone. */
export interface RowOptions<Out extends Floats | undefined = Floats | undefined> {
  /** Sizes of x, slowest first; `[x.length]`, one row, by default. */
  readonly shape?: readonly number[];
  /** The axis of the classes: the last one, −1. */
  readonly axis?: number;
  /** Logits are divided by it, > 0. */
  readonly temperature?: number;
  /** Where the result goes; x itself is allowed. */
  readonly out?: Out;
}

/** A function of rows, that gives a new array or `out`, whichever type that has. */
export interface RowFunction {
  <Out extends Floats>(x: Floats, options: RowOptions<Out> & { readonly out: Out }): Out;
  (x: Floats, options?: RowOptions<undefined>): Float32Array;
}

const OPTIONS = ["shape", "axis", "temperature", "out"] as const;

interface RowKernel {
  /** Whether it needs a row of scratch. */
  readonly scratch: boolean;
  readonly run: (kernels: Kernels, block: Block) => void;
}

/** A result as long as x. */
export function rowsToRows(engine: Engine, x: unknown, options: unknown, { scratch, run }: RowKernel): Floats {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats("x", x);
  const { rows, cols } = rowsOf("x", lengthOf(logits), given.shape, given.axis);
  const temperature = readTemperature(given.temperature);
  const out = new Destination(engine, given.out, lengthOf(logits));
  if (cols > 0) {
    const input = readableBeside("x", logits, out.array, engine.memory.buffer);
    runRows(engine, { x: input, rows, cols, temperature, out, scratch, run });
  }
  return out.result;
}

/** One value a row; `empty` for rows without elements. */
export function rowsToValues(
  engine: Engine,
  x: unknown,
  options: unknown,
  { scratch, run }: RowKernel,
  empty: number,
): Floats {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats("x", x);
  const { rows, cols } = rowsOf("x", lengthOf(logits), given.shape, given.axis);
  const temperature = readTemperature(given.temperature);
  const out = new Destination(engine, given.out, rows);
  if (cols === 0) {
    out.array.fill(empty);
  } else {
    const input = readableBeside("x", logits, out.array, engine.memory.buffer);
    const takeValues = (values: Float32Array, row: number) => out.array.set(values, row);
    runRows(engine, { x: input, rows, cols, temperature, scratch, run, takeValues });
  }
  return out.result;
}
