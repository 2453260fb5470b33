import type { Logits, Out, ResultOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import { jobOf, LOSS_OPTIONS, type LossOptions, readLoss, type Targets } from "./loss.js";
import { readOptions } from "./options.js";
import { type Operation, run } from "./run.js";
import { positionsOf } from "./shape.js";
import { runSmallLoss } from "./smallRun.js";

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
  const small = given.out === undefined ? runSmallLoss(engine, operation, logits, targets, given, false) : null;
  if (small !== null) return small.loss;
  const loss = readLoss(logits, targets, given);
  if (loss.reduction === "none") {
    const losses = new Destination(engine, given.out, loss.type, positionsOf(loss.layout));
    const job = jobOf(engine, operation, loss, losses);
    job.values = losses;
    run(engine, job);
    return losses.result;
  }
  if (given.out !== undefined) {
    throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${loss.reduction}"`);
  }
  const sum = new CompensatedSum();
  const job = jobOf(engine, operation, loss, null);
  job.values = sum;
  run(engine, job);
  return sum.value / loss.terms.divisor;
}
