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

/** The name of a call's kernel: of the first function that has it, as several may. */
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
