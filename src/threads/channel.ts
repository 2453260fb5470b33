// A worker of either kind, by one interface.

import type { FromWorker, ToWorker } from "./messages.js";
import { messageIn } from "./messages.js";

/** A `Worker` of node:worker_threads. */
export interface NodeWorker {
  postMessage(message: unknown): void;
  on(event: string, listener: (value: unknown) => void): unknown;
  terminate(): Promise<unknown>;
  ref(): void;
  unref(): void;
}

/** A `Worker` of browsers, Deno and Bun. */
export interface WebWorker {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  terminate(): void;
}

export type AnyWorker = NodeWorker | WebWorker;

/** What becomes known of a worker. */
export interface Events {
  message(message: FromWorker): void;
  /** It will do nothing more that is of use. May come more than once. */
  died(reason: string): void;
  /** It does nothing at all any more: nobody else is at what it worked on. */
  gone(): void;
}

export interface Channel {
  post(message: ToWorker): void;
  /** Whether the process stays for it. */
  hold(): void;
  letGo(): void;
  /** Ends it; resolves when it has ended, as far as can be told. */
  end(): Promise<void>;
}

export const isWorker = (value: unknown): value is AnyWorker =>
  typeof value === "object" &&
  value !== null &&
  "postMessage" in value &&
  "terminate" in value &&
  ("on" in value || "addEventListener" in value);

export function channelTo(worker: AnyWorker, events: Events): Channel {
  return "on" in worker ? channelToNode(worker, events) : channelToWeb(worker, events);
}

function channelToNode(worker: NodeWorker, events: Events): Channel {
  listenWith((event, listener) => worker.on(event, listener), events);
  worker.on("error", (error) => events.died(`it threw ${error instanceof Error ? error.message : String(error)}`));
  worker.on("exit", (code) => {
    events.died(`it exited with code ${String(code)}`);
    events.gone();
  });
  return {
    post: (message) => worker.postMessage(message),
    hold: () => worker.ref(),
    letGo: () => worker.unref(),
    end: async () => void (await worker.terminate()),
  };
}

function channelToWeb(worker: WebWorker, events: Events): Channel {
  listenWith(
    (type, listener) => worker.addEventListener(type, (event) => listener((event as MessageEvent).data)),
    events,
  );
  worker.addEventListener("error", (event) => {
    // It is reported by the calls that it fails.
    event.preventDefault();
    events.died(`it threw ${(event as ErrorEvent).message || "an error without a message, as where it does not load"}`);
  });
  return {
    post: (message) => worker.postMessage(message),
    hold: () => undefined,
    letGo: () => undefined,
    end: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
}

function listenWith(on: (event: string, listener: (data: unknown) => void) => void, events: Events): void {
  on("message", (data) => {
    const message = messageIn<FromWorker>(data);
    if (message !== undefined) events.message(message);
  });
  on("messageerror", () => events.died("it sent what cannot be read"));
}
