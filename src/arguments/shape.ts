import { numberError, rangeError, show, showSizes, typeError } from "../errors.js";
import { isRows } from "../form.js";
import type { Placed } from "../memory/placed.js";

/** Where the classes lie in an array: element (r, c, i) at (r·cols + c)·inner + i. */
export interface Layout {
  /** The product of the sizes before the axis. */
  readonly rows: number;
  /** Classes: the size of the axis. */
  readonly cols: number;
  /** The product of the sizes after the axis. */
  readonly inner: number;
}

/** How many positions, each with its classes, a layout has: the product of the sizes without the axis. */
export const positionsOf = ({ rows, inner }: { readonly rows: number; readonly inner: number }): number => rows * inner;

/** The given shape, whose product is `length`; undefined where none is given. */
export function readShape(name: string, value: unknown, length: number): readonly number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw typeError("ERR_SHAPE", `shape: expected an array of integers, got ${show(value)}`);
  }
  const shape = value as readonly unknown[];
  if (shape.length === 0) throw rangeError("ERR_SHAPE", "shape: expected one size or more, got []");
  let product = 1;
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i];
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      const inferred = size === -1 ? "; no size is inferred" : "";
      throw numberError("ERR_SHAPE", size, `shape[${i}]: expected an integer ≥ 0, got ${show(size)}${inferred}`);
    }
    product *= size;
  }
  if (product !== length) {
    throw rangeError(
      "ERR_SHAPE",
      `shape: expected a product of ${length}, the length of ${name}, got ${showSizes(shape)} = ${product}`,
    );
  }
  return shape as number[];
}

/** The axis as an index from the front. */
export function readAxis(value: unknown, rank: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < -rank || value >= rank) {
    throw numberError("ERR_AXIS", value, `axis: expected an integer in [${-rank}, ${rank}), got ${show(value)}`);
  }
  return value < 0 ? value + rank : value;
}

/** The layout of a shape along an axis. */
export function layoutOf(sizes: readonly number[], axis: unknown): Layout {
  const at = axis === undefined ? sizes.length - 1 : readAxis(axis, sizes.length);
  let rows = 1;
  let inner = 1;
  for (let i = 0; i < at; i++) rows *= sizes[i];
  for (let i = at + 1; i < sizes.length; i++) inner *= sizes[i];
  return { rows, cols: sizes[at], inner };
}

/** The sizes of an array: those of its rows, or the given ones; undefined where there are neither. */
export function readSizes(name: string, { length, form }: Placed, shape: unknown): readonly number[] | undefined {
  if (form === null || !isRows(form)) return readShape(name, shape, length);
  if (shape === undefined) return [form.count, form.length];
  throw rangeError("ERR_SHAPE", `shape: expected none for ${name}, an array of rows, got ${show(shape)}`);
}

/** The size of the last axis: of sizes, or of the one or two axes of a layout without. */
export const lastSize = (sizes: readonly number[] | undefined, { cols, inner }: Layout): number =>
  sizes?.at(-1) ?? (inner === 1 ? cols : inner);

/** Refuses rows that are cut elsewhere than those of the array they go with: their elements would be those of other classes. */
export function checkRows(name: string, { form }: Placed, last: number, owner: string): void {
  if (!isRows(form) || form.length === last) return;
  throw rangeError("ERR_SHAPE", `${name}: expected rows of ${last}, as ${owner}, got rows of ${form.length}`);
}

/** The layout of sizes along an axis; one row of `length` where there are none. */
export const layoutIn = (sizes: readonly number[] | undefined, length: number, axis: unknown): Layout =>
  sizes === undefined && axis === undefined ? { rows: 1, cols: length, inner: 1 } : layoutOf(sizes ?? [length], axis);
