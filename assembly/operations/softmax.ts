import { COLS, LENGTHS, OUT, ROWS, SCRATCH, TEMPERATURE, X } from "../abi";
import { address, count, number } from "../call";
import { areZeroOr, divide, makeCertain, replace, scale } from "../elementwise";
import { quotientError } from "../errorFree";
import { findMaxTerm, hasMantissaOf, mayBeSpecial, storeExponentials } from "../exponentials";
import {
  apartOf,
  exponentials,
  groupsOf,
  lengthsFrom,
  rowsInBatches,
  sumTotal,
  termsOf,
  turnIn,
  turnOut,
  widthOf,
} from "../batch";
import { areFew, softmaxOfFew } from "../plainRows";
import { Group } from "../group";
import { begin, next, SingleGroup } from "../groups";
import { allTrue, half0, half1, lanes, narrow, narrowMask } from "../lanes";
import { maxOf } from "../max";
import { useTemperature } from "../temperature";
import { toScratch, fromScratch } from "../scratch";

/**
 * out_c = e^x_c / Σ_j e^x_j for each position, of logits over TEMPERATURE.
 *
 * `out` is `x` or disjoint from it. A position with NaN or +∞, or with nothing but −∞, becomes NaN.
 */
export function softmax<T>(call: usize): void {
  const x = address(call, X);
  const out = address(call, OUT);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const lengths = address(call, LENGTHS);
  let row = rowsInBatches<T>(call, lengths);
  if (row) softmaxOfBatches<T>(x, out, scratch, row, cols, lengths);
  if (areFew<T>(call, cols) && !lengths) {
    while (row < count(call, ROWS)) {
      const at = (<usize>(row * cols)) << alignof<T>();
      if (!softmaxOfFew<T>(x + at, out + at, cols, scratch)) break;
      ++row;
    }
  }
  if (row == count(call, ROWS)) return;
  const group = begin<T>(call, row, lengths);
  const terms = group.terms;
  while (next(group)) {
    const from = x + group.offset;
    const to = out + group.offset;
    if (group.lanesArePositions) {
      const max = toScratch<T>(group, from, terms);
      storeExponentials<T>(group, terms, terms, max, false);
      fromScratch<T>(group, terms, to, factorOf<T>(group, terms));
    } else {
      const max = maxOf<T>(group, from);
      storeExponentials<T>(group, from, to, max, false);
      scale<T>(group, to, factorOf<T>(group, to));
    }
  }
}

function softmaxOfBatches<T>(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, lengths: usize): void {
  const most = groupsOf(cols);
  for (let position = 0; position < rows;) {
    const groups = min((rows - position) / lanes<T>(), most);
    const width = widthOf(lengths, position, groups * lanes<T>(), cols);
    const at = (<usize>(position * cols)) << alignof<T>();
    turnIn<T>(x + at, scratch, groups, cols, width, lengthsFrom(lengths, position));
    exponentials<T>(scratch, groups, width, false);
    findFactors<T>(scratch, groups, width);
    turnOut<T>(out + at, scratch, groups, cols, width);
    position += groups * lanes<T>();
  }
}

/** The factors that turn the exponentials of a batch into probabilities. */
function findFactors<T>(first: usize, groups: i32, cols: i32): void {
  const one = f64x2.splat(1);
  const apart = apartOf(cols);
  for (let at = first; groups > 0; --groups, at += apart) {
    sumTotal<T>(at, cols);
    const group = changetype<Group>(at);
    const total0 = group.total0;
    const total1 = group.total1;
    let factor = narrow<T>(f64x2.div(one, total0), f64x2.div(one, total1));
    if (sizeof<T>() == 8)
      factor = f64x2.add(factor, quotientError(one, f64x2.splat(0), factor, total0, group.totalError));
    group.factor = factor;
    const total = narrow<T>(total0, total1);
    const isExact = narrowMask<T>(f64x2.eq(half0<T>(total), total0), f64x2.eq(half1<T>(total), total1));
    const isSpecial = mayBeSpecial<T>(v128.load(termsOf(at)), total, isExact);
    if (v128.any_true(isSpecial)) settle<T>(at, cols, isExact);
  }
}

