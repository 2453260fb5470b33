import {
  COLS,
  PARTS,
  PART_CLASS,
  PART_DISTANCE,
  PART_DISTANCE_ERROR,
  PART_LENGTH,
  PART_MASS,
  PART_MAX,
  PART_OTHERS,
  PART_OTHERS_ERROR,
  PART_SPREAD,
  SCRATCH,
  SMOOTHED_TARGETS,
  TEMPERATURE,
  WITH_ENTROPY,
  X,
} from "../abi";
import { apartOf, exponentials, Group, groupsOf, rowsInBatches, sumOthers, termsOf, turnIn } from "../batch";
import { address, count, number } from "../call";
import { quotientError } from "../errorFree";
import {
  findMaxTerm,
  findSumOfOthers,
  maxTerm,
  maxTermError,
  storeExponentials,
  sumOfOthers0,
  sumOfOthers1,
  sumOfOthersError,
  total0,
  total1,
  wideMaxTerm0,
  wideMaxTerm1,
} from "../exponentials";
import { begin, lanesArePositions, next, offset, position, positions, secondHalf, step } from "../groups";
import { half0, half1, hmax, lanes, loadTail } from "../lanes";
import { smoothedInGroup } from "../loss";
import { sumOfDistances, sumOfF64, sumOfTermDistances } from "../reductions";
import { sum0, sum1, sumError } from "../sum";
import { overDivisor, overTermDivisor, overTermDivisorError, useTemperature } from "../temperature";
import { toScratch } from "../scratch";

/**
 * PARTS = what is known of each position when its other classes lie elsewhere (abi.ts): the maximum, its class, and the sum of
 * the other exponentials relative to that of the maximum, of logits over TEMPERATURE.
 *
 * The passes are those of logSumExp, and the quotient is the one that it takes the logarithm of.
 */
export function partial<T>(call: usize): void {
  const x = address(call, X);
  const parts = address(call, PARTS);
  const scratch = address(call, SCRATCH);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const withEntropy = count(call, WITH_ENTROPY) != 0;
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const rows = smoothed || withEntropy ? 0 : rowsInBatches<T>(call);
  if (rows) partsOfBatches<T>(x, parts, scratch, rows, cols);
  begin<T>(call, rows);
  for (let field = PART_DISTANCE; field < PART_LENGTH; ++field) setField(field, f64x2.splat(0), f64x2.splat(0));
  while (next()) {
    let from = x + offset;
    let exponentials = scratch;
    let max: v128;
    let classes: v128;
    if (lanesArePositions) {
      max = toScratch<T>(from, scratch, cols);
      from = scratch;
      exponentials = secondHalf(scratch);
      classes = classesOf<T>(from, cols, max);
    } else {
      classes = classOfMax<T>(from, cols);
      max = v128.splat<T>(<T>rowMax);
    }
    const smoothedHere = smoothedInGroup<T>(smoothed);
    if (smoothedHere) {
      const stepF64 = step * (8 / sizeof<T>());
      sumOfDistances<T>(from, max, smoothedHere, stepF64);
      setField(PART_SPREAD, overDivisor<T>(sum0), overDivisor<T>(sum1));
      sumOfF64<T>(smoothedHere, stepF64);
      setField(PART_MASS, sum0, sum1);
    }
    storeExponentials<T>(from, exponentials, max, true);
    if (sizeof<T>() == 8 || !lanesArePositions) findMaxTerm<T>();
    findSumOfOthers<T>(exponentials);
    const wide1 = lanesArePositions ? wideMaxTerm1 : wideMaxTerm0;
    setPart<T>(
      max,
      classes,
      sumOfOthers0,
      lanesArePositions ? sumOfOthers1 : sumOfOthers0,
      sumOfOthersError,
      sizeof<T>() == 4 ? wideMaxTerm0 : maxTerm,
      wide1,
      maxTermError,
    );
    if (withEntropy) {
      sumOfTermDistances<T>(from, max, exponentials);
      const distance0 = overTermDivisor<T>(sum0);
      if (sizeof<T>() == 8) {
        const error = overTermDivisorError(sum0, sumError, distance0);
        const mean = f64x2.div(distance0, maxTerm);
        setField(PART_DISTANCE, mean, mean);
        const meanError = quotientError(distance0, error, mean, maxTerm, maxTermError);
        setField(PART_DISTANCE_ERROR, meanError, meanError);
      } else {
        setField(PART_DISTANCE, f64x2.div(distance0, wideMaxTerm0), f64x2.div(overTermDivisor<T>(sum1), wide1));
      }
    }
    const to = parts + <usize>position * PART_LENGTH * 8;
    const apart: usize = lanesArePositions ? 16 : sizeof<T>();
    storeParts<T>(to, positions, total0, lanesArePositions ? total1 : total0, from, apart, sizeof<T>(), cols);
  }
}

