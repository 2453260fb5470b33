import { checkAttached, type Logits, type Out, readableBeside, readLike, type ResultOf } from "./arrays.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { jobOf, LOSS_OPTIONS, type LossOptions, readLoss, type Targets } from "./loss.js";
import { type Reduction, readOptions } from "./options.js";
import { type Operation, run } from "./run.js";
import { lengthOf } from "./typedArray.js";

/** The Hessian of a loss, times an array like the logits. */
export interface CrossEntropyHvp {
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    v: Logits,
    options: LossOptions<Reduction, O> & { readonly out: O },
  ): O;
  <X extends Logits>(logits: X, targets: Targets, v: Logits, options?: LossOptions<Reduction, undefined>): ResultOf<X>;
}

export const operation: Operation = (kernels, at) =>
  kernels.crossEntropyHvp(
    at.x,
    at.beside,
    at.labels,
    at.weights,
    at.spread,
    at.share,
    at.lambda,
    at.values,
    at.out,
    at.factor,
    at.penalty,
    at.scratch,
    at.rows,
    at.cols,
    at.inner,
    at.stride,
  );

export function crossEntropyHvp(engine: Engine, logits: unknown, targets: unknown, v: unknown, options?: unknown): Out {
  const given = readOptions(options, LOSS_OPTIONS);
  // Elements of v may be code of the caller, that takes arrays away.
  const loss = readLoss(logits, targets, given);
  const length = lengthOf(loss.x);
  const soft = loss.terms.spread?.targets;
  const beside = readLike("v", v, loss.x);
  checkAttached("logits", loss.x, length);
  if (soft) checkAttached("targets", soft, length);
  const out = new Destination(engine, given.out, loss.type, length);
  const { temperature, penalty } = loss;
  const { divisor } = loss.terms;
  const job = jobOf(engine, operation, loss, out);
  job.beside = readableBeside("v", beside, out.array, engine.memory);
  job.factor = 1 / divisor / temperature / temperature;
  job.penalty = penalty / temperature / temperature;
  job.out = out;
  run(engine, job);
  return out.result;
}
