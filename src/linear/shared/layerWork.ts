// A worker's share of a linear layer.

import type { Engine } from "../../backend/engine.js";
import { newMore } from "../../call.js";
import { execute } from "../../execute.js";
import { F32, F64, type KernelType } from "../../floatType.js";
import { newOutput, NOT_YET, type Output, ownArray, type Placed } from "../../memory/placed.js";
import type { LossCall } from "../../operations/loss.js";
import { kernelNamed } from "../../threads/worker/kernelNamed.js";
import { compiledProducts, type ProductsOfTypes } from "../compiledProducts.js";
import { lossOfRows } from "../lossOfRows.js";
import { moveBy } from "../places.js";
import type { Products } from "../products.js";
import { type Gradients, Run } from "../run.js";
import { CLASSES, DONE, type LayerTask, type LayerTaskLoss, NEXT, ROWS, STOPPED, WORKERS } from "./layerTask.js";

/** The products in the memory of the pool, for each engine; a worker has one. */
const known = /* @__PURE__ */ new WeakMap<Engine, ProductsOfTypes>();

function productsOf(engine: Engine, { products, memory, type }: LayerTask): Products {
  let made = known.get(engine);
  if (made === undefined) {
    made = compiledProducts(new WebAssembly.Module(products), memory);
    known.set(engine, made);
  }
  return made[type];
}

/** Does parts of a task as long as there are any. `engine`: of the worker's own, for the loss. */
export function workOnLayer(engine: Engine, task: LayerTask): void {
  const { control, steps, chunk, sizes, order, loss } = task;
  const { features, classes } = sizes;
  const type = task.type === "f32" ? F32.kernel : F64.kernel;
  const places = { ...task.places };
  moveBy(places, Atomics.add(control, WORKERS, 1) * task.size);
  const { bias, gradBias, logits } = task.places;
  Object.assign(places, { bias, gradBias, logits });
  const problem = {
    ...sizes,
    x: resident(type, task.x, sizes.rows * features),
    weight: resident(type, task.weight, classes * features),
    bias: null,
  };
  const gradients = gradientsOf(task, type);
  const run = new Run(null, productsOf(engine, task), problem, chunk, order, places);
  const call = loss === null ? null : lossCallOf(loss, type, classes);
  const valid = loss === null ? sizes.rows : loss.rows;
  let stagedRow = -1;
  let x = 0;
  for (;;) {
    const part = Atomics.add(control, NEXT, 1);
    if (part >= steps.count) return;
    const inChunk = part % steps.perChunk;
    const begin = part - inChunk;
    const row = (begin / steps.perChunk) * chunk.rows;
    const rows = Math.min(chunk.rows, valid - row);
    const needed = inChunk < steps.logitsEnd ? 0 : inChunk < steps.lossEnd ? steps.logitsEnd : steps.lossEnd;
    // Without a loss logits have places of their own.
    if (call !== null && !isThere(control, DONE, begin + needed)) return;
    if (inChunk < steps.logitsEnd) {
      const last = order === null ? row + rows : order[row + rows - 1] + 1;
      const first = inChunk * steps.classes;
      const endClass = steps.logitRows > 0 ? classes : Math.min(classes, first + steps.classes);
      if (!isThere(control, ROWS, last) || !isThere(control, CLASSES, endClass)) return;
    }
    if (stagedRow !== row) {
      x = run.stageRows(row, rows);
      stagedRow = row;
    }
    if (inChunk < steps.logitsEnd) computeLogits(run, task, x, row, rows, inChunk);
    else if (inChunk < steps.lossEnd) computeLoss(engine, call as LossCall, task, row, rows, inChunk);
    else addGradients(run, task, gradients as Gradients, x, row, rows, inChunk);
    const done = (Atomics.add(control, DONE, 1) + 1) % steps.perChunk;
    if (done === 0 || done === steps.logitsEnd || done === steps.lossEnd) Atomics.notify(control, DONE);
  }
}

/** Waits until a counter has reached a number. False if the task was cut short. */
function isThere(control: Int32Array, at: number, needed: number): boolean {
  for (let count; (count = Atomics.load(control, at)) < needed;) Atomics.wait(control, at, count);
  return Atomics.load(control, DONE) < STOPPED;
}

