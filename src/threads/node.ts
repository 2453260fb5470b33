/**
 * The functions of `softmax-wasm` on several threads, with promises: {@link createPool} starts the workers.
 *
 * @module softmax-wasm/threads
 */

// The entry for Node, Deno and Bun: workers of node:worker_threads.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import text from "../../build/workerNode.js";
import { openPool } from "./openPool.js";
import type { PoolOptions } from "./options.js";
import type { Pool } from "./pool.js";

export * from "./types.js";

const host = {
  threads: availableParallelism,
  // Not with the process's own flags, which may be about its main script.
  worker: () => new Worker(text, { eval: true, execArgv: [], name: "softmax-wasm" }),
};

/**
 * Starts a pool of workers. If fewer start than were asked for, but at least two, the pool uses those. If it cannot
 * have two, because the page is not isolated, there is no shared memory, or workers do not start, it computes on the
 * calling thread. `backend().threads` says how many threads there are, and `backend().reason` why not more.
 *
 * @param options The number of threads, by default as many as the machine has; and a function that makes workers.
 * @throws The promise is rejected with a TypeError or RangeError with the code ERR_OPTION.
 * @example
 * ```ts
 * import { createPool } from "softmax-wasm/threads";
 *
 * const pool = await createPool({ threads: 2 });
 * const p = await pool.softmax([2, 1, 0.1]);
 * p; // → 0.659, 0.242, 0.099
 * await pool.terminate();
 * ```
 */
export const createPool = (options?: PoolOptions): Promise<Pool> => openPool(host, options);
