import { IGNORED } from "../../assembly/abi.js";
import { rangeError, show, typeError } from "../errors.js";
import type { Float16 } from "../floatType.js";
import { lengthOf } from "../typedArray.js";
import { checkAttached, type Floats } from "./arrays.js";
import { type Layout, layoutOf, positionsOf, readShape } from "./shape.js";

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

/** Class indices, one a position; or probabilities of the classes, in an array of the logits' type and length. */
export type Targets = Labels | Floats | Float16;

/** The number of labels in an array with a tag (`tagOf`). Refuses values that are not arrays. */
export function countLabels(targets: unknown, tag: string | undefined): number {
  if (tag === undefined) {
    if (Array.isArray(targets)) return targets.length;
    const expected = "integers, or an array like the logits";
    throw typeError("ERR_DTYPE", `targets: expected ${expected}, got ${show(targets)}`);
  }
  const count = lengthOf(targets as Int32Array);
  if (count === 0) checkAttached("targets", targets as Int32Array);
  return count;
}

/** The layout that a shape gives, or the number of labels, or the one row of probabilities (`labels` undefined). */
export function readLossLayout(length: number, labels: number | undefined, shape: unknown, axis: unknown): Layout {
  let sizes = shape === undefined ? undefined : readShape("logits", shape, length);
  if (sizes === undefined && labels !== undefined) {
    if (length === 0 && labels === 0) return layoutOf([0, 1], axis); // no rows, whatever the classes
    if (labels === 0 || length === 0 || length % labels !== 0) {
      const expected = "expected logits.length to be a positive multiple of targets.length";
      throw rangeError("ERR_SHAPE", `logits: ${expected}, got ${length} and ${labels}`);
    }
    if (axis === undefined) return { rows: labels, cols: length / labels, inner: 1 };
    sizes = [labels, length / labels];
  }
  sizes ??= [length];
  const layout = layoutOf(sizes, axis);
  if (layout.cols === 0) {
    throw rangeError("ERR_SHAPE", `shape: expected one class or more, got ${sizes.join(" × ")}`);
  }
  const positions = positionsOf(layout);
  if (labels !== undefined && labels !== positions) {
    const expected = `expected ${positions}, one a position of ${sizes.join(" × ")}`;
    throw rangeError("ERR_SHAPE", `targets: ${expected}, got ${labels}`);
  }
  return layout;
}

/**
 * Reads `count` labels into labels[at …], a private copy, so that nothing can change between the check and the use; says
 * how many positions are not ignored.
 *
 * Each is an integer in [0, cols) or `ignoreIndex`: never wrapped, clamped or skipped.
 */
export function readLabels(
  labels: Int32Array,
  at: number,
  count: number,
  value: Labels,
  tag: string | undefined,
  cols: number,
  ignoreIndex: number | null,
): number {
  if (tag === "Int32Array") return readInt32(labels, at, count, value as Int32Array, cols, ignoreIndex);
  return readNumbers(labels, count, toNumbers(value, tag), cols, ignoreIndex, tag !== undefined);
}

function readInt32(
  labels: Int32Array,
  at: number,
  count: number,
  values: Int32Array,
  cols: number,
  ignoreIndex: number | null,
): number {
  let valid = count;
  for (let i = 0; i < count; i++) {
    const label = values[i];
    if (label === ignoreIndex) {
      labels[at + i] = IGNORED;
      valid--;
    } else if (label >= 0 && label < cols) {
      labels[at + i] = label;
    } else {
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

function readNumbers(
  labels: Int32Array,
  count: number,
  values: ArrayLike<unknown>,
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
  const message = `targets[${i}]: expected an integer in [0, ${cols}), got ${show(label)}`;
  const isNumber = typeof label === "number" || typeof label === "bigint";
  return isNumber ? rangeError("ERR_LABEL", message) : typeError("ERR_LABEL", message);
}
