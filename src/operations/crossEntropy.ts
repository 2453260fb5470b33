import { readOptions, readReductionOrParts, zLossBesideWeights } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropy as js } from "../backend/js/crossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { formOfLosses, LOSS_OPTIONS, type LossCall, lossCall, type LossFunction, putLosses } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropy(call), js };

const CROSS_ENTROPY: LossFunction = { kernel, targets: "targets", readReduction: readReductionOrParts };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, LOSS_OPTIONS);
  const call = lossCall(engine, CROSS_ENTROPY, logits, targets, given, !engine.defers);
  if (call.loss.reduction === "parts") checkParts(call, given.more?.zLoss);
  const form = formOfLosses(targets, given.shape, call.x.form);
  putLosses(engine, call, given.out, positionsOf(call), form);
  return call;
}

/** Refuses what would have two sums. */
function checkParts({ loss }: LossCall, zLoss: unknown): void {
  if (zLoss && loss.more?.weights && loss.more.probabilities === null) throw zLossBesideWeights(zLoss);
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
