// The calls of a pool, one after the other in the order in which they were made: by the workers where that pays, else on the
// calling thread.

import type { Engine } from "../../backend/engine.js";
import type { LastingEngine } from "../../backend/standIn.js";
import { terminated, workerDied } from "../errors.js";
import type { Job, SharedJob } from "./job.js";
import { Measured } from "./measured.js";
import { SMALLEST_PART } from "./parts.js";
import { checkStill, Scratch } from "./sharedCall.js";
import type { Workers } from "../workers.js";

interface Waiting {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** No job of fewer elements has a part for two workers. */
const LEAST_ELEMENTS = 2 * SMALLEST_PART;

export class Queue {
  /** Of calls with arrays in shared linear memory, and of all others. */
  private readonly engine: Engine;
  private readonly own: LastingEngine;
  private readonly workers: Workers;
  private readonly measured = new Measured();
  private readonly scratch = new Scratch();
  /** The calls that have not settled; workers may be working on the first. */
  private waiting: Waiting[] = [];
  /** The job that workers work on. After `end` it is not one of those that wait. */
  private underWay: { readonly of: Waiting; readonly shared: SharedJob } | undefined;
  private isOwnMemory = false;
  private deferred: (() => void)[] = [];

  constructor(engine: Engine, own: LastingEngine, workers: Workers) {
    this.engine = engine;
    this.own = own;
    this.workers = workers;
  }

  /** Settles when the job is executed; undefined where it already is. */
  add(job: Job): Promise<void> | undefined {
    if (this.isIdle && job.elements < LEAST_ELEMENTS) {
      this.executeHere(job);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      if (this.underWay === undefined) this.goOn();
    });
  }

  private get isIdle(): boolean {
    return this.waiting.length === 0 && this.underWay === undefined;
  }

  /** Runs an action once no call needs its arrays any more. */
  whenIdle(action: () => void): void {
    // Jobs in progress release only memory of their own.
    if (this.isOwnMemory || this.isIdle) action();
    else this.deferred.push(action);
  }

  /** A worker died: nothing is left for the others to take. */
  stop(): void {
    this.underWay?.shared.stop();
  }

  /** Ends every call that has not settled. */
  end(): void {
    const { waiting, underWay } = this;
    this.waiting = [];
    this.stop();
    for (const each of waiting) each.reject(terminated(underWay?.of === each && underWay.shared.writesInPlace));
  }

  /** Executes calls as long as they need no worker. */
  private goOn(): void {
    for (;;) {
      const next = this.waiting.at(0);
      if (next === undefined) break;
      const { job } = next;
      const { elements } = job;
      const isLarge = elements >= LEAST_ELEMENTS;
      const kind = isLarge ? job.kind() : "";
      const begin = performance.now();
      try {
        checkStill(job.arrays());
        const shared = isLarge ? this.shared(kind, job) : undefined;
        if (shared !== undefined) {
          void this.share(shared, next, kind, begin);
          return;
        }
        this.executeHere(job);
        if (isLarge) this.measured.note(kind, elements, false, performance.now() - begin);
        this.settle(next, undefined);
      } catch (error) {
        this.settle(next, error);
      }
    }
    const { deferred } = this;
    this.deferred = [];
    for (const action of deferred) action();
  }

  private executeHere(job: Job): void {
    const engine = job.arrays().some(({ address }) => address >= 0) ? this.engine : this.own.now();
    this.onOwnMemory(() => job.execute(engine));
  }

  private onOwnMemory(action: () => void): void {
    this.isOwnMemory = true;
    try {
      action();
    } finally {
      this.isOwnMemory = false;
    }
  }

  /** The job in memory that threads share; undefined where the calling thread is to execute it. */
  private shared(kind: string, job: Job): SharedJob | undefined {
    const { size, roundTrip } = this.workers;
    if (size === 0 || !job.isDivisible) return undefined;
    if (!this.measured.prefersWorkers(kind, job.elements, roundTrip)) return undefined;
    try {
      return job.share(this.engine.memory, this.scratch, size);
    } catch {
      // No room for copies. The calling thread needs none.
      return undefined;
    }
  }

  private async share(shared: SharedJob, next: Waiting, kind: string, begin: number): Promise<void> {
    this.underWay = { of: next, shared };
    const outcome = this.workers.work(shared.task);
    shared.copyIn();
    const failure = await outcome;
    this.underWay = undefined;
    // Not where the pool was terminated in the meantime.
    if (this.waiting.at(0) === next) {
      try {
        if (failure !== undefined) throw workerDied(failure, shared.writesInPlace);
        shared.copyOut();
        this.measured.note(kind, next.job.elements, true, performance.now() - begin);
        this.settle(next, undefined);
      } catch (error) {
        this.settle(next, error);
      }
    }
    this.onOwnMemory(() => shared.release());
    this.goOn();
  }

  private settle({ resolve, reject }: Waiting, error: unknown): void {
    this.waiting.shift();
    if (error === undefined) resolve();
    else reject(error);
  }
}
