// The nucleus of a row (top-p): the fewest classes, taken from the largest exponential down (equal ones in the order of
// order.ts), whose exponentials add up to a given part of the total.
//
// Only the last few classes are sorted. The nucleus is defined by masses: exponentials rounded so that every sum of
// them is exact. A sum then does not depend on the order of addition, and the nucleus does not depend on how it is
// found.
//
// Exponentials are positive and grow with their bits, so a range of them is a range of bits.

import { SORTED } from "./abi";
import { SINGLE_FIELDS_BYTES, SingleGroup } from "./groups";
import { half0, half1, lanes } from "./lanes";
import { at, entry, moveFirst, setEntry } from "./order";

/** A row with what is known of its nucleus. */
@unmanaged
export class NucleusRow extends SingleGroup {
  /** What masses have to add up to. */
  target: f64;
  /** The mass of all classes above the listed ones. */
  sum: f64;
  /** The range of bits in which the last class of the nucleus is guessed to be: from `lower` to below `upper`. */
  lower: u64;
  upper: u64;
  /** The least bits of the listed classes among which it is found. */
  least: u64;
  /** Added and subtracted again, it rounds to multiples of 2^-52 of itself. */
  rounder: f64;
  /** The sum of the exponentials in the nucleus, where it is known without rounding; else NaN. */
  nucleusSum: f64;
}

if (<i32>offsetof<NucleusRow>() > SINGLE_FIELDS_BYTES) ERROR("abi.ts: SINGLE_GROUP_BYTES");

/**
 * Returns a limit: exponentials below it are not in the nucleus. Those that are not below it, but come after the
 * nucleus, are replaced by 0. A row whose masses do not reach `topP * total`, because of rounding, is kept whole.
 *
 * `total` is the sum of all, `bins` memory for BINS_BYTES, `list` for n classes and a vector.
 */
export function cutNucleus<T>(
  row: NucleusRow,
  x: usize,
  exponentials: usize,
  n: i32,
  largest: T,
  total: f64,
  topP: f64,
  bins: usize,
  list: usize,
): T {
  const target = topP * total;
  row.target = target;
  // Four to eight times the total: at most 2^51 of its multiples, and no exponential takes it to the next power of two.
  const rounder = reinterpret<f64>(((reinterpret<u64>(total) >> 52) + 3) << 52);
  row.rounder = rounder;
  row.nucleusSum = NaN;
  // The range that certainly contains the last class; then a guess that narrows it.
  let low: u64 = 0;
  let high = bitsOf<T>(largest) + 1;
  // All classes below this together have less than 1 − topP, apart from rounding.
  let lower = bitsOf<T>(<T>(((1 - topP) * total) / <f64>n));
  if (lower >= high) lower = 0;
  let upper = high;
  if (n >= SAMPLED_FROM) {
    guess<T>(row, exponentials, n, lower, upper, total - target, bins);
    lower = row.lower;
    upper = row.upper;
  }
  let isFound = false;
  while (!isFound) {
    const listed = listRange<T>(row, exponentials, n, lower, upper, list);
    if (row.sum >= target && upper < high) {
      low = upper;
      lower = low;
      upper = high;
      continue;
    }
    isFound = cutListed<T>(row, x, exponentials, lower, upper, list, listed, bins);
    if (isFound) continue;
    if (lower == low) return 0;
    high = lower;
    upper = high;
    lower = low;
  }
  const least = valueOf<T>(row.least);
  // From here on exponentials are multiples of the rounding unit: masses are the exponentials themselves.
  if (sizeof<T>() == 4 && <f64>least >= rounder * EXACT) row.nucleusSum = row.sum;
  return least;
}

/** 2^-52 for the multiple, and 23 bits of an f32 after the first. */
const EXACT: f64 = reinterpret<f64>(0x3e20000000000000); // 2^-29


@inline
function bitsOf<T>(value: T): u64 {
  return sizeof<T>() == 4 ? <u64>reinterpret<u32>(<f32>value) : reinterpret<u64>(<f64>value);
}


