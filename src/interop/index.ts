/**
 * The library's functions for tensors of other libraries: onnxruntime, transformers.js, TensorFlow.js, jax-js, and the
 * ndarrays of scijs and stdlib. Tensors are recognized by their structure; none of these libraries is imported. Arrays
 * are accepted as in `softmax-wasm`, whose default instance computes.
 *
 * A tensor has a shape of its own, so the option `shape` is for arrays only. A result is `{ data, dims, type }`. A
 * tensor that is not on the CPU, or whose element type is not supported, is refused before anything is written:
 * TypeError or RangeError with a `code`.
 *
 * @module softmax-wasm/interop
 */

import {
  argmax as argmaxOf,
  binaryCrossEntropy as binaryCrossEntropyOf,
  binaryCrossEntropyGrad as binaryCrossEntropyGradOf,
  entropy as entropyOf,
  tokenLogProbs as tokenLogProbsOf,
  crossEntropy as crossEntropyOf,
  crossEntropyGrad as crossEntropyGradOf,
  crossEntropyHvp as crossEntropyHvpOf,
  logSoftmax as logSoftmaxOf,
  logSoftmaxBackward as logSoftmaxBackwardOf,
  logSumExp as logSumExpOf,
  sample as sampleOf,
  sigmoid as sigmoidOf,
  softmax as softmaxOf,
  softmaxBackward as softmaxBackwardOf,
  topK as topKOf,
} from "../index.js";
import type {
  TensorArgmax,
  TensorBackward,
  TensorBinaryCrossEntropy,
  TensorBinaryCrossEntropyGrad,
  TensorCrossEntropy,
  TensorCrossEntropyGrad,
  TensorCrossEntropyHvp,
  TensorEntropy,
  TensorFunction,
  TensorJacobian,
  TensorSample,
  TensorTopK,
  TensorSigmoid,
  TensorTokenLogProbs,
} from "./functions.js";
import { callOnTensors, sameDims, withK, withoutAxis } from "./callOnTensors.js";
import { softmaxJacobian as softmaxJacobianOf } from "./softmaxJacobian.js";

export { like } from "./like.js";
export type {
  MatrixLike,
  NumJsLike,
  OnnxLike,
  Rows,
  StridedLike,
  SyncLike,
  TensorLike,
  VectorLike,
} from "./tensorLike.js";
export type {
  FloatName,
  HalfOptions,
  IntegerTensor,
  Tensor,
  TensorArgmax,
  TensorArgmaxOptions,
  TensorBackward,
  TensorBinaryCrossEntropy,
  TensorBinaryCrossEntropyGrad,
  TensorBinaryGradOptions,
  TensorBinaryOptions,
  TensorCrossEntropy,
  TensorCrossEntropyGrad,
  TensorCrossEntropyHvp,
  TensorEntropy,
  TensorFunction,
  TensorGradOptions,
  TensorJacobian,
  TensorLossOptions,
  TensorOptions,
  TensorSample,
  TensorSampleOptions,
  TensorTopK,
  TensorTopKOptions,
  TensorSigmoid,
  TensorTokenLogProbs,
} from "./functions.js";

const X = ["x"];
const LOGITS = ["logits"];
const LOGITS_AND_TARGETS = ["logits", "targets"];
const BACKWARD = ["y", "dy"];

/**
 * The softmax of a tensor along its last axis, or along `axis`.
 *
 * @param x Logits: a tensor of f16, f32 or f64, or an array.
 * @returns A tensor of the same type and sizes.
 * @throws TypeError with the code ERR_DTYPE, ERR_DETACHED, ERR_OUT, ERR_SHAPE, ERR_AXIS or ERR_OPTION; RangeError with
 *   ERR_SHAPE, ERR_AXIS, ERR_OPTION, ERR_OUT, ERR_OVERLAP, ERR_DISPOSED or ERR_OUT_OF_MEMORY, or with ERR_LOCATION if a
 *   tensor is not on the CPU.
 * @example
 * ```ts
 * import { softmax } from "softmax-wasm/interop";
 *
 * const x = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * const { data, dims, type } = softmax(x);
 * data; // → 0.269, 0.731, 0.269, 0.731
 * dims; // → 2, 2
 * type; // → "float32"
 * ```
 * @function
 */
export const softmax = ((...args: unknown[]) =>
  callOnTensors({ run: softmaxOf, names: X, dimsOf: sameDims }, args)) as TensorFunction;

