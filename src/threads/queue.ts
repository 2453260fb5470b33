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
 * Bytes of logits from which on workers are worth the messages. ‹measured›
 */
export const WORTHWHILE_BYTES = 1_000_000;

interface Call {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Queue {
  readonly #engine: Engine;
  readonly #memory: PoolMemory;
  readonly #crew: Crew;
  /** The calls that have not settled; the first one is under way. */
  #calls: Call[] = [];
  #staged: Staged | undefined;
  #ended = false;

  constructor(engine: Engine, memory: PoolMemory, crew: Crew) {
    this.#engine = engine;
    this.#memory = memory;
    this.#crew = crew;
  }

  /** Settles when the job is done. */
  add(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ job, resolve, reject });
      if (this.#calls.length === 1) this.#next();
    });
  }

  /** Does what is next as long as that needs no worker. */
  #next(): void {
    for (;;) {
      const [call] = this.#calls;
      if (call === undefined) break;
      try {
        checkStill(call.job);
        const staged = this.#stagedOf(call.job);
        if (staged !== undefined) {
          this.#send(call, staged);
          return;
        }
        run(this.#engine, call.job);
        call.resolve();
      } catch (error) {
        call.reject(error as Error);
      }
      this.#calls.shift();
    }
    this.#memory.letGo();
  }

  /** The job for the workers; undefined where the calling thread is to do it. */
  #stagedOf(job: Job): Staged | undefined {
    const { layout, type } = job;
    if (this.#crew.size === 0 || this.#ended) return undefined;
    if (positionsOf(layout) < 2 || positionsOf(layout) * layout.cols * type.kernel.bytes < WORTHWHILE_BYTES)
      return undefined;
    try {
      return new Staged(job, this.#memory, this.#crew.size);
    } catch {
      // No room for copies: the calling thread needs none.
      return undefined;
    }
  }

  #send(call: Call, staged: Staged): void {
    this.#memory.hold();
    this.#staged = staged;
    staged.arm();
    this.#crew.work(staged.task, {
      done: () => this.#finish(call, staged),
      failed: (reason) => {
        staged.stop();
        this.rejectAll((index) => workerDied(reason, index === 0 && staged.writesInPlace));
      },
      left: () => staged.free(),
    });
    staged.copyIn();
  }

  #finish(call: Call, staged: Staged): void {
    // Rejected in the meantime.
    if (this.#calls[0] !== call) return;
    try {
      staged.copyOut();
      call.resolve();
    } catch (error) {
      call.reject(error as Error);
    }
    this.#calls.shift();
    this.#staged = undefined;
    this.#next();
  }

  /** Ends every call that has not settled. */
  rejectAll(errorOf: (index: number) => Error): void {
    const calls = this.#calls;
    this.#calls = [];
    this.#staged = undefined;
    calls.forEach(({ reject }, index) => reject(errorOf(index)));
  }

  end(): void {
    this.#ended = true;
    const writesInPlace = this.#staged?.writesInPlace === true;
    this.#staged?.stop();
    this.rejectAll((index) => terminated(index === 0 && writesInPlace));
  }
}
