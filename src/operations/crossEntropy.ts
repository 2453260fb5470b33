import { readOutput } from "../arguments/arrays.js";
import { readOptions } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropy as js } from "../backend/js/crossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { CompensatedSum } from "../compensatedSum.js";
import { rangeError } from "../errors.js";
import { formOfLosses, LOSS_OPTIONS, lossCall, protectInputs } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropy(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const { memory } = engine;
  const given = readOptions(options, LOSS_OPTIONS);
  const call = lossCall(engine, kernel, logits, targets, given, !engine.defers);
  const { reduction } = call.loss;
  if (reduction !== "none") {
    if (given.out !== undefined) {
      throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${reduction}"`);
    }
    call.sum = new CompensatedSum();
    return call;
  }
  const { type, form } = call.x;
  const valuesForm = formOfLosses(targets, given.shape, form);
  const losses = readOutput(memory, given.out, type, positionsOf(call), valuesForm, false);
  protectInputs(call, losses);
  call.values = losses;
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
