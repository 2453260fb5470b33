// The entry for Node, Deno and Bun: workers of node:worker_threads.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import text from "../../build/workerNode.js";
import { openPool, type Pool } from "./pool.js";
import type { PoolOptions } from "./options.js";

export * from "./types.js";

const host = {
  threads: availableParallelism,
  // Not with the process's own flags, which may be about its main script.
  worker: () => new Worker(text, { eval: true, execArgv: [], name: "softmax-wasm" }),
};

export const createPool = (options?: PoolOptions): Promise<Pool> => openPool(host, options);
