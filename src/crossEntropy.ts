import type { Logits, Out, ResultOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import { jobOf, LOSS_OPTIONS, type LossOptions, readLoss, type Targets } from "./loss.js";
import { readOptions } from "./options.js";
import { type Operation, run } from "./run.js";
import { positionsOf } from "./shape.js";
import { runSmall, SmallLoss } from "./smallRun.js";

/** The loss: a number, or with reduction "none" an array, in `out` or new. */
export interface CrossEntropy {
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    options: LossOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
  ): O;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): ResultOf<X>;
  (logits: Logits, targets: Targets, options?: LossOptions<"mean" | "sum", undefined>): number;
}

export const operation: Operation = (kernels, at) =>
  kernels.crossEntropy(
    at.x,
    at.labels,
    at.weights,
    at.spread,
    at.share,
    at.lambda,
    at.values,
    at.scratch,
    at.rows,
    at.cols,
    at.inner,
    at.stride,
  );

export function crossEntropy(engine: Engine, logits: unknown, targets: unknown, options?: unknown): Out | number {
  const given = readOptions(options, LOSS_OPTIONS);
  const small = new SmallLoss(targets);
  if (given.out === undefined && runSmall(engine, operation, given, logits, true, small) !== null) return small.value;
  const loss = readLoss(logits, targets, given);
  const isNone = loss.reduction === "none";
  if (!isNone && given.out !== undefined) {
    throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${loss.reduction}"`);
  }
  const losses = isNone
    ? new Destination(engine, given.out, loss.type, positionsOf(loss.layout))
    : new CompensatedSum();
  const job = jobOf(engine, operation, loss, isNone ? (losses as Destination) : null);
  job.values = losses;
  run(engine, job);
  return losses instanceof Destination ? losses.result : losses.value / loss.terms.divisor;
}
