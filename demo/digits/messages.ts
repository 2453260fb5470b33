// The messages between the page and the worker that trains.

import type { Backend } from "softmax-wasm";
import type { Parameters } from "./classifier.js";

/** To the worker: how to train. */
export interface Order {
  readonly rate: number;
  readonly epochs: number;
  /** The time between two reports. */
  readonly reportMs: number;
}

/** A part of the loss curve: the mean loss of some steps, after so many digits. */
export type Reading = readonly [digits: number, loss: number];

/** From the worker. */
export type Report =
  | { readonly kind: "loaded"; readonly backend: Backend; readonly training: number }
  | { readonly kind: "progress"; readonly done: number; readonly readings: Reading[]; readonly parameters: Parameters }
  | { readonly kind: "end"; readonly seconds: number; readonly tested: number; readonly right: number }
  | { readonly kind: "failure"; readonly message: string };