@inline
function valueOf<T>(bits: u64): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(<u32>bits) : <T>reinterpret<f64>(bits);
}

/** The bits of the exponential at an address. */
@inline
function bitsAt<T>(e: usize): u64 {
  return sizeof<T>() == 4 ? <u64>load<u32>(e) : load<u64>(e);
}

/** The mass of an exponential. */
@inline
function massOf(e: f64, rounder: f64): f64 {
  return e + rounder - rounder;
}

/** The address of the exponential of the i-th class of a list. */
@inline
function listedAt<T>(exponentials: usize, list: usize, i: i32): usize {
  return exponentials + ((<usize>entry(list, i)) << alignof<T>());
}

/** How far to shift a range of bits, of which `span` is the last, so that it has at most 2^most places. */
@inline
function shiftOf(span: u64, most: u64): u64 {
  const width = 64 - clz(span);
  return width > most ? width - most : 0;
}


@inline
function clear(bins: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(bins + i, f64x2.splat(0));
}

/** From this many classes on, the range is guessed from a sample. */
const SAMPLED_FROM = 512;
/** The sample is one class in SAMPLED_PART, but at least LEAST_SAMPLE and at most MOST_SAMPLE classes. */
const SAMPLED_PART = 16;
const LEAST_SAMPLE = 128;
const MOST_SAMPLE = 2048;
/**
 * The sample is counted in 2^6 bins, or 2^8 from this many classes on. A bin has the mass, the number, the largest
 * value, and the negated least value.
 */
const MANY_SAMPLED_FROM = 8192;
/** How many standard deviations of its estimate a mass may be off: a wrong guess, 3 in 1000, costs another pass. */
const DEVIATIONS: f64 = 3;
/** A range with less than this part of the classes may as well be wider, and is then more often right. */
const CHEAP: f64 = 1 / 64;

/** Narrows the range to where the mass of the smaller classes is `rest`, as far as a sample of the row tells. */
function guess<T>(row: NucleusRow, exponentials: usize, n: i32, lower: u64, upper: u64, rest: f64, bins: usize): void {
  const span = upper - lower - 1;
  const shift = shiftOf(span, n < MANY_SAMPLED_FROM ? 6 : 8);
  const last = <i32>(span >> shift);
  const none = f64x2(0, -Infinity);
  for (let bin = 0; bin <= last; bin++) {
    v128.store(binAt(bins, bin), f64x2.splat(0));
    v128.store(binAt(bins, bin), none, 16);
  }
  const sample = max(LEAST_SAMPLE, min(MOST_SAMPLE, n / SAMPLED_PART));
  const step = (n / sample) * lanes<T>();
  let count: f64 = 0;
  for (let c = 0; c <= n - lanes<T>(); c += step) {
    for (let i = 0; i < lanes<T>(); i++) {
      const from = exponentials + ((<usize>(c + i)) << alignof<T>());
      const bits = bitsAt<T>(from);
      const e = <f64>load<T>(from);
      const bin = binAt(bins, <i32>(bits > lower ? (bits - lower) >> shift : 0));
      v128.store(bin, f64x2.add(v128.load(bin), f64x2(e, 1)));
      v128.store(bin, f64x2.pmax(v128.load(bin, 16), f64x2(e, -e)), 16);
    }
    count += <f64>lanes<T>();
  }
  const scale = <f64>n / count;
  let mass: f64 = 0;
  let squares: f64 = 0;
  let first = 0;
  let end = last + 1;
  for (let bin = 0; bin <= last; bin++) {
    const deviation = DEVIATIONS * sqrt(squares);
    if ((mass + deviation) * scale <= rest) first = bin;
    else if ((mass - deviation) * scale >= rest) {
      end = bin;
      break;
    }
    const from = binAt(bins, bin);
    mass += load<f64>(from);
    squares += load<f64>(from) * max<f64>(load<f64>(from, 16), 0);
  }
  if (hasOneValue<T>(row, lower, bins, first, end)) return;
  let cheap = count * CHEAP;
  for (let bin = first; bin < end; bin++) cheap -= countOf(bins, bin);
  while (true) {
    const above: f64 = end <= last ? countOf(bins, end) : Infinity;
    const below: f64 = first > 0 ? countOf(bins, first - 1) : Infinity;
    const fewer = min(above, below);
    if (fewer > cheap) break;
    cheap -= fewer;
    if (above == fewer) end++;
    else first--;
  }
  row.lower = lower + ((<u64>first) << shift);
  row.upper = end <= last ? lower + ((<u64>end) << shift) : upper;
}

