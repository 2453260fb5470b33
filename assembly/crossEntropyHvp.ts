import { lostInQuotient } from "./exact";
import { factorFor, multiplyLinear, replace, scale } from "./elementwise";
import { across, begin, next, offset, step } from "./groups";
import { allTrue } from "./lanes";
import {
  active,
  findSlope,
  lossOfGroup,
  noLosses,
  readFactors,
  readLabels,
  slopeHigh,
  slopeLost,
  slopeLow,
  valid,
} from "./loss";
import { maxOf } from "./max";
import { dot } from "./products";
import { sumHigh, sumLost, sumLow } from "./sum";
import { secondHalf, totalHigh, totalLost, totalLow } from "./terms";
import { toLanes } from "./transpose";

/**
 * The Hessian of each position's loss (crossEntropy), times v:
 *
 *   out_c = p_c·(a·v_c + (penalty − a)·t)     a = factor·(h + Σ b) + penalty·s, t = Σ p_j·v_j
 *
 * `losses` is written too. `out` may be `x` or `v`, or is disjoint from them.
 */
export function crossEntropyHvp<T>(
  x: usize,
  v: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  out: usize,
  factor: f64,
  penalty: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  begin<T>(rows, cols, inner, stride, false);
  while (next()) {
    let from = x + offset;
    let max = f64x2.splat(0);
    if (across) {
      from = secondHalf(scratch);
      max = toLanes<T>(x + offset, from, cols);
    }
    const to = out + offset;
    if (!readLabels<T>(from, labels, weights, share)) {
      noLosses<T>(losses);
      replace<T>(to, step, f64x2.splat(0), v128.splat<T>(0));
      continue;
    }
    readFactors<T>(factor, penalty, 0);
    if (!across) max = maxOf<T>(from);
    lossOfGroup<T>(from, max, scratch, b ? b + offset * (8 / sizeof<T>()) : 0, lambda, losses);
    dot<T>(scratch, 16, v + offset, step);
    findSlope<T>();
    let tLow = f64x2.div(sumLow, totalLow);
    const tHigh = f64x2.div(sumHigh, totalHigh);
    const z = f64x2.splat(penalty);
    // In f32 all is worked in f64. In f64 p_c is multiplied by the larger of the two factors first: alone, a tiny p would
    // lose digits that its product has.
    let mLow = totalLow;
    if (sizeof<T>() == 8) {
      tLow = f64x2.add(tLow, lostInQuotient(sumLow, sumLost, tLow, totalLow, totalLost));
      mLow = larger(slopeLow, z);
      const sign = f64x2.div(slopeLow, mLow);
      const lost = v128.and(f64x2.mul(sign, slopeLost), f64x2.eq(f64x2.abs(sign), f64x2.splat(1)));
      scale<T>(scratch, factorFor<T>(scratch, mLow, mLow, lost, totalLow, totalHigh, totalLost));
    }
    multiplyLinear<T>(
      scratch,
      16,
      v + offset,
      step,
      to,
      step,
      f64x2.div(slopeLow, mLow),
      f64x2.div(slopeHigh, totalHigh),
      f64x2.mul(f64x2.div(f64x2.sub(z, slopeLow), mLow), tLow),
      f64x2.mul(f64x2.div(f64x2.sub(z, slopeHigh), totalHigh), tHigh),
    );
    const keep = v128.and(valid, active);
    if (!allTrue<T>(keep)) replace<T>(to, step, keep, v128.and(v128.splat<T>(<T>NaN), active));
  }
}

/** The larger of |a| and |b|; 1 where both are 0, so that it divides. */
function larger(a: v128, b: v128): v128 {
  const m = f64x2.max(f64x2.abs(a), f64x2.abs(b));
  return v128.bitselect(f64x2.splat(1), m, f64x2.eq(m, f64x2.splat(0)));
}
