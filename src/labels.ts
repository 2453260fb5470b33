import { rangeError, show, typeError } from "./errors.js";
import { checkAttached, lengthOf, tagOf } from "./typedArray.js";

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

const INTEGERS = /^(?:Int|Uint|BigInt|BigUint)\d+(?:Clamped)?Array$/;

/** Refuses what is no array of labels, and says how many there are. */
export function countLabels(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  const tag = tagOf(value);
  if (tag === undefined || !INTEGERS.test(tag)) {
    throw typeError("ERR_DTYPE", `labels: expected an integer array or number[], got ${show(value)}`);
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
  const labels = new Int32Array(count);
  let valid = count;
  for (let i = 0; i < count; i++) {
    const label = value[i];
    const index = typeof label === "bigint" ? Number(label) : label;
    if (index === ignoreIndex) {
      labels[i] = -1;
      valid--;
    } else if (Number.isInteger(index) && index >= 0 && index < cols) {
      labels[i] = index;
    } else {
      throw refused(i, label, cols);
    }
  }
  return { labels, valid };
}

function refused(i: number, label: unknown, cols: number): Error {
  const message = `labels[${i}]: expected an integer in [0, ${cols}), got ${show(label)}`;
  const isNumber = typeof label === "number" || typeof label === "bigint";
  return isNumber ? rangeError("ERR_LABEL", message) : typeError("ERR_LABEL", message);
}
