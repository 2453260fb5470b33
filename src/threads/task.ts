import type { Layout } from "../shape.js";
import type { OperationName } from "./operations.js";
import type { Cut } from "./parts.js";

/** A job (run.ts) of which all arrays lie in shared memory: their addresses, 0 for what is not there. */
export interface Task {
  readonly id: number;
  readonly operation: OperationName;
  readonly type: "f32" | "f64";
  readonly layout: Layout;
  readonly cut: Cut;
  /** Two i32: the next part to be taken, and how many parts have their input in place. */
  readonly control: number;
  /** The memory has as many bytes at least. */
  readonly end: number;
  readonly x: number;
  readonly beside: number;
  readonly mask: number;
  readonly upstream: number;
  readonly out: number;
  readonly values: number;
  readonly temperature: number;
  readonly absent: number;
  readonly factor: number;
  readonly penalty: number;
  readonly accumulate: boolean;
  readonly loss: TaskLoss | null;
}

export interface TaskLoss {
  readonly labels: number;
  readonly weights: number;
  readonly share: number;
  readonly lambda: number;
  readonly spread: boolean;
  readonly targets: number;
  /** One number for all positions; else the address of one a position. */
  readonly each: number;
  readonly eachAt: number;
}

/** Places in `control`. */
export const NEXT = 0;
export const READY = 1;
