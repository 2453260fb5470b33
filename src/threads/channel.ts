// A worker of either kind, by one interface.

import { type FromWorker, isOurs, type ToWorker } from "./messages.js";

/** A `Worker` of node:worker_threads: what a pool needs of it. */
export interface NodeWorker {
  /** Sends a message. */
  postMessage(message: unknown): void;
  /** Listens to "message", "messageerror", "error" and "exit". */
  on(event: string, listener: (value: unknown) => void): unknown;
  /** Ends it; resolves when it has ended. */
  terminate(): Promise<unknown>;
  /** Keeps the process running as long as the worker does. */
  ref(): void;
  /** Lets the process end. */
  unref(): void;
}

/** A `Worker` of a browser: what a pool needs of it. */
export interface WebWorker {
  /** Sends a message. */
  postMessage(message: unknown): void;
  /** Listens to "message", "messageerror" and "error". */
  addEventListener(type: string, listener: (event: object) => void): void;
  /** Ends it. */
  terminate(): void;
}

/** A worker of Node or of a browser. */
export type AnyWorker = NodeWorker | WebWorker;

/** What the pool learns about a worker. */
export interface Events {
  message(message: FromWorker): void;
  /** It will do nothing more that is of use. May come more than once. */
  died(reason: string): void;
}

export interface Channel {
  post(message: ToWorker): void;
  /** Whether the process stays for it. */
  hold(): void;
  letGo(): void;
  /** Ends it; resolves when it has ended. */
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
  worker.on("message", (data) => hear(data, events));
  worker.on("messageerror", () => events.died(UNREADABLE));
  worker.on("error", (error) => events.died(`it threw ${error instanceof Error ? error.message : String(error)}`));
  worker.on("exit", (code) => events.died(`it exited with code ${String(code)}`));
  return {
    post: (message) => worker.postMessage(message),
    hold: () => worker.ref(),
    letGo: () => worker.unref(),
    end: async () => {
      await worker.terminate();
    },
  };
}

/**
 * How long a terminated worker may keep running in a browser that cannot tell when it has ended: it is stopped at its
 * next loop.
 */
const END_MS = 1000;

/**
 * A browser reports when a worker throws, but not when it has ended. So a worker holds a lock as long as it lives.
 * Whoever gets the lock next knows that the worker has ended, because the browser releases it however that happens.
 */
function channelToWeb(worker: WebWorker, events: Events): Channel {
  const lock = `softmax-wasm ${Math.random()} ${Math.random()}`;
  const locks = typeof navigator === "object" ? navigator.locks : undefined;
  let ended: Promise<void> | undefined;
  const untilEnded = (): Promise<void> => {
    ended ??= (async () => {
      if (locks === undefined) await new Promise((resolve) => setTimeout(resolve, END_MS));
      else await locks.request(lock, () => undefined);
      events.died("it ended");
    })();
    return ended;
  };
  worker.addEventListener("message", (event) => {
    const message = hear((event as MessageEvent).data, events);
    if (message?.softmaxWasm === "ready" && locks !== undefined) void untilEnded();
  });
  worker.addEventListener("messageerror", () => events.died(UNREADABLE));
  worker.addEventListener("error", (event) => {
    // The calls that it fails say so.
    (event as ErrorEvent).preventDefault();
    const { message } = event as ErrorEvent;
    events.died(message ? `it threw ${message}` : "its script did not load");
  });
  return {
    post: (message) =>
      worker.postMessage(message.softmaxWasm === "start" && locks !== undefined ? { ...message, lock } : message),
    hold: () => undefined,
    letGo: () => undefined,
    end: () => {
      worker.terminate();
      return untilEnded();
    },
  };
}

const UNREADABLE = "it sent what cannot be read";

function hear(data: unknown, events: Events): FromWorker | undefined {
  if (!isOurs(data)) return undefined;
  const message = data as FromWorker;
  events.message(message);
  return message;
}
