import type { Floats } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowsToRows } from "./rowFunction.js";
import type { Operation } from "./rows.js";

const OPERATION: Operation = {
  scratch: false,
  run: (kernels, x, out, rows, cols) => kernels.softmax(x, out, rows, cols),
};

export function softmax(engine: Engine, x: unknown, options?: unknown): Floats {
  return rowsToRows(engine, OPERATION, x, options);
}
