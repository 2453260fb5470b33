// The calls, one after the other in the order in which they were made: by the workers where that pays, else at once on the
// calling thread.

import type { Engine } from "../engine.js";
import { type Job, run } from "../run.js";
import { positionsOf } from "../shape.js";
import type { Crew } from "./crew.js";
import { terminated, workerDied } from "./errors.js";
import type { PoolMemory } from "./memory.js";
import { checkStill, Staged } from "./staged.js";

/**
 * Bytes of logits, in the precision of the kernels, from which on workers are worth the way to them and back, which takes
 * 0.05 ms where cores are awake and 0.2 ms where they sleep: two threads are 0.8 to 1.0 times as fast as one at 1 MB, as
 * fast at 2 MB, 1.3 to 1.5 times at 4 MB, 1.5 at 8 MB (`npm run bench:threads`, resident, AMD EPYC, 2026-11-28).
 */
export const WORTHWHILE_BYTES = 1_600_000;

interface Call {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Queue {
  readonly #engine: Engine;
  readonly #memory: PoolMemory;
  readonly #crew: Crew;
  /** The calls that have not settled. */
  #calls: Call[] = [];
  /** What workers are at: the first call, or one that has been rejected and that they have not left yet. */
  #staged: Staged | undefined;

  constructor(engine: Engine, memory: PoolMemory, crew: Crew) {
    this.#engine = engine;
    this.#memory = memory;
    this.#crew = crew;
  }

  /** Settles when the job is done. */
  add(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ job, resolve, reject });
      this.#goOn();
    });
  }

  /** Ends every call that has not settled. Workers may still be at the first one. */
  rejectAll(errorOf: (outIsUndefined: boolean) => Error): void {
    const calls = this.#calls;
    this.#calls = [];
    this.#staged?.stop();
    calls.forEach(({ job, reject }, index) =>
      reject(errorOf(index === 0 && this.#staged?.job === job && writesInPlace(job))),
    );
  }

  /** Does calls as long as they need no worker. */
  #goOn(): void {
    while (this.#staged === undefined && this.#calls.length > 0) {
      const [call] = this.#calls;
      try {
        checkStill(call.job);
        const staged = this.#stagedOf(call.job);
        if (staged !== undefined) {
          this.#send(staged);
          return;
        }
        run(this.#engine, call.job);
        this.#settle(call);
      } catch (error) {
        this.#settle(call, error as Error);
      }
    }
  }

  /** The job in shared memory, for the workers; undefined where the calling thread is to do it. */
  #stagedOf(job: Job): Staged | undefined {
    const { layout, type } = job;
    const positions = positionsOf(layout);
    if (this.#crew.size === 0 || positions === 1) return undefined;
    if (positions * layout.cols * type.kernel.bytes < WORTHWHILE_BYTES) return undefined;
    try {
      return new Staged(job, this.#memory, this.#crew.size);
    } catch {
      // No room for copies. The calling thread needs none.
      return undefined;
    }
  }

  #send(staged: Staged): void {
    this.#memory.hold();
    this.#staged = staged;
    this.#crew.work(staged.task, {
      done: () => this.#finish(staged),
      failed: (reason) => this.rejectAll((outIsUndefined) => workerDied(reason, outIsUndefined)),
      left: () => {
        staged.free();
        this.#memory.letGo();
        this.#staged = undefined;
        this.#goOn();
      },
    });
    staged.copyIn();
  }

  #finish(staged: Staged): void {
    const call = this.#calls.find(({ job }) => job === staged.job);
    // Rejected in the meantime.
    if (call === undefined) return;
    try {
      staged.copyOut();
      this.#settle(call);
    } catch (error) {
      this.#settle(call, error as Error);
    }
  }

  #settle(call: Call, error?: Error): void {
    this.#calls.shift();
    if (error === undefined) call.resolve();
    else call.reject(error);
  }

  end(): void {
    this.rejectAll(terminated);
  }
}

/** Whether results are written to memory that the caller has. */
const writesInPlace = ({ out }: Job): boolean => out !== null && out.address >= 0;
