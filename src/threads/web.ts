/**
 * The functions of `softmax-wasm` on several threads, with promises: {@link createPool} starts the workers.
 *
 * @module softmax-wasm/threads
 */

// The entry for browsers: workers of the page.

import text from "../../build/workerWeb.js";
import { type Host, openPool } from "./openPool.js";
import type { PoolOptions } from "./options.js";
import type { Pool } from "./pool.js";
import { threadsOfNode, workerOfNode } from "./unexpectedNode.js";

export * from "./types.js";

const scope = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };

const host: Host = {
  // If the number is unknown, ask for two, so that the pool reports why it has only one.
  threads: () => scope.navigator?.hardwareConcurrency ?? threadsOfNode() ?? 2,
  worker: () => (typeof Worker === "undefined" ? workerOfNode(text) : workerOfPage()),
};

function workerOfPage(): Worker {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  // Revoking at once is safe: a browser keeps the script for a worker that has already been requested.
  try {
    return new Worker(url, { name: "softmax-wasm" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

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
