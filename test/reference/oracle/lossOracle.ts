// The loss with all its options, its gradient and its Hessian times a vector, in double-double: closed forms, each
// arranged so that nothing cancels that need not. lossOracle.test.ts holds them against the definition and its duals.

import {
  add,
  type DD,
  dd,
  differenceOver,
  divide,
  multiply,
  negate,
  ONE,
  scale,
  subtract,
  twoSum,
  ZERO,
} from "./doubleDouble.js";
import { isBroken, largestOf, type LossRow, presentClasses } from "./lossRow.js";
import { logSumExpOf, logSumExpSize, rowOracle, SHIFT } from "./softmaxOracle.js";
import { type Format, ulpError } from "./ulp.js";

/**
 * A true value, and the size that its error is measured in: that of the value itself, or of the largest of the terms that
 * it is the sum of, where they cancel.
 */
export interface Entry {
  readonly truth: DD;
  readonly size: number;
}

const NOTHING: Entry = { truth: ZERO, size: 0 };
const NOT_A_NUMBER: Entry = { truth: dd(NaN), size: NaN };

/** What multiplies the derivatives of a position: of its cross entropy, and of its zLoss, whose mean is another. */
export interface Factors {
  readonly crossEntropy: DD;
  readonly penalty: DD;
}

export interface RowTruth {
  /** Skipped positions have a loss of 0 and are not read; the others may have logits without a softmax. */
  readonly kind: "skipped" | "broken" | "valid";
  /** Σ_c a_c·(s − x_c/τ) */
  readonly crossEntropy: DD;
  /** λ·s² */
  readonly penalty: DD;
  /** Both. The size of λ·s², s = max + log Σ, is λ·|s| times the largest of those three. */
  readonly loss: Entry;
  /** The largest of the differences s − x_c/τ that the loss consists of. A type that cannot hold it may say +∞. */
  readonly widest: number;
  /** τ·∂/∂x_c = A·p_c − a_c + 2λ·s·p_c, each part by its factor, in which 1/τ is. */
  gradient(c: number, factors: Factors): Entry;
  /** τ²·Σ_j ∂²/∂x_c∂x_j·v_j for each class c. */
  hessianTimes(v: ArrayLike<number>, factors: Factors): Entry[];
}

/** The truth about a position, or about one whose label is ignored. */
export function rowTruth(row: LossRow, ignored: boolean): RowTruth {
  const classes = presentClasses(row);
  const { length } = row.x;
  if (ignored || classes.length === 0) return withoutLoss("skipped", ZERO, () => NOTHING, length);
  if (isBroken(row.x, classes)) {
    const entryOf = (c: number) => (classes.includes(c) ? NOT_A_NUMBER : NOTHING);
    return withoutLoss("broken", dd(NaN), entryOf, length);
  }
  return validRow(row, classes);
}

function withoutLoss(kind: RowTruth["kind"], loss: DD, entryOf: (c: number) => Entry, length: number): RowTruth {
  return {
    kind,
    crossEntropy: loss,
    penalty: loss,
    loss: { truth: loss, size: 0 },
    widest: 0,
    gradient: entryOf,
    hessianTimes: () => Array.from({ length }, (_, c) => entryOf(c)),
  };
}

/** In ulp; a difference of logits that the type cannot hold may count as infinite, and the loss with it. */
export function lossError(value: number, { loss, widest }: RowTruth, format: Format): number {
  return value === Infinity && widest >= format.overflow ? 0 : ulpError(value, loss.truth, format, loss.size);
}

/** a_c of the classes: what multiplies s − x_c/τ in the loss. */
function coefficients({ target, weight, labelSmoothing }: LossRow, classes: readonly number[]): DD[] {
  const rest = twoSum(1, -labelSmoothing);
  const share = divide(dd(labelSmoothing), dd(classes.length));
  return classes.map((c) => {
    const hit = typeof target === "number" ? (c === target ? ONE : ZERO) : dd(target[c]);
    return multiply(dd(weight === undefined ? 1 : weight[c]), add(multiply(rest, hit), share));
  });
}

/** For each of the terms the sum of all others, by sums from both ends. */
function sumsOfOthers(terms: readonly DD[]): DD[] {
  const others: DD[] = [];
  let before = ZERO;
  for (const term of terms) {
    others.push(before);
    before = add(before, term);
  }
  let after = ZERO;
  for (let i = terms.length - 1; i >= 0; i--) {
    others[i] = add(others[i], after);
    after = add(after, terms[i]);
  }
  return others;
}

/** Of a sum of distances the exponent of the unit, where single ones are beyond every double. */
const WIDE = 64;