function partsOfBatches<T>(x: usize, parts: usize, scratch: usize, rows: i32, cols: i32): void {
  const most = groupsOf(cols);
  const apart = apartOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  for (let field = PART_DISTANCE; field < PART_LENGTH; ++field) setField(field, f64x2.splat(0), f64x2.splat(0));
  for (let left = rows / lanes<T>(); left > 0; left -= most) {
    const groups = min(left, most);
    turnIn<T>(x, scratch, groups, cols);
    for (let at = scratch, n = groups; n > 0; --n, at += apart) {
      const group = changetype<Group>(at);
      group.labelPlaces = classesOf<T>(termsOf(at), cols, group.max);
    }
    exponentials<T>(scratch, groups, cols, true);
    sumOthers<T>(scratch, groups, cols);
    for (let at = scratch, n = groups; n > 0; --n, at += apart) {
      const group = changetype<Group>(at);
      setPart<T>(
        group.max,
        group.labelPlaces,
        group.sumOfOthers0,
        group.sumOfOthers1,
        group.sumOfOthersError,
        sizeof<T>() == 4 ? group.wideMaxTerm0 : group.maxTerm,
        group.wideMaxTerm1,
        group.maxTermError,
      );
      storeParts<T>(parts, lanes<T>(), group.total0, group.total1, x, sizeof<T>(), rowBytes, cols);
      x += rowBytes * lanes<T>();
      parts += <usize>lanes<T>() * PART_LENGTH * 8;
    }
  }
}

/** Classes whose maximum is found at once: the class of the row's is then looked for among so many. */
const BLOCK = 1024;

/** The maximum that `classOfMax` found, in f64. */
let rowMax: f64 = 0;

/** Finds the maximum of a row, without its NaNs, and gives its class, the lowest of equals, as an integer as wide as T. */
function classOfMax<T>(x: usize, cols: i32): v128 {
  let max: T = -Infinity;
  let first = 0;
  for (let c = 0; c < cols; c += BLOCK) {
    const largest = maxOfSome<T>(x + ((<usize>c) << alignof<T>()), min(BLOCK, cols - c));
    if (largest <= max) continue;
    max = largest;
    first = c;
  }
  rowMax = <f64>max;
  let at = x + ((<usize>first) << alignof<T>());
  const end = x + ((<usize>cols) << alignof<T>());
  const all = v128.splat<T>(max);
  while (at + 64 <= end) {
    const ab = v128.or(v128.eq<T>(v128.load(at), all), v128.eq<T>(v128.load(at, 16), all));
    const cd = v128.or(v128.eq<T>(v128.load(at, 32), all), v128.eq<T>(v128.load(at, 48), all));
    if (v128.any_true(v128.or(ab, cd))) break;
    at += 64;
  }
  // A row of NaN alone has no such class.
  while (at < end - sizeof<T>() && load<T>(at) != max) at += sizeof<T>();
  const c = <i32>((at - x) >> alignof<T>());
  return sizeof<T>() == 4 ? i32x4.splat(c) : i64x2.splat(c);
}

/** The largest of n elements, without NaNs. */
@inline
function maxOfSome<T>(x: usize, n: i32): T {
  let a = v128.splat<T>(<T>-Infinity);
  let b = a;
  let c = a;
  let d = a;
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>(), x += 64) {
    a = v128.pmax<T>(a, v128.load(x));
    b = v128.pmax<T>(b, v128.load(x, 16));
    c = v128.pmax<T>(c, v128.load(x, 32));
    d = v128.pmax<T>(d, v128.load(x, 48));
  }
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16) a = v128.pmax<T>(a, v128.load(x));
  if (n) b = v128.pmax<T>(b, loadTail<T>(x, n, <T>-Infinity));
  return hmax<T>(v128.pmax<T>(v128.pmax<T>(a, b), v128.pmax<T>(c, d)));
}

