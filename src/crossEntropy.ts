import { type Floats, type Logits, readableBeside, type ResultOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import type { FloatArray } from "./floatType.js";
import type { Labels } from "./labels.js";
import { divisorOf, LOSS_OPTIONS, type LossArguments, type LossOptions, readLoss } from "./loss.js";
import { readOptions } from "./options.js";
import { type Operation, type RowJob, runRows } from "./rows.js";

/** The loss: a number, or with reduction "none" an array, in `out` or new. */
export interface CrossEntropy {
  <Out extends Floats>(
    logits: Logits,
    labels: Labels,
    options: LossOptions<"none", Out> & { readonly reduction: "none"; readonly out: Out },
  ): Out;
  <X extends Logits>(
    logits: X,
    labels: Labels,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): ResultOf<X>;
  (logits: Logits, labels: Labels, options?: LossOptions<"mean" | "sum", undefined>): number;
}

const OPERATION: Operation = {
  scratch: true,
  run: (kernels, x, _, rows, cols, values, scratch, labels) =>
    kernels.crossEntropy(x, labels, values, scratch, rows, cols),
};

export function crossEntropy(engine: Engine, logits: unknown, labels: unknown, options?: unknown): Floats | number {
  const given = readOptions(options, LOSS_OPTIONS);
  const loss = readLoss(engine, logits, labels, given);
  if (loss.reduction === "none") {
    const losses = new Destination(engine, given.out, loss.type, loss.rows);
    runRows(engine, jobOf(loss, readableBeside("logits", loss.x, losses.array, engine.memory), losses));
    return losses.result;
  }
  if (given.out !== undefined) {
    throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${loss.reduction}"`);
  }
  const sum = new CompensatedSum();
  runRows(engine, jobOf(loss, loss.x, sum));
  return sum.value / divisorOf(loss);
}

function jobOf(loss: LossArguments, x: FloatArray, values: RowJob["values"]): RowJob {
  const { type, rows, cols, temperature, labels } = loss;
  return { operation: OPERATION, type, x, rows, cols, temperature, labels, factor: 1, out: null, values };
}
