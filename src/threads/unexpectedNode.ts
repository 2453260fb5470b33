// Node, for the entry for browsers: a bundle that was made without the export condition "node" has that entry, and may run there.

import type * as os from "node:os";
import type * as workerThreads from "node:worker_threads";
import type { NodeWorker } from "./channel.js";

interface Modules {
  readonly os: typeof os;
  readonly worker_threads: typeof workerThreads;
}

/** A module of Node's, from 20.16 on; undefined elsewhere. An `import` of it would be refused for browsers. */
function builtin<Name extends keyof Modules>(name: Name): Modules[Name] | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: Name): Modules[Name] } };
  return process?.getBuiltinModule?.(name);
}

/** What the worker of browsers (worker/web.ts) takes from its global scope. */
const SCOPE = `{
  const { parentPort } = require("worker_threads");
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  globalThis.addEventListener = (type, listener) => parentPort.on(type, (data) => listener({ data }));
}
`;

export const threadsOfNode = (): number | undefined => builtin("os")?.availableParallelism();

/** A worker of Node's with a script that is for browsers. */
export function workerOfNode(script: string): NodeWorker {
  const threads = builtin("worker_threads");
  if (threads === undefined) {
    throw new Error('expected a Worker, got none; a bundle for Node before 20.16 needs the export condition "node"');
  }
  return new threads.Worker(SCOPE + script, { eval: true, execArgv: [], name: "softmax-wasm" });
}
