import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowsToValues } from "./rowFunction.js";
import type { Operation } from "./rows.js";

const OPERATION: Operation = {
  scratch: true,
  run: (kernels, x, _, rows, cols, values, scratch) => kernels.logSumExp(x, values, scratch, rows, cols),
};

export function logSumExp(engine: Engine, x: unknown, options?: unknown): Floats {
  return rowsToValues(engine, OPERATION, x, options, -Infinity);
}
