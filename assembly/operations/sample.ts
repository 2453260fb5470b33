import {
  BINS_BYTES,
  COLS,
  DRAWN,
  INDICES,
  K,
  LENGTHS,
  MIN_P,
  NO_TOKEN,
  RANDOM,
  ROWS,
  SCRATCH,
  TEMPERATURE,
  TOP_P,
  VALUES,
  X,
} from "../abi";
import { address, count, lengthOf, number } from "../call";
import { subtract, subtractTempered } from "../elementwise";
import { findLogSum, findMaxTerm, storeExponentials, takeFrom } from "../exponentials";
import { useRow } from "../groups";
import { half0, half1, lanes, narrow } from "../lanes";
import { maxOf } from "../max";
import { cutNucleus, NucleusRow } from "../nucleus";
import { at, entry, listLargest, setEntry, sortIndices } from "../order";
import { sumRowFrom } from "../sum";
import { isTempered, power, useTemperature } from "../temperature";
import { argmaxOfRow } from "./argmax";
import { rowBytes } from "./topK";

/**
 * INDICES = a class of each row, drawn with the row's number u of RANDOM from the softmax of the logits over
 * TEMPERATURE, after some classes have been left out. VALUES = the logarithm of its probability in that distribution:
 * what logSoftmax gives, bit by bit, for the row with −∞ in place of the classes left out. INNER is 1. LENGTHS classes
 * of each row are read; those that follow count as −∞.
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
  const lengths = address(call, LENGTHS);
  const k = count(call, K);
  const temperature = number(call, TEMPERATURE);
  const topP = number(call, TOP_P);
  const minP = number(call, MIN_P);
  const values = address(call, VALUES);
  const indices = address(call, INDICES);
  const random = address(call, RANDOM);
  const group = changetype<NucleusRow>(address(call, SCRATCH));
  const bins = group.terms;
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
    const length = lengthOf(lengths, r, cols);
    if (length == 0) continue;
    if (temperature == 0) {
      const best = argmaxOfRow<T>(row, length);
      if (!isFiniteNumber<T>(at<T>(row, best))) continue;
      store<i32>(token, best);
      store<T>(value, 0);
      continue;
    }
    let n = length;
    const isShortened = k > 0 && k < cols;
    if (isShortened) {
      n = keepLargest<T>(row, length, k, kept, list, classes);
      if (n == 0) continue;
      row = kept;
    }
    useRow<T>(group, n);
    const highest = maxOf<T>(group, row);
    storeExponentials<T>(group, row, exponentials, highest, true);
    const total = f64x2.extract_lane(group.total0, 0);
    if (!isFiniteNumber<f64>(total)) continue;
    if (topP < 1 || minP > 0) {
      findMaxTerm<T>(group);
      const largest = v128.extract_lane<T>(group.maxTerm, 0);
      const from = topP < 1 ? cutNucleus<T>(group, row, exponentials, n, largest, total, topP, bins, list) : <T>0;
      const limit = minP * <f64>largest;
      const sum = topP < 1 ? group.nucleusSum : NaN;
      if (sizeof<T>() == 4 && sum == sum && limit <= <f64>from) takeFrom<T>(group, exponentials, from, sum);
      else keepFrom<T>(group, exponentials, max<f64>(<f64>from, limit));
    }
    findLogSum<T>(group, exponentials);
    const slot = draw<T>(
      exponentials,
      f64x2.extract_lane(group.total0, 0),
      n,
      isShortened ? n : cols,
      load<f64>(random + ((<usize>r) << 3)),
    );
    store<i32>(token, isShortened ? entry(classes, slot) : slot);
    store<T>(value, at<T>(row, slot));
    useRow<T>(group, 1);
    if (isTempered()) subtractTempered<T>(group, value, value, highest, group.logSum0, group.logSum1);
    else subtract<T>(group, value, value, highest, narrow<T>(group.logSum0, group.logSum1));
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

/** 0 in place of exponentials below a limit, and the sum of the others. */
function keepFrom<T>(group: NucleusRow, exponentials: usize, limit: f64): void {
  let least = <T>limit;
  // In f32, the first number that is not below.
  if (sizeof<T>() == 4 && <f64>least < limit) least = <T>reinterpret<f32>(reinterpret<u32>(<f32>least) + 1);
  sumRowFrom<T>(group, exponentials, least);
}

/**
 * The first class whose running sum is above u times the sum of all; the last where rounding leaves none. The sum runs over
 * DRAWN classes at once, and from class to class in those where it gets there, or that are the last of `cols`. Of those, the
 * first n have exponentials, and the others 0.
 */
function draw<T>(exponentials: usize, total: f64, n: i32, cols: i32, u: f64): i32 {
  const target = u * total;
  // Half the smallest number of T, times the total: the probability of what is not above rounds to 0.
  const least = sizeof<T>() == 4 ? total * power(-150) : total * power(-538) * power(-537);
  let sum: f64 = 0;
  for (let c = n; c < cols && c & (DRAWN - 1); c++) store<T>(exponentials + ((<usize>c) << alignof<T>()), 0);
  for (let c = 0; c < n; c += DRAWN) {
    const end = min(c + DRAWN, n);
    const from = exponentials + ((<usize>c) << alignof<T>());
    if (c + DRAWN < cols) {
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
