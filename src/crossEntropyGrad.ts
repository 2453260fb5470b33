import { type Logits, type Out, type ResultOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import type { Float16, FloatArray } from "./floatType.js";
import { jobOf, LOSS_OPTIONS, type LossOptions, readLoss, type Targets } from "./loss.js";
import { readUpstream } from "./numbers.js";
import { readAccumulate, type Reduction, readOptions } from "./options.js";
import { type Operation, run } from "./run.js";
import { positionsOf } from "./shape.js";
import { runSmall, SmallLoss } from "./smallRun.js";
import { lengthOf, overlap } from "./typedArray.js";
import type { WasmArray } from "./wasmArray.js";

/** Options of the gradient: the losses', and what the gradient is multiplied by and added to. */
export interface GradOptions<
  R extends Reduction = Reduction,
  O extends Out | undefined = Out | undefined,
> extends LossOptions<R, O> {
  /**
   * The gradient of what the loss goes into, with respect to the loss, which multiplies the gradient; 1 by default. With
   * reduction "none" it may be an array, one number a position.
   */
  readonly upstream?: number | (R extends "none" ? FloatArray | Float16 | WasmArray | readonly number[] : never);
  /** Whether the gradient is added to what is in `out`, which then is apart from the logits. */
  readonly accumulate?: boolean;
}

/** A loss and its gradient with respect to the logits. */
export interface LossAndGrad<Loss, Grad> {
  /** In nats: a number, or under reduction "none" an array of one a position. */
  readonly loss: Loss;
  /** An array like the logits, or `out`. */
  readonly grad: Grad;
}

/** The loss and its gradient, the gradient in `out` or new. */
export interface CrossEntropyGrad {
  <X extends Logits, O extends Out>(
    logits: X,
    targets: Targets,
    options: GradOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
  ): LossAndGrad<ResultOf<X>, O>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options: GradOptions<"none", undefined> & { readonly reduction: "none" },
  ): LossAndGrad<ResultOf<X>, ResultOf<X>>;
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    options: GradOptions<"mean" | "sum", O> & { readonly out: O },
  ): LossAndGrad<number, O>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options?: GradOptions<"mean" | "sum", undefined>,
  ): LossAndGrad<number, ResultOf<X>>;
}

const OPTIONS = [...LOSS_OPTIONS, "upstream", "accumulate"] as const;

export const operation: Operation = (kernels, at) =>
  kernels.crossEntropyGrad(
    at.x,
    at.labels,
    at.weights,
    at.spread,
    at.share,
    at.lambda,
    at.values,
    at.out,
    at.factor,
    at.penalty,
    at.upstream,
    at.scratch,
    at.rows,
    at.cols,
    at.inner,
    at.stride,
  );

export function crossEntropyGrad(
  engine: Engine,
  logits: unknown,
  targets: unknown,
  options?: unknown,
): LossAndGrad<number | FloatArray, Out> {
  const given = readOptions(options, OPTIONS);
  const small = new SmallLoss(targets);
  const grad = runSmall(engine, operation, given, logits, false, small);
  if (grad !== null) return { loss: small.value, grad };
  const accumulate = readAccumulate(given.accumulate);
  const loss = readLoss(logits, targets, given);
  const { type, layout } = loss;
  const { divisor } = loss.terms;
  const upstream = readUpstream(given.upstream, positionsOf(layout), loss.reduction === "none");
  if (accumulate && given.out === undefined) {
    throw rangeError("ERR_OPTION", "accumulate: expected out, got undefined");
  }
  const out = new Destination(engine, given.out, type, lengthOf(loss.x));
  if (accumulate && overlap(loss.x, out.array)) {
    throw rangeError("ERR_OVERLAP", "out: expected memory apart from the logits");
  }
  const isNone = loss.reduction === "none";
  const values = isNone ? new Destination(engine, undefined, type, positionsOf(layout)) : new CompensatedSum();
  const job = jobOf(engine, operation, loss, out);
  const factor = typeof upstream === "number" ? upstream : 1;
  job.factor = factor / divisor / loss.temperature;
  job.penalty = loss.penalty && (factor * loss.penalty) / loss.temperature;
  job.upstream = typeof upstream === "number" ? null : upstream;
  job.out = out;
  job.accumulate = accumulate;
  job.values = values;
  run(engine, job);
  return { loss: values instanceof Destination ? values.array : values.value / divisor, grad: out.result };
}
