import { readOptions } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropy as js } from "../backend/js/crossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { formOfLosses, LOSS_OPTIONS, lossCall, putLosses } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropy(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, LOSS_OPTIONS);
  const call = lossCall(engine, kernel, logits, targets, given, !engine.defers);
  const form = formOfLosses(targets, given.shape, call.x.form);
  putLosses(engine.memory, call, given.out, positionsOf(call), form);
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
