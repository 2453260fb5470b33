// What the loss and its derivatives have in common: their arguments and their reduction.

import { IGNORED, NO_LABEL } from "../../assembly/abi.js";
import {
  apartFrom,
  checkAttached,
  type Floats,
  type Out,
  readableWhileWriting,
  readFloats,
  readOutput,
  viewOf,
} from "../arguments/arrays.js";
import {
  ALL_PRESENT,
  checkProbabilities,
  countPresent,
  ignoreEmpty,
  type Lengths,
  type Mask,
  readPresence,
} from "../arguments/mask.js";
import { readWeight } from "../arguments/numbers.js";
import {
  type GivenOptions,
  IGNORE_INDEX,
  type Reduction,
  type ReductionOrParts,
  readIgnoreIndex,
  readLabelSmoothing,
  readReduction,
  readTemperature,
  readZLoss,
} from "../arguments/options.js";
import { type Layout, positionsOf, readSizes } from "../arguments/shape.js";
import { isMadeAtOnce, isSpoiled, readStaged } from "../arguments/staged.js";
import {
  countLabels,
  type Labels,
  type LabelsName,
  labelsOf,
  lossLayout,
  readLabels,
  readProbabilities,
  tokensOf,
} from "../arguments/targets.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, type Loss, type More, newCall, newMore } from "../call.js";
import { rangeError, show } from "../errors.js";
import { CompensatedSum } from "../compensatedSum.js";
import { type Float16, floatTypeOf } from "../floatType.js";
import { type Form, formOfValues, isRows } from "../form.js";
import { callDoubles, callIntegers } from "../memory/callArrays.js";
import { elementsOf, NOT_YET, type Output, type Placed } from "../memory/placed.js";
import { fitsAtOnce, PLAIN_LABELS } from "../plan.js";
import { tagOf } from "../typedArray.js";

/** Options of the losses. */
export interface LossOptions<
  R extends Reduction = Reduction,
  O extends Out | undefined = (R extends "none" ? Out : never) | undefined,
> {
  /**
   * Sizes of the logits, slowest first; by default [targets.length, logits.length / targets.length], and one row for
   * probabilities.
   */
  readonly shape?: readonly number[] | undefined;
  /** The axis of the classes, from the front or, negative, from the back; −1, the last one, by default. */
  readonly axis?: number | undefined;
  /**
   * `"mean"`, over the positions that are not ignored, weighted by their labels' weights; `"sum"`; or `"none"`: one
   * loss per position.
   */
  readonly reduction?: R | undefined;
  /** w: one finite number ≥ 0 per class; 1 by default. */
  readonly weight?: Floats | Float16 | readonly number[] | undefined;
  /** The label of positions to ignore; −100 by default, null for none. */
  readonly ignoreIndex?: number | bigint | null | undefined;
  /** ε in [0, 1]: mixes the target with the uniform distribution, (1 − ε)·target + ε/C; 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** Divides the logits; a number > 0. Derivatives are with respect to the undivided logits. */
  readonly temperature?: number | undefined;
  /**
   * Which elements are present: one value per logit, or one per class for all positions; 0 or false for absent. Absent
   * classes are not read and have gradient 0. A position without any present class is ignored.
   */
  readonly mask?: Mask | undefined;
  /** How many leading classes of each position are present; instead of a mask. */
  readonly lengths?: Lengths | undefined;
  /** λ ≥ 0: adds λ·(log Σ e^x)² to the loss of each position; 0 by default. */
  readonly zLoss?: number | undefined;
  /** Receives the resulting array: the derivative, or the losses of reduction "none". */
  readonly out?: O | undefined;
}

/** Options of the loss in parts. */
export type PartsOptions = Omit<LossOptions<"mean", undefined>, "reduction" | "out"> & {
  /** The sum of the losses, and what a mean divides it by. */
  readonly reduction: "parts";
};

export const LOSS_OPTIONS = [
  "shape",
  "axis",
  "reduction",
  "weight",
  "ignoreIndex",
  "labelSmoothing",
  "temperature",
  "mask",
  "lengths",
  "zLoss",
  "out",
] as const;

/** A loss, or a derivative of it: how its call differs from those of the others. */
export interface LossFunction {
  readonly kernel: Kernel;
  /** What the caller calls the targets: `tokens` are labels. */
  readonly targets: LabelsName;
  readonly readReduction: (reduction: unknown) => ReductionOrParts;
}

export const lossFunction = (kernel: Kernel): LossFunction => ({ kernel, targets: "targets", readReduction });

/**
 * The call of a loss, or of a derivative of it, still without its outputs.
 *
 * @param mayStage Whether logits and labels may go to their places in staging as they are read: the call is executed before
 *   anything else is staged, at once where it is plain.
 */
