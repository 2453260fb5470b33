import type { Engine } from "../backend/engine.js";
import { reasonOf } from "../backend/standIn.js";
import type { AnyWorker } from "./channel.js";
import { moduleBytes, ownEngineOrJs, sharedEngine } from "./engines.js";
import { readPoolOptions } from "./options.js";
import { alone, type Pool, poolOf } from "./pool.js";
import { Queue } from "./jobs/queue.js";
import { Workers } from "./workers.js";

/** What differs between Node and browsers. */
export interface Host {
  /** How many threads the machine has. */
  threads(): number;
  /** A worker of the library's own text. */
  worker(): AnyWorker;
}

const NOT_ISOLATED =
  "the page is not cross-origin isolated: threads share memory only where it is served with the headers " +
  "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

export async function openPool(host: Host, options: unknown): Promise<Pool> {
  const given = readPoolOptions(options);
  const threads = given.threads ?? host.threads();
  const module = moduleBytes();
  const own = ownEngineOrJs(module);
  try {
    // Compile now, while the caller waits anyway, and not at the first call.
    own.now();
  } catch {
    // No room even for JavaScript: the first call tries again, and says so.
  }
  if (threads === 1) return alone(own);
  const scope = globalThis as { readonly crossOriginIsolated?: boolean; readonly SharedArrayBuffer?: unknown };
  if (scope.crossOriginIsolated === false || scope.SharedArrayBuffer === undefined) return alone(own, NOT_ISOLATED);
  let shared: Engine;
  try {
    shared = sharedEngine(module);
  } catch (error) {
    return alone(own, reasonOf(error, "pool").reason);
  }
  const workers = new Workers(module, given.worker ?? (() => host.worker()), () => queue.stop());
  const queue = new Queue(shared, own, workers);
  if (!(await workers.open(threads))) {
    await workers.end();
    return alone(own, workers.reason);
  }
  // Memory that a caller frees is kept as long as a call may be using it.
  const { memory } = shared;
  const release = memory.release.bind(memory);
  memory.release = (address) => queue.whenIdle(() => release(address));
  return poolOf({
    engine: () => shared,
    execute: (job) => queue.add(job),
    threads: () => Math.max(1, workers.size),
    reason: () => workers.reason,
    end: () => {
      queue.end();
      return workers.end();
    },
  });
}
