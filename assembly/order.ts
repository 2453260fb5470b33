// The order of a row's classes from the largest on: NaN before every number, of equals (+0 and −0 too) the lower class.
//
// Classes are listed by their indices, four bytes each. No two are equal in this order, so a list's order does not depend on
// how it was found.

import { allTrue, hmax, lanes } from "./lanes";

/** The element of class c of a row. */
@inline
export function at<T>(x: usize, c: i32): T {
  return load<T>(x + ((<usize>c) << alignof<T>()));
}

/** Whether class a comes before class b. */
@inline
function before<T>(x: usize, a: i32, b: i32): bool {
  const u = at<T>(x, a);
  const v = at<T>(x, b);
  if (u > v) return true;
  if (u < v) return false;
  const isNaN = u != u;
  return isNaN == (v != v) ? a < b : isNaN;
}

/** The i-th class of a list. */
@inline
export function entry(list: usize, i: i32): i32 {
  return load<i32>(list + ((<usize>i) << 2));
}

/** Makes c the i-th class of a list. */
@inline
export function setEntry(list: usize, i: i32, c: i32): void {
  store<i32>(list + ((<usize>i) << 2), c);
}

/**
 * Lists the k first classes, in any order, but of those with −∞ none. Returns how many there are. The list has room for all
 * classes. 1 ≤ k.
 *
 * One pass: the list takes each class that is above the k-th of those before it, and more, until it is full; then its k first
 * are found, and the last of them is the new threshold. Few classes of a long row are above it.
 */
export function listLargest<T>(x: usize, cols: i32, k: i32, list: usize): i32 {
  // The room beyond k makes it rarer to look for the k first: once for each k + 64 classes that the list takes.
  const room = <i32>min<u32>(cols, 2 * <u32>k + 64);
  let threshold: T =
    k <= <i32>(PARTS / 4) * lanes<T>() && cols >= max(GROUPED_FROM, GROUPED_TIMES_K / k)
      ? belowMaxima<T>(x, cols, k, list)
      : <T>-Infinity;
  let limit = v128.splat<T>(threshold);
  let n = 0;
  const step = 4 * lanes<T>();
  for (let first = 0; first < cols; first += step) {
    if (first <= cols - step) {
      const from = x + ((<usize>first) << alignof<T>());
      // Which elements are not above the threshold; false for a NaN.
      const not0 = v128.le<T>(v128.load(from), limit);
      const not1 = v128.le<T>(v128.load(from, 16), limit);
      const not2 = v128.le<T>(v128.load(from, 32), limit);
      const not3 = v128.le<T>(v128.load(from, 48), limit);
      if (allTrue<T>(v128.and(v128.and(not0, not1), v128.and(not2, not3)))) continue;
    }
    const end = min(first + step, cols);
    for (let c = first; c < end; c++) {
      if (at<T>(x, c) <= threshold) continue;
      if (n == room) {
        n = k;
        moveFirst<T>(x, list, room, k);
        threshold = at<T>(x, entry(list, k - 1));
        limit = v128.splat<T>(threshold);
        // There are k NaNs already, and all later ones come after them.
        if (threshold != threshold) return k;
        if (at<T>(x, c) <= threshold) continue;
      }
      setEntry(list, n++, c);
    }
  }
  if (n <= k) return n;
  moveFirst<T>(x, list, n, k);
  return k;
}

/**
 * From this many classes on, the first threshold comes from the maxima of parts of the row: finding the 20 largest of
 * 1,000 classes then takes a third of the time. For a small k the list fills slowly anyway, so cols · k must reach the
 * second constant too.
 */
const GROUPED_FROM = 256;
const GROUPED_TIMES_K = 4096;
const PARTS = 64;

/**
 * A number that at least k classes exceed, but not many more: k of the maxima of the row's parts, lane by lane, do. The
 * list then takes hardly any class that it drops again; each of these costs a misprediction. `maxima` is memory for
 * them.
 */
