import type { Out } from "../arguments/arrays.js";
import { readUpstream } from "../arguments/numbers.js";
import { readAccumulate, type Reduction, readOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { binaryCrossEntropyGrad as js } from "../backend/js/binaryCrossEntropyGrad.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call, More } from "../call.js";
import { BINARY_OPTIONS, binaryCall, type BinaryOptions } from "./binary.js";
import type { GradOptions } from "./crossEntropyGrad.js";
import { putGradient, putLosses } from "./loss.js";

/** Options of the gradient of a binary loss: the loss's, and what the gradient is multiplied by and added to. */
export interface BinaryGradOptions<R extends Reduction = Reduction, O extends Out | undefined = Out | undefined>
  extends BinaryOptions<R, O>, Pick<GradOptions<R, O>, "upstream" | "accumulate"> {}

const OPTIONS = [...BINARY_OPTIONS, "upstream", "accumulate"] as const;

export const kernel: Kernel = { compiled: (kernels, call) => kernels.binaryCrossEntropyGrad(call), js };

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, OPTIONS);
  const accumulate = readAccumulate(given.more?.accumulate);
  const call = binaryCall(engine, kernel, logits, targets, given);
  const { x, loss } = call;
  const more = call.more as More;
  const isNone = loss.reduction === "none";
  const upstream = readUpstream(given.more?.upstream, x.length, isNone);
  putGradient(engine, call, given.out, accumulate);
  call.scale = (typeof upstream === "number" ? upstream : 1) / loss.divisor;
  more.upstream = typeof upstream === "number" ? null : upstream;
  more.accumulate = accumulate;
  putLosses(engine, call, undefined, x.length, x.form);
  return call;
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
