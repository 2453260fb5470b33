import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowsToRows } from "./rowFunction.js";

export function logSoftmax(engine: Engine, x: unknown, options?: unknown): Floats {
  return rowsToRows(engine, x, options, {
    scratch: true,
    run: (kernels, block) => kernels.logSoftmax(block.x, block.out, block.scratch, block.rows, block.cols),
  });
}
