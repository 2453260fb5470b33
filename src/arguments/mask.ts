// Which classes are present: any, by a mask; or the leading ones of each position, by lengths. Also what follows for a
// loss: which positions are ignored, and how many classes each of the others has.

import { IGNORED } from "../../assembly/abi.js";
import { numberError, rangeError, show, showSizes, typeError } from "../errors.js";
import type { FloatArray } from "../floatType.js";
import { callIntegers } from "../memory/callArrays.js";
import type { Memory } from "../memory/linearMemory.js";
import type { Output } from "../memory/placed.js";
import { bufferOf, byteOffsetOf, lengthOf, overlapFrom, tagOf } from "../typedArray.js";
import { checkAttached } from "./arrays.js";
import type { MoreOptions } from "./options.js";
import { lastSize, type Layout, positionsOf } from "./shape.js";
import type { Labels, LabelsName } from "./targets.js";

/** One element for a logit, or for a class of every position: true or not 0 where it is present. */
export type Mask =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | readonly boolean[]
  | readonly number[]
  | readonly (readonly boolean[])[]
  | readonly (readonly number[])[];

/** How many leading classes of each position are present; `"causal"`: t + 1 of the position t along the last axis but one. */
export type Lengths = "causal" | Labels;

/** Which classes are present: by a byte for each element, 0 for absent, or by the number of leading ones a position. */
export interface Presence {
  readonly mask: Uint8Array | null;
  readonly lengths: Int32Array | null;
}

export const ALL_PRESENT: Presence = { mask: null, lengths: null };

/**
 * Reads the options `mask` and `lengths` for a layout. `sizes` are those that the caller gave, if any.
 *
 * A mask in `memory`, the linear memory, is copied, because views of it are lost when it grows. Without `memory` every
 * mask is copied, because code of the caller may run before it is used, and change it. A copy costs a twentieth of a
 * softmax, and memory that has to be collected.
 */
export function readPresence(
  given: MoreOptions | null,
  layout: Layout,
  sizes: readonly number[] | undefined,
  memory: Memory | null,
): Presence {
  if (given === null) return ALL_PRESENT;
  const { mask, lengths } = given;
  if (mask === undefined && lengths === undefined) return ALL_PRESENT;
  if (lengths === undefined) return { mask: readMask(mask, layout, sizes, memory), lengths: null };
  if (mask !== undefined) {
    throw rangeError("ERR_OPTION", `mask: expected none together with lengths, got ${show(mask)}`);
  }
  return { mask: null, lengths: readLengths(lengths, layout, sizes) };
}

/** What may be read while an output is written: a copy of a mask that has, or may have, memory in common with it. */
export function maskApartFrom(output: Output, presence: Presence): Presence {
  const { mask } = presence;
  if (mask === null || output.given === undefined) return presence;
  const { offset, length, type, array } = output;
  if (!overlapFrom(mask, mask.byteOffset, mask.length, array, offset, length * type.bytes)) return presence;
  return { mask: mask.slice(), lengths: null };
}

/** The same as a mask alone, of lengths too: null where all are present. */
export function readMaskOf(
  given: MoreOptions | null,
  layout: Layout,
  sizes: readonly number[] | undefined,
): Uint8Array | null {
  const { mask, lengths } = readPresence(given, layout, sizes, null);
  return lengths === null ? mask : leadingMask(lengths, layout.cols);
}

/** The mask with a byte for each element. */
function readMask(
  value: unknown,
  layout: Layout,
  sizes: readonly number[] | undefined,
  memory: Memory | null,
): Uint8Array {
  const { rows, cols, inner } = layout;
  const given = readBytes(value, lastSize(sizes, layout), memory);
  const length = rows * cols * inner;
  const count = given.length;
  if (count === length) return given;
  if (count !== cols) {
    throw rangeError("ERR_SHAPE", `mask: expected length ${length}, or ${cols} for the classes alone, got ${count}`);
  }
  const mask = new Uint8Array(length);
  if (inner === 1) for (let at = 0; at < length; at += cols) mask.set(given, at);
  else
    for (let piece = 0; piece < rows * cols; piece++)
      if (given[piece % cols]) mask.fill(1, piece * inner, (piece + 1) * inner);
  return mask;
}

function readBytes(value: unknown, last: number, memory: Memory | null): Uint8Array {
  if (Array.isArray(value)) {
    return Array.isArray(value[0]) ? readRows(value, last) : Uint8Array.from(value, byteIn("mask"));
  }
  const tag = tagOf(value);
  if (tag === undefined || tag.startsWith("Float")) {
    throw typeError("ERR_OPTION", `mask: expected a Uint8Array or an array of booleans, got ${show(value)}`);
  }
  const array = value as Uint8Array;
  checkAttached("mask", array);
  const length = lengthOf(array);
  if (tag === "Uint8Array") {
    const buffer = bufferOf(array);
    const isCopied = memory === null || buffer === memory.buffer;
    // A view of our own: a subclass may say anything of its length.
    return isCopied ? new Uint8Array(array) : new Uint8Array(buffer, byteOffsetOf(array), length);
  }
  // By index, which no subclass can say anything of.
  return Uint8Array.from({ length }, (_, i) => (array[i] ? 1 : 0));
}

