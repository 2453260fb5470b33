// The losses as a grid calls them: with options that only run time knows. Their types are types.test.ts's matter.

import type { FloatArray, Instance } from "../../../src/index.js";

export type Options = Readonly<Record<string, unknown>>;

export function lossOf(
  instance: Instance,
  logits: FloatArray,
  targets: unknown,
  options: Options,
): number | FloatArray {
  const loss: unknown = instance.crossEntropy(logits as never, targets as never, options as never);
  return loss as number | FloatArray;
}

export interface LossAndGradient {
  readonly loss: number | FloatArray;
  readonly grad: FloatArray;
}

export function gradientOf(
  instance: Instance,
  logits: FloatArray,
  targets: unknown,
  options: Options,
): LossAndGradient {
  const result: unknown = instance.crossEntropyGrad(logits as never, targets as never, options as never);
  return result as LossAndGradient;
}

export function hessianTimesOf(
  instance: Instance,
  logits: FloatArray,
  targets: unknown,
  v: FloatArray,
  options: Options,
): FloatArray {
  const result: unknown = instance.crossEntropyHvp(logits as never, targets as never, v, options as never);
  return result as FloatArray;
}

/** A loss as an array: one number where it is reduced. The sign of a number that is NaN is the engine's. */
export const lossesOf = (loss: number | FloatArray): FloatArray =>
  typeof loss === "number" ? Float64Array.of(Number.isNaN(loss) ? NaN : loss) : loss;
