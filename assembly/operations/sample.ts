import {
  BINS_BYTES,
  COLS,
  DRAWN,
  INDICES,
  K,
  MIN_P,
  NO_TOKEN,
  RANDOM,
  ROWS,
  SCRATCH,
  SORTED,
  TEMPERATURE,
  TOP_P,
  VALUES,
  X,
} from "../abi";
import { address, count, number } from "../call";
import { subtract, subtractTempered } from "../elementwise";
import {
  findLogSum,
  findMaxTerm,
  logSum0,
  logSum1,
  maxTerm,
  storeExponentials,
  sumFrom,
  total0,
} from "../exponentials";
import { useRow } from "../groups";
import { half0, half1, lanes, narrow } from "../lanes";
import { maxOf } from "../max";
import { at, entry, isSorted, listLargest, setEntry, sortIndices, sortList } from "../order";
import { isTempered, power, useTemperature } from "../temperature";
import { argmaxOfRow } from "./argmax";
import { rowBytes } from "./topK";

/**
 * INDICES = a class of each row, drawn with its number u of RANDOM from the softmax of the logits over TEMPERATURE after
 * all but some classes have been left out, and VALUES the logarithm of its probability then: what logSoftmax gives, bit by
 * bit, for the row with −∞ in place of the classes left out. INNER is 1.
 *
 *   1. K > 0 keeps the K first classes in the order of order.ts
 *   2. TOP_P < 1 keeps the shortest beginning, in that order, of what is left, whose exponentials add up to TOP_P of all
 *   3. MIN_P > 0 keeps exponentials of at least MIN_P times the largest
 *   4. the class is the first whose running sum, in the order of the classes and in f64, is above u times the sum of all
 *
 * TEMPERATURE = 0 is the argmax, with value 0. A row with NaN or +∞, or with nothing but −∞, gives NO_TOKEN and NaN.
 */
export function sample<T>(call: usize): void {
  const x = address(call, X);
  const rows = count(call, ROWS);
  const cols = count(call, COLS);
  const k = count(call, K);
  const temperature = number(call, TEMPERATURE);
  const topP = number(call, TOP_P);
  const minP = number(call, MIN_P);
  const values = address(call, VALUES);
  const indices = address(call, INDICES);
  const random = address(call, RANDOM);
  const bins = address(call, SCRATCH);
  const exponentials = bins + BINS_BYTES;
  const kept = exponentials + rowBytes<T>(cols);
  const list = kept + rowBytes<T>(cols);
  const classes = list + ((<usize>cols) << 2) + 16;
  useTemperature<T>(temperature == 0 ? 1 : temperature);
  for (let r = 0; r < rows; r++) {
    let row = x + ((<usize>r * <usize>cols) << alignof<T>());
    const token = indices + ((<usize>r) << 2);
    const value = values + ((<usize>r) << alignof<T>());
    store<i32>(token, NO_TOKEN);
    store<T>(value, NaN);
    if (temperature == 0) {
      const best = argmaxOfRow<T>(row, cols);
      if (!isFiniteNumber<T>(at<T>(row, best))) continue;
      store<i32>(token, best);
      store<T>(value, 0);
      continue;
    }
    let n = cols;
    const isShortened = k > 0 && k < cols;
    if (isShortened) {
      n = keepLargest<T>(row, cols, k, kept, list, classes);
      if (n == 0) continue;
      row = kept;
    }
    useRow<T>(n);
    const highest = maxOf<T>(row);
    storeExponentials<T>(row, exponentials, highest, true);
    if (!isFiniteNumber<f64>(f64x2.extract_lane(total0, 0))) continue;
    if (topP < 1 || minP > 0) {
      from = 0;
      findMaxTerm<T>();
      const largest = v128.extract_lane<T>(maxTerm, 0);
      if (topP < 1) keepMass<T>(row, exponentials, n, largest, topP, bins, list);
      keepFrom<T>(exponentials, max<f64>(from, minP * <f64>largest));
    }
    findLogSum<T>(exponentials);
    const slot = draw<T>(exponentials, n, load<f64>(random + ((<usize>r) << 3)));
    store<i32>(token, isShortened ? entry(classes, slot) : slot);
    store<T>(value, at<T>(row, slot));
    useRow<T>(1);
    if (isTempered()) subtractTempered<T>(value, value, highest, logSum0, logSum1);
    else subtract<T>(value, value, highest, narrow<T>(logSum0, logSum1));
  }
}


