import { checkAttached } from "../arguments/arrays.js";
import { rangeError, show, showShape, typeError } from "../errors.js";
import { F32, type FloatArray, newFloats } from "../floatType.js";
import { lengthOf, tagOf } from "../typedArray.js";
import { narrow, widened } from "./float16.js";
import type { FloatName } from "./functions.js";
import { newElements } from "./newElements.js";
import type { ReadTensor } from "./readTensor.js";
import { readIntegers, samePlaces } from "./sizes.js";

/** What the library takes of a tensor. It knows no halves in Uint16Array: they are widened, which loses nothing. */
export function operandOf({ type, data }: ReadTensor): unknown {
  return type === "float16" ? widened(data as Uint16Array) : data;
}

/** The array in which a tensor passed as `out` holds its elements. */
export function elementsForResult(out: unknown, dims: readonly number[]): unknown {
  if (typeof out !== "object" || out === null || ArrayBuffer.isView(out)) return out;
  const tensor = out as { readonly dims?: unknown; readonly data?: unknown; readonly dataSync?: unknown };
  if (typeof tensor.dataSync === "function" || "shape" in tensor) {
    const expected = "expected a typed array, a WasmArray or a tensor with dims, whose elements can be written";
    throw typeError("ERR_OUT", `out: ${expected}, got ${show(out)}: pass its data, or make one of the result`);
  }
  if (!("dims" in tensor)) return out;
  const sizes = readIntegers("out.dims", tensor.dims, 0);
  if (samePlaces(sizes, dims)) return tensor.data;
  throw rangeError("ERR_OUT", `out: expected a tensor of shape ${showShape(dims)}, got ${showShape(sizes)}`);
}

interface Result {
  readonly data: unknown;
  readonly dims: number[];
  readonly type: FloatName;
}

/** Makes a tensor of the library's result, or of `out`: of the same type and kind as the input tensor. */
export function tensorOf(source: ReadTensor, array: unknown, dims: number[], out?: unknown): Result {
  if (source.type === "float16") {
    return { data: narrowed(array as Float32Array, source.data as Uint16Array, out), dims, type: "float16" };
  }
  const { type } = source as { readonly type: "float32" | "float64" };
  if (source.isPlain && out === undefined) return { data: Array.from(array as FloatArray), dims, type };
  return { data: ArrayBuffer.isView(array) ? array : (array as { view: unknown }).view, dims, type };
}

/** Makes a tensor of an array of classes. */
export const integersOf = (data: Int32Array, dims: number[]): { data: Int32Array; dims: number[]; type: "int32" } => ({
  data,
  dims,
  type: "int32",
});

/** In `out`, or in a new array of the kind that the halves came in. */
export function narrowed(values: Float32Array, like: Uint16Array, out: unknown): Uint16Array {
  const halves = (out ?? newElements("result", like, values.length)) as Uint16Array;
  narrow(values, halves);
  return halves;
}

/**
 * A float array that the library writes to, or adds to, in place of an `out` of halves. The library checks its length.
 */
export function inSingles(out: unknown, like: Uint16Array, accumulate: boolean): Float32Array {
  if (tagOf(out) !== tagOf(like)) {
    throw typeError("ERR_OUT", `out: expected a ${tagOf(like)}, like the input, got ${show(out)}`);
  }
  const halves = out as Uint16Array;
  checkAttached("out", halves);
  return accumulate ? widened(halves) : (newFloats("out", F32, lengthOf(halves)) as Float32Array);
}
