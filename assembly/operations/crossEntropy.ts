import {
  COLS,
  CONFIDENCE,
  LABELS,
  LENGTHS,
  ROWS,
  SCRATCH,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  VALUES,
  WEIGHTS,
  X,
  Z_LOSS,
} from "../abi";
import { exponentials, groupsOf, lengthsFrom, rowsInBatches, sumOthers, turnIn, widthOf } from "../batch";
import { lossesOfBatch, plainLossesOfBatch } from "../batchLoss";
import { address, count, number } from "../call";
import { areFew, isPlainLoss, lossOfFew, lossOfRow } from "../plainRows";
import { begin, next } from "../groups";
import { lanes } from "../lanes";
import { LossGroup, lossOfGroup, readLabels, smoothedInGroup, storeZeroLosses } from "../loss";
import { maxOf } from "../max";
import { useTemperature } from "../temperature";
import { toScratch } from "../scratch";

/**
 * VALUES = CONFIDENCE·w_y·(s − x_y) + Σ_c b_c·(s − x_c) + Z_LOSS·s², s = log Σ e^x_c, one for each position, of logits
 * over TEMPERATURE.
 *
 * y is the label, w the class weights, b the smoothed targets. The loss of an IGNORED position is 0; its logits are not
 * read. A position with NaN or +∞, or with nothing but −∞, has loss NaN.
 */
export function crossEntropy<T>(call: usize): void {
  const x = address(call, X);
  const labels = address(call, LABELS);
  const weights = address(call, WEIGHTS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const confidence = number(call, CONFIDENCE);
  const zLoss = number(call, Z_LOSS);
  const values = address(call, VALUES);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const isPlain = isPlainLoss<T>(call);
  const lengths = address(call, LENGTHS);
  let row = smoothed ? 0 : rowsInBatches<T>(call, lengths);
  if (row) lossesOfBatches<T>(call, row, cols, lengths, isPlain);
  if (isPlain && areFew<T>(call, cols) && !lengths) {
    while (row < count(call, ROWS)) {
      const one = (<usize>row) << 2;
      if (!lossOfFew(x + ((<usize>(row * cols)) << 2), cols, load<i32>(labels + one), values + one)) break;
      ++row;
    }
  }
  if (row == count(call, ROWS)) return;
  const group = changetype<LossGroup>(begin<T>(call, row, lengths));
  const terms = group.terms;
  while (next(group)) {
    let from = x + group.offset;
    if (isPlain) {
      const one = (<usize>group.position) << 2;
      if (lossOfRow(group, from, terms, load<i32>(labels + one), values + one, false, 0)) continue;
    }
    let max = f64x2.splat(0);
    if (group.lanesArePositions) {
      max = toScratch<T>(group, from, terms);
      from = terms;
    }
    if (!readLabels<T>(group, from, labels, weights, confidence)) {
      storeZeroLosses<T>(group, values);
      continue;
    }
    if (!group.lanesArePositions) max = maxOf<T>(group, from);
    lossOfGroup<T>(group, from, max, terms, smoothedInGroup<T>(group, smoothed), zLoss, values);
  }
}

function lossesOfBatches<T>(call: usize, rows: i32, cols: i32, lengths: usize, isPlain: bool): void {
  const scratch = address(call, SCRATCH);
  const most = groupsOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  let x = address(call, X);
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    turnIn<T>(x, scratch, groups, cols, width, lengthsFrom(lengths, position));
    exponentials<T>(scratch, groups, width, true);
    sumOthers<T>(scratch, groups, width);
    if (sizeof<T>() == 4 && isPlain) plainLossesOfBatch(call, scratch, groups, width, position, false);
    else lossesOfBatch<T>(call, scratch, groups, width, position, false);
    x += rowBytes * groups * lanes<T>();
    position += groups * lanes<T>();
  }
}
