import { canonical, canonicalize, factorFor, replace, scale, subtractScaled } from "./elementwise";
import { across, begin, next, offset, step } from "./groups";
import { allTrue, high, low, narrow } from "./lanes";
import {
  active,
  factorHigh,
  factorLow,
  findSlope,
  hardHigh,
  hardLow,
  gather,
  lossOfGroup,
  noLosses,
  pairOf,
  logSumExpHigh,
  logSumExpLow,
  penaltyHigh,
  penaltyLow,
  pullHigh,
  pullLow,
  readFactors,
  readLabels,
  scatter,
  slopeHigh,
  slopeLost,
  slopeLow,
  spreadAt,
  valid,
} from "./loss";
import { maxOf } from "./max";
import { isFinite, restHigh, restLow, top, totalHigh, totalLost, totalLow } from "./terms";
import { toLanes, toPositions } from "./transpose";

/**
 * The losses of crossEntropy, and their gradient, with one exponential an element:
 *
 *   grad_c = upstream·(factor·((h + Σ b)·p_c − b_c − h·[c = y]) + penalty·s·p_c)     h = share·w_y
 *
 * upstream: f64, one a position; 0 for 1 everywhere. `grad` is `x` or disjoint from it. An ignored position has gradient
 * 0, one with NaN or +∞, or of nothing but −∞, gradient NaN.
 */
export function crossEntropyGrad<T>(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  grad: usize,
  factor: f64,
  penalty: f64,
  upstream: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, b == 0);
  while (next()) {
    let from = x + offset;
    let to = grad + offset;
    let max = f64x2.splat(0);
    if (across) {
      max = toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
    }
    const spread = b ? b + offset * (8 / sizeof<T>()) : 0;
    if (readLabels<T>(from, labels, weights, share)) {
      readFactors<T>(factor, penalty, upstream);
      if (!across) max = maxOf<T>(from);
      lossOfGroup<T>(from, max, to, spread, lambda, losses);
      const rest = gradientOfGroup<T>(to, spread, lambda);
      if (across) toPositions<T>(to, grad + offset, cols, rest);
      else scale<T>(to, rest);
      scatter<T>(grad + offset, entries);
    } else {
      noLosses<T>(losses);
      replace<T>(grad + offset, step, f64x2.splat(0), v128.splat<T>(0));
    }
  }
}

/** The label's entry, without b, of two positions in f64: of what pulls at it itself, and what pulls at every class. */
function entryOf<T>(own: v128, pull: v128, term: v128, top: v128, rest: v128, total: v128, hasPull: bool): v128 {
  // −h·(1 − p_y) as minus the others' share, which does not cancel; 0 − … because an only class has +0.
  const others = v128.bitselect(rest, f64x2.sub(total, term), f64x2.eq(term, top));
  const entry = f64x2.sub(f64x2.splat(0), timesShare<T>(own, others, total));
  return hasPull ? f64x2.add(entry, timesShare<T>(pull, term, total)) : entry;
}

/** m·(a/total). In f64 a share may be too small for a normal number where its product is not: then by way of 2^64. */
@inline
function timesShare<T>(m: v128, a: v128, total: v128): v128 {
  if (sizeof<T>() == 4) return f64x2.mul(m, f64x2.div(a, total));
  const down = f64x2.splat(reinterpret<f64>(0x3bf0000000000000)); // 2^-64
  const unit = v128.bitselect(down, f64x2.splat(1), f64x2.ge(f64x2.abs(m), f64x2.splat(1)));
  return f64x2.mul(f64x2.mul(m, unit), f64x2.div(a, f64x2.mul(total, unit)));
}

/** The entries of the labels. */
let entries: v128 = f64x2.splat(0);

/** Works out `entries`, and turns the terms into what is the gradient of all other classes when multiplied by the result. */
function gradientOfGroup<T>(terms: usize, b: usize, lambda: f64): v128 {
  const term = gather<T>(terms);
  const hasPull = b != 0 || lambda != 0;
  const ownLow = f64x2.mul(factorLow, hardLow);
  const sharedLow = f64x2.add(f64x2.mul(factorLow, pullLow), f64x2.mul(penaltyLow, logSumExpLow));
  let entryLow = entryOf<T>(ownLow, sharedLow, low<T>(term), low<T>(top), restLow, totalLow, hasPull);
  let entryHigh = entryLow;
  if (sizeof<T>() == 4 && across) {
    const ownHigh = f64x2.mul(factorHigh, hardHigh);
    const sharedHigh = f64x2.add(f64x2.mul(factorHigh, pullHigh), f64x2.mul(penaltyHigh, logSumExpHigh));
    entryHigh = entryOf<T>(ownHigh, sharedHigh, high<T>(term), high<T>(top), restHigh, totalHigh, hasPull);
  }
  findSlope<T>();
  let factor = factorFor<T>(terms, slopeLow, slopeHigh, slopeLost, totalLow, totalHigh, totalLost);
  // An upstream that is infinite, NaN or beyond T makes NaNs of its own: 0·∞, ∞ − ∞.
  const isSound = allTrue<T>(isFinite<T>(narrow<T>(slopeLow, slopeHigh)));
  if (b || !isSound) {
    scale<T>(terms, factor);
    factor = v128.splat<T>(1);
  }
  if (b) {
    subtractScaled<T>(terms, b, step * (8 / sizeof<T>()), factorLow, factorHigh);
    entryLow = f64x2.sub(entryLow, f64x2.mul(factorLow, pairOf(spreadAt<T>(b, 0), spreadAt<T>(b, 1))));
    if (sizeof<T>() == 4) {
      entryHigh = f64x2.sub(entryHigh, f64x2.mul(factorHigh, pairOf(spreadAt<T>(b, 2), spreadAt<T>(b, 3))));
    }
  }
  if (!isSound) canonicalize<T>(terms);
  entries = canonical<T>(narrow<T>(entryLow, entryHigh));
  const keep = v128.and(valid, active);
  if (!allTrue<T>(keep)) {
    // +0, or NaN where the position has no loss.
    replace<T>(terms, 16, keep, v128.splat<T>(0));
    const nan = v128.and(v128.splat<T>(<T>NaN), active);
    factor = v128.bitselect(factor, nan, keep);
    entries = v128.bitselect(entries, nan, keep);
  }
  return factor;
}
