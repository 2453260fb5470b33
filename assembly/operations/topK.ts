import {
  COLS,
  INDICES,
  INNER,
  K,
  LENGTHS,
  MASK,
  OF,
  OF_LOG_PROBABILITY,
  OF_PROBABILITY,
  ROWS,
  SCRATCH,
  STRIDE,
  TEMPERATURE,
  VALUES,
  X,
} from "../abi";
import { address, count, lengthOf, number } from "../call";
import { replace, scale, subtract, subtractTempered } from "../elementwise";
import { findLogSum, storeExponentials } from "../exponentials";
import { SingleGroup, useRow } from "../groups";
import { allTrue, narrow } from "../lanes";
import { maxOf } from "../max";
import { at, entry, listLargest, setEntry, sortList } from "../order";
import { isTempered, useTemperature } from "../temperature";
import { factorOf } from "./softmax";

/**
 * INDICES = the K first classes of each position in the order of order.ts. VALUES = their values, as OF says: the
 * logit, or what softmax or logSoftmax gives for the position, bit by bit. Both hold K per position, one position after
 * the other. Classes with −∞ follow, by their indices. Absent classes come last: those that MASK leaves out, whose x is
 * −∞, and those beyond LENGTHS, whose x is not read. The value of an absent class is 0 or −∞.
 *
 * 1 ≤ K ≤ COLS.
 */
export function topK<T>(call: usize): void {
  const x = address(call, X);
  const mask = address(call, MASK);
  const lengths = address(call, LENGTHS);
  const rows = count(call, ROWS);
  const cols = count(call, COLS);
  const inner = count(call, INNER);
  const stride = count(call, STRIDE);
  const k = count(call, K);
  const kind = count(call, OF);
  let values = address(call, VALUES);
  let indices = address(call, INDICES);
  const row = rowBytes<T>(cols);
  const group = changetype<SingleGroup>(address(call, SCRATCH));
  const exponentials = group.terms;
  const gathered = exponentials + row;
  const list = gathered + row;
  useTemperature<T>(number(call, TEMPERATURE));
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inner; i++) {
      const first = <usize>r * <usize>cols * <usize>stride + <usize>i;
      let from = x + (first << alignof<T>());
      if (stride != 1) {
        gather<T>(from, gathered, cols, stride);
        from = gathered;
      }
      const length = lengthOf(lengths, r, cols);
      const present = min(k, length);
      if (present > 0) listFirst<T>(from, mask ? mask + first : 0, length, stride, present, list);
      for (let j = 0; j < present; j++) setEntry(indices, j, entry(list, j));
      for (let j = present; j < k; j++) setEntry(indices, j, length + j - present);
      if (present > 0) valuesOf<T>(group, from, length, list, values, present, kind);
      if (mask) clearAbsent<T>(mask + first, stride, list, values, k, kind);
      for (let j = present; j < k; j++) store<T>(values + ((<usize>j) << alignof<T>()), absentOf<T>(kind));
      values += (<usize>k) << alignof<T>();
      indices += (<usize>k) << 2;
    }
  }
}

/** Bytes of a row of scratch (abi.ts). */
@inline
export function rowBytes<T>(cols: i32): usize {
  return ((((<usize>cols) << alignof<T>()) + 15) & ~15) + 16;
}


@inline
function gather<T>(x: usize, out: usize, cols: i32, stride: i32): void {
  const step = (<usize>stride) << alignof<T>();
  for (; cols > 0; cols--, x += step, out += sizeof<T>()) store<T>(out, load<T>(x));
}

/** Lists the k first classes in order: those above −∞, the others, and those that the mask leaves out. */
function listFirst<T>(x: usize, mask: usize, cols: i32, stride: i32, k: i32, list: usize): void {
  let n = listLargest<T>(x, cols, k, list);
  sortList<T>(x, list, n);
  for (let c = 0; c < cols && n < k; c++) {
    if (at<T>(x, c) == -Infinity && (!mask || load<u8>(mask + <usize>c * <usize>stride))) setEntry(list, n++, c);
  }
  for (let c = 0; n < k; c++) {
    if (!load<u8>(mask + <usize>c * <usize>stride)) setEntry(list, n++, c);
  }
}

/** The values of the listed classes, each computed as for the whole row. */
function valuesOf<T>(group: SingleGroup, x: usize, cols: i32, list: usize, values: usize, k: i32, kind: i32): void {
  const exponentials = group.terms;
  if (kind == OF_PROBABILITY) {
    useRow<T>(group, cols);
    storeExponentials<T>(group, x, exponentials, maxOf<T>(group, x), false);
    const factor = factorOf<T>(group, exponentials);
    take<T>(exponentials, list, values, k);
    useRow<T>(group, k);
    scale<T>(group, values, factor);
    return;
  }
  take<T>(x, list, values, k);
  if (kind != OF_LOG_PROBABILITY) return;
  useRow<T>(group, cols);
  const max = maxOf<T>(group, x);
  storeExponentials<T>(group, x, exponentials, max, true);
  findLogSum<T>(group, exponentials);
  const logSum0 = group.logSum0;
  const logSum1 = group.logSum1;
  const logSum = narrow<T>(logSum0, logSum1);
  useRow<T>(group, k);
  if (isTempered()) subtractTempered<T>(group, values, values, max, logSum0, logSum1);
  else subtract<T>(group, values, values, max, logSum);
  const keep = v128.eq<T>(logSum, logSum);
  if (!allTrue<T>(keep)) replace<T>(group, values, 16, keep, v128.splat<T>(<T>NaN));
}

/** out = the elements of the listed classes. */
@inline
function take<T>(x: usize, list: usize, out: usize, k: i32): void {
  for (let i = 0; i < k; i++, out += sizeof<T>()) store<T>(out, at<T>(x, entry(list, i)));
}

/** The value of an absent class. */
@inline
function absentOf<T>(kind: i32): T {
  return kind == OF_PROBABILITY ? 0 : -Infinity;
}

/** Absent classes have their value also where the others' are NaN. */
function clearAbsent<T>(mask: usize, stride: i32, list: usize, values: usize, k: i32, kind: i32): void {
  const absent = absentOf<T>(kind);
  for (let i = 0; i < k; i++, values += sizeof<T>()) {
    if (!load<u8>(mask + <usize>entry(list, i) * <usize>stride)) store<T>(values, absent);
  }
}
