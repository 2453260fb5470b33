import { rangeError, show, typeError } from "./errors.js";

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
export const positionsOf = ({ rows, inner }: Layout): number => rows * inner;

/** The shape as given, of which the product is `length`; undefined where none is. */
export function readShape(name: string, value: unknown, length: number): readonly number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw typeError("ERR_SHAPE", `shape: expected an array of integers, got ${show(value)}`);
  }
  const shape = value as readonly unknown[];
  if (shape.length === 0) throw rangeError("ERR_SHAPE", "shape: expected one size or more, got []");
  let product = 1;
  shape.forEach((size, i) => {
    const message = `shape[${i}]: expected an integer ≥ 0, got ${show(size)}`;
    if (typeof size !== "number") throw typeError("ERR_SHAPE", message);
    if (!Number.isSafeInteger(size) || size < 0) throw rangeError("ERR_SHAPE", message);
    product *= size;
  });
  if (product !== length) {
    throw rangeError(
      "ERR_SHAPE",
      `shape: expected a product of ${length}, the length of ${name}, got ${shape.join(" × ")} = ${product}`,
    );
  }
  return shape as number[];
}

/** The axis as an index from the front; the last one by default. */
export function readAxis(value: unknown, rank: number): number {
  if (value === undefined) return rank - 1;
  const message = `axis: expected an integer in [${-rank}, ${rank}), got ${show(value)}`;
  if (typeof value !== "number") throw typeError("ERR_AXIS", message);
  if (!Number.isInteger(value) || value < -rank || value >= rank) throw rangeError("ERR_AXIS", message);
  return value < 0 ? value + rank : value;
}

const product = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);

/** The layout of a shape along an axis. */
export function layoutOf(sizes: readonly number[], axis: unknown): Layout {
  const at = readAxis(axis, sizes.length);
  return { rows: product(sizes.slice(0, at)), cols: sizes[at], inner: product(sizes.slice(at + 1)) };
}

/** The layout of an array, one row where no shape is given. */
export function readLayout(name: string, length: number, shape: unknown, axis: unknown): Layout {
  return layoutOf(readShape(name, shape, length) ?? [length], axis);
}
