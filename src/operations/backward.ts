// What softmaxBackward and logSoftmaxBackward have in common: the arguments of a derivative of a function of rows.

import {
  checkAttached,
  type Out,
  readableWhileWriting,
  readFloats,
  readLike,
  readOutput,
} from "../arguments/arrays.js";
import { type Mask, maskApartFrom, readPresence } from "../arguments/mask.js";
import { readOptions, readTemperature } from "../arguments/options.js";
import { checkRows, lastSize, layoutIn, readSizes } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, newCall, newMore, overTemperature } from "../call.js";

/** Options of the derivatives of softmax and log-softmax: those of the function itself. */
export interface BackwardOptions<O extends Out | undefined = Out | undefined> {
  /** Sizes of y, slowest first; `[y.length]`, one row, by default. */
  readonly shape?: readonly number[] | undefined;
  /** The axis of the classes; −1, the last one, by default. */
  readonly axis?: number | undefined;
  /** The number that divided the logits. The result is with respect to the undivided logits. */
  readonly temperature?: number | undefined;
  /**
   * Which elements are present, as for the function itself. Absent elements of y and dy are not read, and have gradient
   * 0.
   */
  readonly mask?: Mask | undefined;
  /** Receives the result; y and dy themselves are allowed. */
  readonly out?: O | undefined;
}

const OPTIONS = ["shape", "axis", "temperature", "mask", "out"] as const;

/** @param absent What an absent class has in y. */
export function backwardCall(
  { memory, defers }: Engine,
  kernel: Kernel,
  y: unknown,
  dy: unknown,
  options: unknown,
  absent: number,
): Call {
  const given = readOptions(options, OPTIONS);
  const x = readFloats(memory, "y", y);
  const { type, length } = x;
  const upstream = readLike(memory, "dy", dy, x);
  checkAttached("y", x.array, length);
  const sizes = readSizes("y", x, given.shape);
  const layout = layoutIn(sizes, length, given.more?.axis);
  checkRows("dy", upstream, lastSize(sizes, layout), "y has");
  const temperature = readTemperature(given.temperature);
  const presence = readPresence(given.more, layout, sizes, defers ? null : memory);
  const output = readOutput(memory, given.out, type, length, x.form, false);
  const call = newCall(kernel, readableWhileWriting("y", x, output), layout, 0, temperature);
  call.scale = overTemperature(1, temperature);
  call.more = newMore(maskApartFrom(output, presence));
  call.more.absentLogit = absent;
  call.more.operand = readableWhileWriting("dy", upstream, output);
  call.out = output;
  return call;
}
