import { type Floats, type Logits, readableBeside, type ResultOf } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import type { FloatArray } from "./floatType.js";
import type { Labels } from "./labels.js";
import { divisorOf, LOSS_OPTIONS, type LossOptions, readLoss } from "./loss.js";
import { readOptions } from "./options.js";
import { type Operation, runRows } from "./rows.js";
import { lengthOf } from "./typedArray.js";

/** A loss and its gradient with respect to the logits. */
export interface LossAndGrad<Loss, Grad> {
  readonly loss: Loss;
  readonly grad: Grad;
}

/** The loss and its gradient, the gradient in `out` or new. */
export interface CrossEntropyGrad {
  <X extends Logits, Out extends Floats>(
    logits: X,
    labels: Labels,
    options: LossOptions<"none", Out> & { readonly reduction: "none"; readonly out: Out },
  ): LossAndGrad<ResultOf<X>, Out>;
  <X extends Logits>(
    logits: X,
    labels: Labels,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): LossAndGrad<ResultOf<X>, ResultOf<X>>;
  <Out extends Floats>(
    logits: Logits,
    labels: Labels,
    options: LossOptions<"mean" | "sum", Out> & { readonly out: Out },
  ): LossAndGrad<number, Out>;
  <X extends Logits>(
    logits: X,
    labels: Labels,
    options?: LossOptions<"mean" | "sum", undefined>,
  ): LossAndGrad<number, ResultOf<X>>;
}

const OPERATION: Operation = {
  scratch: false,
  run: (kernels, x, out, rows, cols, values, _, labels, factor) =>
    kernels.crossEntropyGrad(x, labels, values, out, factor, rows, cols),
};

export function crossEntropyGrad(
  engine: Engine,
  logits: unknown,
  labels: unknown,
  options?: unknown,
): LossAndGrad<number | FloatArray, Floats> {
  const given = readOptions(options, LOSS_OPTIONS);
  const loss = readLoss(engine, logits, labels, given);
  const out = new Destination(engine, given.out, loss.type, lengthOf(loss.x));
  const divisor = divisorOf(loss);
  const values =
    loss.reduction === "none" ? new Destination(engine, undefined, loss.type, loss.rows) : new CompensatedSum();
  runRows(engine, {
    operation: OPERATION,
    type: loss.type,
    x: readableBeside("logits", loss.x, out.array, engine.memory),
    rows: loss.rows,
    cols: loss.cols,
    temperature: loss.temperature,
    labels: loss.labels,
    factor: 1 / divisor / loss.temperature,
    out,
    values,
  });
  return { loss: values instanceof Destination ? values.array : values.value / divisor, grad: out.result };
}