function computeLogits(run: Run, task: LayerTask, x: number, row: number, rows: number, part: number): void {
  const { steps, sizes, loss, logits } = task;
  const { features, classes } = sizes;
  const { bytes } = task.type === "f32" ? F32 : F64;
  const out = loss === null ? logits + row * classes * bytes : logits;
  if (steps.logitRows === 0) {
    const first = part * steps.classes;
    run.multiplyByWeight(x, row, rows, out, first, Math.min(classes, first + steps.classes));
    return;
  }
  const first = part * steps.logitRows;
  const count = Math.min(rows - first, steps.logitRows);
  // The last chunk may have fewer rows.
  if (count <= 0) return;
  run.multiplyByWeight(x + first * features * bytes, row, count, out + first * classes * bytes, 0, classes);
}

function computeLoss(
  engine: Engine,
  call: LossCall,
  { steps, loss, gradients }: LayerTask,
  row: number,
  rows: number,
  inChunk: number,
): void {
  const first = (inChunk - steps.logitsEnd) * steps.lossRows;
  const count = Math.min(rows - first, steps.lossRows);
  if (count <= 0) return;
  const { logits } = loss as LayerTaskLoss;
  const array = logits.subarray(first * call.cols, (first + count) * call.cols);
  execute(engine, lossOfRows(call, row + first, count, { address: -1, offset: 0, array }, gradients !== null));
}

function addGradients(
  run: Run,
  { steps, sizes }: LayerTask,
  gradients: Gradients,
  x: number,
  row: number,
  rows: number,
  inChunk: number,
): void {
  const { features, classes } = sizes;
  const toX = inChunk < steps.gradXEnd;
  const width = toX ? steps.gradXFeatures : steps.gradWeightFeatures;
  const ranges = Math.ceil(features / width);
  const part = inChunk - (toX ? steps.lossEnd : steps.gradXEnd);
  const firstFeature = (part % ranges) * width;
  const at = Math.floor(part / ranges);
  const firstRow = toX ? at * steps.gradXRows : 0;
  const endRow = toX ? Math.min(rows, firstRow + steps.gradXRows) : rows;
  if (firstRow >= endRow) return;
  const firstClass = toX ? 0 : at * steps.classes;
  run.addGradients(gradients, x, row, rows, {
    toX,
    firstRow,
    endRow,
    toWeight: !toX,
    firstClass,
    endClass: toX ? classes : Math.min(classes, firstClass + steps.classes),
    firstFeature,
    endFeature: Math.min(features, firstFeature + width),
  });
}

const resident = (type: KernelType, address: number, length: number): Placed => ({
  type,
  length,
  offset: address,
  address,
  array: NOT_YET,
  form: null,
});

function gradientsOf({ gradients, sizes }: LayerTask, type: KernelType): Gradients | null {
  if (gradients === null) return null;
  const { features, rows, classes } = sizes;
  const { x, weight, hasBias } = gradients;
  const output = (address: number, length: number): Output => ({
    ...resident(type, address, length),
    given: NOT_YET,
    made: undefined,
  });
  return {
    x: x && { output: output(x.address, rows * features), adds: x.adds },
    weight: { output: output(weight.address, classes * features), adds: weight.adds },
    // The calling thread begins its sums, and takes them.
    bias: hasBias ? { output: output(0, classes), adds: false } : null,
  };
}

function lossCallOf(loss: LayerTaskLoss, type: KernelType, classes: number): LossCall {
  const { operation, rows, scale, labels, terms, more, values } = loss;
  const probabilities = terms === null || terms.probabilities === null ? null : ownArray(type, terms.probabilities);
  return {
    kernel: kernelNamed(operation),
    x: { ...ownArray(type, NOT_YET), length: rows * classes },
    rows,
    cols: classes,
    inner: 1,
    absent: 0,
    // The calling thread reduces the losses and divides.
    loss: { labels, at: 0, reduction: "none", divisor: 1, more: terms && { ...terms, probabilities } },
    scale,
    temperature: 1,
    out: null,
    values: newOutput(type, rows, values, null),
    sum: null,
    more: more && { ...newMore(undefined, more.zLossScale), upstream: more.upstream },
  };
}
