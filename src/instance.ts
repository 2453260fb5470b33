import { readBackend, readOptions } from "./arguments/options.js";
import { createEngine } from "./backend/createEngine.js";
import type { Engine } from "./backend/engine.js";
import type { Call } from "./call.js";
import { alloc } from "./memory/wasmArray.js";
import * as operations from "./operations/index.js";

/** The name of a function whose calls are executed. */
export type OperationName = keyof typeof operations;

/** What a function may be called with, and what makes a call of it. */
export type Arguments = [a: unknown, b: unknown, c?: unknown, d?: unknown];
export type CallOf = (engine: Engine, ...args: Arguments) => Call;

/** The functions by name, bound to an engine. */
export function functionsOn(engine: Engine): Record<OperationName, (...args: readonly unknown[]) => unknown> {
  const functions = Object.entries(operations).map(([name, operation]) => [name, operation.on(engine)] as const);
  return Object.fromEntries(functions) as ReturnType<typeof functionsOn>;
}

/** The functions on an engine of their own. */
export function newInstance(options: unknown): Record<string, unknown> {
  const engine = createEngine(readBackend(readOptions(options, ["backend"]).more?.backend));
  return {
    ...functionsOn(engine),
    alloc: (type: unknown, length: unknown) => alloc(engine.newArray, type, length),
    backend: () => engine.backend,
  };
}
