// The entry for browsers: workers of the page.

import text from "../../build/workerWeb.js";
import { openPool, type Pool } from "./pool.js";
import type { PoolOptions } from "./options.js";

export * from "./types.js";

const host = {
  threads: () => navigator.hardwareConcurrency,
  worker: () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    // The worker has fetched it when it answers; a browser keeps it for one that has been asked for.
    try {
      return new Worker(url, { name: "softmax-wasm" });
    } finally {
      URL.revokeObjectURL(url);
    }
  },
};

export const createPool = (options?: PoolOptions): Promise<Pool> => openPool(host, options);
