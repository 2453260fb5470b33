import { show, typeError } from "../errors.js";
import type { FloatName, Tensor } from "./functions.js";
import type { OnnxLike } from "./tensorLike.js";

type TensorClass = new (type: FloatName, data: unknown, dims: readonly number[]) => OnnxLike;

/**
 * A result as a tensor of the same class as another: of onnxruntime or transformers.js, for their models and functions.
 *
 * The elements are not copied. For a plain object with `dims` and `type` it is the result itself. `tf.tensor(data, dims,
 * type)` makes a tensor of TensorFlow.js.
 *
 * @param tensor A tensor of the class that is wanted, usually the one that was computed on.
 * @param result What a function of this entry returned for a tensor.
 * @throws TypeError with the code ERR_DTYPE.
 * @example
 * ```ts
 * import * as ort from "onnxruntime-web";
 * import { like, softmax } from "softmax-wasm/interop";
 *
 * const logits = new ort.Tensor("float32", Float32Array.of(1, 2, 3, 4), [2, 2]);
 * const p = like(logits, softmax(logits));
 * p instanceof ort.Tensor; // → true
 * p.data; // → 0.269, 0.731, 0.269, 0.731
 * ```
 */
export function like<T extends OnnxLike>(tensor: T, result: Tensor<FloatName, ArrayLike<unknown>>): T {
  checkFields("tensor", tensor);
  checkFields("result", result);
  const prototype = Object.getPrototypeOf(tensor) as { readonly constructor: unknown } | null;
  // A plain object, of whatever realm, has no class.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (isPlain) return result as OnnxLike as T;
  const Class = prototype.constructor as TensorClass;
  return new Class(result.type, result.data, result.dims) as T;
}

function checkFields(name: string, value: unknown): void {
  if (typeof value === "object" && value !== null && "dims" in value && "type" in value) return;
  throw typeError("ERR_DTYPE", `${name}: expected an object with data, dims and type, got ${show(value)}`);
}
