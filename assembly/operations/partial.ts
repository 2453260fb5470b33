import { COLS, OFFSET, PARTS, SCRATCH, SMOOTHED_TARGETS, TEMPERATURE, WITH_ENTROPY, X } from "../abi";
import { apartOf, exponentials, groupsOf, rowsInBatches, sumOthers, termsOf, turnIn, turnInWithPlaces } from "../batch";
import { address, count, number } from "../call";
import { quotientError } from "../errorFree";
import { findMaxTerm, findSumOfOthers, storeExponentials } from "../exponentials";
import { Group } from "../group";
import { begin, next } from "../groups";
import { half0, half1, hmax, lanes, loadTail } from "../lanes";
import { smoothedInGroup } from "../loss";
import { sumOfDistances, sumOfF64, sumOfTermDistances } from "../reductions";
import {
  CLASS,
  FINITE,
  HAS_ENTROPY,
  HAS_SMOOTHING,
  INFINITE,
  LOWEST,
  MASS,
  NOT_A_NUMBER,
  STATE_LENGTH,
} from "../state";
import { overDivisor, overTermDivisor, overTermDivisorError, useTemperature } from "../temperature";
import { toScratch } from "../scratch";

const STATE_BYTES: usize = STATE_LENGTH * 8;

/**
 * PARTS = the state of each position (state.ts) as far as the logits make it, of logits over TEMPERATURE: there is no label, and
 * the infinite SPREAD of a position is not flagged. Classes are counted from OFFSET.
 *
 * The passes are those of logSumExp, and the quotient is the one that it takes the logarithm of.
 */