@inline
function isFiniteNumber<T>(value: T): bool {
  return abs<T>(value) < Infinity;
}

/**
 * The K first classes of a row, in the order of their indices, and which they are. Each is in the lane it has in the row, with
 * −∞ in between, so that every sum has the bits of the row's. Returns the length.
 */
function keepLargest<T>(x: usize, cols: i32, k: i32, out: usize, list: usize, classes: usize): i32 {
  const found = listLargest<T>(x, cols, k, list);
  sortIndices<T>(list, found);
  let n = 0;
  for (let i = 0; i < found; i++) {
    const c = entry(list, i);
    for (; (n ^ c) & (lanes<T>() - 1); n++) store<T>(out + ((<usize>n) << alignof<T>()), -Infinity);
    store<T>(out + ((<usize>n) << alignof<T>()), at<T>(x, c));
    setEntry(classes, n++, c);
  }
  return n;
}

/**
 * 0 in place of the exponentials after the shortest beginning, in the order of order.ts, whose sum is at least topP of the sum
 * of all: of those in the bin where that sum is reached. `from` is the least exponential of the bin.
 *
 * Without a sort of the row: exponentials are added up in bins by the upper half of their bits, and bins from the largest on.
 * The classes of the boundary's bin are divided further by the next bits, and what is left in one bin then is sorted and added
 * one by one. Short rows go without bins.
 *
 * A class below (1 − topP)·total/n is not in the beginning: all such classes together have less than 1 − topP. In a row where
 * few classes have most of the sum they are most classes, and are left out first.
 */
function keepMass<T>(x: usize, exponentials: usize, n: i32, largest: T, topP: f64, bins: usize, list: usize): void {
  const total = f64x2.extract_lane(total0, 0);
  target = topP * total;
  sum = 0;
  let listed: i32;
  if (n <= SORTED) {
    for (listed = 0; listed < n; listed++) setEntry(list, listed, listed);
  } else {
    const base = upperBitsOf<T>(largest) - lastBin<T>();
    if (total * 256 < <f64>n * <f64>largest) {
      const least = <T>(((1 - topP) * total) / <f64>n);
      listed = listFrom<T>(exponentials, n, least, list);
      listed = divide<T>(exponentials, list, listed, bins, base);
      if (listed) from = max<f64>(from, least);
    } else listed = listBoundary<T>(exponentials, n, bins, base, list);
    if (listed > SORTED) listed = divide<T>(exponentials, list, listed, bins, FURTHER);
  }
  if (!isSorted<T>(x, list, listed)) sortList<T>(x, list, listed);
  for (let i = 0; i < listed; i++) {
    const e = exponentials + ((<usize>entry(list, i)) << alignof<T>());
    if (sum >= target) store<T>(e, 0);
    else sum += <f64>load<T>(e);
  }
}

/** What exponentials have to add up to, and the sum of those that are kept so far. */
let target: f64 = 0;
let sum: f64 = 0;
/** The least exponential that may be kept. */
let from: f64 = 0;

/** The upper half of the bits of an f32, or the upper quarter of an f64's: they grow with the number. */
@inline
function upperBits<T>(e: usize): i32 {
  return load<u16>(e + sizeof<T>() - 2);
}


@inline
function upperBitsOf<T>(e: T): i32 {
  return sizeof<T>() == 4 ? <i32>(reinterpret<u32>(<f32>e) >> 16) : <i32>(reinterpret<u64>(<f64>e) >> 48);
}

/** Bins by upper bits: 60 powers of two, and what is below them in bin 0. */
@inline
function lastBin<T>(): i32 {
  return sizeof<T>() == 4 ? 60 << 7 : 60 << 4;
}

/** The number with these upper bits, and 0 below. */
@inline
function fromUpperBits<T>(bits: i32): T {
  if (sizeof<T>() == 4) return <T>reinterpret<f32>(bits << 16);
  return <T>reinterpret<f64>((<i64>bits) << 48);
}


@inline
function addTo(bins: usize, bin: i32, e: f64): void {
  const to = bins + ((<usize>bin) << 3);
  store<f64>(to, load<f64>(to) + e);
}

/** Adds bins to `sum`, from the last on, as long as it is below the target. Returns the bin that reaches it, or −1. */
function boundaryOf(bins: usize, last: i32): i32 {
  for (let bin = last; bin >= 0; bin--) {
    const next = sum + load<f64>(bins + ((<usize>bin) << 3));
    if (next >= target) return bin;
    sum = next;
  }
  return -1;
}


