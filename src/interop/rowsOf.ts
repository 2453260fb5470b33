// Tables of other libraries, by their structure: rows of typed arrays, Matrix of ml-matrix, Vector of Apache Arrow.

import { rangeError, show, typeError } from "../errors.js";
import { floatTypeOf, newFloats } from "../floatType.js";
import { lengthOf } from "../typedArray.js";
import { readType, typeOfElements } from "./elementTypes.js";
import type { ReadTensor } from "./readTensor.js";

type Fields = Readonly<Record<string, unknown>>;

/** The tensor of an array of typed arrays of floats, all of one type and length; undefined for every other array. */
export function readRows(name: string, rows: readonly unknown[]): ReadTensor | undefined {
  const type = floatTypeOf(rows[0]);
  if (type === undefined) return undefined;
  const cols = lengthOf(rows[0] as ArrayBufferView);
  rows.forEach((row, r) => {
    if (floatTypeOf(row) !== type)
      throw typeError("ERR_DTYPE", `${name}[${r}]: expected a ${type.name}, got ${show(row)}`);
    const length = lengthOf(row as ArrayBufferView);
    if (length !== cols) throw rangeError("ERR_SHAPE", `${name}[${r}]: expected length ${cols}, got ${length}`);
  });
  const data = newFloats(name, type, rows.length * cols);
  rows.forEach((row, r) => data.set(row as Float64Array, r * cols));
  return { type: typeOfElements(data) as ReadTensor["type"], dims: [rows.length, cols], data, isPlain: false };
}

/**
 * The rows of a Matrix of ml-matrix. Views of a part of another matrix have no rows of their own, but the same methods.
 */
export const isMatrix = ({ rows, columns, to2DArray }: Fields): boolean =>
  typeof rows === "number" && typeof columns === "number" && typeof to2DArray === "function";

export function readMatrix(name: string, matrix: Fields): ReadTensor {
  const { rows, columns } = matrix as { readonly rows: number; readonly columns: number };
  const table = (matrix as { to2DArray: () => unknown }).to2DArray();
  const elements = Array.isArray(table) ? (table as readonly ArrayLike<number>[]) : [];
  if (elements.length !== rows || !elements.every((row) => row.length === columns)) {
    throw rangeError("ERR_SHAPE", `${name}: expected ${rows} rows of ${columns}, got ${show(table)}`);
  }
  return {
    type: "float64",
    dims: [rows, columns],
    data: Float64Array.from(elements.flatMap((row) => Array.from(row))),
    isPlain: false,
  };
}

export const isVector = ({ nullCount, toArray }: Fields): boolean =>
  typeof nullCount === "number" && typeof toArray === "function";

export function readVector(name: string, vector: Fields): ReadTensor {
  const { nullCount } = vector;
  if (nullCount !== 0) {
    throw rangeError("ERR_SHAPE", `${name}: expected a vector without nulls, got ${show(nullCount)} of them`);
  }
  const data = (vector as { toArray: () => unknown }).toArray();
  const type = ArrayBuffer.isView(data) ? typeOfElements(data) : undefined;
  if (type === undefined) throw typeError("ERR_DTYPE", `${name}: expected a vector of numbers, got ${show(data)}`);
  return { type: readType(name, "type", type), dims: [lengthOf(data as ArrayBufferView)], data, isPlain: false };
}
