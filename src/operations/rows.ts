// What softmax, logSoftmax and logSumExp have in common: the arguments of a function of rows alone.

import { type Out, readableWhileWriting, readFloats, readOutput } from "../arguments/arrays.js";
import { isMadeAtOnce, readStaged } from "../arguments/staged.js";
import { ALL_PRESENT, type Lengths, type Mask, maskApartFrom, readPresence } from "../arguments/mask.js";
import { readOptions, readTemperature } from "../arguments/options.js";
import { layoutIn, positionsOf, readSizes } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, newCall, newMore } from "../call.js";
import { formOfValues, isRows } from "../form.js";

/** Options of the functions of rows alone. */
export interface RowOptions<O extends Out | undefined = Out | undefined> {
  /** Sizes of x, slowest first; `[x.length]`, one row, by default. */
  readonly shape?: readonly number[] | undefined;
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number | undefined;
  /** Divides the logits; a number > 0. */
  readonly temperature?: number | undefined;
  /**
   * Which elements are present: one value per element of x, or one per class for every position; 0 or false for absent. Absent
   * ones are not read; their probability is 0, and its logarithm −∞.
   */
  readonly mask?: Mask | undefined;
  /** How many leading classes of each position are present; instead of a mask. */
  readonly lengths?: Lengths | undefined;
  /** Receives the result; x itself is allowed. */
  readonly out?: O | undefined;
}

const OPTIONS = ["shape", "axis", "temperature", "mask", "lengths", "out"] as const;

/**
 * The call of a function whose result is as long as x, or, with `perRow`, has one value per position. `absent` is the
 * result for absent elements, or for positions without elements.
 */
export function rowCall(
  engine: Engine,
  kernel: Kernel,
  x: unknown,
  options: unknown,
  perRow: boolean,
  absent: number,
): Call {
  const { memory } = engine;
  const given = readOptions(options, OPTIONS);
  const isPlain = given.more === null && !engine.defers;
  const logits = isPlain && Array.isArray(x) ? readStaged(engine, "x", x) : readFloats(memory, "x", x);
  const { type, length, form } = logits;
  const sizes = readSizes("x", logits, given.shape);
  const layout = layoutIn(sizes, length, given.more?.axis);
  const temperature = readTemperature(given.temperature);
  const presence = readPresence(given.more, layout, sizes, engine.defers ? null : memory);
  let resultForm = form;
  if (perRow) resultForm = given.shape === undefined && !isRows(form) ? "number" : formOfValues(form);
  const isMade = given.more === null && isMadeAtOnce(engine, logits, resultForm, layout);
  const output = readOutput(memory, given.out, type, perRow ? positionsOf(layout) : length, resultForm, isMade);
  const call = newCall(kernel, readableWhileWriting("x", logits, output), layout, absent, temperature);
  if (presence !== ALL_PRESENT) call.more = newMore(maskApartFrom(output, presence));
  if (perRow) call.values = output;
  else call.out = output;
  return call;
}
