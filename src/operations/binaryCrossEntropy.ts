import { readOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { binaryCrossEntropy as js } from "../backend/js/binaryCrossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { BINARY_OPTIONS, binaryCall } from "./binary.js";
import { putLosses } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.binaryCrossEntropy(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, BINARY_OPTIONS);
  const call = binaryCall(engine, kernel, logits, targets, given);
  const { length, form } = call.x;
  putLosses(engine, call, given.out, length, form);
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
