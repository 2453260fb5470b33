import { checkAttached } from "../arguments/arrays.js";
import { rangeError, show, typeError } from "../errors.js";
import { lengthOf, tagOf } from "../typedArray.js";
import { narrow, widened } from "./float16.js";
import type { FloatName } from "./functions.js";
import { newElements } from "./newElements.js";
import type { ReadTensor } from "./readTensor.js";

/** What the library takes of a tensor. It knows no halves in Uint16Array: they are widened, which loses nothing. */
export function operandOf({ type, data }: ReadTensor): unknown {
  return type === "float16" ? widened(data as Uint16Array) : data;
}

interface Result {
  readonly data: unknown;
  readonly dims: number[];
  readonly type: FloatName;
}

/** The tensor that an array of the library's is; of the type of the tensor that went in. `out` is of halves only. */
export function tensorOf(source: ReadTensor, array: unknown, dims: number[], out?: unknown): Result {
  if (source.type === "float16") {
    return { data: narrowed(array as Float32Array, source.data as Uint16Array, out), dims, type: "float16" };
  }
  // Numbers of a plain array, or a WasmArray.
  const elements = Array.isArray(array) ? Float64Array.from(array as number[]) : array;
  const data = ArrayBuffer.isView(elements) ? elements : (elements as { view: unknown }).view;
  return { data, dims, type: tagOf(data) === "Float64Array" ? "float64" : "float32" };
}

/** The tensor that an array of classes is. */
export const integersOf = (data: Int32Array, dims: number[]): { data: Int32Array; dims: number[]; type: "int32" } => ({
  data,
  dims,
  type: "int32",
});

/** In `out`, or in a new array of the kind that the halves came in. */
function narrowed(values: Float32Array, like: Uint16Array, out: unknown): Uint16Array {
  const { length } = values;
  if (out !== undefined) checkOut(out, like, length);
  const halves = (out ?? newElements("result", like, length)) as Uint16Array;
  narrow(values, halves);
  return halves;
}

function checkOut(out: unknown, like: Uint16Array, length: number): void {
  if (tagOf(out) !== tagOf(like)) {
    throw typeError("ERR_OUT", `out: expected a ${tagOf(like)}, as the tensor has, got ${show(out)}`);
  }
  const array = out as Uint16Array;
  checkAttached("out", array);
  if (lengthOf(array) !== length) {
    throw rangeError("ERR_OUT", `out: expected length ${length}, got ${lengthOf(array)}`);
  }
}
