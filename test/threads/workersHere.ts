// Workers of a browser's kind on the calling thread: the worker's own code, between events and locks like a browser's. What
// it does is seen here, where in a worker neither a test nor the coverage looks.

import type { FromWorker, ToWorker } from "../../src/threads/messages.js";
import { serve } from "../../src/threads/worker/loop.js";

/** `navigator.locks`: who asks for a name gets it when all who asked before have let go of it. */
export class Locks {
  readonly #last = new Map<string, Promise<unknown>>();

  request(name: string, callback: () => unknown): Promise<unknown> {
    const held = (this.#last.get(name) ?? Promise.resolve()).then(callback);
    this.#last.set(name, held);
    return held;
  }
}

/** A worker that only hears and says what a test wants. */
export class SilentWorker extends EventTarget {
  readonly heard: ToWorker[] = [];
  isAlive = true;

  postMessage(message: unknown): void {
    this.heard.push(message as ToWorker);
  }

  say(data: unknown): void {
    if (this.isAlive) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  terminate(): void {
    this.isAlive = false;
  }

  /** As an exception that it does not catch, or without a message, as a script that does not load. */
  fail(message?: string): Event {
    const event = Object.assign(new Event("error", { cancelable: true }), { message });
    this.dispatchEvent(event);
    return event;
  }
}

/** A worker that works. What it is told goes by `deliver`, where a test may change it on the way. */
export class WorkerHere extends SilentWorker {
  readonly said: FromWorker[] = [];
  #end: () => void = () => undefined;
  #take: (data: unknown) => void = () => undefined;

  constructor(
    locks: Locks,
    deliver: (message: ToWorker, take: (data: unknown) => void) => void = (message, take) => take(message),
  ) {
    super();
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    serve({
      post: (message) => {
        this.said.push(message);
        setImmediate(() => this.say(message));
      },
      listen: (take) => {
        this.#take = (data) => deliver(data as ToWorker, take);
      },
      lock: (name) =>
        new Promise((resolve) => {
          void locks.request(name, () => {
            resolve();
            return ended;
          });
        }),
    });
  }

  override postMessage(message: unknown): void {
    super.postMessage(message);
    setImmediate(() => this.isAlive && this.#take(message));
  }

  override terminate(): void {
    super.terminate();
    this.#end();
  }
}
