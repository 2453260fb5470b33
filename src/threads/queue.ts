// The calls of a pool, one after the other in the order in which they were made: by the workers where that pays, else on the
// calling thread.

import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import type { LastingEngine } from "../backend/standIn.js";
import type { Call } from "../call.js";
import { execute } from "../execute.js";
import { terminated, workerDied } from "./errors.js";
import { Measured } from "./measured.js";
import { SMALLEST_PART } from "./parts.js";
import { arraysOf, checkStill, isInShared, Scratch, SharedCall } from "./sharedCall.js";
import type { Workers } from "./workers.js";

interface Waiting {
  readonly operation: string;
  readonly call: Call;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** No call of fewer elements has a part for two workers. */
const LEAST_ELEMENTS = 2 * SMALLEST_PART;

export class Queue {
  /** Of calls with arrays in shared linear memory, and of all others. */
  private readonly shared: Engine;
  private readonly own: LastingEngine;
  private readonly workers: Workers;
  private readonly measured = new Measured();
  private readonly scratch = new Scratch();
  /** The calls that have not settled; workers may be at the first. */
  private waiting: Waiting[] = [];
  /** What workers are at. After `end` it is none of those that wait. */
  private underWay: SharedCall | undefined;
  private isExecuting = false;
  private deferred: (() => void)[] = [];

  constructor(shared: Engine, own: LastingEngine, workers: Workers) {
    this.shared = shared;
    this.own = own;
    this.workers = workers;
  }

  /** Settles when the call is executed; undefined where it already is. */
  add(operation: string, call: Call): Promise<void> | undefined {
    if (this.isIdle && call.x.length < LEAST_ELEMENTS) {
      this.executeHere(call);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ operation, call, resolve, reject });
      if (this.underWay === undefined) this.goOn();
    });
  }

  private get isIdle(): boolean {
    return this.waiting.length === 0 && this.underWay === undefined;
  }

  /** Does something when no call has still to use its arrays. */
  whenIdle(action: () => void): void {
    // What is executed on the calling thread gives back only what is its own.
    if (this.isExecuting || this.isIdle) action();
    else this.deferred.push(action);
  }

  /** A worker died: nothing is left for the others to take. */
  stop(): void {
    this.underWay?.stop();
  }

  /** Ends every call that has not settled. */
  end(): void {
    const { waiting, underWay } = this;
    this.waiting = [];
    this.stop();
    waiting.forEach(({ call, reject }) => reject(terminated(underWay?.call === call && underWay.writesInPlace)));
  }

  /** Executes calls as long as they need no worker. */
  private goOn(): void {
    for (;;) {
      const next = this.waiting.at(0);
      if (next === undefined) break;
      const { operation, call } = next;
      const elements = call.x.length;
      const isLarge = elements >= LEAST_ELEMENTS;
      const kind = isLarge ? kindOf(operation, call) : "";
      const begin = performance.now();
      try {
        checkStill(arraysOf(call));
        const task = isLarge ? this.sharedCallOf(kind, next) : undefined;
        if (task !== undefined) {
          void this.share(task, next, kind, begin);
          return;
        }
        this.executeHere(call);
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

  private executeHere(call: Call): void {
    const engine = arraysOf(call).some(({ address }) => address >= 0) ? this.shared : this.own.now();
    this.isExecuting = true;
    try {
      execute(engine, call);
    } finally {
      this.isExecuting = false;
    }
  }

  /** The call in memory that threads share; undefined where the calling thread is to execute it. */
  private sharedCallOf(kind: string, { operation, call }: Waiting): SharedCall | undefined {
    const { size, roundTrip } = this.workers;
    if (size === 0 || positionsOf(call) < 2) return undefined;
    if (!this.measured.prefersWorkers(kind, call.x.length, roundTrip)) return undefined;
    try {
      return new SharedCall(operation, call, this.shared.memory, this.scratch, size);
    } catch {
      // No room for copies. The calling thread needs none.
      return undefined;
    }
  }

  private async share(task: SharedCall, next: Waiting, kind: string, begin: number): Promise<void> {
    this.underWay = task;
    const outcome = this.workers.work(task.task);
    task.copyIn();
    const failure = await outcome;
    this.underWay = undefined;
    // Not where the pool was terminated in the meantime.
    if (this.waiting.at(0) === next) {
      try {
        if (failure !== undefined) throw workerDied(failure, task.writesInPlace);
        task.copyOut();
        this.measured.note(kind, next.call.x.length, true, performance.now() - begin);
        this.settle(next, undefined);
      } catch (error) {
        this.settle(next, error);
      }
    }
    this.goOn();
  }

  private settle({ resolve, reject }: Waiting, error: unknown): void {
    this.waiting.shift();
    if (error === undefined) resolve();
    else reject(error);
  }
}

/** Calls that take about as long, element for element: of one function, on as many arrays that have to be copied. */
function kindOf(operation: string, call: Call): string {
  const copies = arraysOf(call).filter((place) => !isInShared(place)).length;
  return [operation, call.x.type.key, call.inner > 1, call.more !== null, copies].join();
}
