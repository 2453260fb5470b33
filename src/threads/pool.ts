import type { Backend, Engine } from "../backend/engine.js";
import type { LastingEngine } from "../backend/standIn.js";
import { answerOf, type Call } from "../call.js";
import type { Arguments, CallOf, OperationName } from "../instance.js";
import { alloc, type WasmArray } from "../memory/wasmArray.js";
import * as operations from "../operations/index.js";
import { CallJob } from "./jobs/callJob.js";
import { terminated } from "./errors.js";
import type { PoolFunctions } from "./functions.js";
import { type Inside, withInside } from "./inside.js";
import type { Job } from "./jobs/job.js";

/** What a pool computes with. */
export interface PoolBackend extends Backend {
  /** How many threads compute large calls; 1 for the calling thread alone. */
  readonly threads: number;
  /** Why it is not the fastest backend, or has fewer threads than were asked for. */
  readonly reason?: string;
}

/**
 * The library's functions on several threads: the same arguments, results, bits and errors, by promise.
 *
 * Calls are executed one after the other, in the order in which they were made: by workers if that has turned out to be
 * faster, else on the calling thread. Do not touch the arrays of a call until it settles. A rejected call has changed
 * no output, with one exception: after ERR_WORKER and ERR_TERMINATED, the error may say that an `out` in shared memory
 * is undefined.
 */
export interface Pool extends PoolFunctions {
  /**
   * An array of zeros in memory that the threads share: the calling thread and the workers compute on it in place. On
   * an array of your own on a SharedArrayBuffer, only the workers do; the calling thread has to copy it.
   *
   * @throws TypeError with the code ERR_DTYPE or ERR_SHAPE; RangeError with ERR_SHAPE or ERR_OUT_OF_MEMORY.
   */
  alloc(type: typeof Float32Array, length: number): WasmArray<Float32Array>;
  /** The same in f64. */
  alloc(type: typeof Float64Array, length: number): WasmArray<Float64Array>;
  /** Which backend computes, on how many threads, and why not on more. */
  backend(): PoolBackend;
  /**
   * Ends the workers. Calls that have not settled, and all later ones, are rejected with ERR_TERMINATED. Resolves when
   * the workers have ended. Arrays of `alloc` remain usable.
   */
  terminate(): Promise<void>;
}

/** What executes the calls of a pool. */
interface Executor {
  /** The engine of the calls that are made now. */
  engine(): Engine;
  /** Settles when the job, made for that engine, is executed; undefined where it already is. */
  execute(job: Job, engine: Engine): Promise<void> | undefined;
  threads(): number;
  reason(): string | undefined;
  end(): Promise<void>;
}

/** A pool of the calling thread alone. */
export const alone = (own: LastingEngine, reason?: string): Pool =>
  poolOf({
    engine: () => own.now(),
    execute: (job, engine) => {
      job.execute(engine);
      return undefined;
    },
    threads: () => 1,
    reason: () => reason,
    end: () => Promise.resolve(),
  });

/** The name of a call's kernel: that of the first function that uses it, as several may share one. */
function kernelNameOf({ kernel }: Call): OperationName {
  return NAMES.find((name) => operations[name].kernel === kernel) as OperationName;
}

const NAMES = /* @__PURE__ */ Object.keys(operations) as OperationName[];

export function poolOf(executor: Executor): Pool {
  let ended: Promise<void> | undefined;
  const inside: Inside = {
    engine: () => {
      if (ended !== undefined) throw terminated(false);
      return executor.engine();
    },
    execute: (job, engine) => executor.execute(job, engine),
  };
  const functions = NAMES.map((name) => {
    const callOf: CallOf = operations[name].callOf;
    const run = async (...args: Arguments) => {
      const engine = inside.engine();
      const call = callOf(engine, ...args);
      await inside.execute(new CallJob(kernelNameOf(call), call), engine);
      return answerOf(call, engine.memory);
    };
    return [name, run] as const;
  });
  return withInside(inside, {
    ...Object.fromEntries(functions),
    alloc: (type: unknown, length: unknown) => alloc(executor.engine().newArray, type, length),
    backend: () => {
      const reason = executor.reason();
      return { ...executor.engine().backend, threads: executor.threads(), ...(reason !== undefined && { reason }) };
    },
    terminate: () => {
      ended ??= executor.end();
      return ended;
    },
  }) as unknown as Pool;
}
