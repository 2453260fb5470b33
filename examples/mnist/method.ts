import type { Instance } from "softmax-wasm";
import { crossEntropyGrad } from "../../test/reference/textbook.js";
import { CLASSES } from "./digits.js";

/** A way to compute the loss of a batch and its gradient. */
export interface LossMethod {
  readonly name: string;
  /** The array in which the method expects the logits of `rows` images, rows × CLASSES; valid until the next call. */
  logits(rows: number): Float32Array;
  /** Returns the mean cross entropy, and overwrites the logits with (softmax(logits) − onehot(labels)) / rows. */
  crossEntropyGrad(logits: Float32Array, labels: Uint8Array): number;
}

/** The library, with the logits in its own memory, so that no call copies them. */
export function libraryMethod(name: string, instance: Instance, maxRows: number): LossMethod {
  const room = instance.alloc(Float32Array, maxRows * CLASSES);
  return {
    name,
    logits: (rows) => room.view.subarray(0, rows * CLASSES),
    crossEntropyGrad: (logits, labels) => instance.crossEntropyGrad(logits, labels, { out: logits }).loss,
  };
}

/** The formula as a loop with Math.exp: what most programs would write. */
export function naiveMethod(maxRows: number): LossMethod {
  const room = new Float32Array(maxRows * CLASSES);
  return {
    name: "naive JavaScript",
    logits: (rows) => room.subarray(0, rows * CLASSES),
    crossEntropyGrad: (logits, labels) => crossEntropyGrad(logits, labels, logits, labels.length, CLASSES),
  };
}
