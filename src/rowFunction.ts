import { type Floats, type Logits, readableBeside, readFloats, type ResultOf } from "./arrays.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { typeOf } from "./floatType.js";
import { readOptions, readTemperature } from "./options.js";
import { type Operation, runRows, runSmallRow } from "./rows.js";
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
  <Out extends Floats>(x: Logits, options: RowOptions<Out> & { readonly out: Out }): Out;
  <X extends Logits>(x: X, options?: RowOptions<undefined>): ResultOf<X>;
}

const OPTIONS = ["shape", "axis", "temperature", "out"] as const;

/** A result as long as x. */
export function rowsToRows(engine: Engine, operation: Operation, x: unknown, options: unknown): Floats {
  const given = readOptions(options, OPTIONS);
  const small = runSmallRow(engine, operation, x, given);
  if (small !== null) return small;
  const logits = readFloats("x", x);
  const type = typeOf(logits);
  const length = lengthOf(logits);
  const { rows, cols } = rowsOf("x", length, given.shape, given.axis);
  const temperature = readTemperature(given.temperature, type);
  const out = new Destination(engine, given.out, type, length);
  const input = readableBeside("x", logits, out.array, engine.memory);
  if (cols > 0) {
    runRows(engine, { operation, type, x: input, rows, cols, temperature, out, labels: null, factor: 1, values: null });
  }
  return out.result;
}

/** One value a row; `empty` for rows without elements. */
export function rowsToValues(
  engine: Engine,
  operation: Operation,
  x: unknown,
  options: unknown,
  empty: number,
): Floats {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats("x", x);
  const type = typeOf(logits);
  const { rows, cols } = rowsOf("x", lengthOf(logits), given.shape, given.axis);
  const temperature = readTemperature(given.temperature, type);
  const values = new Destination(engine, given.out, type, rows);
  const input = readableBeside("x", logits, values.array, engine.memory);
  if (cols === 0) values.fill(empty);
  else
    runRows(engine, { operation, type, x: input, rows, cols, temperature, out: null, labels: null, factor: 1, values });
  return values.result;
}
