// What softmax, logSoftmax and logSumExp have in common: the arguments of a function of rows alone.

import { type Out, readableWhileWriting, readFloats, readOutput } from "../arguments/arrays.js";
import { readMask } from "../arguments/numbers.js";
import { readOptions, readTemperature } from "../arguments/options.js";
import { positionsOf, readLayout } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, type More, newCall, newMore } from "../call.js";

/** Options of the functions of rows alone. */
export interface RowOptions<O extends Out | undefined = Out | undefined> {
  /** Sizes of x, slowest first; `[x.length]`, one row, by default. */
  readonly shape?: readonly number[];
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number;
  /** Divides the logits; a number > 0. */
  readonly temperature?: number;
  /**
   * Which elements are present: one byte an element of x, 0 for absent. Absent ones are not read; their probability is 0,
   * and its logarithm −∞.
   */
  readonly mask?: Uint8Array;
  /** Where the result goes; x itself is allowed. */
  readonly out?: O;
}

const OPTIONS = ["shape", "axis", "temperature", "mask", "out"] as const;

/**
 * The call of a function whose result is as long as x, or has with `perRow` one value a position. `absent`: what absent
 * elements are in the one, and positions without elements in the other.
 */
export function rowCall(
  { memory }: Engine,
  kernel: Kernel,
  x: unknown,
  options: unknown,
  perRow: boolean,
  absent: number,
): Call {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats(memory, "x", x);
  const { type, length } = logits;
  const layout = readLayout("x", length, given.shape, given.more?.axis);
  let more: More | null = null;
  if (given.more !== null) {
    const temperature = readTemperature(given.more.temperature);
    more = newMore(temperature, readMask(given.more.mask, length));
  }
  const output = readOutput(memory, given.out, type, perRow ? positionsOf(layout) : length);
  const call = newCall(kernel, readableWhileWriting("x", logits, output), layout, absent);
  call.more = more;
  if (perRow) call.values = output;
  else call.out = output;
  return call;
}
