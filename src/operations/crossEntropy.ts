import { readOptions, readReductionOrParts, zLossBesideWeights } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropy as js } from "../backend/js/crossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { formOfLosses, LOSS_OPTIONS, type LossCall, lossCall, putLosses } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropy(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, LOSS_OPTIONS);
  const isParts = readReductionOrParts(given.reduction) === "parts";
  const asMean = isParts ? { ...given, reduction: "mean" } : given;
  const call = lossCall(engine, kernel, logits, targets, asMean, !engine.defers);
  if (isParts) giveParts(call, given.more?.zLoss);
  const form = formOfLosses(targets, given.shape, call.x.form);
  putLosses(engine, call, given.out, positionsOf(call), form);
  return call;
}

/** Has the sum of the losses and its divisor given apart. */
function giveParts(call: LossCall, zLoss: unknown): void {
  const terms = call.loss.more;
  if (terms !== null && terms.zLoss !== 0 && terms.weights !== null && terms.probabilities === null) {
    throw zLossBesideWeights(zLoss);
  }
  call.loss = { ...call.loss, reduction: "parts" };
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