export function lossCall(
  engine: Engine,
  loss: LossFunction,
  logits: unknown,
  targets: unknown,
  given: GivenOptions,
  mayStage: boolean,
): LossCall {
  const { memory, staging } = engine;
  const stages = mayStage && given.more === null;
  const isPlain = stages && Array.isArray(logits) && lookLikeLabels(targets);
  const { uses } = staging;
  const { f64 } = memory;
  const x = isPlain ? readStaged(engine, "logits", logits) : readFloats(memory, "logits", logits);
  const call = lossCallOn(engine, loss, x, targets, given, stages);
  if (!stages) return call;
  const mustBeCopied = x.array === NOT_YET && call.loss.more !== null;
  if (!mustBeCopied && !isSpoiled(engine, uses, f64)) return call;
  return lossCallOn(engine, loss, readFloats(memory, "logits", logits), targets, given, false);
}

/** Whether targets are neither floats nor rows. They may still be probabilities: numbers, if there is a shape. */
const lookLikeLabels = (targets: unknown): boolean =>
  Array.isArray(targets) ? !Array.isArray(targets[0]) : floatTypeOf(viewOf(targets)) === undefined;

/** The same on logits that have been read, or, where their array is NOT_YET, are still to be computed. */
export function lossCallOn(
  engine: Engine,
  loss: LossFunction,
  x: Placed,
  targets: unknown,
  given: GivenOptions,
  mayStage: boolean,
): LossCall {
  const { memory } = engine;
  const { targets: name } = loss;
  const { type, length } = x;
  const { more } = given;
  const reduction = loss.readReduction(given.reduction);
  const isMean = reduction === "mean" || reduction === "parts";
  const temperature = readTemperature(given.temperature);
  const ignoreIndex = more === null ? IGNORE_INDEX : readIgnoreIndex(more.ignoreIndex);
  let labelSmoothing = 0;
  let zLoss = 0;
  if (more !== null) {
    labelSmoothing = readLabelSmoothing(more.labelSmoothing);
    zLoss = readZLoss(more.zLoss);
  }
  const axis = more?.axis;
  const tag = tagOf(viewOf(targets));
  let sizes = readSizes("logits", x, given.shape);
  const labelsGiven = name === "tokens" ? tokensOf(targets, tag) : labelsOf(targets, tag, length, sizes, axis);
  let probabilities: Placed | null = null;
  let layout: Layout;
  if (labelsGiven === undefined) {
    if (more !== null && more.ignoreIndex !== undefined && more.ignoreIndex !== null) {
      const expected = "ignoreIndex: expected none with probabilities, which are not labels";
      throw rangeError("ERR_OPTION", `${expected}, got ${show(more.ignoreIndex)}`);
    }
    probabilities = readProbabilities(memory, targets, x, sizes);
    sizes ??= isRows(probabilities.form) ? [probabilities.form.count, probabilities.form.length] : [length];
    layout = lossLayout(length, undefined, sizes, axis, name);
  } else layout = lossLayout(length, countLabels(labelsGiven, tag, name), sizes, axis, name);
  const positions = positionsOf(layout);
  let weights: Float64Array | null = null;
  let presence = ALL_PRESENT;
  if (more !== null) {
    // Without logits and without a shape, the number of classes is unknown.
    weights = readWeight(more.weight, length === 0 && sizes === undefined ? null : layout.cols);
    presence = readPresence(more, layout, sizes, null);
  }
  // Labels of plain calls go to their place in staging at once: an array of one label costs as much as four elements.
  const isStaged = mayStage && probabilities === null && fitsAtOnce(type, layout);
  const labels = isStaged ? memory.i32 : callIntegers(positions);
  const at = isStaged ? (engine.staging.address + PLAIN_LABELS) >>> 2 : 0;
  let valid = positions;
  if (probabilities !== null) labels.fill(NO_LABEL);
  else valid = readLabels(labels, at, positions, labelsGiven as Labels, tag, layout.cols, ignoreIndex, name);
  const counts = countPresent(presence, layout);
  if (counts !== null) {
    valid = ignoreEmpty(labels, presence, layout, counts, name);
    if (probabilities !== null) checkProbabilities(elementsOf(probabilities, memory), presence, layout, counts);
  }
  // Elements of plain arrays may be code of the caller, which may have taken the logits away; so may borrowed targets.
  const mayBeGone = more !== null || tag === undefined || probabilities !== null;
  if (mayBeGone && x.array !== NOT_YET) checkAttached("logits", x.array, length);

  let divisor = 1;
  if (isMean) {
    const isWeighted = probabilities === null && weights !== null;
    divisor = isWeighted ? sumOfWeights(labels, positions, weights as Float64Array) : valid;
    // Parts have a sum all the same.
    if (divisor === 0 && reduction === "mean") labels.fill(IGNORED, at, at + positions);
  }
  const call = newCall(loss.kernel, x, layout, 0, temperature) as LossCall;
  call.loss = { labels, at, reduction, divisor, more: null };
  const isSmooth = probabilities !== null || labelSmoothing !== 0;
  if (!isSmooth && weights === null && zLoss === 0 && presence === ALL_PRESENT) return call;
  // Under "mean" zLoss is divided by the number of positions, whatever divides the sum of the losses.
  const counted = isMean ? valid : 1;
  // Not 2·terms.zLoss/divisor, which is rounded more often.
  call.more = newMore(presence, (2 * zLoss) / counted);
  call.loss.more = {
    weights,
    confidence: 1 - labelSmoothing,
    zLoss: divisor === counted ? zLoss : (zLoss * divisor) / counted,
    isSmooth,
    probabilities,
    uniform: uniformOf(labelSmoothing, layout.cols, counts),
  };
  return call;
}

