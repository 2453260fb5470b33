/**
 * The functions of `softmax-wasm` on several threads, with promises: {@link createPool} starts the workers.
 *
 * @module softmax-wasm/threads
 */

// The entry for workerd, which has neither workers that share memory nor WebAssembly from bytes: one thread, on the module that
// is imported as a file.

import { lastingEngine } from "../backend/createEngine.js";
import { type PoolOptions, readPoolOptions } from "./options.js";
import { alone, type Pool } from "./pool.js";

export * from "./types.js";

const NO_WORKERS = "no worker: workerd has none that share memory";

/** A pool of the calling thread. */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is rejected with
export const createPool = async (options?: PoolOptions): Promise<Pool> => {
  const { threads } = readPoolOptions(options);
  return alone(lastingEngine("auto"), threads === 1 ? undefined : NO_WORKERS);
};
