import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowsToRows } from "./rowFunction.js";
import type { Operation } from "./rows.js";

const OPERATION: Operation = {
  scratch: true,
  run: (kernels, x, out, rows, cols, _, scratch) => kernels.logSoftmax(x, out, scratch, rows, cols),
};

export function logSoftmax(engine: Engine, x: unknown, options?: unknown): Floats {
  return rowsToRows(engine, OPERATION, x, options);
}