/** The form of the losses with reduction "none": for a single label, a number. */
export const formOfLosses = (targets: unknown, shape: unknown, logits: Form | null): Form | null =>
  shape === undefined && (typeof targets === "number" || typeof targets === "bigint") ? "number" : formOfValues(logits);

/** A call with a loss. */
export interface LossCall extends Call {
  loss: Loss;
}

/** Whether a result in a form is made by execution; of a plain call no option is read any more. */
const isMade = (engine: Engine, call: LossCall, form: Form | null): boolean =>
  call.more === null && call.loss.more === null && isMadeAtOnce(engine, call.x, form, call);

/** Puts losses where they go: into a sum, or one by one into `out` or a new array in a form. */
export function putLosses(engine: Engine, call: LossCall, out: unknown, length: number, form: Form | null): void {
  const { reduction } = call.loss;
  if (reduction === "none") {
    const losses = readOutput(engine.memory, out, call.x.type, length, form, isMade(engine, call, form));
    protectInputs(call, losses);
    call.values = losses;
    return;
  }
  checkNoLosses(out, reduction);
  call.sum = new CompensatedSum();
}

/** Refuses a place for losses that are added up. */
export function checkNoLosses(out: unknown, reduction: ReductionOrParts): void {
  if (out === undefined) return;
  throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${reduction}"`);
}

/** Puts a gradient where it goes: into `out`, added to what is there if that is asked for, or into a new array. */
export function putGradient(engine: Engine, call: LossCall, out: unknown, accumulate: boolean): void {
  const { type, length, form } = call.x;
  if (accumulate && out === undefined)
    throw rangeError("ERR_OPTION", "out: expected an array to accumulate in, got undefined");
  const grad = readOutput(engine.memory, out, type, length, form, isMade(engine, call, form));
  if (accumulate) {
    const targets = binaryTargetsOf(call);
    call.x = apartFrom(grad, "out", call.x, "the logits");
    if (targets !== null) (call.more as More).operand = apartFrom(grad, "out", targets, "the targets");
  }
  protectInputs(call, grad);
  call.out = grad;
}

/**
 * Makes sure that a loss's inputs can be read while an array is written: by copies, or by an error
 * (readableWhileWriting).
 */
export function protectInputs(call: LossCall, output: Output): void {
  if (output.given === undefined) return;
  call.x = readableWhileWriting("logits", call.x, output);
  const terms = call.loss.more;
  if (terms !== null && terms.probabilities !== null) {
    terms.probabilities = readableWhileWriting("targets", terms.probabilities, output);
  }
  const targets = binaryTargetsOf(call);
  if (targets !== null) (call.more as More).operand = readableWhileWriting("targets", targets, output);
}

/** The targets of a binary loss, which are its operand; null for every other. */
const binaryTargetsOf = ({ loss, more }: LossCall): Placed | null =>
  loss.labels === null && more !== null ? more.operand : null;

/** ε/C: one number, or one per position where a mask leaves each with classes of its own. */
function uniformOf(labelSmoothing: number, cols: number, counts: Int32Array | null): number | Float64Array {
  const ofClasses = (classes: number) => (classes === 0 ? 0 : labelSmoothing / classes);
  return counts === null || labelSmoothing === 0 ? ofClasses(cols) : new Float64Array(counts).map(ofClasses);
}

/** Σ w_y over the positions that are not ignored. */
function sumOfWeights(labels: Int32Array, count: number, weights: Float64Array): number {
  const own = callDoubles("weight", count);
  for (let n = 0; n < count; n++) own[n] = labels[n] < 0 ? 0 : weights[labels[n]];
  const sum = new CompensatedSum();
  sum.take(own, 0, count);
  return sum.value;
}
