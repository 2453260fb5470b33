// The one loop of linear layers: a chunk of rows of x → its logits → their loss and gradient, in place → what it adds
// to the gradients of x, W and b, a block of classes at a time. Only one chunk's logits exist at a time.

import type { Engine } from "../backend/engine.js";
import { execute } from "../execute.js";
import { NOT_YET, type Output } from "../memory/placed.js";
import type { LossCall } from "../operations/loss.js";
import type { Problem } from "./layer.js";
import { lossOfRows } from "./lossOfRows.js";
import { productsOn } from "./products.js";
import { type Gradients, Run } from "./run.js";
import type { Chunk } from "./sizes.js";
import { workspaceOf } from "./workspace.js";

/** Writes the logits of all rows. */
export function computeLogits(engine: Engine, problem: Problem, out: Output, given?: Chunk): void {
  const { memory } = engine;
  const { chunk, places, start } = workspaceOf(engine, problem, null, null, out, given);
  const run = new Run(memory, productsOn(engine, problem.x.type.kernel), problem, chunk, null, places);
  try {
    run.stageBias();
    const { rows, classes } = problem;
    for (let row = 0; row < rows; row += chunk.rows) {
      const count = Math.min(chunk.rows, rows - row);
      const to = run.placeOf(out, row * classes, places.logits);
      run.multiplyByWeight(run.stageRows(row, count), row, count, to, 0, classes);
      run.copyOut(out, to, row * classes, count * classes);
    }
  } finally {
    if (start >= 0) memory.release(start);
  }
}

/**
 * Executes a loss of the logits, chunk by chunk, and adds up gradients where there are some.
 *
 * @param loss Its positions are the rows that are not ignored, one after the other: those of `order`, or all rows for
 *   null.
 */
export function computeLoss(
  engine: Engine,
  problem: Problem,
  loss: LossCall,
  order: Int32Array | null,
  gradients: Gradients | null,
  given?: Chunk,
): void {
  const { memory } = engine;
  const { chunk, places, start } = workspaceOf(engine, problem, order, gradients, null, given);
  const run = new Run(memory, productsOn(engine, problem.x.type.kernel), problem, chunk, order, places);
  const { logits } = places;
  const { features, classes } = problem;
  try {
    run.stageBias();
    for (let row = 0; row < loss.rows; row += chunk.rows) {
      const count = Math.min(chunk.rows, loss.rows - row);
      const x = run.stageRows(row, count);
      run.multiplyByWeight(x, row, count, logits, 0, classes);
      // This may grow memory, or fail to. No chunk needs more than the first one, so a failure comes before anything is
      // written.
      const place = { address: logits, offset: logits, array: NOT_YET };
      execute(engine, lossOfRows(loss, row, count, place, gradients !== null));
      if (gradients === null) continue;
      if (row === 0) run.beginGradBias(gradients.bias);
      run.addGradients(gradients, x, row, count, {
        toX: gradients.x !== null,
        toWeight: true,
        firstRow: 0,
        endRow: count,
        firstClass: 0,
        endClass: classes,
        firstFeature: 0,
        endFeature: features,
      });
    }
    if (gradients !== null) run.finish(gradients, loss.rows);
  } finally {
    if (start >= 0) memory.release(start);
  }
}