/** The address of a bin. */
@inline
function binAt(bins: usize, bin: i32): usize {
  return bins + ((<usize>bin) << 5);
}

/** How many of the sample a bin has. */
@inline
function countOf(bins: usize, bin: i32): f64 {
  return load<f64>(binAt(bins, bin), 8);
}

/** Makes the range a single value if many sampled classes lie in its bins and all of them are equal. */
function hasOneValue<T>(row: NucleusRow, lower: u64, bins: usize, first: i32, end: i32): bool {
  let count: f64 = 0;
  let most = f64x2.splat(-Infinity);
  for (let bin = first; bin < end; bin++) {
    count += countOf(bins, bin);
    most = f64x2.pmax(most, v128.load(binAt(bins, bin), 16));
  }
  const value = <T>f64x2.extract_lane(most, 0);
  const bits = bitsOf<T>(value);
  if (<f64>value != -f64x2.extract_lane(most, 1) || bits < lower || count < 64) return false;
  row.lower = bits;
  row.upper = bits + 1;
  return true;
}

/** Lists the classes of the range by their indices, and sums the masses above it. Returns how many there are. */
function listRange<T>(row: NucleusRow, exponentials: usize, n: i32, lower: u64, upper: u64, list: usize): i32 {
  const rounder = row.rounder;
  const from = valueOf<T>(lower);
  const below = valueOf<T>(upper);
  const froms = splatBits<T>(lower - 1);
  const belows = splatBits<T>(upper - 1);
  // Not anew at every use.
  const rounders = f64x2.splat(rounder);
  const zero = f64x2.splat(0);
  let first = zero;
  let second = zero;
  let third = zero;
  let fourth = zero;
  let listed = 0;
  let c = 0;
  let e = exponentials;
  const step = 4 * lanes<T>();
  for (; c <= n - step; c += step, e += 64) {
    const v0 = v128.load(e);
    const v1 = v128.load(e, 16);
    const v2 = v128.load(e, 32);
    const v3 = v128.load(e, 48);
    const above0 = isAbove<T>(v0, belows);
    const above1 = isAbove<T>(v1, belows);
    const above2 = isAbove<T>(v2, belows);
    const above3 = isAbove<T>(v3, belows);
    first = withMass0<T>(first, rounders, v128.and(v0, above0));
    second = withMass1<T>(second, rounders, v128.and(v0, above0));
    third = withMass0<T>(third, rounders, v128.and(v1, above1));
    fourth = withMass1<T>(fourth, rounders, v128.and(v1, above1));
    first = withMass0<T>(first, rounders, v128.and(v2, above2));
    second = withMass1<T>(second, rounders, v128.and(v2, above2));
    third = withMass0<T>(third, rounders, v128.and(v3, above3));
    fourth = withMass1<T>(fourth, rounders, v128.and(v3, above3));
    const bits = bitsOfLanes<T>(
      v128.andnot(isAbove<T>(v0, froms), above0),
      v128.andnot(isAbove<T>(v1, froms), above1),
      v128.andnot(isAbove<T>(v2, froms), above2),
      v128.andnot(isAbove<T>(v3, froms), above3),
    );
    if (!bits) continue;
    listed = append(list, listed, c, bits & 15);
    listed = append(list, listed, c + 4, (bits >> 4) & 15);
    if (sizeof<T>() == 8) continue;
    listed = append(list, listed, c + 8, (bits >> 8) & 15);
    listed = append(list, listed, c + 12, bits >> 12);
  }
  first = f64x2.add(f64x2.add(first, second), f64x2.add(third, fourth));
  let sum = f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1);
  for (; c < n; c++, e += sizeof<T>()) {
    const value = load<T>(e);
    if (value >= below) sum += massOf(<f64>value, rounder);
    else if (value >= from) setEntry(list, listed++, c);
  }
  row.sum = sum;
  return listed;
}

