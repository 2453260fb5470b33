// The errors of what is made of the exponentials, where every exponential is promoted to f64 before it is added: the sum is
// then off by no more than its terms are, and f64 roundings of 2^-53.

import { BINS, type ExpErrors } from "./sweep.js";
import { gappa } from "./tools.js";

const F64_SLACK = 1.0001;
const FACTORS = 16;
/** How often a cell is quartered that could hold the worst. */
const DEPTH = 7;

/** Mantissas of E and of T, and on which side of a power of two the result is. */
interface Cell {
  readonly e: readonly [number, number];
  readonly t: readonly [number, number];
  readonly quotient: readonly [number, number];
}

/**
 * p = e·f rounded, f = 1/S rounded, by gappa: e within its bin's error of E, S within the largest relative error of T. They
 * add up where e is too large and S, a mean of such errors, too small, or the other way round; either has its own limits.
 * From 64ths of a binade for e and 16ths for S to cells that are quartered where the worst may be; results below and above
 * a power of two apart, in ulp of the result.
 */
export function softmaxError({ above, below }: ExpErrors): number {
  const sumAbove = above.relative * F64_SLACK * 2 ** -24;
  const sumBelow = below.relative * F64_SLACK * 2 ** -24;
  let worst = 0;

  const boundOf = ({ e, t, quotient }: Cell, error: readonly [below: number, above: number]): number => {
    const [low, high] = quotient;
    const least = Math.max(low, (e[0] / t[1]) * (1 - 1e-9));
    const most = Math.min(high, (e[1] / t[0]) * (1 + 1e-9));
    if (least >= most) return 0;
    const script = `@rnd = float<ieee_32,ne>;
e = rnd(e_); f rnd= 1 / S; p rnd= e * f;
{ E in [${e.join()}] /\\ e - E in [-${error[0]},${error[1]}] /\\ T in [${t.join()}] /\\ S -/ T in [-${sumBelow},${sumAbove}]
  /\\ S in [${t[0] * 0.999},${t[1] * 1.001}] /\\ E / T in [${least},${most}]
  -> p - E / T in ? }
e * f - E / T -> (e - E) * f + (E / T) * (f * T - 1);
f * T - 1 -> (f - 1 / S) * T + (T - S) / S;
(T - S) / S -> -((S - T) / T) * (T / S);
e * f -> E / T + (e * f - E / T);
`;
    return gappa(script, "p - E / T") / (high > 1 ? 2 ** -23 : 2 ** -24);
  };

  const visit = (cell: Cell, error: readonly [below: number, above: number], depth: number): void => {
    const bound = boundOf(cell, error);
    if (bound <= worst) return;
    if (depth === 0) {
      worst = bound;
      return;
    }
    for (const e of halvesOf(cell.e)) for (const t of halvesOf(cell.t)) visit({ ...cell, e, t }, error, depth - 1);
  };

  above.ulps.forEach((ulp, i) => {
    const error = [(below.ulps[i] + 0.0005) * 2 ** -23, (ulp + 0.0005) * 2 ** -23] as const;
    for (let j = 0; j < FACTORS; j++) {
      for (const quotient of [[0.4, 1] as const, [1, 2.1] as const]) {
        const e = [1 + i / BINS, 1 + (i + 1) / BINS] as const;
        visit({ e, t: [1 + j / FACTORS, 1 + (j + 1) / FACTORS], quotient }, error, DEPTH);
      }
    }
  });
  return worst;
}

const halvesOf = ([from, to]: readonly [number, number]): (readonly [number, number])[] => {
  const middle = (from + to) / 2;
  return [
    [from, middle],
    [middle, to],
  ];
};

/** Half an ulp of f32 at a size, in 2^-24. */
const rounding = (size: number) => (size === 0 ? 0 : 2 ** Math.floor(Math.log2(size)));

/** How far log Σ = log1p(R/t) is off at most, in 2^-24: R and t by their largest relative errors, of opposite signs. */
const logError = (logSum: number, ofOthers: number, ofTop: number) =>
  (1 - Math.exp(-logSum)) * (ofOthers + ofTop) * F64_SLACK;

const STEPS_PER_BINADE = 256;

/**
 * Over all values on a grid of the binades [2^low, 2^high], each an interval [value, next] for what grows and what shrinks.
 */
function* grid(low: number, high: number): Generator<readonly [number, number]> {
  for (let e = low; e < high; e++) {
    for (let i = 0; i < STEPS_PER_BINADE; i++) {
      yield [2 ** e * (1 + i / STEPS_PER_BINADE), 2 ** e * (1 + (i + 1) / STEPS_PER_BINADE)];
    }
  }
}

/**
 * −log p = (m − x) + log Σ in f32: the difference rounded, log Σ rounded, their sum rounded, in ulp of it. Of the maximum
 * itself it is log Σ, rounded once. Beside another class log Σ is at least log(1 + e^−(m − x)).
 */
export function logSoftmaxError({ relative }: ExpErrors): number {
  let worst = 0;
  for (const [from, to] of grid(-40, 8)) {
    const ulp = 2 * rounding(from);
    // Of the maximum.
    worst = Math.max(worst, logError(to, relative, relative) / ulp + 0.5);
    // Of another class, with log Σ any part of the result: the worst is in the interval of one or the other.
    for (const [logFrom, logTo] of grid(-6, 8)) {
      if (logFrom > to) break;
      const difference = Math.max(0, to - logFrom);
      if (Math.log1p(Math.exp(-difference)) > logTo) continue;
      const error = logError(logTo, relative, relative) + rounding(difference) + rounding(logTo * (1 - 2 ** -30));
      worst = Math.max(worst, error / ulp + 0.5);
    }
  }
  return worst;
}

/** m + log Σ rounded once, in ulp of the larger of the two; the exponential of a small maximum has a small error. */
export function logSumExpError({ relative, relativeNear }: ExpErrors): number {
  let worst = 0;
  const sizes = [[0, 2 ** -20] as const, ...grid(-20, 9)];
  for (const [logFrom, logTo] of [[0, 2 ** -20] as const, ...grid(-20, 6)]) {
    for (const [from, to] of sizes) {
      const larger = Math.max(from, logFrom);
      if (larger === 0) continue;
      // Its own sign makes the sum as large as both, and its rounding with it.
      const error = logError(logTo, relative, relativeNear(to)) + rounding((to + logTo) * (1 - 2 ** -30));
      worst = Math.max(worst, error / (2 * rounding(larger)));
    }
  }
  return worst;
}

/**
 * p_c·(v_c − Σ p·v), computed in f64 and rounded once, in ulp of its largest term: p_c is off by its exponential's error and
 * that of the sum, of opposite signs, the mean by as much, and the rounding may cross a power of two.
 */
export const hessianError = ({ above, below }: ExpErrors): number =>
  2 * (above.relative + below.relative) * F64_SLACK + 1;
