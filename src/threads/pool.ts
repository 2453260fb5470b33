import type { Backend, Engine } from "../backend/engine.js";
import { answerOf, type Call } from "../call.js";
import { execute } from "../execute.js";
import type { Arguments, CallOf, OperationName } from "../instance.js";
import { alloc, type WasmArray } from "../memory/wasmArray.js";
import * as operations from "../operations/index.js";
import type { AnyWorker } from "./channel.js";
import { moduleBytes, ownEngineOrJs, sharedEngine } from "./engines.js";
import { messageOf, terminated } from "./errors.js";
import type { PoolFunctions } from "./functions.js";
import { readPoolOptions } from "./options.js";
import { Queue } from "./queue.js";
import { Workers } from "./workers.js";

/** What a pool computes with. */
export interface PoolBackend extends Backend {
  /** How many threads compute large calls; 1 for the calling thread alone. */
  readonly threads: number;
  /** Where it is not the fastest, or has fewer threads than were asked for: what stands in the way. */
  readonly reason?: string;
}

/**
 * The library's functions on several threads: the same arguments, results, bits and errors, by promise.
 *
 * Calls are executed one after the other, in the order in which they were made: by workers where that has turned out to be
 * faster, else on the calling thread. Leave the arrays of a call alone until it settles. A call that is rejected has changed
 * no output, except that after ERR_WORKER and ERR_TERMINATED the error may say that an `out` in shared memory is undefined.
 */
export interface Pool extends PoolFunctions {
  /**
   * An array of zeros in memory that the threads share: the calling thread computes on it in place, and workers read and
   * write it. They do the same with arrays of your own on a SharedArrayBuffer, which the calling thread has to copy.
   *
   * @throws TypeError with the code ERR_DTYPE or ERR_SHAPE; RangeError with ERR_SHAPE or ERR_OUT_OF_MEMORY.
   */
  alloc(type: typeof Float32Array, length: number): WasmArray<Float32Array>;
  /** The same of f64. */
  alloc(type: typeof Float64Array, length: number): WasmArray<Float64Array>;
  /** What computes, on how many threads, and why not on more. */
  backend(): PoolBackend;
  /**
   * Ends the workers. Calls that have not settled, and all later ones, are rejected with ERR_TERMINATED. Resolves when the
   * workers have ended. Arrays of `alloc` stay what they are.
   */
  terminate(): Promise<void>;
}

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

/** What executes the calls of a pool. */
interface Executor {
  /** Settles when the call is executed; undefined where it already is. */
  execute(operation: OperationName, call: Call): Promise<void> | undefined;
  threads(): number;
  reason(): string | undefined;
  end(): Promise<void>;
}

export async function openPool(host: Host, options: unknown): Promise<Pool> {
  const given = readPoolOptions(options);
  const threads = given.threads ?? host.threads();
  const module = moduleBytes();
  const own = ownEngineOrJs(module);
  if (threads === 1) return alone(own);
  const scope = globalThis as { readonly crossOriginIsolated?: boolean; readonly SharedArrayBuffer?: unknown };
  if (scope.crossOriginIsolated === false || scope.SharedArrayBuffer === undefined) return alone(own, NOT_ISOLATED);
  let shared: Engine;
  try {
    shared = sharedEngine(module);
  } catch (error) {
    return alone(own, messageOf(error));
  }
  const workers = new Workers(module, given.worker ?? (() => host.worker()), () => queue.stop());
  const queue = new Queue(shared, own, workers);
  const reason = await workers.open(threads);
  if (reason !== undefined) {
    await workers.end();
    return alone(own, `no worker: ${reason}`);
  }
  // What a caller frees keeps its memory as long as a call may be at it.
  const { memory } = shared;
  const release = memory.release.bind(memory);
  memory.release = (address) => queue.whenIdle(() => release(address));
  return poolOf(shared, {
    execute: (operation, call) => queue.add(operation, call),
    threads: () => Math.max(1, workers.size),
    reason: () => workers.reason,
    end: () => {
      queue.end();
      return workers.end();
    },
  });
}

/** A pool of the calling thread alone. */
const alone = (engine: Engine, reason?: string): Pool =>
  poolOf(engine, {
    execute: (_, call) => {
      execute(engine, call);
      return undefined;
    },
    threads: () => 1,
    reason: () => reason,
    end: () => Promise.resolve(),
  });

function poolOf(engine: Engine, executor: Executor): Pool {
  let ended: Promise<void> | undefined;
  const functions = (Object.keys(operations) as OperationName[]).map((name) => {
    const callOf: CallOf = operations[name].callOf;
    const run = async (...args: Arguments) => {
      if (ended !== undefined) throw terminated(false);
      const call = callOf(engine, ...args);
      await executor.execute(name, call);
      return answerOf(call, engine.memory);
    };
    return [name, run] as const;
  });
  return {
    ...Object.fromEntries(functions),
    alloc: (type: unknown, length: unknown) => alloc(engine.newArray, type, length),
    backend: () => {
      const reason = executor.reason();
      return { ...engine.backend, threads: executor.threads(), ...(reason !== undefined && { reason }) };
    },
    terminate: () => {
      ended ??= executor.end();
      return ended;
    },
  } as unknown as Pool;
}
