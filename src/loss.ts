// What the loss and its derivatives have in common: their arguments and their reduction.

import { checkAttached, type Floats, type Out, readableBeside, readFloats, readLike, viewOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import type { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import { type Float16, type FloatArray, type FloatType, floatTypeOf, typeOf } from "./floatType.js";
import { countLabels, IGNORED, type Labels, readLabels, SOFT } from "./labels.js";
import { countPresent, ignoreMasked } from "./masked.js";
import { readMask, readWeight } from "./numbers.js";
import {
  type GivenOptions,
  type Reduction,
  readIgnoreIndex,
  readLabelSmoothing,
  readReduction,
  readTemperature,
  readZLoss,
} from "./options.js";
import { type Job, type LossTerms, newJob, type Operation, type Spread } from "./run.js";
import { type Layout, layoutOf, positionsOf, readShape } from "./shape.js";
import { lengthOf } from "./typedArray.js";

/** Class indices, one a position; or probabilities of the classes, in an array of the logits' type and length. */
export type Targets = Labels | Floats | Float16;

/** Options of the losses. */
export interface LossOptions<R extends Reduction = Reduction, O extends Out | undefined = Out | undefined> {
  /**
   * Sizes of the logits, slowest first; by default [labels.length, logits.length / labels.length], and one row for
   * probabilities.
   */
  readonly shape?: readonly number[];
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number;
  /** `"mean"` over the positions that are not ignored, by their labels' weights; `"sum"`; or `"none"`: one loss a position. */
  readonly reduction?: R;
  /** w: one finite number ≥ 0 a class; 1 by default. */
  readonly weight?: Floats | Float16 | readonly number[];
  /** The label of positions that take no part; −100 by default, null for none. */
  readonly ignoreIndex?: number | null;
  /** ε in [0, 1]: so much of the target is spread over all classes alike; 0 by default. */
  readonly labelSmoothing?: number;
  /** Logits are divided by it, > 0. Derivatives are with respect to the undivided logits. */
  readonly temperature?: number;
  /** Which elements are present: 0 for absent, one byte a logit. Absent classes are not read and have gradient 0. */
  readonly mask?: Uint8Array;
  /** λ ≥ 0: adds λ·(log Σ e^x)² to the loss of each position; 0 by default. */
  readonly zLoss?: number;
  /** Where the array of the result goes: the derivative, or the losses of reduction "none". */
  readonly out?: O;
}

export const LOSS_OPTIONS = [
  "shape",
  "axis",
  "reduction",
  "weight",
  "ignoreIndex",
  "labelSmoothing",
  "temperature",
  "mask",
  "zLoss",
  "out",
] as const;

/** The checked arguments of a loss. */
export interface LossArguments {
  readonly type: FloatType;
  readonly x: FloatArray;
  readonly layout: Layout;
  readonly reduction: Reduction;
  readonly temperature: number;
  readonly mask: Uint8Array | null;
  /** 2·λ of the reduced loss, for its derivatives: not 2·lambda/divisor, which is rounded more often. */
  readonly penalty: number;
  readonly terms: LossTerms;
}

export function readLoss(logits: unknown, targets: unknown, given: GivenOptions): LossArguments {
  const x = readFloats("logits", logits);
  const length = lengthOf(x);
  const type = typeOf(x);
  const reduction = readReduction(given.reduction);
  const ignoreIndex = readIgnoreIndex(given.ignoreIndex);
  const temperature = readTemperature(given.temperature, type.kernel);
  const smoothing = readLabelSmoothing(given.labelSmoothing);
  const zLoss = readZLoss(given.zLoss);
  const soft = floatTypeOf(viewOf(targets)) === undefined ? null : readLike("targets", targets, x);
  const count = soft === null ? countLabels(targets) : undefined;
  const layout = readLossLayout(length, count, given);
  const positions = positionsOf(layout);
  const weights = readWeight(given.weight, layout.cols);
  const mask = readMask(given.mask, length);

  let labels: Int32Array;
  let valid = positions;
  if (soft === null) {
    const checked = readLabels(targets as Labels, positions, layout.cols, ignoreIndex);
    labels = checked.labels;
    valid = checked.valid;
  } else {
    labels = new Int32Array(positions).fill(SOFT);
  }
  const counts = mask === null ? null : countPresent(mask, layout);
  if (mask !== null && counts !== null) valid = ignoreMasked(labels, mask, layout, counts);
  checkAttached("logits", x, length);

  let divisor = 1;
  if (reduction === "mean") {
    if (soft !== null) divisor = valid === 0 ? 0 : positions;
    else divisor = weights === null ? valid : sumOfWeights(labels, positions, weights);
    if (divisor === 0) labels.fill(IGNORED);
  }
  let spread: Spread | null = null;
  if (soft !== null || smoothing !== 0) {
    const perClass = (classes: number) => (classes === 0 ? 0 : smoothing / classes);
    const each = counts === null ? perClass(layout.cols) : Float64Array.from(counts, perClass);
    spread = { targets: soft, each };
  }
  // Under "mean" zLoss is divided by the number of positions, whatever the losses' sum is divided by.
  const counted = reduction === "mean" ? valid : 1;
  return {
    type,
    x,
    layout,
    reduction,
    temperature,
    mask,
    penalty: (2 * zLoss) / counted,
    terms: {
      divisor,
      labels,
      weights,
      share: 1 - smoothing,
      lambda: divisor === counted ? zLoss : (zLoss * divisor) / counted,
      spread,
    },
  };
}

/** The layout that a shape gives, or the labels' number, or the one row of soft targets. */
function readLossLayout(length: number, labels: number | undefined, given: GivenOptions): Layout {
  const sizes = readShape("logits", given.shape, length);
  if (sizes === undefined && labels !== undefined) {
    if (length === 0 && labels === 0) return layoutOf([0, 1], given.axis); // no rows, whatever the classes
    if (labels === 0 || length === 0 || length % labels !== 0) {
      const expected = "expected logits.length to be a positive multiple of labels.length";
      throw rangeError("ERR_SHAPE", `logits: ${expected}, got ${length} and ${labels}`);
    }
    return checkPositions(layoutOf([labels, length / labels], given.axis), [labels, length / labels], labels);
  }
  const shape = sizes ?? [length];
  const layout = layoutOf(shape, given.axis);
  if (layout.cols === 0) {
    throw rangeError("ERR_SHAPE", `shape: expected one class or more, got ${shape.join(" × ")}`);
  }
  return labels === undefined ? layout : checkPositions(layout, shape, labels);
}

function checkPositions(layout: Layout, shape: readonly number[], labels: number): Layout {
  const positions = positionsOf(layout);
  if (labels !== positions) {
    throw rangeError(
      "ERR_SHAPE",
      `labels: expected ${positions}, one a position of ${shape.join(" × ")}, got ${labels}`,
    );
  }
  return layout;
}

/** Σ w_y over the positions that are not ignored. */
function sumOfWeights(labels: Int32Array, count: number, weights: Float64Array): number {
  const own = Float64Array.from({ length: count }, (_, n) => (labels[n] < 0 ? 0 : weights[labels[n]]));
  const sum = new CompensatedSum();
  sum.take(own, 0, count);
  return sum.value;
}

/** The job of a loss or a derivative of it that is written to `written`, but for what becomes of the results. */
export function jobOf(engine: Engine, operation: Operation, loss: LossArguments, written: Destination | null): Job {
  const { type, layout, terms } = loss;
  const { spread } = terms;
  let { x } = loss;
  if (written !== null) {
    x = readableBeside("logits", x, written.array, engine.memory);
    if (spread?.targets) {
      spread.targets = readableBeside("targets", spread.targets, written.array, engine.memory);
    }
  }
  const job = newJob(operation, type, x, layout);
  job.temperature = loss.temperature;
  job.mask = loss.mask;
  job.loss = terms;
  return job;
}
