// The row as the textbook computes it: the library's formulas without its numerics.

import { crossEntropy, type Reals, softmax, unstableSoftmax } from "../../test/reference/textbook.js";

/** Probabilities, and the loss computed from them. */
export interface Way {
  readonly p: Reals;
  readonly loss: number;
}

export interface NaiveWays {
  /** e^z / Σ e^z. */
  readonly unstable: Way;
  /** The same with the maximum subtracted. */
  readonly shifted: Way;
}

/** Both of the scaled logits z = x/T, stored in the precision of `z`. */
export function naiveWays(z: Reals, label: number): NaiveWays {
  const way = (compute: typeof softmax): Way => {
    const p = z.slice();
    compute(z, p, 1, z.length);
    // −log 1 is −0.
    return { p, loss: crossEntropy(p, [label], 1, z.length) + 0 };
  };
  return { unstable: way(unstableSoftmax), shifted: way(softmax) };
}