/**
 * The logarithm of the softmax of a tensor along its last axis, or along `axis`.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A tensor of the same type and sizes.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { logSoftmax } from "softmax-wasm/interop";
 *
 * const x = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * logSoftmax(x).data; // → -1.313, -0.313, -1.313, -0.313
 * ```
 * @function
 */
export const logSoftmax = ((...args: unknown[]) =>
  callOnTensors({ run: logSoftmaxOf, names: X, dimsOf: sameDims }, args)) as TensorFunction;

/**
 * log Σ e^x of a tensor along its last axis, or along `axis`.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A tensor of the same type, without the axis.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { logSumExp } from "softmax-wasm/interop";
 *
 * const x = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * const { data, dims } = logSumExp(x);
 * data; // → 2.313, 4.313
 * dims; // → 2
 * ```
 * @function
 */
export const logSumExp = ((...args: unknown[]) =>
  callOnTensors({ run: logSumExpOf, names: X, dimsOf: withoutAxis }, args)) as TensorFunction;

/**
 * The class of the largest logit of each position of a tensor, along its last axis or along `axis`.
 *
 * @param x Logits, as for {@link softmax}. With `last: true`, only the last position of each sequence is used: [1, V]
 *   of [1, T, V].
 * @returns A tensor of int32 without that axis.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { argmax } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 4, 3), dims: [1, 2, 2], type: "float32" };
 * argmax(logits).data; // → 1, 0
 * argmax(logits, { last: true }).data; // → 0
 * ```
 * @function
 */
export const argmax = ((...args: unknown[]) =>
  callOnTensors({ run: argmaxOf, names: X, dimsOf: withoutAxis, mayBeLast: true }, args)) as TensorArgmax;

/**
 * The k classes with the largest logits of each position of a tensor, and their probabilities.
 *
 * @param x Logits, as for {@link argmax}.
 * @returns A tensor like x, and one of int32, with k classes along the axis.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { topK } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 4, 3), dims: [1, 2, 2], type: "float32" };
 * const { values, indices } = topK(logits, { k: 1, last: true });
 * indices.data; // → 0
 * values.data; // → 0.731
 * values.dims; // → 1, 1
 * ```
 * @function
 */
export const topK = ((...args: unknown[]) =>
  callOnTensors({ run: topKOf, names: X, dimsOf: withK, mayBeLast: true }, args)) as TensorTopK;

/**
 * Draws a class of each position of a tensor, from the classes along its last axis.
 *
 * @param logits Logits, as for {@link argmax}.
 * @returns Tensors without the axis of the classes: one of int32, and one like the logits.
 * @throws As {@link softmax}; RangeError with the code ERR_VALUE for a position without a class that can be drawn.
 * @example
 * ```ts
 * import { sample } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 4, 3), dims: [1, 2, 2], type: "float32" };
 * const { tokens, logProbs } = sample(logits, { last: true, topK: 1 });
 * tokens.data; // → 0
 * logProbs.dims; // → 1
 * ```
 * @function
 */
export const sample = ((...args: unknown[]) =>
  callOnTensors({ run: sampleOf, names: LOGITS, dimsOf: withoutAxis, mayBeLast: true }, args)) as TensorSample;

/**
 * The cross entropy of a tensor of logits, with its classes along the last axis, or along `axis`.
 *
 * @param logits Logits, as for {@link softmax}.
 * @param targets Labels, a tensor of integers with the sizes of the other axes, or an array. Or probabilities, a tensor or an
 *   array like the logits.
 * @returns A number, in nats; with reduction `"none"` a tensor of the other axes.
 * @throws As {@link softmax}; TypeError or RangeError with ERR_LABEL where a label is not a class.
 * @example
 * ```ts
 * import { crossEntropy } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * const targets = { data: Int32Array.of(0, 1), dims: [2], type: "int32" };
 * crossEntropy(logits, targets); // → 0.813
 * crossEntropy(logits, targets, { reduction: "none" }).data; // → 1.313, 0.313
 * ```
 * @function
 */
export const crossEntropy = ((...args: unknown[]) =>
  callOnTensors({ run: crossEntropyOf, names: LOGITS_AND_TARGETS, dimsOf: withoutAxis }, args)) as TensorCrossEntropy;

