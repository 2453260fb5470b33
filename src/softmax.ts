import type { Out } from "./arrays.js";
import type { Engine } from "./engine.js";
import { rowFunction } from "./rowFunction.js";
import type { Operation } from "./run.js";

export const operation: Operation = (kernels, at) =>
  kernels.softmax(at.x, at.out, at.scratch, at.rows, at.cols, at.inner, at.stride);

export function softmax(engine: Engine, x: unknown, options?: unknown): Out {
  return rowFunction(engine, operation, x, options, false, 0);
}
