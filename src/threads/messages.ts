// What the calling thread and its workers say to each other. Every message has the key `softmaxWasm`, so that a worker of
// the user's may have messages of its own.

import type { Call, LossTerms, More } from "../call.js";
import type { FloatArray } from "../floatType.js";
import type { LayerTask } from "../linear/shared/layerTask.js";
import type { Placed } from "../memory/placed.js";
import type { Cut } from "./jobs/parts.js";

export type ToWorker =
  /** The kernels' module, and what to lock for as long as the worker lives. Answered by `ready`. */
  | { readonly softmaxWasm: "start"; readonly module: Uint8Array<ArrayBuffer>; readonly lock?: string }
  /** Answered by `pong`. */
  | { readonly softmaxWasm: "ping" }
  /** Answered by `done`. */
  | { readonly softmaxWasm: "task"; readonly task: Task };

export type FromWorker =
  | { readonly softmaxWasm: "ready" | "pong" }
  /** No part of the task is left to be taken, and this worker is at none. */
  | { readonly softmaxWasm: "done" }
  /** Instead of any answer. */
  | { readonly softmaxWasm: "failed"; readonly reason: string };

/** Whether a message is one of ours. */
export const isOurs = (data: unknown): boolean => typeof data === "object" && data !== null && "softmaxWasm" in data;

/** A record with arrays, all in memory that threads share, where it says where arrays are. */
export type InSharedMemory<T> = {
  readonly [Name in keyof T]: T[Name] extends Placed
    ? FloatArray
    : T[Name] extends Placed | null
      ? FloatArray | null
      : T[Name];
};

/** What workers do parts of: a call of one of the pool's functions, or of a linear layer. */
export type Task = CallTask | LayerTask;

/** A call (call.ts), of which every array is in shared memory. */
export interface CallTask extends InSharedMemory<
  Pick<Call, "rows" | "cols" | "inner" | "absent" | "scale" | "temperature" | "x" | "out" | "values">
> {
  /** The name of the function, and of the kernel. */
  readonly operation: string;
  readonly labels: Int32Array | null;
  readonly terms: InSharedMemory<LossTerms> | null;
  readonly more: InSharedMemory<More>;
  readonly cut: Cut;
  /** Two numbers: the next part to be taken, at NEXT, and of how many parts the input is in place, at READY. */
  readonly control: Int32Array;
}

export const NEXT = 0;
export const READY = 1;
