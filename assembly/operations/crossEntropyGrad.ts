import {
  COLS,
  CONFIDENCE,
  LABELS,
  LENGTHS,
  LOSS_SCALE,
  OUT,
  ROWS,
  SCRATCH,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  UPSTREAM,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
  Z_LOSS_SCALE,
} from "../abi";
import { exponentials, groupsOf, lengthsFrom, rowsInBatches, sumOthers, turnIn, turnOut, widthOf } from "../batch";
import { isPlainScale, lossesOfBatch, plainLossesOfBatch, scatterEntries } from "../batchLoss";
import { address, count, number } from "../call";
import { factorFor, replace, scale, subtractScaled, tailHalf0, tailHalf1 } from "../elementwise";
import { isFinite } from "../exponentials";
import { areFew, gradientOfFew, isPlainLoss, lossOfRow } from "../plainRows";
import { begin, next } from "../groups";
import { allTrue, canonical, half0, half1, lanes, loadTail, narrow, storeTail } from "../lanes";
import {
  entryOf,
  findGradientScale,
  gatherLabels,
  LossGroup,
  loadPair,
  lossOfGroup,
  readLabels,
  readScales,
  scatterLabels,
  smoothedInGroup,
  smoothedTargetAt,
  storeZeroLosses,
} from "../loss";
import { maxOf } from "../max";
import { useTemperature } from "../temperature";
import { toScratch, fromScratch } from "../scratch";

/**
 * The losses of crossEntropy, and in OUT their gradient, with one exponential per element:
 *
 *   out_c = upstream·(LOSS_SCALE·((h + Σ b)·p_c − b_c − h·[c = y]) + Z_LOSS_SCALE·s·p_c)     h = CONFIDENCE·w_y
 *
 * `out` is `x` or disjoint from it. The gradient of an IGNORED position is 0; that of one with NaN or +∞, or with nothing
 * but −∞, is NaN.
 */
export function crossEntropyGrad<T>(call: usize): void {
  const x = address(call, X);
  const labels = address(call, LABELS);
  const weights = address(call, WEIGHTS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const confidence = number(call, CONFIDENCE);
  const zLoss = number(call, Z_LOSS);
  const values = address(call, VALUES);
  const out = address(call, OUT);
  const lossScale = number(call, LOSS_SCALE);
  const zLossScale = number(call, Z_LOSS_SCALE);
  const upstream = address(call, UPSTREAM);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const isPlain = isPlainLoss<T>(call) && zLossScale == 0 && !upstream && abs(<f32>lossScale) < <f32>Infinity;
  const lengths = address(call, LENGTHS);
  let row = smoothed ? 0 : rowsInBatches<T>(call, lengths);
  if (row) gradientOfBatches<T>(call, row, cols, lengths, isPlain && isPlainScale(lossScale));
  if (isPlain && areFew<T>(call, cols) && !lengths) {
    while (row < count(call, ROWS)) {
      const at = (<usize>(row * cols)) << 2;
      const one = (<usize>row) << 2;
      if (!gradientOfFew(x + at, out + at, cols, load<i32>(labels + one), values + one, lossScale, scratch)) break;
      ++row;
    }
  }
  if (row == count(call, ROWS)) return;
  const group = changetype<LossGroup>(begin<T>(call, row, lengths));
  const terms = group.terms;
  while (next(group)) {
    let from = x + group.offset;
    let to = out + group.offset;
    if (isPlain) {
      const one = (<usize>group.position) << 2;
      if (lossOfRow(group, from, to, load<i32>(labels + one), values + one, true, lossScale)) continue;
    }
    let max = f64x2.splat(0);
    if (group.lanesArePositions) {
      max = toScratch<T>(group, from, terms);
      from = terms;
      to = terms;
    }
    const smoothedHere = smoothedInGroup<T>(group, smoothed);
    if (readLabels<T>(group, from, labels, weights, confidence)) {
      readScales<T>(group, lossScale, zLossScale, upstream);
      if (!group.lanesArePositions) max = maxOf<T>(group, from);
      lossOfGroup<T>(group, from, max, to, smoothedHere, zLoss, values);
      const factor = gradientOfGroup<T>(group, to, smoothedHere, zLoss);
      if (group.lanesArePositions) fromScratch<T>(group, to, out + group.offset, factor);
      else scale<T>(group, to, factor);
      scatterLabels<T>(group, out + group.offset, group.labelEntries);
    } else {
      storeZeroLosses<T>(group, values);
      replace<T>(group, out + group.offset, group.step, f64x2.splat(0), v128.splat<T>(0));
    }
  }
}

function gradientOfBatches<T>(call: usize, rows: i32, cols: i32, lengths: usize, isPlain: bool): void {
  const scratch = address(call, SCRATCH);
  const most = groupsOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  let x = address(call, X);
  let out = address(call, OUT);
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    turnIn<T>(x, scratch, groups, cols, width, lengthsFrom(lengths, position));
    exponentials<T>(scratch, groups, width, true);
    sumOthers<T>(scratch, groups, width);
    if (sizeof<T>() == 4 && isPlain) plainLossesOfBatch(call, scratch, groups, width, position, true);
    else lossesOfBatch<T>(call, scratch, groups, width, position, true);
    turnOut<T>(out, scratch, groups, cols, width);
    scatterEntries<T>(out, scratch, groups, cols, width);
    const bytes = rowBytes * groups * lanes<T>();
    x += bytes;
    out += bytes;
    position += groups * lanes<T>();
  }
}

