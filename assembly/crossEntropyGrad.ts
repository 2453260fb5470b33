import { canonicalize, replace, scaleTerms, subtractScaled } from "./elementwise";
import { across, begin, next, offset, step, transposed } from "./groups";
import { allTrue, high, low, narrow } from "./lanes";
import {
  active,
  factorHigh,
  factorLow,
  hardHigh,
  hardLow,
  gather,
  labelledAt,
  lossOfGroup,
  noLosses,
  pairOf,
  pullHigh,
  pullLow,
  readFactor,
  readLabels,
  scatter,
  valid,
} from "./loss";
import { restHigh, restLow, top, totalHigh, totalLow } from "./terms";
import { toLanes, toRows } from "./transpose";

/**
 * The losses of crossEntropy, and grad = factor·upstream·dL/dx, with one exponential an element:
 *
 *   dL/dx_c = (h + Σ b + 2·λ·s)·p_c − b_c − h·[c = y]     h = share·w_y
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
    if (transposed) {
      toLanes<T>(from, scratch, cols);
      from = scratch;
      to = scratch;
    }
    const spread = b ? b + offset * (8 / sizeof<T>()) : 0;
    if (readLabels<T>(from, labels, weights, share)) {
      readFactor<T>(factor, upstream);
      lossOfGroup<T>(from, to, step, spread, lambda, losses);
      gradientOfGroup<T>(to, spread, lambda);
    } else {
      noLosses<T>(losses);
      replace<T>(to, step, f64x2.splat(0), v128.splat<T>(0));
    }
    if (transposed) toRows<T>(scratch, grad + offset, cols);
  }
}

// Of two positions, in f64: what the terms are multiplied by, before the division by their sum, and the label's entry.
let slope: v128 = f64x2.splat(0);
let entry: v128 = f64x2.splat(0);

function derivePair(
  factor: v128,
  hard: v128,
  pull: v128,
  term: v128,
  top: v128,
  rest: v128,
  total: v128,
  hasPull: bool,
): void {
  slope = f64x2.mul(factor, f64x2.add(hard, pull));
  // At the label: −h·(1 − p_y) as minus the others' share, which does not cancel; 0 − … because an only class has +0.
  const others = v128.bitselect(rest, f64x2.sub(total, term), f64x2.eq(term, top));
  entry = f64x2.sub(f64x2.splat(0), f64x2.mul(f64x2.mul(factor, hard), f64x2.div(others, total)));
  if (hasPull) entry = f64x2.add(entry, f64x2.mul(f64x2.mul(factor, pull), f64x2.div(term, total)));
}

/** Turns the terms at `grad` into the gradient. */
function gradientOfGroup<T>(grad: usize, b: usize, lambda: f64): void {
  const term = gather<T>(grad);
  const hasPull = b != 0 || lambda != 0;
  derivePair(factorLow, hardLow, pullLow, low<T>(term), low<T>(top), restLow, totalLow, hasPull);
  const slopeLow = slope;
  let entryLow = entry;
  let entryHigh = entry;
  if (sizeof<T>() == 4 && across) {
    derivePair(factorHigh, hardHigh, pullHigh, high<T>(term), high<T>(top), restHigh, totalHigh, hasPull);
    entryHigh = entry;
  }
  const slopeHigh = slope;
  scaleTerms<T>(grad, step, slopeLow, slopeHigh, totalLow, totalHigh);
  if (b) {
    subtractScaled<T>(grad, step, b, factorLow, factorHigh);
    entryLow = f64x2.sub(entryLow, f64x2.mul(factorLow, pairOf(spreadAt<T>(grad, b, 0), spreadAt<T>(grad, b, 1))));
    entryHigh = f64x2.sub(entryHigh, f64x2.mul(factorHigh, pairOf(spreadAt<T>(grad, b, 2), spreadAt<T>(grad, b, 3))));
  }
  scatter<T>(grad, narrow<T>(entryLow, entryHigh));
  if (!isNumber(slopeLow) || !isNumber(slopeHigh)) canonicalize<T>(grad, step);
  const keep = v128.and(valid, active);
  if (!allTrue<T>(keep)) replace<T>(grad, step, keep, v128.and(v128.splat<T>(<T>NaN), active));
}

/** Whether both are finite: an infinite or NaN upstream makes NaNs of its own. */
@inline
function isNumber(v: v128): bool {
  return i64x2.all_true(f64x2.lt(f64x2.abs(v), f64x2.splat(Infinity)));
}

/** Where the b of the label of the position in a lane is. */
@inline
function spreadAt<T>(grad: usize, b: usize, lane: i32): usize {
  const from = sizeof<T>() == 8 ? lane & 1 : lane;
  return b + (labelledAt<T>(grad, from) - grad) * (8 / sizeof<T>());
}
