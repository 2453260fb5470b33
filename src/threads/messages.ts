// The messages between the calling thread and its workers. Every message has the key `softmaxWasm`, so that a user's
// own worker can exchange other messages too.

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
  /** No part of the task is left, and this worker is working on none. */
  | { readonly softmaxWasm: "done" }
  /** Instead of any answer. */
  | { readonly softmaxWasm: "failed"; readonly reason: string };

/** Whether a message is one of ours. */
export const isOurs = (data: unknown): boolean => typeof data === "object" && data !== null && "softmaxWasm" in data;

/** A record in which each placed array is replaced by an array in shared memory. */
export type InSharedMemory<T> = {
  readonly [Name in keyof T]: T[Name] extends Placed
    ? FloatArray
    : T[Name] extends Placed | null
      ? FloatArray | null
      : T[Name];
};

/** A task that workers divide among themselves: a call of one of the pool's functions, or of a linear layer. */
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
