// What the calling thread and its workers say to each other. Every message has the key `softmaxWasm`, so that a worker of
// the user's may have messages of its own.

import type { Task } from "./task.js";

/** A part of the shared memory. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

export type ToWorker =
  /** The first one: what to work with, and room for it. */
  | {
      readonly softmaxWasm: "start";
      readonly memory: WebAssembly.Memory;
      readonly module: Uint8Array<ArrayBuffer>;
      readonly region: Region;
    }
  | { readonly softmaxWasm: "work"; readonly task: Task }
  /** More room, as asked for. */
  | { readonly softmaxWasm: "room"; readonly region: Region };

export type FromWorker =
  | { readonly softmaxWasm: "ready" }
  /** No part of the task is left, and this worker's are done. */
  | { readonly softmaxWasm: "done"; readonly task: number }
  /** The task in hand needs more room. */
  | { readonly softmaxWasm: "need"; readonly bytes: number }
  | { readonly softmaxWasm: "failed"; readonly reason: string };

/** A message of ours; undefined for what is none. */
export function messageIn<Message extends ToWorker | FromWorker>(data: unknown): Message | undefined {
  return typeof data === "object" && data !== null && "softmaxWasm" in data ? (data as Message) : undefined;
}