function validRow(row: LossRow, classes: readonly number[]): RowTruth {
  const x = classes.map((c) => row.x[c]);
  const softmax = rowOracle(x, row.temperature);
  const a = coefficients(row, classes);
  const { terms, sum, logSum, distances } = softmax;
  const lambda = dd(row.zLoss);
  const s = logSumExpOf(softmax);
  const partOfS = Math.max(logSumExpSize(softmax), Math.abs(s.hi));

  // Weighted by small coefficients, distances that overflow may have a finite sum.
  const isWide = distances.some(({ hi }, i) => hi === -Infinity && x[i] !== -Infinity);
  const wide = isWide ? WIDE : 0;
  let crossEntropy = ZERO;
  let widest = 0;
  a.forEach((coefficient, i) => {
    if (coefficient.hi === 0) return;
    const distance = isWide ? differenceOver(x[i], softmax.max, (row.temperature ?? 1) * 2 ** WIDE) : distances[i];
    const difference = add(negate(distance), scale(logSum, -wide));
    if (x[i] !== -Infinity) widest = Math.max(widest, difference.hi * 2 ** wide);
    crossEntropy = add(crossEntropy, multiply(coefficient, difference));
  });
  crossEntropy = scale(crossEntropy, wide);
  const penalty = row.zLoss === 0 ? ZERO : multiply(lambda, multiply(s, s));
  const penaltySize = row.zLoss === 0 ? 0 : row.zLoss * Math.abs(s.hi) * partOfS;

  // Of the smallest p_c times 2^SHIFT: large factors must not meet what has lost its digits to underflow.
  const shifts = terms.map((term) => (term.hi < sum.hi * 2 ** -800 ? SHIFT : 0));
  const p = terms.map((term, i) => divide(scale(term, shifts[i]), sum));
  const complement = sumsOfOthers(terms).map((others, i) => divide(scale(others, shifts[i]), sum));
  const otherCoefficients = sumsOfOthers(a);
  const total = a.reduce(add, ZERO);

  const places = new Map(classes.map((c, i) => [c, i]));
  const gradient = (c: number, factors: Factors): Entry => {
    const i = places.get(c);
    if (i === undefined) return NOTHING;
    // A·p − a = p·(A − a) − a·(1 − p)
    const difference = subtract(multiply(p[i], otherCoefficients[i]), multiply(a[i], complement[i]));
    // s may be infinite where nothing asks for it.
    const pull = row.zLoss === 0 ? ZERO : multiply(factors.penalty, multiply(scale(lambda, 1), multiply(s, p[i])));
    const coefficient = Math.max(Math.abs(total.hi * p[i].hi), Math.abs(a[i].hi) * 2 ** shifts[i]);
    const pullSize = row.zLoss === 0 ? 0 : Math.abs(factors.penalty.hi) * 2 * row.zLoss * p[i].hi * partOfS;
    // Both that multiply p_c are one term.
    const ofP = Math.abs(add(multiply(factors.crossEntropy, multiply(total, p[i])), pull).hi);
    const size = Math.max(Math.abs(factors.crossEntropy.hi) * coefficient, pullSize, ofP);
    return unshifted(add(multiply(factors.crossEntropy, difference), pull), size, shifts[i]);
  };

  const hessianTimes = (v: ArrayLike<number>, factors: Factors): Entry[] => {
    const curvature = hessianOf(
      { x, p, shifts, s, partOfS, total, lambda, factors },
      Array.from(classes, (c) => v[c]),
    );
    const entries = Array.from({ length: row.x.length }, () => NOTHING);
    classes.forEach((c, i) => (entries[c] = curvature[i]));
    return entries;
  };

  const truth = add(crossEntropy, penalty);
  const loss = { truth, size: Math.max(Math.abs(truth.hi), Math.abs(crossEntropy.hi), penaltySize) };
  return { kind: "valid", crossEntropy, penalty, loss, widest, gradient, hessianTimes };
}

const unshifted = (truth: DD, size: number, shift: number): Entry => ({
  truth: scale(truth, -shift),
  size: Math.max(size, Math.abs(truth.hi)) * 2 ** -shift,
});

interface Curvature {
  readonly x: readonly number[];
  /** Each times 2^shift. */
  readonly p: readonly DD[];
  readonly shifts: readonly number[];
  readonly s: DD;
  readonly partOfS: number;
  readonly total: DD;
  readonly lambda: DD;
  readonly factors: Factors;
}

/** A·p_c·(v_c − v̄) + 2λ·p_c·(v̄ + s·(v_c − v̄)), v̄ = Σ_j p_j·v_j, each part by its factor. */
function hessianOf(of: Curvature, v: readonly number[]): Entry[] {
  const { p, shifts, s, total, lambda, factors, partOfS } = of;
  const top = largestOf(of.x, Array.from(of.x.keys()));
  // v̄ = v_top + Σ_j p_j·(v_j − v_top): where one class has all but everything, v_top − v̄ keeps its digits.
  const beyondTop = v.map((value) => twoSum(value, -v[top]));
  let drift = ZERO;
  // v̄ is a term of size Σ_j p_j·|v_j|: each of its terms has the error of an exponential, also where they cancel.
  let meanSize = 0;
  v.forEach((value, j) => {
    const share = scale(p[j], -shifts[j]);
    if (j !== top) drift = add(drift, multiply(share, beyondTop[j]));
    meanSize += Math.abs(share.hi * value);
  });
  const mean = add(dd(v[top]), drift);
  const pull = multiply(factors.penalty, scale(lambda, 1));
  return v.map((value, c) => {
    const deviation = subtract(beyondTop[c], drift);
    const main = multiply(multiply(factors.crossEntropy, total), multiply(p[c], deviation));
    const bend = multiply(pull, add(multiply(p[c], mean), multiply(s, multiply(p[c], deviation))));
    const part = p[c].hi * Math.max(Math.abs(value), meanSize);
    const mainSize = Math.abs(factors.crossEntropy.hi * total.hi) * part;
    const bendSize = Math.abs(factors.penalty.hi) * 2 * lambda.hi * part * Math.max(1, partOfS);
    return unshifted(lambda.hi === 0 ? main : add(main, bend), Math.max(mainSize, bendSize), shifts[c]);
  });
}
