import type { Out } from "../arguments/arrays.js";
import { readUpstream } from "../arguments/numbers.js";
import { readAccumulate, type Reduction, readOptions } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { crossEntropyGrad as js } from "../backend/js/crossEntropyGrad.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import { type Call, newMore, overTemperature } from "../call.js";
import type { Float16, FloatArray } from "../floatType.js";
import type { WasmArray } from "../memory/wasmArray.js";
import {
  formOfLosses,
  LOSS_OPTIONS,
  type LossCall,
  lossCall,
  lossFunction,
  type LossOptions,
  putGradient,
  putLosses,
} from "./loss.js";

/** Options of the gradient: the losses', and what the gradient is multiplied by and added to. */
export interface GradOptions<
  R extends Reduction = Reduction,
  O extends Out | undefined = Out | undefined,
> extends LossOptions<R, O> {
  /**
   * The upstream gradient, of what the loss goes into with respect to the loss. It multiplies the gradient; 1 by default.
   * With reduction "none" it may be an array, one number per position.
   */
  readonly upstream?:
    number | (R extends "none" ? FloatArray | Float16 | WasmArray | readonly number[] : never) | undefined;
  /** Whether the gradient is added to what `out` holds, which then must not overlap the logits. */
  readonly accumulate?: boolean | undefined;
}

/** A loss and its gradient with respect to the logits. */
export interface LossAndGrad<Loss, Grad> {
  /** In nats: a number, or under reduction "none" an array of one per position. */
  readonly loss: Loss;
  /** An array like the logits, or `out`. */
  readonly grad: Grad;
}

const OPTIONS = [...LOSS_OPTIONS, "upstream", "accumulate"] as const;

export const kernel: Kernel = { compiled: (kernels, call) => kernels.crossEntropyGrad(call), js };

const CROSS_ENTROPY_GRAD = /* @__PURE__ */ lossFunction(kernel);

export function callOf(engine: Engine, logits: unknown, targets: unknown, options: unknown): Call {
  const given = readOptions(options, OPTIONS);
  const accumulate = given.more !== null && readAccumulate(given.more.accumulate);
  const call = lossCall(engine, CROSS_ENTROPY_GRAD, logits, targets, given, !engine.defers);
  const { form } = call.x;
  const isNone = call.loss.reduction === "none";
  const upstream = given.more === null ? 1 : readUpstream(given.more.upstream, positionsOf(call), isNone);
  scaleGradient(call, upstream);
  putGradient(engine, call, given.out, accumulate);
  if (accumulate) (call.more ??= newMore()).accumulate = true;
  putLosses(engine, call, undefined, positionsOf(call), formOfLosses(targets, given.shape, form));
  return call;
}

/** Multiplies the gradient by the upstream one, of a number or one per position, and divides it as the loss is. */
export function scaleGradient(call: LossCall, upstream: number | Float64Array): void {
  const { temperature } = call;
  const factor = typeof upstream === "number" ? upstream : 1;
  call.scale = factor / call.loss.divisor;
  if (temperature !== 1) call.scale = overTemperature(call.scale, temperature);
  if (typeof upstream !== "number") (call.more ??= newMore()).upstream = upstream;
  // However large the upstream gradient, what is not there adds nothing.
  if (call.more !== null && call.more.zLossScale !== 0)
    call.more.zLossScale = overTemperature(factor * call.more.zLossScale, temperature);
}

export const on = (engine: Engine) => (logits: unknown, targets: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, targets, options));