function settle<T>(at: usize, cols: i32, isExact: v128): void {
  const group = changetype<Group>(at);
  const total = narrow<T>(group.total0, group.total1);
  const terms = termsOf(at);
  let maxTerm = v128.load(terms);
  for (let i = 1; i < cols; ++i) maxTerm = v128.pmax<T>(maxTerm, v128.load(terms + ((<usize>i) << 4)));
  const ones = v128.splat<T>(1);
  let factor = group.factor;
  const isPower = v128.and(v128.gt<T>(total, maxTerm), hasMantissaOf<T>(total, maxTerm));
  let isEqual = v128.and(isExact, isPower);
  const isCertain = v128.and(isExact, v128.eq<T>(total, maxTerm));
  const keep = v128.eq<T>(total, total);
  for (let i = 0; i < cols; ++i) {
    const v = v128.load(terms + ((<usize>i) << 4));
    isEqual = v128.and(isEqual, v128.or(v128.eq<T>(v, v128.splat<T>(0)), v128.eq<T>(v, maxTerm)));
  }
  const divisor = v128.bitselect(maxTerm, ones, isEqual);
  factor = v128.bitselect(v128.div<T>(maxTerm, total), factor, isEqual);
  const by = v128.bitselect(factor, ones, isCertain);
  for (let i = 0; i < cols; ++i) {
    const to = terms + ((<usize>i) << 4);
    const v = v128.mul<T>(v128.div<T>(v128.load(to), divisor), by);
    const isOne = v128.and(isCertain, v128.gt<T>(v, v128.splat<T>(<T>0.5)));
    v128.store(to, v128.and(v128.bitselect(ones, v, isOne), keep));
  }
  factor = v128.bitselect(ones, factor, isCertain);
  group.factor = v128.bitselect(factor, v128.splat<T>(<T>NaN), keep);
}

/**
 * The factor that turns the exponentials into probabilities. Exponentials for which there is none are changed so that
 * there is.
 */
export function factorOf<T>(group: SingleGroup, exponentials: usize): v128 {
  const one = f64x2.splat(1);
  const total0 = group.total0;
  const total1 = group.total1;
  let factor = narrow<T>(f64x2.div(one, total0), f64x2.div(one, total1));
  if (sizeof<T>() == 8) {
    factor = f64x2.add(factor, quotientError(one, f64x2.splat(0), factor, total0, group.totalError));
  }
  const total = narrow<T>(total0, total1);
  const isExact = narrowMask<T>(f64x2.eq(half0<T>(total), total0), f64x2.eq(half1<T>(total), total1));
  const isSpecial = mayBeSpecial<T>(firstOf<T>(group, exponentials), total, isExact);
  return v128.any_true(isSpecial) ? specialFactor<T>(group, exponentials, factor, total, isExact) : factor;
}


@inline
function firstOf<T>(group: SingleGroup, exponentials: usize): v128 {
  return group.lanesArePositions ? v128.load(exponentials) : v128.splat<T>(load<T>(exponentials));
}

/**
 * The same where a position may have a power of two of equal exponentials and no others, one certain class, or a sum that
 * is NaN. Equal ones are divided by themselves: their probability is 1/n, not a product with a rounded reciprocal.
 */
function specialFactor<T>(group: SingleGroup, exponentials: usize, factor: v128, total: v128, isExact: v128): v128 {
  findMaxTerm<T>(group);
  const maxTerm = group.maxTerm;
  const isPower = v128.and(v128.gt<T>(total, maxTerm), hasMantissaOf<T>(total, maxTerm));
  let isEqual = v128.and(isExact, isPower);
  if (v128.any_true(isEqual)) {
    isEqual = v128.and(isEqual, areZeroOr<T>(group, exponentials, maxTerm));
    divide<T>(group, exponentials, v128.bitselect(maxTerm, v128.splat<T>(1), isEqual));
    factor = v128.bitselect(v128.div<T>(maxTerm, total), factor, isEqual);
  }
  const isCertain = v128.and(isExact, v128.eq<T>(total, maxTerm));
  if (v128.any_true(isCertain)) {
    const ones = v128.splat<T>(1);
    scale<T>(group, exponentials, v128.bitselect(factor, ones, isCertain));
    makeCertain<T>(group, exponentials, isCertain);
    factor = v128.bitselect(ones, factor, isCertain);
  }
  const keep = v128.eq<T>(factor, factor);
  if (!allTrue<T>(keep)) {
    replace<T>(group, exponentials, 16, keep, v128.splat<T>(0));
    factor = v128.bitselect(factor, v128.splat<T>(<T>NaN), keep);
  }
  return factor;
}
