import { checkAttached } from "./arrays.js";
import { rangeError, show, typeError } from "./errors.js";
import { lengthOf, tagOf } from "./typedArray.js";

/** Integer class indices, one a position. */
export type Labels =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[];

/** Labels as the kernels take them: a private copy, checked, −1 where the position is ignored. */
export interface CheckedLabels {
  readonly labels: Int32Array;
  /** How many positions are not ignored. */
  readonly valid: number;
}

/** The label of an ignored position, and of one with soft targets. */
export const IGNORED = -1;
export const SOFT = -2;

/** Refuses what is no array, and says how many labels there are. Arrays of floats are soft targets, and do not come here. */
export function countLabels(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (tagOf(value) === undefined) {
    const expected = "integers, or an array like the logits";
    throw typeError("ERR_DTYPE", `targets: expected ${expected}, got ${show(value)}`);
  }
  checkAttached("labels", value as Int32Array);
  return lengthOf(value as Int32Array);
}

/**
 * Copies `count` labels and checks the copy, so that nothing can change between the check and the use.
 *
 * Each is an integer in [0, cols) or `ignoreIndex`: never wrapped, clamped or skipped.
 */
export function readLabels(value: Labels, count: number, cols: number, ignoreIndex: number | null): CheckedLabels {
  const tag = tagOf(value);
  if (tag === "Int32Array") {
    const labels = new Int32Array(value as Int32Array);
    return { labels, valid: checkInt32(labels, count, cols, ignoreIndex) };
  }
  const labels = new Int32Array(count);
  return { labels, valid: checkNumbers(toNumbers(value, tag), labels, count, cols, ignoreIndex, tag !== undefined) };
}

/** In place; −1 for ignored ones. How many are not. */
function checkInt32(labels: Int32Array, count: number, cols: number, ignoreIndex: number | null): number {
  let valid = count;
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    if (label === ignoreIndex) {
      labels[i] = IGNORED;
      valid--;
    } else if (label < 0 || label >= cols) {
      throw refused(i, label, cols);
    }
  }
  return valid;
}

/** One kind of array for the loop over them, which is fast for one kind only. */
function toNumbers(value: Labels, tag: string | undefined): ArrayLike<unknown> {
  if (tag === undefined || tag.startsWith("Big")) return value;
  return new Float64Array(value as Exclude<Labels, BigInt64Array | BigUint64Array>);
}

function checkNumbers(
  values: ArrayLike<unknown>,
  labels: Int32Array,
  count: number,
  cols: number,
  ignoreIndex: number | null,
  bigints: boolean,
): number {
  let valid = count;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    // In BigInt64Array and BigUint64Array: an array of numbers has no bigint.
    const label = bigints && typeof value === "bigint" ? Number(value) : value;
    if (label === ignoreIndex) {
      labels[i] = IGNORED;
      valid--;
    } else if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < cols) {
      labels[i] = label as number;
    } else {
      throw refused(i, value, cols);
    }
  }
  return valid;
}

function refused(i: number, label: unknown, cols: number): Error {
  const message = `labels[${i}]: expected an integer in [0, ${cols}), got ${show(label)}`;
  const isNumber = typeof label === "number" || typeof label === "bigint";
  return isNumber ? rangeError("ERR_LABEL", message) : typeError("ERR_LABEL", message);
}