export function partial<T>(call: usize): void {
  const x = address(call, X);
  const states = address(call, PARTS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const withEntropy = count(call, WITH_ENTROPY) != 0;
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  const features = featuresOf(call);
  const flags = f64x2.splat(<f64>(FINITE | features));
  const classOffset = <f64>count(call, OFFSET);
  const ofAll = temperatureAndCount(call);
  const rows = features ? 0 : rowsInBatches<T>(call);
  if (rows) statesOfBatches<T>(call, rows);
  const zero = f64x2.splat(0);
  let distance0 = zero;
  let distance1 = zero;
  let distanceError = zero;
  let spread0 = zero;
  let spread1 = zero;
  let mass0 = zero;
  let mass1 = zero;
  const group = begin<T>(call, rows);
  while (next(group)) {
    const lanesArePositions = group.lanesArePositions;
    const positions = group.positions;
    let from = x + group.offset;
    let exponentials = group.terms;
    let max: v128;
    let classes: v128;
    if (lanesArePositions) {
      from = exponentials;
      max = toScratch<T>(group, x + group.offset, from);
      exponentials = group.secondHalf;
      classes = classesOf<T>(from, cols, max);
    } else {
      classes = classOfMax<T>(group, from, cols);
      max = group.max;
    }
    const smoothedHere = smoothedInGroup<T>(group, smoothed);
    if (smoothedHere) {
      const stepF64 = group.step * (8 / sizeof<T>());
      sumOfDistances<T>(group, from, max, smoothedHere, stepF64);
      spread0 = overDivisor<T>(group.sum0);
      spread1 = overDivisor<T>(group.sum1);
      sumOfF64<T>(group, smoothedHere, stepF64);
      mass0 = group.sum0;
      mass1 = group.sum1;
    }
    storeExponentials<T>(group, from, exponentials, max, true);
    if (sizeof<T>() == 8 || !lanesArePositions) findMaxTerm<T>(group);
    findSumOfOthers<T>(group, exponentials);
    const term0 = sizeof<T>() == 4 ? group.wideMaxTerm0 : group.maxTerm;
    const term1 = group.wideMaxTerm1;
    const termError = group.maxTermError;
    const others0 = group.sumOfOthers0;
    const others1 = group.sumOfOthers1;
    const othersError = group.sumOfOthersError;
    if (withEntropy) {
      sumOfTermDistances<T>(group, from, max, exponentials);
      const far = overTermDivisor<T>(group.sum0);
      distance0 = f64x2.div(far, term0);
      if (sizeof<T>() == 4) distance1 = f64x2.div(overTermDivisor<T>(group.sum1), term1);
      else {
        const error = overTermDivisorError(group.sum0, group.sumError, far);
        distanceError = f64x2.add(quotientError(far, error, distance0, term0, termError), zero);
      }
    }
    const to = states + <usize>group.position * STATE_BYTES;
    const ratio = f64x2.div(others0, term0);
    const error = sizeof<T>() == 8 ? quotientError(others0, othersError, ratio, term0, termError) : zero;
    const max0 = half0<T>(max);
    storeTwo(
      to,
      positions,
      max0,
      ratio,
      error,
      classes0<T>(classes, classOffset),
      ofAll,
      flags,
      distance0,
      distanceError,
      spread0,
      mass0,
    );
    if (sizeof<T>() == 4 && positions > 2) {
      storeTwo(
        to + 2 * STATE_BYTES,
        positions - 2,
        half1<T>(max),
        f64x2.div(others1, term1),
        zero,
        classes0<T>(i32x4.shuffle(classes, classes, 2, 3, 2, 3), classOffset),
        ofAll,
        flags,
        distance1,
        zero,
        spread1,
        mass1,
      );
    }
    const apart: usize = lanesArePositions ? 16 : sizeof<T>();
    for (let lane = 0; lane < positions; ++lane) {
      const total = sizeof<T>() == 8 || lane < 2 ? group.total0 : group.total1;
      const sum = lane & 1 ? f64x2.extract_lane(total, 1) : f64x2.extract_lane(total, 0);
      if (sum != sum) settle<T>(call, to + lane * STATE_BYTES, from + lane * sizeof<T>(), apart, cols);
    }
  }
}

const TOTALS = offsetof<Group>("total0");
const PLACES = offsetof<Group>("labelPlaces");

function statesOfBatches<T>(call: usize, rows: i32): void {
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  const classOffset = <f64>count(call, OFFSET);
  const ofAll = temperatureAndCount(call);
  let x = address(call, X);
  let states = address(call, PARTS);
  const most = groupsOf(cols);
  const apart = apartOf(cols);
  const rowBytes = (<usize>cols) << alignof<T>();
  const isFew = cols < FEW;
  // The last vector of a row may begin before its place.
  const last = <i32>rowBytes - 16;
  for (let left = rows / lanes<T>(); left > 0; left -= most) {
    const groups = min(left, most);
    if (isFew) {
      turnIn<T>(x, scratch, groups, cols, cols, 0);
      for (let at = scratch, n = groups; n > 0; --n, at += apart) {
        const group = changetype<Group>(at);
        group.labelPlaces = classesOf<T>(termsOf(at), cols, group.max);
      }
    } else turnInWithPlaces<T>(x, scratch, groups, cols);
    exponentials<T>(scratch, groups, cols, true);
    sumOthers<T>(scratch, groups, cols);
    for (let at = scratch, n = groups; n > 0; --n, at += apart) {
      const group = changetype<Group>(at);
      const max = group.max;
      const others = group.sumOfOthers0;
      if (sizeof<T>() == 4) {
        const zero = f64x2.splat(0);
        storeTwoOfLogits(states, half0<T>(max), f64x2.div(others, group.wideMaxTerm0), zero, ofAll);
        const ratio = f64x2.div(group.sumOfOthers1, group.wideMaxTerm1);
        storeTwoOfLogits(states + 2 * STATE_BYTES, half1<T>(max), ratio, zero, ofAll);
      } else {
        const term = group.maxTerm;
        const ratio = f64x2.div(others, term);
        const error = quotientError(others, group.sumOfOthersError, ratio, term, group.maxTermError);
        storeTwoOfLogits(states, max, ratio, error, ofAll);
      }
      for (let lane: usize = 0; lane < <usize>lanes<T>(); ++lane, x += rowBytes, states += STATE_BYTES) {
        const total = load<f64>(at + (lane << 3), TOTALS);
        if (total == total) {
          let c = load<i32>(at + (lane << alignof<T>()), PLACES);
          if (!isFew) c = classIn<T>(x, min(c << 4, last), load<T>(at + (lane << alignof<T>())));
          store<f64>(states, <f64>c + classOffset, CLASS * 8);
        } else settle<T>(call, states, x, sizeof<T>(), cols);
      }
    }
  }
}

/** Of so few classes the maximum's is looked for among all, and not in the vector where it was found. */
const FEW = 4;

/**
 * The class of the maximum, the lowest of equal ones, in the vector at an offset in bytes from the beginning of a row.
 */
@inline
function classIn<T>(row: usize, at: i32, max: T): i32 {
  const equal = v128.eq<T>(v128.load(row + at), v128.splat<T>(max));
  return (at >> (<i32>alignof<T>())) + ctz(sizeof<T>() == 4 ? i32x4.bitmask(equal) : i64x2.bitmask(equal));
}

/** How many vectors have their maximum found at once. The class of the row's maximum is then looked for among these. */
const BLOCK = 16;
const BLOCK_BYTES: usize = BLOCK * 16;

/**
 * Finds the maximum of a row, for the group, and returns its class, the lowest of equal ones, as an integer as wide as
 * T. For a row with NaN, both may be those of any element.
 */
function classOfMax<T>(group: Group, x: usize, cols: i32): v128 {
  const perBlock = BLOCK * lanes<T>();
  const low = v128.splat<T>(<T>-Infinity);
  let max = low;
  // The block of each lane's maximum: the branch of a comparison would be mispredicted a few times per row.
  let blocks = f64x2.splat(0);
  let here = blocks;
  let at = x;
  let left = cols;
  for (; left >= perBlock; left -= perBlock, at += BLOCK_BYTES) {
    const most = v128.pmax<T>(
      v128.pmax<T>(maxOfFour<T>(at), maxOfFour<T>(at + 64)),
      v128.pmax<T>(maxOfFour<T>(at + 128), maxOfFour<T>(at + 192)),
    );
    blocks = v128.bitselect(here, blocks, v128.gt<T>(most, max));
    max = v128.pmax<T>(max, most);
    here = sizeof<T>() == 4 ? i32x4.add(here, i32x4.splat(1)) : i64x2.add(here, i64x2.splat(1));
  }
  let last = low;
  for (; left >= lanes<T>(); left -= lanes<T>(), at += 16) last = v128.pmax<T>(last, v128.load(at));
  if (left) last = v128.pmax<T>(last, loadTail<T>(at, left, <T>-Infinity));
  blocks = v128.bitselect(here, blocks, v128.gt<T>(last, max));
  max = v128.pmax<T>(max, last);
  const largest = hmax<T>(max);
  const all = v128.splat<T>(largest);
  group.max = all;
  at = x + <usize>lowest<T>(v128.bitselect(blocks, i8x16.splat(0x7f), v128.eq<T>(max, all))) * BLOCK_BYTES;
  const end = x + ((<usize>cols) << alignof<T>());
  while (at + 64 <= end) {
    const ab = v128.or(v128.eq<T>(v128.load(at), all), v128.eq<T>(v128.load(at, 16), all));
    const cd = v128.or(v128.eq<T>(v128.load(at, 32), all), v128.eq<T>(v128.load(at, 48), all));
    if (v128.any_true(v128.or(ab, cd))) break;
    at += 64;
  }
  // A row with NaN may have no such class.
  while (at < end - sizeof<T>() && load<T>(at) != largest) at += sizeof<T>();
  const c = <i32>((at - x) >> alignof<T>());
  return sizeof<T>() == 4 ? i32x4.splat(c) : i64x2.splat(c);
}


@inline
function maxOfFour<T>(at: usize): v128 {
  const a = v128.pmax<T>(v128.load(at), v128.load(at, 16));
  return v128.pmax<T>(a, v128.pmax<T>(v128.load(at, 32), v128.load(at, 48)));
}

/** The lowest of a few integers as wide as T, in [0, 2^31). */
@inline
function lowest<T>(v: v128): i32 {
  if (sizeof<T>() == 8) return min(<i32>i64x2.extract_lane(v, 0), <i32>i64x2.extract_lane(v, 1));
  const two = i32x4.min_s(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return min(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
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

/** Integers as wide as T as f64, counted from OFFSET: of positions 0 and 1. */
@inline
function classes0<T>(classes: v128, classOffset: f64): v128 {
  const two = sizeof<T>() == 4 ? classes : i32x4.shuffle(classes, classes, 0, 2, 0, 2);
  return f64x2.add(f64x2.convert_low_i32x4_s(two), f64x2.splat(classOffset));
}

/** The flags of what the call asks for. */
@inline
function featuresOf(call: usize): i32 {
  const ofEntropy = count(call, WITH_ENTROPY) ? HAS_ENTROPY : 0;
  return address(call, SMOOTHED_TARGETS) ? ofEntropy | HAS_SMOOTHING : ofEntropy;
}

/** Two fields that all states of a call have. */
@inline
function temperatureAndCount(call: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(<f64>count(call, COLS)), 0, number(call, TEMPERATURE));
}

/**
 * Stores the states of two adjacent positions without entropy and smoothing, except for their classes; otherwise like
 * `storeTwo`.
 */
@inline
function storeTwoOfLogits(to: usize, max: v128, others: v128, othersError: v128, ofAll: v128): void {
  const zero = f64x2.splat(0);
  const flags = f64x2.replace_lane(zero, 0, FINITE);
  max = f64x2.add(max, zero);
  othersError = f64x2.add(othersError, zero);
  storeState(to, i64x2.shuffle(max, others, 0, 2), i64x2.shuffle(othersError, zero, 0, 2), ofAll, flags, zero, zero);
  const next = to + STATE_BYTES;
  storeState(next, i64x2.shuffle(max, others, 1, 3), i64x2.shuffle(othersError, zero, 1, 3), ofAll, flags, zero, zero);
}

/** Stores the states of `count` adjacent positions, two at most. All but the maximum and errors are known not to be −0. */
function storeTwo(
  to: usize,
  count: i32,
  max: v128,
  others: v128,
  othersError: v128,
  classes: v128,
  ofAll: v128,
  flags: v128,
  distance: v128,
  distanceError: v128,
  spread: v128,
  mass: v128,
): void {
  const zero = f64x2.splat(0);
  max = f64x2.add(max, zero);
  othersError = f64x2.add(othersError, zero);
  storeState(
    to,
    i64x2.shuffle(max, others, 0, 2),
    i64x2.shuffle(othersError, classes, 0, 2),
    ofAll,
    i64x2.shuffle(flags, distance, 0, 2),
    i64x2.shuffle(distanceError, spread, 0, 2),
    i64x2.shuffle(zero, mass, 0, 2),
  );
  if (count == 1) return;
  storeState(
    to + STATE_BYTES,
    i64x2.shuffle(max, others, 1, 3),
    i64x2.shuffle(othersError, classes, 1, 3),
    ofAll,
    i64x2.shuffle(flags, distance, 1, 3),
    i64x2.shuffle(distanceError, spread, 1, 3),
    i64x2.shuffle(zero, mass, 1, 3),
  );
}

/** Stores a state, two fields per vector in their order (state.ts); those of the label are 0. */
@inline
function storeState(to: usize, first: v128, second: v128, fourth: v128, fifth: v128, sixth: v128, seventh: v128): void {
  v128.store(to, first);
  v128.store(to, second, 16);
  v128.store(to, f64x2.splat(0), 32);
  v128.store(to, fourth, 48);
  v128.store(to, fifth, 64);
  v128.store(to, sixth, 80);
  v128.store(to, seventh, 96);
  store<f64>(to, 0, 112);
}

/**
 * A position whose sum is NaN has a NaN or no finite maximum: its logits, `apart` bytes from each other, give the kind and the
 * class of the maximum, as argmax has it: of the first NaN, or of the first +∞.
 */
function settle<T>(call: usize, to: usize, x: usize, apart: usize, cols: i32): void {
  let max: T = -Infinity;
  let at = 0;
  for (let c = 0; c < cols; ++c, x += apart) {
    const value = load<T>(x);
    if (value <= max) continue;
    max = value;
    at = c;
    if (value != value) break;
  }
  const kind = max != max ? NOT_A_NUMBER : max == -Infinity ? LOWEST : INFINITE;
  const zero = f64x2.splat(0);
  const c = <f64>at + <f64>count(call, OFFSET);
  const flags = f64x2.replace_lane(zero, 0, <f64>(kind | featuresOf(call)));
  const mass = f64x2.replace_lane(zero, 1, load<f64>(to, MASS * 8));
  storeState(to, zero, f64x2.replace_lane(zero, 1, c), temperatureAndCount(call), flags, zero, mass);
}
