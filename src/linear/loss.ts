// A loss of a linear layer: its arguments, and the reduction of the losses of the rows that are not ignored.

import { IGNORED } from "../../assembly/abi.js";
import { readOutput, viewOf } from "../arguments/arrays.js";
import { readUpstream } from "../arguments/numbers.js";
import { type GivenOptions, readOptions } from "../arguments/options.js";
import { labelsOf } from "../arguments/targets.js";
import type { Engine } from "../backend/engine.js";
import { CompensatedSum } from "../compensatedSum.js";
import { type Form, formOfValues, isRows } from "../form.js";
import { elementsOf, newOutput, NOT_YET, type Output, type Placed, resultOf } from "../memory/placed.js";
import { scaleGradient } from "../operations/crossEntropyGrad.js";
import { checkNoLosses, type LossCall, lossCallOn, type LossFunction } from "../operations/loss.js";
import { fillElements, lengthOf, setElements, tagOf } from "../typedArray.js";
import { type Known, type Problem, readLayer, readProblem } from "./layer.js";
import { GRAD_OPTIONS, LOSS_OPTIONS, ofLogits, readSizesOfX } from "./options.js";

/** A loss that has been read and checked, except for its outputs. */
export interface LayerLoss {
  readonly given: GivenOptions;
  readonly problem: Problem;
  /** Only for the rows that are not ignored. */
  readonly call: LossCall;
  /** Which rows these are; null for all. */
  readonly order: Int32Array | null;
  /** The form of the losses, under reduction "none". */
  readonly form: Form | null;
}

export function readLoss(
  engine: Engine,
  loss: LossFunction,
  x: unknown,
  layer: unknown,
  targets: unknown,
  options: unknown,
  hasGradient: boolean,
): LayerLoss {
  const given = readOptions(options, hasGradient ? GRAD_OPTIONS : LOSS_OPTIONS);
  const problem = readProblem(engine.memory, x, readLayer(layer), (read) => knownOf(given.shape, read, targets));
  const { rows, classes } = problem;
  const { type, form } = problem.x;
  const logits: Placed = { type, length: rows * classes, offset: 0, address: -1, array: NOT_YET, form: null };
  const call = lossCallOn(engine, loss, logits, targets, ofLogits(given, rows, classes), false);
  if (hasGradient) {
    scaleGradient(call, readUpstream(given.more?.upstream, rows, call.loss.reduction === "none"));
  }
  const order = orderOf(call.loss.labels as Int32Array);
  const isOne = typeof targets === "number" || typeof targets === "bigint";
  return {
    given,
    problem,
    call: order === null ? call : onlyOf(call, order),
    order,
    form: isOne ? "number" : formOfValues(form),
  };
}

/** N and D by a shape, or N by the labels. */
function knownOf(shape: unknown, x: Placed, targets: unknown): Known {
  if (shape !== undefined) return readSizesOfX(shape, x);
  const view = viewOf(targets);
  const tag = tagOf(view);
  const labels = labelsOf(view, tag, x.length, undefined, undefined);
  // Probabilities, whose rows are those of x.
  if (labels === undefined) return isRows(x.form) || !Array.isArray(view) ? {} : { rows: view.length };
  return { rows: tag === undefined ? labels.length : lengthOf(labels as Int32Array) };
}

/** The rows that are not ignored; null for all. */
function orderOf(labels: Int32Array): Int32Array | null {
  let valid = 0;
  // Not `for … of`, whose iterator costs a small call as much as ten labels.
  for (let row = 0; row < labels.length; row++) if (labels[row] !== IGNORED) valid++;
  if (valid === labels.length) return null;
  const order = new Int32Array(valid);
  for (let row = 0, next = 0; row < labels.length; row++) if (labels[row] !== IGNORED) order[next++] = row;
  return order;
}

/** A call restricted to some of its rows. */
function onlyOf(call: LossCall, order: Int32Array): LossCall {
  const rows = order.length;
  const { more, loss } = call;
  const labels = loss.labels as Int32Array;
  const upstream = more === null ? null : more.upstream;
  return {
    ...call,
    x: { ...call.x, length: rows * call.cols },
    rows,
    loss: { ...loss, labels: Int32Array.from(order, (row) => labels[row]) },
    more: more && { ...more, upstream: upstream && Float64Array.from(order, (row) => upstream[row]) },
  };
}

/** Where the losses of all rows go: to `out` or a new array for reduction "none", and else into a sum. */
export function placeLosses(engine: Engine, { problem, call, order, form }: LayerLoss, out: unknown): Output | null {
  if (call.loss.reduction !== "none") {
    checkNoLosses(out, call.loss.reduction);
    call.sum = new CompensatedSum();
    return null;
  }
  const { type } = problem.x;
  const losses = readOutput(engine.memory, out, type, problem.rows, form, false);
  // Those that are computed, one after the other; `out` may move with linear memory, or have other rows in between.
  const own = order === null && losses.address < 0 ? losses.array : type.create(call.rows);
  call.values = newOutput(type, call.rows, own, null);
  return losses;
}

/** What the caller gets as the loss. */
export function lossResult(engine: Engine, { call, order }: LayerLoss, losses: Output | null): unknown {
  const { sum, values, loss } = call;
  if (losses === null) return (sum as CompensatedSum).value / loss.divisor;
  const { array } = values as Output;
  const elements = elementsOf(losses, engine.memory);
  if (order !== null) {
    fillElements(elements, 0);
    order.forEach((row, n) => (elements[row] = array[n]));
  } else if (array !== elements) setElements(elements, array, 0);
  return resultOf(losses, engine.memory);
}
