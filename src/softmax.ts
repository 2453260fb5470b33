import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowsToRows } from "./rowFunction.js";

export function softmax(engine: Engine, x: unknown, options?: unknown): Floats {
  return rowsToRows(engine, x, options, {
    scratch: false,
    run: (kernels, block) => kernels.softmax(block.x, block.out, block.rows, block.cols),
  });
}
