/**
 * The functions of the library for tensors of others too, which are known by their structure alone: arrays are taken as by
 * the library. The instance is the library's default one.
 *
 * A tensor has a shape, and so the option `shape` is for arrays alone. Results are `{ data, dims, type }`. What is no
 * tensor on the CPU, or of elements that are not computed on, is refused: TypeError and RangeError with a `code`, before
 * anything is written.
 *
 * @module softmax-wasm/interop
 */

import {
  crossEntropy as crossEntropyOf,
  crossEntropyGrad as crossEntropyGradOf,
  crossEntropyHvp as crossEntropyHvpOf,
  logSoftmax as logSoftmaxOf,
  logSoftmaxBackward as logSoftmaxBackwardOf,
  logSumExp as logSumExpOf,
  softmax as softmaxOf,
  softmaxBackward as softmaxBackwardOf,
} from "../index.js";
import type {
  TensorBackward,
  TensorCrossEntropy,
  TensorCrossEntropyGrad,
  TensorCrossEntropyHvp,
  TensorFunction,
  TensorJacobian,
} from "./functions.js";
import { callOnTensors, sameDims, withoutAxis } from "./callOnTensors.js";
import { softmaxJacobian as softmaxJacobianOf } from "./softmaxJacobian.js";

export type { OnnxLike, StridedLike, SyncLike, TensorLike } from "./tensorLike.js";
export type {
  FloatName,
  Tensor,
  TensorBackward,
  TensorCrossEntropy,
  TensorCrossEntropyGrad,
  TensorCrossEntropyHvp,
  TensorFunction,
  TensorJacobian,
  TensorLossOptions,
  TensorOptions,
} from "./functions.js";

const X = ["x"];
const LOGITS_AND_LABELS = ["logits", "labels"];
const BACKWARD = ["y", "dy"];

/**
 * `softmax` of a tensor along its last axis, or `axis`.
 *
 * @param x Logits.
 * @returns A tensor of the same type and sizes.
 * @function
 */
export const softmax = ((...args: unknown[]) => callOnTensors(softmaxOf, X, sameDims, args)) as TensorFunction;

/**
 * `logSoftmax` of a tensor along its last axis, or `axis`.
 *
 * @param x Logits.
 * @returns A tensor of the same type and sizes.
 * @function
 */
export const logSoftmax = ((...args: unknown[]) => callOnTensors(logSoftmaxOf, X, sameDims, args)) as TensorFunction;

/**
 * `logSumExp` of a tensor along its last axis, or `axis`, which the result lacks.
 *
 * @param x Logits.
 * @returns A tensor of the same type.
 * @function
 */
export const logSumExp = ((...args: unknown[]) => callOnTensors(logSumExpOf, X, withoutAxis, args)) as TensorFunction;

/**
 * `crossEntropy` of a tensor of logits; the labels are a tensor of its other axes, or an array.
 *
 * @param logits Logits.
 * @param labels A tensor or an array; probabilities too.
 * @returns A number, in nats; under `"none"` a tensor of the other axes.
 * @function
 */
export const crossEntropy = ((...args: unknown[]) =>
  callOnTensors(crossEntropyOf, LOGITS_AND_LABELS, withoutAxis, args)) as TensorCrossEntropy;

/**
 * `crossEntropyGrad` of a tensor of logits; the labels are a tensor of its other axes, or an array.
 *
 * @param logits Logits.
 * @param labels A tensor or an array; probabilities too.
 * @returns The loss, and the gradient in a tensor like the logits.
 * @function
 */
export const crossEntropyGrad = ((...args: unknown[]) =>
  callOnTensors(crossEntropyGradOf, LOGITS_AND_LABELS, sameDims, args)) as TensorCrossEntropyGrad;

/**
 * `crossEntropyHvp` of a tensor of logits; v is a tensor like it.
 *
 * @param logits Logits.
 * @param v A tensor or an array like the logits.
 * @returns A tensor like the logits.
 * @function
 */
export const crossEntropyHvp = ((...args: unknown[]) =>
  callOnTensors(crossEntropyHvpOf, [...LOGITS_AND_LABELS, "v"], sameDims, args)) as TensorCrossEntropyHvp;

/**
 * `softmaxBackward` of two tensors.
 *
 * @param y What `softmax` gave.
 * @param dy The gradient with respect to y.
 * @returns A tensor like y.
 * @function
 */
export const softmaxBackward = ((...args: unknown[]) =>
  callOnTensors(softmaxBackwardOf, BACKWARD, sameDims, args)) as TensorBackward;

/**
 * `logSoftmaxBackward` of two tensors.
 *
 * @param y What `logSoftmax` gave.
 * @param dy The gradient with respect to y.
 * @returns A tensor like y.
 * @function
 */
export const logSoftmaxBackward = ((...args: unknown[]) =>
  callOnTensors(logSoftmaxBackwardOf, BACKWARD, sameDims, args)) as TensorBackward;

/**
 * `softmaxJacobian` of a tensor of one axis.
 *
 * @param x Logits of C classes.
 * @returns A tensor of C × C.
 * @function
 */
export const softmaxJacobian = softmaxJacobianOf as TensorJacobian;
