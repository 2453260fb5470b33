import { rangeError, show, typeError } from "./errors.js";

/** Rows of classes along the last axis. */
export interface Rows {
  readonly rows: number;
  readonly cols: number;
}

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

/** Checks `axis` against the rank. Only the last axis is computed so far. */
export function readAxis(value: unknown, rank: number): void {
  if (value === undefined || value === -1) return;
  if (typeof value !== "number") throw typeError("ERR_AXIS", `axis: expected an integer, got ${show(value)}`);
  if (value !== rank - 1) {
    throw rangeError("ERR_AXIS", `axis: expected the last one, -1 or ${rank - 1}, got ${show(value)}`);
  }
}

/** Rows along the last axis of a shape, which defaults to one row. */
export function rowsOf(name: string, length: number, shape: unknown, axis: unknown): Rows {
  const sizes = readShape(name, shape, length);
  readAxis(axis, sizes?.length ?? 1);
  if (sizes === undefined) return { rows: 1, cols: length };
  return {
    rows: sizes.slice(0, -1).reduce((product, size) => product * size, 1),
    cols: sizes[sizes.length - 1],
  };
}
