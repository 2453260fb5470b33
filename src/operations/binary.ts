// What the binary cross entropy and its gradient have in common: their arguments and their reduction.

import { WEIGHTS_SPARE } from "../../assembly/abi.js";
import { checkAttached, type Floats, type Out, readFloats } from "../arguments/arrays.js";
import { isOneWeight, putWeights } from "../arguments/numbers.js";
import { type GivenOptions, type Reduction, readReduction } from "../arguments/options.js";
import { readSizes } from "../arguments/shape.js";
import { readBinaryTargets } from "../arguments/targets.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { LABELS_ALONE, newCall, newMore } from "../call.js";
import type { Float16 } from "../floatType.js";
import { callDoubles } from "../memory/callArrays.js";
import type { LossCall } from "./loss.js";

/** Options of the binary losses. */
export interface BinaryOptions<R extends Reduction = Reduction, O extends Out | undefined = Out | undefined> {
  /** Sizes of the logits, slowest first, the classes last; `[logits.length]` by default. */
  readonly shape?: readonly number[] | undefined;
  /** w: multiplies the loss; a finite number ≥ 0, or one per class of the last axis; 1 by default. */
  readonly weight?: number | Floats | Float16 | readonly number[] | undefined;
  /**
   * P: multiplies the loss of classes that are present; a finite number ≥ 0, or one per class of the last axis; 1 by
   * default.
   */
  readonly posWeight?: number | Floats | Float16 | readonly number[] | undefined;
  /** `"mean"` over all elements; `"sum"`; or `"none"`: one loss per element. */
  readonly reduction?: R | undefined;
  /** Receives the resulting array: the gradient, or the losses of reduction "none". */
  readonly out?: O | undefined;
}

export const BINARY_OPTIONS = ["shape", "weight", "posWeight", "reduction", "out"] as const;

/** The call of a binary loss, or of its gradient, still without its outputs. */
export function binaryCall(
  { memory }: Engine,
  kernel: Kernel,
  logits: unknown,
  targets: unknown,
  given: GivenOptions,
): LossCall {
  const x = readFloats(memory, "logits", logits);
  const { length } = x;
  const reduction = readReduction(given.reduction);
  const sizes = readSizes("logits", x, given.shape);
  const cols = sizes === undefined ? length : sizes[sizes.length - 1];
  const weights = readCoefficients(given.more?.weight, given.more?.posWeight, cols);
  const read = readBinaryTargets(memory, targets, x, sizes);
  // Elements of plain arrays may be code of the caller, which may have taken the logits away.
  checkAttached("logits", x.array, length);
  // Each element is a row of its own: blocks and parts may end anywhere.
  const call = newCall(kernel, x, { rows: length, cols: 1, inner: 1 }, 0) as LossCall;
  const divisor = reduction === "mean" ? length : 1;
  call.loss = { labels: null, at: 0, reduction, divisor, more: { ...LABELS_ALONE, weights } };
  call.more = newMore();
  call.more.operand = read;
  return call;
}

/** The coefficients where neither is given. */
const UNWEIGHTED = /* @__PURE__ */ new Float64Array(2 * (1 + WEIGHTS_SPARE)).fill(1);

/** w·P of each class and then w, each list with a few more that begin again (assembly/binary.ts). */
function readCoefficients(weight: unknown, posWeight: unknown, cols: number): Float64Array {
  if (weight === undefined && posWeight === undefined) return UNWEIGHTED;
  const classes = isOneWeight(weight) && isOneWeight(posWeight) ? 1 : Math.max(cols, 1);
  const each = classes + WEIGHTS_SPARE;
  const coefficients = callDoubles("weight", 2 * each);
  putWeights(coefficients, each, classes, "weight", weight, cols);
  putWeights(coefficients, 0, classes, "posWeight", posWeight, cols);
  for (let c = 0; c < classes; c++) coefficients[c] *= coefficients[each + c];
  for (let i = classes; i < each; i++) {
    coefficients[i] = coefficients[i - classes];
    coefficients[each + i] = coefficients[each + i - classes];
  }
  return coefficients;
}
