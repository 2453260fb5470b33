// `softmax-wasm/interop`: the functions of the library for tensors of others, which are known by their structure alone.
// The instance is the library's default one.

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
  TensorCrossEntropy,
  TensorCrossEntropyGrad,
  TensorFunction,
  TensorJacobian,
  TensorLossOptions,
  TensorOptions,
} from "./functions.js";

const X = ["x"];
const LOGITS_AND_LABELS = ["logits", "labels"];
const BACKWARD = ["y", "dy"];

/** `softmax` of a tensor along its last axis, or `axis`. */
export const softmax = ((...args: unknown[]) => callOnTensors(softmaxOf, X, sameDims, args)) as TensorFunction;

/** `logSoftmax` of a tensor along its last axis, or `axis`. */
export const logSoftmax = ((...args: unknown[]) => callOnTensors(logSoftmaxOf, X, sameDims, args)) as TensorFunction;

/** `logSumExp` of a tensor along its last axis, or `axis`, which the result lacks. */
export const logSumExp = ((...args: unknown[]) => callOnTensors(logSumExpOf, X, withoutAxis, args)) as TensorFunction;

/** `crossEntropy` of a tensor of logits; the labels are a tensor of its other axes, or an array. */
export const crossEntropy = ((...args: unknown[]) =>
  callOnTensors(crossEntropyOf, LOGITS_AND_LABELS, withoutAxis, args)) as TensorCrossEntropy;

/** `crossEntropyGrad` of a tensor of logits; the labels are a tensor of its other axes, or an array. */
export const crossEntropyGrad = ((...args: unknown[]) =>
  callOnTensors(crossEntropyGradOf, LOGITS_AND_LABELS, sameDims, args)) as TensorCrossEntropyGrad;

/** `crossEntropyHvp` of a tensor of logits; v is a tensor like it. */
export const crossEntropyHvp = ((...args: unknown[]) =>
  callOnTensors(crossEntropyHvpOf, [...LOGITS_AND_LABELS, "v"], sameDims, args)) as TensorCrossEntropyHvp;

/** `softmaxBackward` of two tensors. */
export const softmaxBackward = ((...args: unknown[]) =>
  callOnTensors(softmaxBackwardOf, BACKWARD, sameDims, args)) as TensorBackward;

/** `logSoftmaxBackward` of two tensors. */
export const logSoftmaxBackward = ((...args: unknown[]) =>
  callOnTensors(logSoftmaxBackwardOf, BACKWARD, sameDims, args)) as TensorBackward;

/** `softmaxJacobian` of a tensor of one axis. */
export const softmaxJacobian = softmaxJacobianOf as TensorJacobian;