@inline
function clear(bins: usize, last: i32): void {
  // The number of bins is even, so the last vector has a bin to spare.
  for (let i = 0; i <= last; i += 2) v128.store(bins + ((<usize>i) << 3), f64x2.splat(0));
}

/** Lists the classes of the boundary's bin of a row. Returns how many there are. */
function listBoundary<T>(exponentials: usize, n: i32, bins: usize, base: i32, list: usize): i32 {
  const last = lastBin<T>();
  clear(bins, last);
  addToBins<T>(exponentials, n, base, bins);
  const bin = boundaryOf(bins, last);
  // All bins together are less by what rounding has lost.
  if (bin < 0) return 0;
  from = bin ? <f64>fromUpperBits<T>(bin + base) : 0;
  const below = fromUpperBits<T>(bin + base + 1);
  const froms = v128.splat<T>(<T>from);
  const belows = v128.splat<T>(below);
  const zero = v128.splat<T>(0);
  let listed = 0;
  let c = 0;
  let at = exponentials;
  for (; c <= n - lanes<T>(); c += lanes<T>(), at += 16) {
    const e = v128.load(at);
    const isListed = v128.and(v128.and(v128.ge<T>(e, froms), v128.lt<T>(e, belows)), v128.gt<T>(e, zero));
    if (!v128.any_true(isListed)) continue;
    const bits = sizeof<T>() == 4 ? i32x4.bitmask(isListed) : i64x2.bitmask(isListed);
    for (let i = 0; i < lanes<T>(); i++) if (bits & (1 << i)) setEntry(list, listed++, c + i);
  }
  for (; c < n; c++, at += sizeof<T>()) {
    const e = load<T>(at);
    if (e >= <T>from && e < below && e > 0) setEntry(list, listed++, c);
  }
  return listed;
}

/** Adds a row's exponentials to their bins. Where all of a vector are 0, there is nothing to add, and often much of it. */
function addToBins<T>(exponentials: usize, n: i32, base: i32, bins: usize): void {
  let left = n;
  if (sizeof<T>() == 4) {
    // Eight times the bins: their addresses.
    const bases = i32x4.splat(base << 3);
    const zero = i32x4.splat(0);
    for (; left >= 4; left -= 4, exponentials += 16) {
      const e = v128.load(exponentials);
      if (!v128.any_true(e)) continue;
      const upper = v128.and(i32x4.shr_u(e, 13), i32x4.splat(-8));
      const at = i32x4.add(i32x4.max_s(i32x4.sub(upper, bases), zero), i32x4.splat(<i32>bins));
      const a = <usize>i32x4.extract_lane(at, 0);
      store<f64>(a, load<f64>(a) + <f64>load<f32>(exponentials));
      const b = <usize>i32x4.extract_lane(at, 1);
      store<f64>(b, load<f64>(b) + <f64>load<f32>(exponentials, 4));
      const c = <usize>i32x4.extract_lane(at, 2);
      store<f64>(c, load<f64>(c) + <f64>load<f32>(exponentials, 8));
      const d = <usize>i32x4.extract_lane(at, 3);
      store<f64>(d, load<f64>(d) + <f64>load<f32>(exponentials, 12));
    }
  }
  for (; left > 0; left--, exponentials += sizeof<T>()) {
    addTo(bins, max(upperBits<T>(exponentials) - base, 0), <f64>load<T>(exponentials));
  }
}

// Which lanes of a vector are set, by the bits of the index: their bytes from the first on.
// prettier-ignore
const PACKED = memory.data<u8>([
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3,
  8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
  12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3,
  8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
], 16);

/**
 * Lists the classes with an exponential of at least a limit. Returns how many there are. Each vector is stored whole where the
 * list ends: a branch on what is in it would be mispredicted for every fourth class.
 */