/** Appends to a list those of four classes, from c on, that `bits` has. A branch for each would often not be foreseen. */
@inline
function append(list: usize, listed: i32, c: i32, bits: i32): i32 {
  const classes = i32x4.add(
    i32x4.splat(c),
    i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(FIRST + ((<usize>bits) << 2)))),
  );
  v128.store(list + ((<usize>listed) << 2), classes);
  return listed + popcnt(bits);
}

// For each four bits, which of them are set, in order.
// prettier-ignore
const FIRST = memory.data<u32>([
  0x00000000, 0x00000000, 0x00000001, 0x00000100, 0x00000002, 0x00000200, 0x00000201, 0x00020100,
  0x00000003, 0x00000300, 0x00000301, 0x00030100, 0x00000302, 0x00030200, 0x00030201, 0x03020100,
], 16);

/** Bits in each lane. */
@inline
function splatBits<T>(bits: u64): v128 {
  return sizeof<T>() == 4 ? i32x4.splat(<i32>bits) : i64x2.splat(<i64>bits);
}

/** Which lanes have larger bits: processors compare integers in more places than floats. */
@inline
function isAbove<T>(v: v128, bits: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.gt_s(v, bits) : i64x2.gt_s(v, bits);
}

/** A sum with the masses of the first half of a vector. */
@inline
function withMass0<T>(masses: v128, rounders: v128, v: v128): v128 {
  return f64x2.add(masses, f64x2.sub(f64x2.add(half0<T>(v), rounders), rounders));
}

/** The same for the second half; in f64 there is none. */
@inline
function withMass1<T>(masses: v128, rounders: v128, v: v128): v128 {
  if (sizeof<T>() == 8) return masses;
  return f64x2.add(masses, f64x2.sub(f64x2.add(half1<T>(v), rounders), rounders));
}

/** A bit for each lane of four vectors of masks. */
@inline
function bitsOfLanes<T>(a: v128, b: v128, c: v128, d: v128): i32 {
  if (sizeof<T>() == 8) {
    return i64x2.bitmask(a) | (i64x2.bitmask(b) << 2) | (i64x2.bitmask(c) << 4) | (i64x2.bitmask(d) << 6);
  }
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** The number of bins for a list, in bits: adding up bins costs as much as filling them with half as many classes. */
@inline
function bitsOfBins(listed: i32): u64 {
  return listed < 256 ? 5 : listed < 4096 ? 7 : 10;
}

/**
 * Replaces the exponentials of listed classes that come after the nucleus by 0, and leaves the least bits from which on
 * all classes are listed. Returns false, and changes nothing, if the masses up to the last listed class do not reach
 * the target.
 */
function cutListed<T>(
  row: NucleusRow,
  x: usize,
  exponentials: usize,
  lower: u64,
  upper: u64,
  list: usize,
  listed: i32,
  bins: usize,
): bool {
  let low = lower;
  let last = upper - 1;
  while (listed > SORTED && low < last) {
    const shift = shiftOf(last - low, bitsOfBins(listed));
    const bin = findBin<T>(row, exponentials, list, listed, low, (last - low) >> shift, shift, bins);
    if (bin < 0) return false;
    low += (<u64>bin) << shift;
    last = min<u64>(last, low + (((<u64>1) << shift) - 1));
    // The range of what is left is often smaller: equal exponentials end the search at once.
    let left = 0;
    let least: u64 = u64.MAX_VALUE;
    let most: u64 = 0;
    for (let i = 0; i < listed; i++) {
      const c = entry(list, i);
      const bits = bitsAt<T>(exponentials + ((<usize>c) << alignof<T>()));
      if (bits < low || bits > last) continue;
      setEntry(list, left++, c);
      least = min(least, bits);
      most = max(most, bits);
    }
    listed = left;
    low = least;
    last = most;
  }
  const kept =
    listed > SORTED
      ? countEqual<T>(row, x, list, listed, valueOf<T>(low))
      : countSorted<T>(row, x, exponentials, list, listed);
  if (kept < 0) return false;
  row.least = low;
  for (let i = kept; i < listed; i++) store<T>(listedAt<T>(exponentials, list, i), 0);
  return true;
}

/**
 * The bin in which the sum reaches the target, added up from the last bin on; the masses of those above it are added to
 * the sum. −1 if it is not reached. Each bin has four places that take turns, because an addition waits for the
 * previous addition to the same place.
 */
function findBin<T>(
  row: NucleusRow,
  exponentials: usize,
  list: usize,
  listed: i32,
  low: u64,
  last: u64,
  shift: u64,
  bins: usize,
): i32 {
  const rounder = row.rounder;
  clear(bins, (<usize>(last + 1)) << 5);
  for (let i = 0; i < listed; i++) {
    const e = listedAt<T>(exponentials, list, i);
    const place = bins + ((<usize>((bitsAt<T>(e) - low) >> shift)) << 5) + ((<usize>(i & 3)) << 3);
    store<f64>(place, load<f64>(place) + massOf(<f64>load<T>(e), rounder));
  }
  let sum = row.sum;
  let bin = <i32>last;
  for (; bin >= 0; bin--) {
    const place = bins + ((<usize>bin) << 5);
    const pair = f64x2.add(v128.load(place), v128.load(place, 16));
    const next = sum + (f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1));
    if (next >= row.target) break;
    sum = next;
  }
  row.sum = sum;
  return bin;
}

