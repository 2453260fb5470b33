// Not run: that the types of the entry take the libraries' own, and that these take the results.

import { Tensor as TransformersTensor } from "@huggingface/transformers";
import StdlibArray from "@stdlib/ndarray-base-ctor";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import ort from "onnxruntime-node";
import { crossEntropy, crossEntropyGrad, like, logSumExp, softmax, softmaxJacobian } from "../../../dist/interop.js";

declare const values: Float32Array<ArrayBuffer>;
declare const labels: BigInt64Array<ArrayBuffer>;

/** Compiles where the two types are one. */
function same<Expected>(): <Given>(
  value: Given & ([Given] extends [Expected] ? ([Expected] extends [Given] ? unknown : never) : never),
) => void {
  return () => undefined;
}

export function onnxruntime(): ort.Tensor[] {
  const x = new ort.Tensor("float32", values, [2, 3]);
  const y = new ort.Tensor("int64", labels, [2]);
  const p = softmax(x, { axis: -1, temperature: 2 });
  same<Float32Array>()(p.data);
  same<number>()(crossEntropy(x, y));
  const { loss, grad } = crossEntropyGrad(x, y, { reduction: "none", out: values });
  same<"float32">()(loss.type);
  const losses = crossEntropy(x, y, { reduction: "none" });
  const half = softmax(new ort.Tensor("float16", new Uint16Array(6), [2, 3]));
  // As it comes out of a session: of any type.
  const untyped = logSumExp(x as ort.Tensor);
  same<typeof x>()(like(x, p));
  const again: ort.Tensor = like(x as ort.Tensor, half);
  crossEntropyGrad(again, y, { reduction: "none", upstream: losses, out: values, accumulate: true });
  // @ts-expect-error: no shape beside the tensor's
  softmax(x, { shape: [6] });
  return [p, grad, half, untyped].map(({ type, data, dims }) => new ort.Tensor(type, data, dims));
}

export function transformers(output: { logits: TransformersTensor }): TransformersTensor {
  const p = softmax(output.logits);
  const number: number = crossEntropy(output.logits, [1, 2]);
  if (number === 0) return like(output.logits, p);
  return new TransformersTensor(p.type, number > 0 ? p.data : new Float32Array(1), p.dims);
}

export function tensorflow(x: tf.Tensor2D, y: tf.Tensor1D): tf.Tensor {
  const { data, dims } = softmax(x);
  const losses = crossEntropy(x, y, { reduction: "none" });
  return data instanceof Float32Array ? tf.tensor(data, dims) : tf.tensor(losses.data as Float32Array, losses.dims);
}

export function arrays(): void {
  const scijs = softmax(ndarray(values, [2, 3]).transpose(1, 0));
  same<Float32Array>()(scijs.data);
  same<number[]>()(softmaxJacobian(ndarray([1, 2, 3])).data);
  const halves = new Uint16Array(6);
  same<Uint16Array>()(softmax(halves, { type: "float16", shape: [2, 3], out: halves }));
  same<number>()(crossEntropy(halves, [0, 1], { type: "float16" }));
  same<Uint16Array>()(crossEntropyGrad(halves, [0, 1], { type: "float16" }).grad);
  // @ts-expect-error: integers, unless a type says that they are halves
  softmax(halves);
  const stdlib = new StdlibArray("float32", values, [2, 3], [1, 2], 0, "column-major");
  softmax(stdlib);
  crossEntropy(stdlib, ndarray(labels as never, [2]));
  same<Float32Array<ArrayBuffer>>()(softmax(values));
  same<number[]>()(softmax([1, 2, 3]));
  same<number>()(crossEntropy(values, new ort.Tensor("int64", labels, [2])));
}
