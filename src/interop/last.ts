import { rangeError, show, showShape, typeError } from "../errors.js";
import type { ReadTensor } from "./readTensor.js";
import { productOf } from "./sizes.js";

/**
 * A tensor; or, with the option `last`, only its last position along the axis before the classes: [1, V] of [1, T, V].
 */
export function lastOf(name: string, tensor: ReadTensor, options: object | undefined): ReadTensor {
  const last: unknown =
    options !== undefined && Object.hasOwn(options, "last") ? Reflect.get(options, "last") : undefined;
  if (last === undefined) return tensor;
  if (typeof last !== "boolean") throw typeError("ERR_OPTION", `last: expected true or false, got ${show(last)}`);
  if (!last) return tensor;
  const { dims } = tensor;
  if (dims.length < 2 || dims[dims.length - 2] === 0) {
    const expected = "expected a tensor with positions before the classes, whose last is taken";
    throw rangeError("ERR_SHAPE", `${name}: ${expected}, got shape ${showShape(dims)}`);
  }
  const outer = dims.slice(0, -2);
  const [positions, classes] = dims.slice(-2);
  const count = productOf(outer);
  const from = (n: number) => ((n + 1) * positions - 1) * classes;
  return { ...tensor, dims: [...outer, classes], data: rowsOf(tensor.data as Float32Array, count, classes, from) };
}

/** Some rows that are apart: a view of one, and a copy of several. */
function rowsOf(data: Float32Array, count: number, length: number, from: (n: number) => number): Float32Array {
  if (count === 1) return data.subarray(from(0), from(0) + length);
  const rows = data.slice(0, count * length);
  for (let n = 0; n < count; n++) rows.set(data.subarray(from(n), from(n) + length), n * length);
  return rows;
}
