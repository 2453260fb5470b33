import { checkAttached, readableWhileWriting, readLike, readOutput } from "../arguments/arrays.js";
import { readOptions } from "../arguments/options.js";
import { checkRows, lastSize, readSizes } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropyHvp as js } from "../backend/js/crossEntropyHvp.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import { type Call, newMore } from "../call.js";
import { LOSS_OPTIONS, lossCall, lossFunction, protectInputs } from "./loss.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropyHvp(call), js };

const CROSS_ENTROPY_HVP = /* @__PURE__ */ lossFunction(kernel);

export function callOf(engine: Engine, logits: unknown, targets: unknown, v: unknown, options: unknown): Call {
  const { memory } = engine;
  const given = readOptions(options, LOSS_OPTIONS);
  const call = lossCall(engine, CROSS_ENTROPY_HVP, logits, targets, given, false);
  const { x } = call;
  const direction = readLike(memory, "v", v, x);
  checkRows("v", direction, lastSize(readSizes("logits", x, given.shape), call), "the logits have");
  // Elements of v may be code of the caller, which may have taken arrays away.
  checkAttached("logits", x.array, x.length);
  const probabilities = call.loss.more?.probabilities;
  if (probabilities) checkAttached("targets", probabilities.array, x.length);
  const output = readOutput(memory, given.out, x.type, x.length, x.form, false);
  protectInputs(call, output);
  const more = (call.more ??= newMore());
  more.operand = readableWhileWriting("v", direction, output);
  call.scale = 1 / call.loss.divisor;
  call.out = output;
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, v: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, v, options));
