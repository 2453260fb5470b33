// What is used of TensorFlow.js, by its structure: it is passed in, and not imported.

import type { FloatArray } from "../index.js";
import type { SyncLike } from "../interop/tensorLike.js";

/** TensorFlow.js: `@tensorflow/tfjs`, `tfjs-core` or an object with these functions of it. */
export interface TensorFlow {
  /** The name of the backend that computes. */
  getBackend(): string;
  /** What runs the operations. */
  engine(): {
    /** Whether they are recorded for a gradient. */
    isTapeOn(): boolean;
  };
  /** A tensor of elements and a shape. */
  tensor(values: never, shape?: never, dtype?: never): SyncLike;
  /** A tensor of one number. */
  scalar(value: never): SyncLike;
  /** An operation with a gradient of its own. */
  customGrad(f: never): (...inputs: never[]) => unknown;
}

/** The same functions, as they are called here. */
export interface Operations {
  getBackend(): string;
  engine(): { isTapeOn(): boolean };
  tensor(values: FloatArray, shape: readonly number[], dtype: "float32"): SyncLike;
  scalar(value: number): SyncLike;
  customGrad<Inputs extends SyncLike[]>(
    f: (...inputs: [...Inputs, Save<Inputs>]) => Operation<Inputs>,
  ): (...inputs: Inputs) => SyncLike;
}

/** Keeps tensors for the gradient. */
type Save<Inputs> = (tensors: Inputs) => void;

/** A value and its gradient with respect to the inputs, one or as many as they are. */
interface Operation<Inputs> {
  readonly value: SyncLike;
  readonly gradFunc: (dy: SyncLike, saved: Inputs) => SyncLike | SyncLike[];
}
