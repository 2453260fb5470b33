import { storeBinary } from "../binary";

/**
 * The losses of binaryCrossEntropy, and in OUT their gradient, upstream·LOSS_SCALE·(b·σ(x) − a·σ(−x)), with one exponential an
 * element. `out` is `x` or the targets, or disjoint from both.
 */
export function binaryCrossEntropyGrad<T>(call: usize): void {
  storeBinary<T>(call, true);
}
