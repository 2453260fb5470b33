import { checkAttached, readNumbers } from "../arguments/arrays.js";
import { rangeError, show, showSizes, typeError } from "../errors.js";
import { lengthOf, tagOf } from "../typedArray.js";
import {
  asSaid,
  checkElements,
  type ElementType,
  isFloat,
  readType,
  takesFloatsAlone,
  typeOfElements,
} from "./elementTypes.js";
import { isMatrix, isVector, readMatrix, readRows, readVector } from "./rowsOf.js";
import { checkInteger, productOf, readIntegers } from "./sizes.js";
import { checkInside, inOrder } from "./strided.js";
import type { SyncLike } from "./tensorLike.js";

/** A tensor as read: `data` holds its elements row by row. */
export interface ReadTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** A typed array; labels and masks of plain arrays are in such. */
  readonly data: unknown;
  /** Whether a plain array held the elements. */
  readonly isPlain: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The tensor that a value is by its structure, checked, each property read once; undefined for every other value.
 *
 * `name` is the argument's, which decides on the types that may come.
 */
export function readTensor(name: string, value: unknown): ReadTensor | undefined {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return readRows(name, value);
  const fields = value as Fields;
  if ("dims" in fields && "type" in fields) return readOnnx(name, fields);
  if (typeof fields.dataSync === "function") return readSync(name, fields);
  if ("data" in fields && "shape" in fields) {
    if ("strides" in fields) return readStrided(name, fields, "strides");
    if ("stride" in fields) return readStrided(name, fields, "stride");
  }
  if (isMatrix(fields)) return readMatrix(name, fields);
  if (isVector(fields)) return readVector(name, fields);
  // NumJs keeps an ndarray of scijs in it.
  return "selection" in fields ? readTensor(name, fields.selection) : undefined;
}

function readOnnx(name: string, tensor: Fields): ReadTensor {
  const type = readType(name, "type", tensor.type);
  const dims = readIntegers(`${name}.dims`, tensor.dims, 0);
  // Before its data, which throws elsewhere.
  const { location } = tensor;
  if (location !== undefined && location !== "cpu" && location !== "cpu-pinned") {
    const expected = `expected "cpu", where getData() brings it`;
    throw rangeError("ERR_LOCATION", `${name}.location: ${expected}, got ${show(location)}`);
  }
  return dense(name, "dims", type, dims, tensor.data);
}

/** A tensor that has `dataSync`, checked. */
export function readSync(name: string, tensor: Fields | SyncLike): ReadTensor {
  const type = readType(name, "dtype", tensor.dtype);
  const dims = readIntegers(`${name}.shape`, tensor.shape, 0);
  const data = (tensor as { dataSync: () => unknown }).dataSync();
  return dense(name, "shape", type, dims, asSaid(name, type, data));
}

function dense(name: string, field: string, type: ElementType, dims: number[], given: unknown): ReadTensor {
  const isPlain = Array.isArray(given);
  const data = isPlain ? numbersOf(`${name}.data`, given, type) : given;
  if (!Array.isArray(data) || isFloat(type)) {
    checkElements(`${name}.data`, type, data);
    checkAttached(name, data as ArrayBufferView);
  }
  const length = Array.isArray(data) ? data.length : lengthOf(data as ArrayBufferView);
  const count = productOf(dims);
  if (count !== length) {
    const expected = `expected a product of ${length}, the length of its data`;
    throw rangeError("ERR_SHAPE", `${name}.${field}: ${expected}, got ${showSizes(dims)} = ${count}`);
  }
  return { type, dims, data, isPlain };
}

/** The elements of a plain array in a type, if it is one of floats; labels and masks as they are. */
function numbersOf(name: string, data: readonly unknown[], type: ElementType): unknown {
  if (type !== "float32" && type !== "float64") return data;
  const numbers = readNumbers(name, data, "ERR_DTYPE");
  return type === "float32" ? new Float32Array(numbers) : numbers;
}

function readStrided(name: string, array: Fields, field: "stride" | "strides"): ReadTensor {
  const { data, offset, dtype } = array;
  const type = dtype === "float16" && tagOf(data) === "Uint16Array" ? dtype : typeOfElements(data);
  if (type === undefined) {
    const expected = "expected a typed array or an array of numbers";
    throw typeError("ERR_DTYPE", `${name}.data: ${expected}, got ${show(data)}`);
  }
  // Plain arrays have no type to refuse: the library checks their numbers.
  if (!Array.isArray(data)) readType(name, "data", type);
  const sizes = readIntegers(`${name}.shape`, array.shape, 0);
  const strides = readIntegers(`${name}.${field}`, array[field], -Infinity);
  checkInteger(`${name}.offset`, offset, 0);
  const elements = data as ArrayBufferView | readonly unknown[];
  if (ArrayBuffer.isView(elements)) checkAttached(name, elements);
  const length = ArrayBuffer.isView(elements) ? lengthOf(elements) : elements.length;
  const layout = { sizes, strides, offset: offset as number };
  checkInside(name, layout, length);
  const ordered = inOrder(name, elements, layout);
  // Targets may be labels: the library reads them.
  const isFloats = Array.isArray(ordered) && takesFloatsAlone(name);
  return { type, dims: sizes, data: isFloats ? numbersOf(name, ordered, type) : ordered, isPlain: Array.isArray(data) };
}
