// The task that the calling thread gives its workers for a linear layer.

import type { LossTerms, More } from "../../call.js";
import type { FloatArray, KernelType } from "../../floatType.js";
import type { InSharedMemory } from "../../threads/messages.js";
import type { Places } from "../places.js";
import type { Chunk, Sizes } from "../sizes.js";
import type { Steps } from "./steps.js";

/** A linear layer, of which every array is in shared linear memory: addresses, and views of what JavaScript reads. */
export interface LayerTask {
  /** The module of the products. */
  readonly products: Uint8Array<ArrayBuffer>;
  readonly memory: WebAssembly.Memory;
  readonly type: KernelType["key"];
  readonly sizes: Sizes;
  readonly chunk: Chunk;
  readonly steps: Steps;
  readonly x: number;
  readonly weight: number;
  /** The logits of all rows, or those of a chunk, where there is a loss. */
  readonly logits: number;
  readonly order: Int32Array | null;
  readonly loss: LayerTaskLoss | null;
  readonly gradients: LayerTaskGradients | null;
  /**
   * The first worker's own memory. The n-th worker's lies n·size bytes further on; only the bias, its gradient and the
   * logits are common.
   */
  readonly places: Places;
  readonly size: number;
  /** Five numbers, at the places below. */
  readonly control: Int32Array;
}

export interface LayerTaskLoss {
  /** The name of the kernel. */
  readonly operation: string;
  /** How many rows are not ignored. */
  readonly rows: number;
  readonly scale: number;
  readonly labels: Int32Array;
  readonly terms: InSharedMemory<LossTerms> | null;
  readonly more: Pick<More, "zLossScale" | "upstream"> | null;
  /** One loss per row. */
  readonly values: FloatArray;
  /** The logits of a chunk. */
  readonly logits: FloatArray;
}

/** An address, and whether the sums start from what is there. */
export interface LayerTaskGradients {
  readonly x: { readonly address: number; readonly adds: boolean } | null;
  readonly weight: { readonly address: number; readonly adds: boolean };
  readonly hasBias: boolean;
}

/** The next part to be taken, and how many are done. */
export const NEXT = 0;
export const DONE = 1;
/** How many workers have begun. */
export const WORKERS = 2;
/** How many rows of x and of W are in place. */
export const ROWS = 3;
export const CLASSES = 4;

/** The value of DONE after a task was cut short: more than the parts of any task. */
export const STOPPED = 2 ** 30;