/** The classes of the maxima of adjacent vectors, one position a lane, as integers as wide as T: the lowest of equals. */
function classesOf<T>(x: usize, cols: i32, max: v128): v128 {
  const one = sizeof<T>() == 4 ? i32x4.splat(1) : i64x2.splat(1);
  let c = sizeof<T>() == 4 ? i32x4.splat(cols) : i64x2.splat(cols);
  let classes = f64x2.splat(0);
  for (let at = x + ((<usize>cols) << 4); at > x;) {
    at -= 16;
    c = sizeof<T>() == 4 ? i32x4.sub(c, one) : i64x2.sub(c, one);
    classes = v128.bitselect(c, classes, v128.eq<T>(v128.load(at), max));
  }
  return classes;
}

// The group's parts: of each field two vectors of f64, for positions 0 and 1, and 2 and 3.
const FIELDS = memory.data(256, 16);


@inline
function setField(field: i32, value0: v128, value1: v128): void {
  const at = FIELDS + ((<usize>field) << 5);
  v128.store(at, value0);
  v128.store(at, value1, 16);
}

/** Sets the fields that every part has. `othersError` and `maxTermError` are of f64 alone. */
function setPart<T>(
  max: v128,
  classes: v128,
  others0: v128,
  others1: v128,
  othersError: v128,
  maxTerm0: v128,
  maxTerm1: v128,
  maxTermError: v128,
): void {
  setField(PART_MAX, half0<T>(max), sizeof<T>() == 4 ? half1<T>(max) : max);
  const ratio = f64x2.div(others0, maxTerm0);
  if (sizeof<T>() == 4) {
    setField(PART_OTHERS, ratio, f64x2.div(others1, maxTerm1));
    setField(PART_OTHERS_ERROR, f64x2.splat(0), f64x2.splat(0));
    const last = i32x4.shuffle(classes, classes, 2, 3, 2, 3);
    setField(PART_CLASS, f64x2.convert_low_i32x4_s(classes), f64x2.convert_low_i32x4_s(last));
  } else {
    setField(PART_OTHERS, ratio, ratio);
    const error = quotientError(others0, othersError, ratio, maxTerm0, maxTermError);
    setField(PART_OTHERS_ERROR, error, error);
    const both = f64x2.convert_low_i32x4_s(i32x4.shuffle(classes, classes, 0, 2, 0, 2));
    setField(PART_CLASS, both, both);
  }
}

/**
 * Stores the parts of `count` positions, the fields' lanes. A position whose sum is NaN has a NaN or no finite maximum: of it the
 * logits decide, `apart` bytes from each other, those of the next position after `between`.
 */
function storeParts<T>(
  to: usize,
  count: i32,
  total0: v128,
  total1: v128,
  x: usize,
  apart: usize,
  between: usize,
  cols: i32,
): void {
  for (let lane = 0; lane < count; ++lane) {
    const from = FIELDS + ((<usize>lane) << 3);
    for (let field = 0; field < PART_LENGTH; ++field) {
      store<f64>(to + ((<usize>field) << 3), load<f64>(from + ((<usize>field) << 5)));
    }
    const total = lane < 2 ? total0 : total1;
    const sum = lane & 1 ? f64x2.extract_lane(total, 1) : f64x2.extract_lane(total, 0);
    if (sum != sum) settle<T>(to, x, apart, cols);
    to += PART_LENGTH * 8;
    x += between;
  }
}

/** The maximum and its class as argmax has them, and nothing else: of the first NaN, or of the first +∞. */
function settle<T>(to: usize, x: usize, apart: usize, cols: i32): void {
  let max: T = -Infinity;
  let at = 0;
  for (let c = 0; c < cols; ++c, x += apart) {
    const value = load<T>(x);
    if (value <= max) continue;
    max = value;
    at = c;
    if (value != value) break;
  }
  store<f64>(to, max == max ? <f64>max : NaN, PART_MAX * 8);
  store<f64>(to, 0, PART_OTHERS * 8);
  store<f64>(to, 0, PART_OTHERS_ERROR * 8);
  store<f64>(to, at, PART_CLASS * 8);
  store<f64>(to, 0, PART_DISTANCE * 8);
  store<f64>(to, 0, PART_DISTANCE_ERROR * 8);
  store<f64>(to, 0, PART_SPREAD * 8);
}
