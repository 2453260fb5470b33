// The functions of linear layers on an engine: arguments → checked call → result.
//
// `chunk`: how much is computed at once; tests alone say it.

import { readOutput } from "../arguments/arrays.js";
import { readAccumulate, readOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { resultOf } from "../memory/placed.js";
import { kernel as crossEntropyKernel } from "../operations/crossEntropy.js";
import { kernel as crossEntropyGradKernel } from "../operations/crossEntropyGrad.js";
import { computeLogits, computeLoss } from "./compute.js";
import { checkApart, checkStillThere, readLayer, readProblem } from "./layer.js";
import { lossResult, placeLosses, readLoss } from "./loss.js";
import { formOfLogits, placeGradients, readGradX, readOutputs } from "./options.js";
import type { Chunk } from "./sizes.js";

export function linear(engine: Engine, x: unknown, layer: unknown, options: unknown, chunk?: Chunk): unknown {
  const { memory } = engine;
  const given = readOptions(options, ["out"]);
  const problem = readProblem(memory, x, readLayer(layer), () => ({}));
  const { rows, classes } = problem;
  const { type, form } = problem.x;
  const out = readOutput(memory, given.out, type, rows * classes, formOfLogits(form, classes), false);
  checkApart(problem, [["out", out]]);
  checkStillThere(problem, memory);
  computeLogits(engine, problem, out, chunk);
  return resultOf(out, memory);
}

export function linearCrossEntropy(
  engine: Engine,
  x: unknown,
  layer: unknown,
  targets: unknown,
  options: unknown,
  chunk?: Chunk,
): unknown {
  const loss = readLoss(engine, crossEntropyKernel, x, layer, targets, options, false);
  const losses = placeLosses(engine, loss, loss.given.out);
  checkApart(loss.problem, [["out", losses]]);
  checkStillThere(loss.problem, engine.memory);
  computeLoss(engine, loss.problem, loss.call, loss.order, null, chunk);
  return lossResult(engine, loss, losses);
}

export function linearCrossEntropyGrad(
  engine: Engine,
  x: unknown,
  layer: unknown,
  targets: unknown,
  options: unknown,
  chunk?: Chunk,
): unknown {
  const { memory } = engine;
  const loss = readLoss(engine, crossEntropyGradKernel, x, layer, targets, options, true);
  const { given, problem } = loss;
  const hasX = readGradX(given.more?.gradX);
  const accumulate = readAccumulate(given.more?.accumulate);
  const gradients = placeGradients(memory, problem, readOutputs(given.out), hasX, accumulate);
  const losses = placeLosses(engine, loss, undefined);
  const gradX = gradients.x === null ? null : gradients.x.output;
  const gradBias = gradients.bias === null ? null : gradients.bias.output;
  const gradWeight = gradients.weight.output;
  checkApart(problem, [
    ["out.x", gradX],
    ["out.weight", gradWeight],
    ["out.bias", gradBias],
  ]);
  checkStillThere(problem, memory);
  computeLoss(engine, problem, loss.call, loss.order, gradients, chunk);
  return {
    loss: lossResult(engine, loss, losses),
    gradX: gradX && resultOf(gradX, memory),
    gradWeight: resultOf(gradWeight, memory),
    gradBias: gradBias && resultOf(gradBias, memory),
  };
}