function listFrom<T>(exponentials: usize, n: i32, limit: T, list: usize): i32 {
  const limits = v128.splat<T>(limit);
  let classes = i32x4(0, 1, 2, 3);
  const four = i32x4.splat(4);
  let listed = 0;
  let c = 0;
  if (sizeof<T>() == 4) {
    for (; c <= n - 4; c += 4, exponentials += 16) {
      const bits = i32x4.bitmask(f32x4.ge(v128.load(exponentials), limits));
      const packed = i8x16.swizzle(classes, v128.load(PACKED + ((<usize>bits) << 4)));
      v128.store(list + ((<usize>listed) << 2), packed);
      listed += popcnt(bits);
      classes = i32x4.add(classes, four);
    }
  }
  for (; c < n; c++, exponentials += sizeof<T>()) {
    setEntry(list, listed, c);
    listed += i32(load<T>(exponentials) >= limit);
  }
  return listed;
}

/** In place of the bits of the largest: divide by the next bits. */
const FURTHER = -1;
const FURTHER_BITS = 11;

/** The bin of an exponential. */
@inline
function binOf<T>(e: usize, base: i32): i32 {
  if (base != FURTHER) return max(upperBits<T>(e) - base, 0);
  const bits = sizeof<T>() == 4 ? load<u32>(e) >> (16 - FURTHER_BITS) : <u32>(load<u64>(e) >> (48 - FURTHER_BITS));
  return (<i32>bits) & ((1 << FURTHER_BITS) - 1);
}

/**
 * Leaves of the listed classes those of the boundary's bin, with 0 in place of the exponentials of lower bins. Returns how many
 * there are. `base` is what bins begin with, or FURTHER.
 */
function divide<T>(exponentials: usize, list: usize, listed: i32, bins: usize, base: i32): i32 {
  const last = base == FURTHER ? (1 << FURTHER_BITS) - 1 : lastBin<T>();
  clear(bins, last);
  for (let i = 0; i < listed; i++) {
    const e = exponentials + ((<usize>entry(list, i)) << alignof<T>());
    addTo(bins, binOf<T>(e, base), <f64>load<T>(e));
  }
  const bin = boundaryOf(bins, last);
  if (bin < 0) return 0;
  if (base != FURTHER && bin) from = <f64>fromUpperBits<T>(bin + base);
  let left = 0;
  for (let i = 0; i < listed; i++) {
    const c = entry(list, i);
    const e = exponentials + ((<usize>c) << alignof<T>());
    const at = binOf<T>(e, base);
    if (at < bin) store<T>(e, 0);
    else if (at == bin) setEntry(list, left++, c);
  }
  return left;
}

/** 0 in place of exponentials below a limit, and the sum of the others. */
function keepFrom<T>(exponentials: usize, limit: f64): void {
  let least = <T>limit;
  // In f32, the first number that is not below.
  if (sizeof<T>() == 4 && <f64>least < limit) least = <T>reinterpret<f32>(reinterpret<u32>(<f32>least) + 1);
  sumFrom<T>(exponentials, least);
}

/**
 * The first class whose running sum is above u times the sum of all; the last where rounding leaves none. The sum runs over
 * DRAWN classes at once, and from class to class in those where it gets there.
 */
function draw<T>(exponentials: usize, n: i32, u: f64): i32 {
  const total = f64x2.extract_lane(total0, 0);
  const target = u * total;
  // Half the smallest number of T, times the total: the probability of what is not above rounds to 0.
  const least = sizeof<T>() == 4 ? total * power(-150) : total * power(-538) * power(-537);
  let sum: f64 = 0;
  for (let c = 0; c < n; c += DRAWN) {
    const end = min(c + DRAWN, n);
    const from = exponentials + ((<usize>c) << alignof<T>());
    if (end - c == DRAWN && c + DRAWN < n) {
      const next = sum + sumOf<T>(from);
      if (next <= target) {
        sum = next;
        continue;
      }
    }
    for (let i = c; i < end; i++) {
      const e = <f64>at<T>(exponentials, i);
      if (!(e > least)) continue;
      sum += e;
      if (sum > target) return i;
    }
  }
  let last = n - 1;
  while (!(<f64>at<T>(exponentials, last) > least)) last--;
  return last;
}

/** Σ of DRAWN exponentials, in the lanes of a sum (README.md), without the rounding errors. */
@inline
function sumOf<T>(exponentials: usize): f64 {
  let first = f64x2.splat(0);
  let second = first;
  for (let i = 0; i < DRAWN; i += lanes<T>(), exponentials += 16) {
    const e = v128.load(exponentials);
    first = f64x2.add(first, half0<T>(e));
    if (sizeof<T>() == 4) second = f64x2.add(second, half1<T>(e));
  }
  if (sizeof<T>() == 4) first = f64x2.add(first, second);
  return f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1);
}
