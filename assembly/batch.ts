// Short rows: a batch of groups at a time.
//
// A group is as many rows as a vector has lanes, transposed: a vector holds one class of each (README.md, "Groups").
// Its passes (maximum, exponentials, sum, logarithm, quotient, product) wait for each other, and so do the steps of
// each pass. Groups do not wait for each other, so each pass goes over all groups of a batch before the next pass
// begins. A pass leaves its results for the next in the group's record.
//
// In scratch each group has its record, followed by its terms: one vector per class, which holds the logits and later
// the exponentials. `first` is the address of a batch's first group, `apart` the distance in bytes from one group to
// the next.

import {
  BATCH_GROUPS,
  BATCH_VECTORS,
  COLS,
  GROUP_BYTES,
  INNER,
  ROWS,
  SPARE_VECTORS,
  SHORT_ROW_F32,
  SHORT_ROW_F64,
  VECTOR_BYTES,
} from "./abi";
import { count } from "./call";
import { finite, twoSumError } from "./errorFree";
import { constant, exp, expOfMax, exponentOf, limitOf, ln2, magicOf } from "./exp";
import { dominates, expVector, expVectors, expVectorsTempered, isFar, reduced } from "./exponentials";
import { Group } from "./group";
import { half0, half1, lanes } from "./lanes";
import { beginning, below, withError } from "./sum";
import { hasUnit, isTempered, LOG2E, tempered, UNIT } from "./temperature";

/**
 * The number of groups in a batch of rows with this many classes: enough to hide a pass's latency, few enough for L1.
 */
@inline
export function groupsOf(cols: i32): i32 {
  return max(2, min(BATCH_GROUPS, BATCH_VECTORS / cols));
}

/** Rows that are computed in batches: whole groups of short rows, whose lengths, if they have any, are much alike. */
export function rowsInBatches<T>(call: usize, lengths: usize = 0): i32 {
  const shortest = sizeof<T>() == 4 ? SHORT_ROW_F32 : SHORT_ROW_F64;
  const cols = count(call, COLS);
  if (count(call, INNER) != 1 || cols > shortest) return 0;
  const rows = count(call, ROWS) & -lanes<T>();
  return lengths && areUneven<T>(lengths, rows, cols) ? 0 : rows;
}

/**
 * A batch is as wide as its longest row. If it is wider than its rows are on average by about this many classes, rows
 * are faster one by one. Measured for softmax, logSoftmax and crossEntropyGrad with random lengths, the limit is 25 to
 * 35 in f32, and 5, 11 and 20 in f64.
 */
@inline
function worthOfBatch<T>(): i32 {
  return sizeof<T>() == 4 ? 30 : 12;
}

/** Whether lengths differ so much that rows are faster one by one. */
function areUneven<T>(lengths: usize, rows: i32, cols: i32): bool {
  const most = groupsOf(cols) * lanes<T>();
  let sum = 0;
  let inBatches = 0;
  for (let row = 0; row < rows; row += most) {
    const n = min(rows - row, most);
    let longest = 0;
    for (const end = lengths + ((<usize>n) << 2); lengths < end; lengths += 4) {
      const length = load<i32>(lengths);
      longest = max(longest, length);
      sum += length;
    }
    inBatches += n * longest;
  }
  return inBatches - sum > rows * worthOfBatch<T>();
}

/**
 * The width of a batch of rows that begins at a position: the classes of its longest row, at least one; without
 * lengths, all classes.
 */
export function widthOf(lengths: usize, position: i32, rows: i32, cols: i32): i32 {
  if (!lengths) return cols;
  let longest = 1;
  lengths += (<usize>position) << 2;
  for (const end = lengths + ((<usize>rows) << 2); lengths < end; lengths += 4) {
    longest = max(longest, load<i32>(lengths));
  }
  return longest;
}

/** Where the lengths of the rows from a position on are, or 0. */
@inline
export function lengthsFrom(lengths: usize, position: i32): usize {
  return lengths ? lengths + ((<usize>position) << 2) : 0;
}

