import { type Floats, readableBeside } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import type { Labels } from "./labels.js";
import { divisorOf, LOSS_OPTIONS, type LossOptions, readLoss } from "./loss.js";
import { readOptions } from "./options.js";
import { runRows } from "./rows.js";
import { lengthOf } from "./typedArray.js";

/** A loss and its gradient with respect to the logits. */
export interface LossAndGrad<Loss, Grad> {
  readonly loss: Loss;
  readonly grad: Grad;
}

/** The loss and its gradient, the gradient in `out` or new. */
export interface CrossEntropyGrad {
  <Out extends Floats>(
    logits: Floats,
    labels: Labels,
    options: LossOptions<"none", Out> & { readonly reduction: "none"; readonly out: Out },
  ): LossAndGrad<Float32Array, Out>;
  (
    logits: Floats,
    labels: Labels,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): LossAndGrad<Float32Array, Float32Array>;
  <Out extends Floats>(
    logits: Floats,
    labels: Labels,
    options: LossOptions<"mean" | "sum", Out> & { readonly out: Out },
  ): LossAndGrad<number, Out>;
  (logits: Floats, labels: Labels, options?: LossOptions<"mean" | "sum", undefined>): LossAndGrad<number, Float32Array>;
}

export function crossEntropyGrad(
  engine: Engine,
  logits: unknown,
  labels: unknown,
  options?: unknown,
): LossAndGrad<number | Float32Array, Floats> {
  const given = readOptions(options, LOSS_OPTIONS, "ignoreIndex");
  const loss = readLoss(logits, labels, given);
  const out = new Destination(engine, given.out, lengthOf(loss.logits));
  const divisor = divisorOf(loss);
  const factor = 1 / divisor / loss.temperature;
  const sum = new CompensatedSum();
  const losses = loss.reduction === "none" ? new Float32Array(loss.rows) : null;
  runRows(engine, {
    x: readableBeside("logits", loss.logits, out.array, engine.memory.buffer),
    rows: loss.rows,
    cols: loss.cols,
    temperature: loss.temperature,
    labels: loss.labels,
    out,
    run: (kernels, block) =>
      kernels.crossEntropyGrad(block.x, block.labels, block.values, block.out, factor, block.rows, block.cols),
    takeValues: (values, row) => (losses === null ? sum.add(values) : losses.set(values, row)),
  });
  return { loss: losses ?? sum.value / divisor, grad: out.result };
}