/**
 * The gradient except its label entries, if some lane's scale is not a finite number of T. In such lanes it is computed
 * in f64, where a finite scale gives no 0·∞ or ∞ − ∞; a scale that is infinite or NaN does.
 */
function scaleUnsound<T>(group: LossGroup, out: usize, smoothed: usize, factor: v128, isSound: v128): void {
  const factor0 = f64x2.div(group.gradientScale0, group.total0);
  const factor1 = f64x2.div(group.gradientScale1, group.total1);
  const bytes = group.step * (8 / sizeof<T>());
  const tail = group.tail;
  for (let n = group.vectors + (tail != 0 ? 1 : 0); n > 0; --n, out += 16) {
    const isTail = tail != 0 && n == 1;
    const v = isTail ? loadTail<T>(out, tail, 0) : v128.load(out);
    let sound = v128.mul<T>(v, factor);
    let wide0 = f64x2.mul(half0<T>(v), factor0);
    let wide1 = f64x2.mul(half1<T>(v), factor1);
    if (smoothed) {
      const b0 = f64x2.mul(isTail ? tailHalf0<T>(smoothed, tail) : v128.load(smoothed), group.lossScale0);
      let b1 = b0;
      if (sizeof<T>() == 4)
        b1 = f64x2.mul(isTail ? tailHalf1<T>(smoothed, tail) : v128.load(smoothed, 16), group.lossScale1);
      sound = v128.sub<T>(sound, narrow<T>(b0, b1));
      wide0 = f64x2.sub(wide0, b0);
      wide1 = f64x2.sub(wide1, b1);
      smoothed += bytes;
    }
    const both = sizeof<T>() == 8 ? sound : v128.bitselect(sound, narrow<T>(wide0, wide1), isSound);
    if (isTail) storeTail<T>(out, tail, canonical<T>(both));
    else v128.store(out, canonical<T>(both));
  }
}


@inline
function isOnlyClass(group: LossGroup): bool {
  return group.lanesArePositions ? group.vectors == 1 : group.vectors == 0 && group.tail == 1;
}

/**
 * Gives an only class the probability 1 exactly, so that its target leaves +0 of it. The quotient of its exponential and
 * their sum, rounded twice, may be beside 1.
 */
