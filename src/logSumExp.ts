import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import type { Kernels } from "./kernels.js";
import { rowsToValues } from "./rowFunction.js";
import type { Block } from "./rows.js";

export function logSumExp(engine: Engine, x: unknown, options?: unknown): Floats {
  const run = (kernels: Kernels, block: Block) =>
    kernels.logSumExp(block.x, block.values, block.scratch, block.rows, block.cols);
  return rowsToValues(engine, x, options, { scratch: true, run }, -Infinity);
}