/**
 * The cross entropy and its gradient with respect to a tensor of logits.
 *
 * @param logits Logits, as for {@link softmax}.
 * @param targets Labels, a tensor of integers with the sizes of the other axes, or an array. Or probabilities, a tensor or an
 *   array like the logits.
 * @returns The loss, as {@link crossEntropy} gives it, and the gradient: a tensor like the logits.
 * @throws As {@link crossEntropy}.
 * @example
 * ```ts
 * import { crossEntropyGrad } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * const { loss, grad } = crossEntropyGrad(logits, [0, 1]);
 * loss; // → 0.813
 * grad.data; // → -0.366, 0.366, 0.134, -0.134
 * ```
 * @function
 */
export const crossEntropyGrad = ((...args: unknown[]) =>
  callOnTensors(
    { run: crossEntropyGradOf, names: LOGITS_AND_TARGETS, dimsOf: sameDims },
    args,
  )) as TensorCrossEntropyGrad;

/**
 * The Hessian of the cross entropy with respect to a tensor of logits, times a tensor like it.
 *
 * @param logits Logits, as for {@link softmax}.
 * @param targets Labels, a tensor of integers with the sizes of the other axes, or an array. Or probabilities, a tensor or an
 *   array like the logits.
 * @param v The direction: a tensor or an array like the logits.
 * @returns A tensor like the logits.
 * @throws As {@link crossEntropy}.
 * @example
 * ```ts
 * import { crossEntropyHvp } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(0, 0), dims: [1, 2], type: "float32" };
 * const v = { data: Float32Array.of(1, 0), dims: [1, 2], type: "float32" };
 * crossEntropyHvp(logits, [0], v).data; // → 0.25, -0.25
 * ```
 * @function
 */
export const crossEntropyHvp = ((...args: unknown[]) =>
  callOnTensors(
    { run: crossEntropyHvpOf, names: [...LOGITS_AND_TARGETS, "v"], dimsOf: sameDims },
    args,
  )) as TensorCrossEntropyHvp;

/**
 * The vector-Jacobian product of softmax, from its result.
 *
 * @param y A result of `softmax`, a tensor or an array.
 * @param dy The upstream gradient, with respect to y: a tensor or an array like y.
 * @returns A tensor like y.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { softmaxBackward } from "softmax-wasm/interop";
 *
 * const y = { data: Float32Array.of(0.5, 0.5), dims: [2], type: "float32" };
 * const dy = { data: Float32Array.of(1, 0), dims: [2], type: "float32" };
 * softmaxBackward(y, dy).data; // → 0.25, -0.25
 * ```
 * @function
 */
export const softmaxBackward = ((...args: unknown[]) =>
  callOnTensors({ run: softmaxBackwardOf, names: BACKWARD, dimsOf: sameDims }, args)) as TensorBackward;

/**
 * The vector-Jacobian product of log-softmax, from its result.
 *
 * @param y A result of `logSoftmax`, a tensor or an array.
 * @param dy The upstream gradient, with respect to y: a tensor or an array like y.
 * @returns A tensor like y.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { logSoftmaxBackward } from "softmax-wasm/interop";
 *
 * const y = { data: Float32Array.of(Math.log(0.5), Math.log(0.5)), dims: [2], type: "float32" };
 * const dy = { data: Float32Array.of(1, 0), dims: [2], type: "float32" };
 * logSoftmaxBackward(y, dy).data; // → 0.5, -0.5
 * ```
 * @function
 */
export const logSoftmaxBackward = ((...args: unknown[]) =>
  callOnTensors({ run: logSoftmaxBackwardOf, names: BACKWARD, dimsOf: sameDims }, args)) as TensorBackward;

/**
 * The logistic function of each element of a tensor.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A tensor of the same type and sizes.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { sigmoid } from "softmax-wasm/interop";
 *
 * const x = { data: Float32Array.of(0, 2, -2, 1), dims: [2, 2], type: "float32" };
 * const { data, dims } = sigmoid(x);
 * data; // → 0.5, 0.881, 0.119, 0.731
 * dims; // → 2, 2
 * ```
 * @function
 */
export const sigmoid = ((...args: unknown[]) =>
  callOnTensors({ run: sigmoidOf, names: X, dimsOf: sameDims, takesShape: false }, args)) as TensorSigmoid;

