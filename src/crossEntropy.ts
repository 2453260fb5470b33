import { type Floats, readableBeside } from "./arrays.js";
import { CompensatedSum } from "./compensatedSum.js";
import { Destination } from "./destination.js";
import type { Engine } from "./engine.js";
import { rangeError } from "./errors.js";
import type { Kernels } from "./kernels.js";
import type { Labels } from "./labels.js";
import { divisorOf, LOSS_OPTIONS, type LossOptions, readLoss } from "./loss.js";
import { readOptions } from "./options.js";
import { type Block, runRows } from "./rows.js";

/** The loss: a number, or with reduction "none" an array, in `out` or new. */
export interface CrossEntropy {
  <Out extends Floats>(
    logits: Floats,
    labels: Labels,
    options: LossOptions<"none", Out> & { readonly reduction: "none"; readonly out: Out },
  ): Out;
  (
    logits: Floats,
    labels: Labels,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): Float32Array;
  (logits: Floats, labels: Labels, options?: LossOptions<"mean" | "sum", undefined>): number;
}

export function crossEntropy(engine: Engine, logits: unknown, labels: unknown, options?: unknown): Floats | number {
  const given = readOptions(options, LOSS_OPTIONS, "ignoreIndex");
  const loss = readLoss(logits, labels, given);
  const job = {
    x: loss.logits,
    rows: loss.rows,
    cols: loss.cols,
    temperature: loss.temperature,
    labels: loss.labels,
    scratch: true,
    run: (kernels: Kernels, block: Block) =>
      kernels.crossEntropy(block.x, block.labels, block.values, block.scratch, block.rows, block.cols),
  };
  if (loss.reduction === "none") {
    const out = new Destination(engine, given.out, loss.rows);
    const x = readableBeside("logits", loss.logits, out.array, engine.memory.buffer);
    runRows(engine, { ...job, x, takeValues: (values, row) => out.array.set(values, row) });
    return out.result;
  }
  if (given.out !== undefined) {
    throw rangeError("ERR_OPTION", `out: expected reduction "none", which gives an array, got "${loss.reduction}"`);
  }
  const sum = new CompensatedSum();
  runRows(engine, { ...job, takeValues: (values) => sum.add(values) });
  return sum.value / divisorOf(loss);
}
