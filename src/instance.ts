import { readBackend, readOptions } from "./arguments/options.js";
import { lastingEngine } from "./backend/createEngine.js";
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
  const lasting = lastingEngine(readBackend(readOptions(options, ["backend"]).more?.backend));
  const engine = lasting.now();
  return {
    ...(engine.lacks === null ? functionsOn(engine) : functionsOf(engine, () => lasting.now())),
    alloc: (type: unknown, length: unknown) => alloc(lasting.now().newArray, type, length),
    backend: () => lasting.now().backend,
  };
}

/** The functions on an engine, in whose place there may be another one at the next call. */
function functionsOf(engine: Engine, engineNow: () => Engine): ReturnType<typeof functionsOn> {
  let functions = functionsOn(engine);
  const latest = (): typeof functions => {
    const now = engineNow();
    if (now !== engine) {
      engine = now;
      functions = functionsOn(now);
    }
    return functions;
  };
  const names = Object.keys(functions) as OperationName[];
  const forwarding = names.map((name) => [name, (...args: readonly unknown[]) => latest()[name](...args)] as const);
  return Object.fromEntries(forwarding) as typeof functions;
}