function belowMaxima<T>(x: usize, cols: i32, k: i32, maxima: usize): T {
  const each = cols / (PARTS * lanes<T>());
  const lowest = v128.splat<T>(<T>-Infinity);
  let least = v128.splat<T>(<T>Infinity);
  let largest = lowest;
  for (let part = 0; part < PARTS; part++) {
    let a = lowest;
    let b = lowest;
    let n = each;
    for (; n >= 2; n -= 2, x += 32) {
      a = v128.pmax<T>(a, v128.load(x));
      b = v128.pmax<T>(b, v128.load(x, 16));
    }
    if (n) {
      a = v128.pmax<T>(a, v128.load(x));
      x += 16;
    }
    a = v128.pmax<T>(a, b);
    v128.store(maxima + ((<usize>part) << 4), a);
    least = v128.pmin<T>(least, a);
    largest = v128.pmax<T>(largest, a);
  }
  let high = hmax<T>(largest);
  let low: T = -hmax<T>(v128.neg<T>(least));
  // Where a part has no class, or one is infinite, there is nothing to halve.
  if (!(low > -Infinity && high < Infinity) || countAbove<T>(maxima, low) < k) return -Infinity;
  for (let step = 0; step < 24; step++) {
    const middle = low + (high - low) / 2;
    const count = countAbove<T>(maxima, middle);
    if (count < k) high = middle;
    else {
      low = middle;
      if (count <= k + k / 4) break;
    }
  }
  return low;
}

/** How many maxima are above a number. */
function countAbove<T>(maxima: usize, limit: T): i32 {
  const limits = v128.splat<T>(limit);
  let count = v128.splat<T>(0);
  for (let part = 0; part < PARTS; part++, maxima += 16) {
    const isAbove = v128.gt<T>(v128.load(maxima), limits);
    // Ones are −1 in each lane.
    count = sizeof<T>() == 4 ? i32x4.sub(count, isAbove) : i64x2.sub(count, isAbove);
  }
  if (sizeof<T>() == 8) return <i32>(i64x2.extract_lane(count, 0) + i64x2.extract_lane(count, 1));
  const two = i32x4.add(count, i32x4.shuffle(count, count, 2, 3, 0, 1));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}

/** Moves the k first of n listed classes to the front of the list, the k-th to its place (Hoare's quickselect). */
export function moveFirst<T>(x: usize, list: usize, n: i32, k: i32): void {
  let low = 0;
  let high = n - 1;
  // Pivots from a generator (Knuth's), so that no order of the input is slow.
  let seed: u64 = <u64>n;
  while (low < high) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    const pivot = entry(list, low + <i32>((seed >> 33) % <u64>(high - low + 1)));
    let i = low;
    let j = high;
    while (i <= j) {
      while (before<T>(x, entry(list, i), pivot)) i++;
      while (before<T>(x, pivot, entry(list, j))) j--;
      if (i > j) break;
      const c = entry(list, i);
      setEntry(list, i++, entry(list, j));
      setEntry(list, j--, c);
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else return;
  }
}

/** Sorts n listed classes: heapsort, whose time does not depend on the input. */
export function sortList<T>(x: usize, list: usize, n: i32): void {
  sort<T>(x, list, n, false);
}

/** Sorts n listed classes by their indices. */
export function sortIndices<T>(list: usize, n: i32): void {
  sort<T>(0, list, n, true);
}

/** `byIndex` is a compile-time constant. */
@inline
function sort<T>(x: usize, list: usize, n: i32, byIndex: bool): void {
  for (let i = (n >> 1) - 1; i >= 0; i--) sift<T>(x, list, i, n, byIndex);
  for (let end = n - 1; end > 0; end--) {
    const last = entry(list, 0);
    setEntry(list, 0, entry(list, end));
    setEntry(list, end, last);
    sift<T>(x, list, 0, end, byIndex);
  }
}

/** Lets the class at i sink in a heap of n, at whose root is the last. */
@inline
function sift<T>(x: usize, list: usize, i: i32, n: i32, byIndex: bool): void {
  const c = entry(list, i);
  for (;;) {
    let child = 2 * i + 1;
    if (child >= n) break;
    let d = entry(list, child);
    if (child + 1 < n) {
      const e = entry(list, child + 1);
      if (byIndex ? d < e : before<T>(x, d, e)) {
        d = e;
        child++;
      }
    }
    if (byIndex ? c >= d : before<T>(x, d, c)) break;
    setEntry(list, i, d);
    i = child;
  }
  setEntry(list, i, c);
}