/** Sorts a short list. Returns how many of it the nucleus takes, or −1. */
function countSorted<T>(row: NucleusRow, x: usize, exponentials: usize, list: usize, listed: i32): i32 {
  // By insertion. Classes come by their indices, and of equals the first stays first.
  for (let i = 1; i < listed; i++) {
    const c = entry(list, i);
    let to = i;
    for (; to > 0 && isBefore<T>(x, exponentials, c, entry(list, to - 1)); to--)
      setEntry(list, to, entry(list, to - 1));
    setEntry(list, to, c);
  }
  for (let i = 0; i < listed; i++) {
    row.sum += massOf(<f64>load<T>(listedAt<T>(exponentials, list, i)), row.rounder);
    if (row.sum >= row.target) return i + 1;
  }
  return -1;
}

/** Whether a class has a larger exponential, or from a larger logit the same. */
@inline
function isBefore<T>(x: usize, exponentials: usize, a: i32, b: i32): bool {
  const u = at<T>(exponentials, a);
  const v = at<T>(exponentials, b);
  return u == v ? at<T>(x, a) > at<T>(x, b) : u > v;
}

/** Moves those that the nucleus takes of listed classes with the same exponential to the front. Returns how many, or −1. */
function countEqual<T>(row: NucleusRow, x: usize, list: usize, listed: i32, value: T): i32 {
  const sum = row.sum;
  const target = row.target;
  const mass = massOf(<f64>value, row.rounder);
  // Multiples of a mass are exact too.
  if (!(sum + <f64>listed * mass >= target)) return -1;
  let kept = min(listed, <i32>ceil((target - sum) / mass));
  while (sum + <f64>(kept - 1) * mass >= target) kept--;
  while (sum + <f64>kept * mass < target) kept++;
  // Equal exponentials may come from different logits.
  row.sum = sum + <f64>kept * mass;
  if (kept < listed && !isInOrder<T>(x, list, listed)) moveFirst<T>(x, list, listed, kept);
  return kept;
}

/** Whether classes that are listed by their indices are in the order of order.ts, if none is NaN. */
function isInOrder<T>(x: usize, list: usize, listed: i32): bool {
  let before = at<T>(x, entry(list, 0));
  for (let i = 1; i < listed; i++) {
    const logit = at<T>(x, entry(list, i));
    if (logit > before) return false;
    before = logit;
  }
  return true;
}