function makeCertain<T>(group: LossGroup, exponential: usize): void {
  const one = v128.splat<T>(1);
  if (group.lanesArePositions) v128.store(exponential, one);
  else store<T>(exponential, <T>1);
  group.maxTerm = one;
  group.total0 = f64x2.splat(1);
  group.total1 = f64x2.splat(1);
  group.totalError = f64x2.splat(0);
}

/**
 * Finds the label entries, and turns the exponentials into values that, multiplied by the result, are the gradient of all other
 * classes.
 */
function gradientOfGroup<T>(group: LossGroup, exponentials: usize, smoothed: usize, zLoss: f64): v128 {
  const isShared = smoothed != 0 || zLoss != 0;
  if (smoothed && isOnlyClass(group)) makeCertain<T>(group, exponentials);
  const term = gatherLabels<T>(group, exponentials);
  const maxTerm = group.maxTerm;
  const lossScale0 = group.lossScale0;
  const lossScale1 = group.lossScale1;
  const own0 = f64x2.mul(lossScale0, group.labelWeight0);
  const shared0 = f64x2.add(f64x2.mul(lossScale0, group.targetMass0), f64x2.mul(group.zLossScale0, group.logSumExp0));
  let entry0 = entryOf<T>(
    own0,
    shared0,
    half0<T>(term),
    half0<T>(maxTerm),
    group.sumOfOthers0,
    group.sumOfOthersError,
    group.total0,
    group.totalError,
    isShared,
  );
  let entry1 = entry0;
  if (sizeof<T>() == 4 && group.lanesArePositions) {
    const own1 = f64x2.mul(lossScale1, group.labelWeight1);
    const shared1 = f64x2.add(f64x2.mul(lossScale1, group.targetMass1), f64x2.mul(group.zLossScale1, group.logSumExp1));
    const none = f64x2.splat(0);
    entry1 = entryOf<T>(
      own1,
      shared1,
      half1<T>(term),
      half1<T>(maxTerm),
      group.sumOfOthers1,
      none,
      group.total1,
      none,
      isShared,
    );
  }
  findGradientScale<T>(group);
  const scale0 = group.gradientScale0;
  const scale1 = group.gradientScale1;
  let factor = factorFor<T>(
    group,
    exponentials,
    scale0,
    scale1,
    group.gradientScaleError,
    group.total0,
    group.total1,
    group.totalError,
  );
  const isSound = isFinite<T>(narrow<T>(scale0, scale1));
  if (!allTrue<T>(isSound)) {
    scaleUnsound<T>(group, exponentials, smoothed, factor, isSound);
    factor = v128.splat<T>(1);
  } else if (smoothed) {
    scale<T>(group, exponentials, factor);
    subtractScaled<T>(group, exponentials, smoothed, group.step * (8 / sizeof<T>()), lossScale0, lossScale1);
    factor = v128.splat<T>(1);
  }
  if (smoothed) {
    const targets0 = loadPair(smoothedTargetAt<T>(group, smoothed, 0), smoothedTargetAt<T>(group, smoothed, 1));
    entry0 = f64x2.sub(entry0, f64x2.mul(lossScale0, targets0));
    if (sizeof<T>() == 4) {
      const targets1 = loadPair(smoothedTargetAt<T>(group, smoothed, 2), smoothedTargetAt<T>(group, smoothed, 3));
      entry1 = f64x2.sub(entry1, f64x2.mul(lossScale1, targets1));
    }
  }
  let entries = canonical<T>(narrow<T>(entry0, entry1));
  const keep = v128.and(group.valid, group.active);
  if (!allTrue<T>(keep)) {
    // +0 where the position is ignored, NaN where it has no loss.
    replace<T>(group, exponentials, 16, keep, v128.splat<T>(0));
    const nan = v128.and(v128.splat<T>(<T>NaN), group.active);
    factor = v128.bitselect(factor, nan, keep);
    entries = v128.bitselect(entries, nan, keep);
  }
  group.labelEntries = entries;
  return factor;
}
