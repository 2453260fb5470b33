import { readOutput } from "../arguments/arrays.js";
import { readOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { binaryCrossEntropy as js } from "../backend/js/binaryCrossEntropy.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { CompensatedSum } from "../compensatedSum.js";
import { rangeError } from "../errors.js";
import { BINARY_OPTIONS, binaryCall, protectBinaryInputs } from "./binary.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.binaryCrossEntropy(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, BINARY_OPTIONS);
  const call = binaryCall(engine, kernel, logits, targets, given);
  const { reduction } = call.loss;
  if (reduction !== "none") {
    if (given.out !== undefined) {
      throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${reduction}"`);
    }
    call.sum = new CompensatedSum();
    return call;
  }
  const { type, length, form } = call.x;
  const losses = readOutput(engine.memory, given.out, type, length, form, false);
  protectBinaryInputs(call, losses);
  call.values = losses;
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