/** Bytes from a group to the next. */
@inline
export function apartOf(cols: i32): usize {
  return <usize>(GROUP_BYTES + (cols + SPARE_VECTORS) * VECTOR_BYTES);
}

/** The terms of a group. */
@inline
export function termsOf(group: usize): usize {
  return group + GROUP_BYTES;
}

/**
 * Transposes rows into lanes and finds their maxima. x is the address of the first row, and `lengths` that of its
 * length, or 0. The first `width` of the `cols` classes of each row are moved. The maximum of a row with NaN may be any
 * element.
 */
export function turnIn<T>(x: usize, first: usize, groups: i32, cols: i32, width: i32, lengths: usize): void {
  const apart = apartOf(width);
  const row = (<usize>cols) << alignof<T>();
  for (let group = first; groups > 0; --groups, group += apart, x += row * lanes<T>()) {
    if (!lengths) turnGroupIn<T>(x, group, row, width, false, false, 0);
    else {
      turnGroupIn<T>(x, group, row, width, false, true, lengths);
      lengths += 4 * lanes<T>();
    }
  }
}

/**
 * The same. Also stores in labelPlaces where the maxima are: the first vector of each row that has it, as an integer as
 * wide as T.
 */
export function turnInWithPlaces<T>(x: usize, first: usize, groups: i32, cols: i32): void {
  const apart = apartOf(cols);
  const row = (<usize>cols) << alignof<T>();
  for (let group = first; groups > 0; --groups, group += apart, x += row * lanes<T>()) {
    turnGroupIn<T>(x, group, row, cols, true, false, 0);
  }
}

