// The messages between the page and its worker.

import type { Backend } from "softmax-wasm";
import type { EffortName } from "./effort.js";

export type Work = "softmax" | "crossEntropyGrad";

/** To the worker: what to measure. */
export interface Order {
  readonly work: Work;
  /** Rows per call. */
  readonly rows: number;
  readonly effort: EffortName;
}

export const WAYS = ["naive", "copied", "resident"] as const;

/** Naive JavaScript; the library on ordinary arrays; the library on arrays in its own memory. */
export type WayName = (typeof WAYS)[number];

/** Nanoseconds per element. The JavaScript backend has no memory of its own, and so no resident arrays. */
export interface Measurement {
  readonly classes: number;
  readonly nanoseconds: Readonly<Partial<Record<WayName, number>>>;
}

/** From the worker. */
export type Report =
  | { readonly kind: "setting"; readonly backend: Backend; readonly isolated: boolean; readonly clockStepMs: number }
  | { readonly kind: "progress"; readonly done: number; readonly classes: number }
  | { readonly kind: "measurement"; readonly measurement: Measurement }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly message: string };
