// What the loss and the loss with its gradient have in common: their arguments and their reduction.

import { checkAttached, type Floats, readFloats } from "./arrays.js";
import { rangeError } from "./errors.js";
import { type CheckedLabels, countLabels, type Labels, readLabels } from "./labels.js";
import type { Engine } from "./engine.js";
import { type FloatArray, type FloatType, typeOf } from "./floatType.js";
import { type GivenOptions, type Reduction, readIgnoreIndex, readReduction, readTemperature } from "./options.js";
import { readAxis, readShape } from "./shape.js";
import { lengthOf } from "./typedArray.js";

/** Options of the losses. */
export interface LossOptions<R extends Reduction = Reduction, Out extends Floats | undefined = Floats | undefined> {
  /** Sizes of the logits, slowest first; by default [labels.length, logits.length / labels.length]. */
  readonly shape?: readonly number[];
  /** The axis of the classes: the last one, −1. */
  readonly axis?: number;
  /** `"mean"` over the positions that are not ignored, `"sum"`, or `"none"`: one loss a position. */
  readonly reduction?: R;
  /** The label of positions that take no part; −100 by default, null for none. */
  readonly ignoreIndex?: number | null;
  /** Logits are divided by it, > 0. Gradients are with respect to the undivided logits. */
  readonly temperature?: number;
  /** Where the array of the result goes: the gradient, or the losses of reduction "none". */
  readonly out?: Out;
}

export const LOSS_OPTIONS = ["shape", "axis", "reduction", "ignoreIndex", "temperature", "out"] as const;

/** The checked arguments of a loss. */
export interface LossArguments extends CheckedLabels {
  readonly type: FloatType;
  readonly x: FloatArray;
  readonly rows: number;
  readonly cols: number;
  readonly reduction: Reduction;
  readonly temperature: number;
}

export function readLoss(engine: Engine, logits: unknown, labels: unknown, given: GivenOptions): LossArguments {
  const x = readFloats("logits", logits);
  const type = typeOf(x);
  const rows = countLabels(labels);
  const reduction = readReduction(given.reduction);
  const ignoreIndex = readIgnoreIndex(given.ignoreIndex);
  const temperature = readTemperature(given.temperature, type);
  const cols = colsOf(lengthOf(x), rows, given.shape, given.axis);
  const checked = readLabels(labels as Labels, rows, cols, ignoreIndex, engine.labels);
  // Elements of a plain array may be getters: code of the caller, that may have transferred the logits.
  checkAttached("logits", x);
  return { type, x, rows, cols, reduction, temperature, labels: checked.labels, valid: checked.valid };
}

function colsOf(length: number, labels: number, shape: unknown, axis: unknown): number {
  const sizes = readShape("logits", shape, length);
  readAxis(axis, sizes?.length ?? 2);
  if (sizes === undefined) {
    if (length === 0 && labels === 0) return 1; // no rows, whatever the classes
    if (labels === 0 || length === 0 || length % labels !== 0) {
      const expected = "expected logits.length to be a positive multiple of labels.length";
      throw rangeError("ERR_SHAPE", `logits: ${expected}, got ${length} and ${labels}`);
    }
    return length / labels;
  }
  const cols = sizes[sizes.length - 1];
  if (cols === 0) throw rangeError("ERR_SHAPE", `shape: expected one class or more, got ${sizes.join(" × ")}`);
  if (labels !== length / cols) {
    throw rangeError(
      "ERR_SHAPE",
      `labels: expected ${length / cols}, one a position of ${sizes.join(" × ")}, got ${labels}`,
    );
  }
  return cols;
}

/** What the losses' sum and every gradient are divided by. */
export function divisorOf({ reduction, valid }: LossArguments): number {
  return reduction === "mean" ? valid : 1;
}