/** `row` are the bytes from a row to the next. `withPlaces` and `withLengths` are compile-time constants. */
@inline
function turnGroupIn<T>(
  x0: usize,
  groupAt: usize,
  row: usize,
  cols: i32,
  withPlaces: bool,
  withLengths: bool,
  lengths: usize,
): void {
  const group = changetype<Group>(groupAt);
  let terms = termsOf(groupAt);
  // How many classes of each row are present from the next one on.
  let left = f64x2.splat(0);
  if (withLengths) left = sizeof<T>() == 4 ? v128.load(lengths) : i64x2.extend_low_i32x4_s(v128.load64_zero(lengths));
  let max = v128.splat<T>(<T>-Infinity);
  let places = f64x2.splat(0);
  let here = places;
  const x1 = x0 + row;
  if (sizeof<T>() == 8) {
    if (withPlaces) {
      for (const end = x0 + ((<usize>(cols & ~1)) << 3); x0 < end; x0 += 16, terms += 32) {
        const v = v128.load(x0);
        const w = v128.load(x0 + row);
        const p = i64x2.shuffle(v, w, 0, 2);
        const q = i64x2.shuffle(v, w, 1, 3);
        v128.store(terms, p);
        v128.store(terms, q, 16);
        const most = f64x2.pmax(p, q);
        places = v128.bitselect(here, places, f64x2.gt(most, max));
        max = f64x2.pmax(max, most);
        here = i64x2.add(here, i64x2.splat(1));
      }
      if (cols & 1) {
        const v = v128.load64_lane(x0 + row, v128.load64_zero(x0), 1);
        v128.store(terms, v);
        places = v128.bitselect(here, places, f64x2.gt(v, max));
        max = f64x2.pmax(max, v);
      }
      group.max = max;
      group.labelPlaces = places;
      return;
    }
    for (const end = x0 + ((<usize>cols) << 3); x0 < end; x0 += 8, terms += 16) {
      let v = v128.load64_lane(x0 + row, v128.load64_zero(x0), 1);
      if (withLengths) {
        v = presentIn<T>(v, left, 0);
        left = i64x2.sub(left, i64x2.splat(1));
      }
      v128.store(terms, v);
      max = f64x2.pmax(max, v);
    }
    group.max = max;
    return;
  }
  const x2 = x1 + row;
  const x3 = x2 + row;
  let at: usize = 0;
  for (const end = (<usize>(cols & ~3)) << 2; at < end; at += 16, terms += 64) {
    const a = v128.load(x0 + at);
    const b = v128.load(x1 + at);
    const c = v128.load(x2 + at);
    const d = v128.load(x3 + at);
    const ab = i32x4.shuffle(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
    const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const abLast = i32x4.shuffle(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
    const cdLast = i32x4.shuffle(c, d, 2, 6, 3, 7);
    let p = i64x2.shuffle(ab, cd, 0, 2);
    let q = i64x2.shuffle(ab, cd, 1, 3);
    let r = i64x2.shuffle(abLast, cdLast, 0, 2);
    let s = i64x2.shuffle(abLast, cdLast, 1, 3);
    if (withLengths) {
      p = presentIn<T>(p, left, 0);
      q = presentIn<T>(q, left, 1);
      r = presentIn<T>(r, left, 2);
      s = presentIn<T>(s, left, 3);
      left = i32x4.sub(left, i32x4.splat(4));
    }
    v128.store(terms, p);
    v128.store(terms, q, 16);
    v128.store(terms, r, 32);
    v128.store(terms, s, 48);
    const most = f32x4.pmax(f32x4.pmax(p, q), f32x4.pmax(r, s));
    if (withPlaces) {
      places = v128.bitselect(here, places, f32x4.gt(most, max));
      here = i32x4.add(here, i32x4.splat(1));
    }
    max = f32x4.pmax(max, most);
  }
  const maxOfWhole = max;
  if (cols & 2) {
    const ab = v128.load64_lane(x1 + at, v128.load64_zero(x0 + at), 1);
    const cd = v128.load64_lane(x3 + at, v128.load64_zero(x2 + at), 1);
    let p = i32x4.shuffle(ab, cd, 0, 2, 4, 6);
    let q = i32x4.shuffle(ab, cd, 1, 3, 5, 7);
    if (withLengths) {
      p = presentIn<T>(p, left, 0);
      q = presentIn<T>(q, left, 1);
      left = i32x4.sub(left, i32x4.splat(2));
    }
    v128.store(terms, p);
    v128.store(terms, q, 16);
    max = f32x4.pmax(max, f32x4.pmax(p, q));
    at += 8;
    terms += 32;
  }
  if (cols & 1) {
    const two = v128.load32_lane(x1 + at, v128.load32_zero(x0 + at), 1);
    let v = v128.load32_lane(x3 + at, v128.load32_lane(x2 + at, two, 2), 3);
    if (withLengths) v = presentIn<T>(v, left, 0);
    v128.store(terms, v);
    max = f32x4.pmax(max, v);
  }
  group.max = max;
  if (withPlaces) group.labelPlaces = v128.bitselect(here, places, f32x4.gt(max, maxOfWhole));
}

/** A class of a group's rows, −∞ in those that have no more than `behind` classes left. */
@inline
function presentIn<T>(v: v128, left: v128, behind: i32): v128 {
  const isPresent = sizeof<T>() == 4 ? i32x4.gt_s(left, i32x4.splat(behind)) : i64x2.gt_s(left, i64x2.splat(behind));
  return v128.bitselect(v, v128.splat<T>(<T>-Infinity), isPresent);
}

/** The exponentials in place of the logits; with `withMaxTerm` also that of the maximum. */
export function exponentials<T>(first: usize, groups: i32, cols: i32, withMaxTerm: bool): void {
  const apart = apartOf(cols);
  const withTau = isTempered();
  // In f32 one vector more costs less than the exponential of one alone.
  const count = cols + i32(sizeof<T>() == 4 && withMaxTerm);
  const log2e = withTau ? tempered(LOG2E) : constant<T>(0);
  const ln2Hi = constant<T>(1);
  const ln2Lo = constant<T>(2);
  const c2 = constant<T>(3);
  const c3 = constant<T>(4);
  const c4 = constant<T>(5);
  const c5 = constant<T>(6);
  const c6 = constant<T>(7);
  for (let at = first; groups > 0; --groups, at += apart) {
    const group = changetype<Group>(at);
    let terms = termsOf(at);
    const end = terms + ((<usize>cols) << 4);
    let max = group.max;
    const far = isFar<T>(max);
    if (v128.any_true(far) || hasUnit()) max = shift<T>(terms, cols, max, far);
    const k = exponentOf<T>(max, log2e);
    if (withMaxTerm && sizeof<T>() == 4) {
      v128.store(end, max);
      group.wideMaxTerm0 = expOfMax(reduced(half0<T>(max)), half0<T>(k));
      group.wideMaxTerm1 = expOfMax(reduced(half1<T>(max)), half1<T>(k));
    }
    if (withTau) expVectorsTempered<T>(terms, terms, count, k);
    else if (sizeof<T>() == 8) expVectors<T>(terms, terms, count, k);
    else {
      // Inlined, because calling a function for each group costs two classes 10 %.
      const magic = magicOf<T>(k);
      const limit = limitOf<T>(k, ln2<T>());
      let n = count;
      // prettier-ignore
      for (; n >= 2; n -= 2, terms += 32) {
        v128.store(terms, exp<T>(v128.load(terms), 0, false, false,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c2, c2, c2, c2, c2, c2, c2, c2));
        v128.store(terms, exp<T>(v128.load(terms, 16), 0, false, false,
          magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c2, c2, c2, c2, c2, c2, c2, c2), 16);
      }
      // prettier-ignore
      if (n) v128.store(terms, exp<T>(v128.load(terms), 0, false, false,
        magic, limit, log2e, ln2Hi, ln2Lo, c2, c3, c4, c5, c6, c2, c2, c2, c2, c2, c2, c2, c2));
    }
    if (withMaxTerm) {
      if (sizeof<T>() == 4) group.maxTerm = v128.load(end);
      else group.maxTerm = expVector<T>(max, k, at + offsetof<Group>("maxTermError"));
    }
    // What fills the last lanes of the sum.
    const zero = f64x2.splat(0);
    v128.store(end, zero);
    if (sizeof<T>() == 4) {
      v128.store(end, zero, 16);
      v128.store(end, zero, 32);
    }
  }
}

/** Subtracts maxima that are far from 0, and multiplies by UNIT. Returns the maxima after that. */
function shift<T>(terms: usize, cols: i32, max: v128, far: v128): v128 {
  const shifted = v128.and(max, far);
  const unit = hasUnit() ? tempered(UNIT) : v128.splat<T>(1);
  for (; cols > 0; --cols, terms += 16) {
    v128.store(terms, v128.mul<T>(v128.sub<T>(v128.load(terms), shifted), unit));
  }
  return v128.mul<T>(v128.andnot(max, far), unit);
}

/** The sum of a group's exponentials, in the one order of summation (README.md). */
@inline
export function sumTotal<T>(at: usize, cols: i32): void {
  const group = changetype<Group>(at);
  let terms = termsOf(at);
  const end = terms + ((<usize>cols) << 4);
  const start = beginning<T>();
  const zero = f64x2.splat(0);
  let a0 = start;
  let b0 = start;
  let a1 = zero;
  let b1 = zero;
  if (sizeof<T>() == 4) {
    let c0 = zero;
    let d0 = zero;
    let c1 = zero;
    let d1 = zero;
    for (; terms < end; terms += 64) {
      // Read in halves: no shuffle.
      a0 = f64x2.add(a0, f64x2.promote_low_f32x4(v128.load64_zero(terms)));
      a1 = f64x2.add(a1, f64x2.promote_low_f32x4(v128.load64_zero(terms, 8)));
      b0 = f64x2.add(b0, f64x2.promote_low_f32x4(v128.load64_zero(terms, 16)));
      b1 = f64x2.add(b1, f64x2.promote_low_f32x4(v128.load64_zero(terms, 24)));
      c0 = f64x2.add(c0, f64x2.promote_low_f32x4(v128.load64_zero(terms, 32)));
      c1 = f64x2.add(c1, f64x2.promote_low_f32x4(v128.load64_zero(terms, 40)));
      d0 = f64x2.add(d0, f64x2.promote_low_f32x4(v128.load64_zero(terms, 48)));
      d1 = f64x2.add(d1, f64x2.promote_low_f32x4(v128.load64_zero(terms, 56)));
    }
    group.total0 = f64x2.add(f64x2.add(a0, c0), f64x2.add(b0, d0));
    group.total1 = f64x2.add(f64x2.add(a1, c1), f64x2.add(b1, d1));
  } else {
    // a1 and b1 are the rounding errors of a0 and b0.
    for (; terms < end; terms += 32) {
      const a = v128.load(terms);
      const b = v128.load(terms, 16);
      const nextA = f64x2.add(a0, a);
      const nextB = f64x2.add(b0, b);
      a1 = withError(a0, a1, nextA, a);
      b1 = withError(b0, b1, nextB, b);
      a0 = nextA;
      b0 = nextB;
    }
    const a = f64x2.sub(a0, start);
    const b = f64x2.sub(b0, start);
    const sum = f64x2.add(a, b);
    const small = f64x2.add(finite(twoSumError(a, b)), f64x2.add(a1, b1));
    const total = f64x2.add(sum, small);
    group.total0 = total;
    group.totalError = finite(f64x2.add(f64x2.sub(sum, total), small));
  }
}

/** The totals of a batch, and the sums without the terms of the maxima (exponentials.ts, findSumOfOthers). */
export function sumOthers<T>(first: usize, groups: i32, cols: i32): void {
  const apart = apartOf(cols);
  for (let at = first; groups > 0; --groups, at += apart) {
    sumTotal<T>(at, cols);
    const group = changetype<Group>(at);
    const total0 = group.total0;
    const maxTerm0 = half0<T>(group.maxTerm);
    const others0 = f64x2.sub(total0, maxTerm0);
    group.sumOfOthers0 = others0;
    const dominates0 = dominates(others0, total0);
    if (sizeof<T>() == 8) {
      group.sumOfOthersError = f64x2.add(twoSumError(total0, f64x2.neg(maxTerm0)), group.totalError);
      if (v128.any_true(dominates0)) sumBelow<T>(at, cols, dominates0, dominates0);
    } else {
      const total1 = group.total1;
      const others1 = f64x2.sub(total1, half1<T>(group.maxTerm));
      group.sumOfOthers1 = others1;
      const dominates1 = dominates(others1, total1);
      if (v128.any_true(v128.or(dominates0, dominates1))) sumBelow<T>(at, cols, dominates0, dominates1);
    }
  }
}

/** Sums the exponentials below the term of the maximum, where it dominates. */
function sumBelow<T>(at: usize, cols: i32, dominates0: v128, dominates1: v128): void {
  const group = changetype<Group>(at);
  const limit = group.maxTerm;
  let terms = termsOf(at);
  const end = terms + ((<usize>cols) << 4);
  const zero = f64x2.splat(0);
  let a0 = zero;
  let b0 = zero;
  let a1 = zero;
  let b1 = zero;
  if (sizeof<T>() == 4) {
    let c0 = zero;
    let d0 = zero;
    let c1 = zero;
    let d1 = zero;
    for (; terms < end; terms += 64) {
      const e = below<T>(v128.load(terms), limit);
      a0 = f64x2.add(a0, half0<T>(e));
      a1 = f64x2.add(a1, half1<T>(e));
      const f = below<T>(v128.load(terms, 16), limit);
      b0 = f64x2.add(b0, half0<T>(f));
      b1 = f64x2.add(b1, half1<T>(f));
      const g = below<T>(v128.load(terms, 32), limit);
      c0 = f64x2.add(c0, half0<T>(g));
      c1 = f64x2.add(c1, half1<T>(g));
      const h = below<T>(v128.load(terms, 48), limit);
      d0 = f64x2.add(d0, half0<T>(h));
      d1 = f64x2.add(d1, half1<T>(h));
    }
    const others0 = f64x2.add(f64x2.add(a0, c0), f64x2.add(b0, d0));
    const others1 = f64x2.add(f64x2.add(a1, c1), f64x2.add(b1, d1));
    group.sumOfOthers0 = v128.bitselect(others0, group.sumOfOthers0, dominates0);
    group.sumOfOthers1 = v128.bitselect(others1, group.sumOfOthers1, dominates1);
  } else {
    for (; terms < end; terms += 32) {
      const a = below<T>(v128.load(terms), limit);
      const b = below<T>(v128.load(terms, 16), limit);
      a1 = f64x2.add(a1, twoSumError(a0, a));
      b1 = f64x2.add(b1, twoSumError(b0, b));
      a0 = f64x2.add(a0, a);
      b0 = f64x2.add(b0, b);
    }
    const sum = f64x2.add(a0, b0);
    const small = f64x2.add(finite(twoSumError(a0, b0)), f64x2.add(a1, b1));
    const others = f64x2.add(sum, small);
    const error = finite(f64x2.add(f64x2.sub(sum, others), small));
    group.sumOfOthers0 = v128.bitselect(others, group.sumOfOthers0, dominates0);
    group.sumOfOthersError = v128.bitselect(error, group.sumOfOthersError, dominates0);
  }
}

/** Lanes to the first `width` classes of rows, times the factors; out is the first row's first element. */
export function turnOut<T>(out: usize, first: usize, groups: i32, cols: i32, width: i32): void {
  const apart = apartOf(width);
  const row = (<usize>cols) << alignof<T>();
  for (let group = first; groups > 0; --groups, group += apart, out += row * lanes<T>()) {
    turnGroupOut<T>(termsOf(group), out, row, width, changetype<Group>(group).factor);
  }
}


@inline
function turnGroupOut<T>(terms: usize, out0: usize, row: usize, cols: i32, factor: v128): void {
  const out1 = out0 + row;
  if (sizeof<T>() == 8) {
    for (const end = out0 + ((<usize>cols) << 3); out0 < end; out0 += 8, terms += 16) {
      const v = f64x2.mul(v128.load(terms), factor);
      v128.store64_lane(out0, v, 0);
      v128.store64_lane(out0 + row, v, 1);
    }
    return;
  }
  const out2 = out1 + row;
  const out3 = out2 + row;
  let at: usize = 0;
  for (const end = (<usize>(cols & ~3)) << 2; at < end; at += 16, terms += 64) {
    const a = f32x4.mul(v128.load(terms), factor);
    const b = f32x4.mul(v128.load(terms, 16), factor);
    const c = f32x4.mul(v128.load(terms, 32), factor);
    const d = f32x4.mul(v128.load(terms, 48), factor);
    const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const abLast = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cdLast = i32x4.shuffle(c, d, 2, 6, 3, 7);
    v128.store(out0 + at, i64x2.shuffle(ab, cd, 0, 2));
    v128.store(out1 + at, i64x2.shuffle(ab, cd, 1, 3));
    v128.store(out2 + at, i64x2.shuffle(abLast, cdLast, 0, 2));
    v128.store(out3 + at, i64x2.shuffle(abLast, cdLast, 1, 3));
  }
  if (cols & 2) {
    const a = f32x4.mul(v128.load(terms), factor);
    const b = f32x4.mul(v128.load(terms, 16), factor);
    const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const abLast = i32x4.shuffle(a, b, 2, 6, 3, 7);
    v128.store64_lane(out0 + at, ab, 0);
    v128.store64_lane(out1 + at, ab, 1);
    v128.store64_lane(out2 + at, abLast, 0);
    v128.store64_lane(out3 + at, abLast, 1);
    at += 8;
    terms += 32;
  }
  if (cols & 1) {
    const v = f32x4.mul(v128.load(terms), factor);
    v128.store32_lane(out0 + at, v, 0);
    v128.store32_lane(out1 + at, v, 1);
    v128.store32_lane(out2 + at, v, 2);
    v128.store32_lane(out3 + at, v, 3);
  }
}
