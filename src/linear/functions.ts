// The functions of linear layers on an engine: arguments → checked call → result.
//
// `chunk`: how much is computed at once; only tests set it.

import { readOutput } from "../arguments/arrays.js";
import { readAccumulate, readOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { type Output, resultOf } from "../memory/placed.js";
import { kernel as crossEntropyKernel } from "../operations/crossEntropy.js";
import { kernel as crossEntropyGradKernel } from "../operations/crossEntropyGrad.js";
import { type LossCall, lossFunction } from "../operations/loss.js";
import { computeLogits, computeLoss } from "./compute.js";
import { checkStillThere, keptApart, type Problem, readLayer, readProblem } from "./layer.js";
import { lossResult, placeLosses, readLoss } from "./loss.js";
import { formOfLogits, placeGradients, readGradX, readOutputs } from "./options.js";
import type { Gradients } from "./run.js";
import type { Chunk } from "./sizes.js";

const CROSS_ENTROPY = /* @__PURE__ */ lossFunction(crossEntropyKernel);
const CROSS_ENTROPY_GRAD = /* @__PURE__ */ lossFunction(crossEntropyGradKernel);

/** A checked call: what `compute` needs, and what its caller gets when it has been computed. */
export interface LayerCall {
  /** The name of the loss's kernel; of the logits alone "linear". */
  readonly operation: string;
  readonly problem: Problem;
  /** Logits, where they are all that is asked for. */
  readonly out: Output | null;
  /** Of the rows that are not ignored: `order`, or all of them for null. */
  readonly loss: LossCall | null;
  readonly order: Int32Array | null;
  readonly gradients: Gradients | null;
  readonly result: () => unknown;
}

/** A function before its call is computed. */
export type Prepare = (engine: Engine, x: unknown, layer: unknown, ...more: unknown[]) => LayerCall;

export function linear(engine: Engine, x: unknown, layer: unknown, options: unknown): LayerCall {
  const { memory } = engine;
  const given = readOptions(options, ["out"]);
  const read = readProblem(memory, x, readLayer(layer), () => ({}));
  const { rows, classes } = read;
  const { type, form } = read.x;
  const out = readOutput(memory, given.out, type, rows * classes, formOfLogits(form, classes), false);
  const problem = keptApart(read, ["out"], [out]);
  checkStillThere(problem, memory);
  const result = () => resultOf(out, memory);
  return { operation: "linear", problem, out, loss: null, order: null, gradients: null, result };
}

export function linearCrossEntropy(
  engine: Engine,
  x: unknown,
  layer: unknown,
  targets: unknown,
  options: unknown,
): LayerCall {
  const loss = readLoss(engine, CROSS_ENTROPY, x, layer, targets, options, false);
  const { given, call, order } = loss;
  const losses = placeLosses(engine, loss, given.out);
  const problem = keptApart(loss.problem, ["out"], [losses]);
  checkStillThere(problem, engine.memory);
  const result = () => lossResult(engine, loss, losses);
  return { operation: "crossEntropy", problem, out: null, loss: call, order, gradients: null, result };
}

export function linearCrossEntropyGrad(
  engine: Engine,
  x: unknown,
  layer: unknown,
  targets: unknown,
  options: unknown,
): LayerCall {
  const { memory } = engine;
  const loss = readLoss(engine, CROSS_ENTROPY_GRAD, x, layer, targets, options, true);
  const { given, call, order } = loss;
  const hasX = readGradX(given.more?.gradX);
  const accumulate = readAccumulate(given.more?.accumulate);
  const gradients = placeGradients(memory, loss.problem, readOutputs(given.out), hasX, accumulate);
  const losses = placeLosses(engine, loss, undefined);
  const gradX = gradients.x === null ? null : gradients.x.output;
  const gradBias = gradients.bias === null ? null : gradients.bias.output;
  const gradWeight = gradients.weight.output;
  const problem = keptApart(loss.problem, ["out.x", "out.weight", "out.bias"], [gradX, gradWeight, gradBias]);
  checkStillThere(problem, memory);
  const result = () => ({
    loss: lossResult(engine, loss, losses),
    gradX: gradX && resultOf(gradX, memory),
    gradWeight: resultOf(gradWeight, memory),
    gradBias: gradBias && resultOf(gradBias, memory),
  });
  return { operation: "crossEntropyGrad", problem, out: null, loss: call, order, gradients, result };
}

/** Computes it on this thread. */
export function compute(engine: Engine, { problem, out, loss, order, gradients }: LayerCall, chunk?: Chunk): void {
  if (loss === null) computeLogits(engine, problem, out as Output, chunk);
  else computeLoss(engine, problem, loss, order, gradients, chunk);
}

/** Computes it and gives its result. */
export function answer(engine: Engine, call: LayerCall, chunk?: Chunk): unknown {
  compute(engine, call, chunk);
  return call.result();
}