/**
 * The derivative of softmax for a tensor of one axis.
 *
 * @param x Logits of C classes.
 * @returns A tensor of C × C, row by row, of the type of x.
 * @throws TypeError with the code ERR_DTYPE, ERR_OPTION, ERR_DETACHED or ERR_SHAPE; RangeError with ERR_SHAPE,
 *   ERR_LOCATION, ERR_DISPOSED or ERR_OUT_OF_MEMORY.
 * @example
 * ```ts
 * import { softmaxJacobian } from "softmax-wasm/interop";
 *
 * const { data, dims } = softmaxJacobian({ data: Float32Array.of(0, 0), dims: [2], type: "float32" });
 * data; // → 0.25, -0.25, -0.25, 0.25
 * dims; // → 2, 2
 * ```
 * @function
 */
export const softmaxJacobian = softmaxJacobianOf as TensorJacobian;

/**
 * The binary cross entropy of a tensor of logits, each a class of its own.
 *
 * @param logits Logits, as for {@link softmax}.
 * @param targets One per logit: a tensor of floats like the logits, of integers or of bool, or an array.
 * @returns A number, in nats; with reduction `"none"` a tensor like the logits.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { binaryCrossEntropy } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(2, -1, 0.5, 1), dims: [2, 2], type: "float32" };
 * const targets = { data: Uint8Array.of(1, 0, 1, 0), dims: [2, 2], type: "bool" };
 * binaryCrossEntropy(logits, targets); // → 0.557
 * binaryCrossEntropy(logits, targets, { reduction: "none" }).data; // → 0.127, 0.313, 0.474, 1.313
 * ```
 * @function
 */
export const binaryCrossEntropy = ((...args: unknown[]) =>
  callOnTensors(
    { run: binaryCrossEntropyOf, names: LOGITS_AND_TARGETS, dimsOf: sameDims, lossDimsOf: sameDims, isBinary: true },
    args,
  )) as TensorBinaryCrossEntropy;

/**
 * The binary cross entropy and its gradient with respect to a tensor of logits.
 *
 * @param logits Logits, as for {@link softmax}.
 * @param targets One per logit, as for {@link binaryCrossEntropy}.
 * @returns The loss, as {@link binaryCrossEntropy} gives it, and the gradient: a tensor like the logits.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { binaryCrossEntropyGrad } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(2, -1, 0.5, 1), dims: [2, 2], type: "float32" };
 * const { loss, grad } = binaryCrossEntropyGrad(logits, [1, 0, 1, 0]);
 * loss; // → 0.557
 * grad.data; // → -0.0298, 0.0672, -0.0944, 0.183
 * ```
 * @function
 */
export const binaryCrossEntropyGrad = ((...args: unknown[]) =>
  callOnTensors(
    {
      run: binaryCrossEntropyGradOf,
      names: LOGITS_AND_TARGETS,
      dimsOf: sameDims,
      lossDimsOf: sameDims,
      isBinary: true,
    },
    args,
  )) as TensorBinaryCrossEntropyGrad;

/**
 * The entropy of the softmax of a tensor along its last axis, or along `axis`.
 *
 * @param x Logits, as for {@link softmax}.
 * @returns A tensor of the same type, without the axis.
 * @throws As {@link softmax}.
 * @example
 * ```ts
 * import { entropy } from "softmax-wasm/interop";
 *
 * const x = { data: Float32Array.of(1, 1, 0, 4), dims: [2, 2], type: "float32" };
 * entropy(x).data; // → 0.693, 0.0901
 * ```
 * @function
 */
export const entropy = ((...args: unknown[]) =>
  callOnTensors({ run: entropyOf, names: X, dimsOf: withoutAxis }, args)) as TensorEntropy;

/**
 * The log-probability of one token for each position of a tensor of logits.
 *
 * @param logits Logits, as for {@link softmax}, with the tokens along the last axis, or along `axis`.
 * @param tokens A tensor of integers with the sizes of the other axes, or an array.
 * @returns A tensor of the same type, without the axis.
 * @throws As {@link crossEntropy}.
 * @example
 * ```ts
 * import { tokenLogProbs } from "softmax-wasm/interop";
 *
 * const logits = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2], type: "float32" };
 * const tokens = { data: BigInt64Array.of(0n, 1n), dims: [2], type: "int64" };
 * tokenLogProbs(logits, tokens).data; // → -1.313, -0.313
 * ```
 * @function
 */
export const tokenLogProbs = ((...args: unknown[]) =>
  callOnTensors(
    { run: tokenLogProbsOf, names: ["logits", "tokens"], dimsOf: withoutAxis },
    args,
  )) as TensorTokenLogProbs;
