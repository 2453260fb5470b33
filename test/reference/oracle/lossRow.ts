// One position of a loss, as the specification speaks of it, and what is left of it after its mask.

/** A position and the options that concern it. */
export interface LossRow {
  readonly x: ArrayLike<number>;
  /** τ: the caller's, which divides the logits; 1 by default. */
  readonly temperature?: number;
  /** A class, or a weight for each. */
  readonly target: number | ArrayLike<number>;
  /** Of the classes; 1 each by default. */
  readonly weight?: ArrayLike<number>;
  /** 0 where a class is absent; all are present by default. */
  readonly mask?: ArrayLike<number>;
  readonly labelSmoothing: number;
  readonly zLoss: number;
}

/** The classes that a position has. */
export function presentClasses({ x, mask }: LossRow): number[] {
  return Array.from({ length: x.length }, (_, c) => c).filter((c) => mask === undefined || mask[c] !== 0);
}

/** The class of the largest logit among some, the first of equals; −1 for none above −∞. */
export function largestOf(x: ArrayLike<number>, classes: readonly number[]): number {
  let at = -1;
  for (const c of classes) if (x[c] > (at < 0 ? -Infinity : x[at])) at = c;
  return at;
}

/** Whether logits have no softmax: a NaN or +∞ among the classes, or nothing but −∞. */
export function isBroken(x: ArrayLike<number>, classes: readonly number[]): boolean {
  return classes.some((c) => Number.isNaN(x[c]) || x[c] === Infinity) || classes.every((c) => x[c] === -Infinity);
}