/** Rows of the last axis, one after the other. A row of another length would say of other classes whether they are present. */
function readRows(rows: readonly unknown[], last: number): Uint8Array {
  const bytes = rows.flatMap((row, r) => {
    const name = `mask[${r}]`;
    if (!Array.isArray(row)) throw typeError("ERR_OPTION", `${name}: expected a row, like mask[0], got ${show(row)}`);
    if (row.length === last) return row.map(byteIn(name));
    throw rangeError("ERR_SHAPE", `${name}: expected length ${last}, as rows of the logits have, got ${row.length}`);
  });
  return Uint8Array.from(bytes);
}

/** What turns the elements of an array into bytes. */
const byteIn = (name: string) => (present: unknown, i: number) => {
  if (present === true || present === 1) return 1;
  if (present === false || present === 0) return 0;
  throw numberError("ERR_OPTION", present, `${name}[${i}]: expected true or false, 1 or 0, got ${show(present)}`);
};

function readLengths(value: unknown, layout: Layout, sizes: readonly number[] | undefined): Int32Array {
  const { rows, cols, inner } = layout;
  if (inner !== 1) throw rangeError("ERR_OPTION", "lengths: expected the classes along the last axis, got another");
  if (value === "causal") return causalLengths(rows, cols, sizes);
  const tag = tagOf(value);
  const isIntegers = Array.isArray(value) || (tag !== undefined && !tag.startsWith("Float"));
  if (!isIntegers) {
    throw typeError("ERR_OPTION", `lengths: expected an array of integers or "causal", got ${show(value)}`);
  }
  if (tag !== undefined) checkAttached("lengths", value as Int32Array);
  const given = value as ArrayLike<unknown>;
  const count = tag === undefined ? given.length : lengthOf(value as Int32Array);
  if (count !== rows) throw rangeError("ERR_SHAPE", `lengths: expected ${rows}, one per position, got ${count}`);
  const lengths = callIntegers(count);
  let n = 0;
  // Values that can be nothing but integers have a loop of their own, up to one that is refused: a tenth of the time of short rows.
  if (tag === "Int32Array") {
    for (const own = given as Int32Array; n < count; n++) {
      const length = own[n];
      if (length < 0 || length > cols) break;
      lengths[n] = length;
    }
  }
  for (; n < count; n++) {
    const value = given[n];
    const length = typeof value === "bigint" ? Number(value) : value;
    if (!(Number.isInteger(length) && (length as number) >= 0 && (length as number) <= cols)) {
      const message = `lengths[${n}]: expected an integer in [0, ${cols}], got ${show(value)}`;
      throw numberError("ERR_OPTION", length, message);
    }
    lengths[n] = length as number;
  }
  return lengths;
}

function causalLengths(rows: number, cols: number, sizes: readonly number[] | undefined): Int32Array {
  const times = sizes === undefined || sizes.length < 2 ? undefined : sizes[sizes.length - 2];
  if (times !== cols) {
    const expected = `lengths: expected the last two sizes to be equal for "causal"`;
    throw rangeError("ERR_SHAPE", `${expected}, got ${sizes === undefined ? "no shape" : showSizes(sizes)}`);
  }
  return Int32Array.from({ length: rows }, (_, n) => (n % cols) + 1);
}

function leadingMask(lengths: Int32Array, cols: number): Uint8Array {
  const mask = new Uint8Array(lengths.length * cols);
  lengths.forEach((length, n) => mask.fill(1, n * cols, n * cols + length));
  return mask;
}

/** How many classes of each position are present; null where all are. */
export function countPresent({ mask, lengths }: Presence, layout: Layout): Int32Array | null {
  if (mask === null) return lengths;
  const { rows, cols, inner } = layout;
  const counts = callIntegers(positionsOf(layout));
  if (inner === 1) {
    for (let n = 0, at = 0; n < rows; n++) {
      let count = 0;
      for (const end = at + cols; at < end; at++) if (mask[at] !== 0) count++;
      counts[n] = count;
    }
    return counts;
  }
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) {
      for (let i = row * inner; i < (row + 1) * inner; i++, at++) if (mask[at] !== 0) counts[i]++;
    }
  }
  return counts;
}

/**
 * Marks the positions without any class as ignored, and gives how many are left. A label on an absent class of any other
 * is refused.
 */
export function ignoreEmpty(
  labels: Int32Array,
  { mask }: Presence,
  layout: Layout,
  counts: Int32Array,
  name: LabelsName,
): number {
  const { cols, inner } = layout;
  let valid = 0;
  for (let n = 0; n < counts.length; n++) {
    const label = labels[n];
    if (label === IGNORED) continue;
    if (counts[n] === 0) {
      labels[n] = IGNORED;
      continue;
    }
    valid++;
    if (label < 0) continue;
    const isPresent =
      mask === null ? label < counts[n] : mask[(Math.floor(n / inner) * cols + label) * inner + (n % inner)] !== 0;
    if (!isPresent) throw rangeError("ERR_LABEL", `${name}[${n}]: expected a present class, got ${label}`);
  }
  return valid;
}

/** Refuses a probability of an absent class, where others are present. */
export function checkProbabilities(
  probabilities: FloatArray,
  { mask }: Presence,
  layout: Layout,
  counts: Int32Array,
): void {
  const { rows, cols, inner } = layout;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) {
      for (let n = row * inner; n < (row + 1) * inner; n++, at++) {
        if (counts[n] === 0 || !(probabilities[at] > 0)) continue;
        if (mask === null ? c < counts[n] : mask[at] !== 0) continue;
        throw rangeError("ERR_LABEL", `targets[${at}]: expected 0 for an absent class, got ${show(probabilities[at])}`);
      }
    }
  }
}
