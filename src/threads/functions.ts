// The types of the pool's functions: those of the library, with promises.

import type { Logits, Out, ResultOf } from "../arrays.js";
import type { BackwardOptions } from "../backward.js";
import type { GradOptions, LossAndGrad } from "../crossEntropyGrad.js";
import type { LossOptions, Targets } from "../loss.js";
import type { Reduction } from "../options.js";
import type { RowOptions } from "../rowFunction.js";

/** A function of rows, that gives a new array or `out`, whichever type that has. */
export interface PoolRowFunction {
  <O extends Out>(x: Logits, options: RowOptions<O> & { readonly out: O }): Promise<O>;
  <X extends Logits>(x: X, options?: RowOptions<undefined>): Promise<ResultOf<X>>;
}

/** The loss: a number, or with reduction "none" an array, in `out` or new. */
export interface PoolCrossEntropy {
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    options: LossOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
  ): Promise<O>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options: LossOptions<"none", undefined> & { readonly reduction: "none" },
  ): Promise<ResultOf<X>>;
  (logits: Logits, targets: Targets, options?: LossOptions<"mean" | "sum", undefined>): Promise<number>;
}

/** The loss and its gradient, the gradient in `out` or new. */
export interface PoolCrossEntropyGrad {
  <X extends Logits, O extends Out>(
    logits: X,
    targets: Targets,
    options: GradOptions<"none", O> & { readonly reduction: "none"; readonly out: O },
  ): Promise<LossAndGrad<ResultOf<X>, O>>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options: GradOptions<"none", undefined> & { readonly reduction: "none" },
  ): Promise<LossAndGrad<ResultOf<X>, ResultOf<X>>>;
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    options: GradOptions<"mean" | "sum", O> & { readonly out: O },
  ): Promise<LossAndGrad<number, O>>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    options?: GradOptions<"mean" | "sum", undefined>,
  ): Promise<LossAndGrad<number, ResultOf<X>>>;
}

/** The Hessian of a loss, times an array like the logits. */
export interface PoolCrossEntropyHvp {
  <O extends Out>(
    logits: Logits,
    targets: Targets,
    v: Logits,
    options: LossOptions<Reduction, O> & { readonly out: O },
  ): Promise<O>;
  <X extends Logits>(
    logits: X,
    targets: Targets,
    v: Logits,
    options?: LossOptions<Reduction, undefined>,
  ): Promise<ResultOf<X>>;
}

/** From what a function gave, and the gradient with respect to it, to the gradient with respect to its logits. */
export interface PoolBackward {
  <O extends Out>(y: Logits, dy: Logits, options: BackwardOptions<O> & { readonly out: O }): Promise<O>;
  <Y extends Logits>(y: Y, dy: Logits, options?: BackwardOptions<undefined>): Promise<ResultOf<Y>>;
}
