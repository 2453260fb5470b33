// `softmax-wasm/interop`: the functions of the library for tensors of others, which are known by their structure alone.
// The instance is the library's default one.

import {
  crossEntropy as crossEntropyOf,
  crossEntropyGrad as crossEntropyGradOf,
  logSoftmax as logSoftmaxOf,
  logSumExp as logSumExpOf,
  softmax as softmaxOf,
} from "../index.js";
import type { TensorCrossEntropy, TensorCrossEntropyGrad, TensorFunction, TensorJacobian } from "./functions.js";
import { onTensors, sameDims, withoutAxis } from "./onTensors.js";
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

/** `softmax` of a tensor along its last axis, or `axis`. */
export const softmax = /* @__PURE__ */ onTensors(softmaxOf, ["x"], sameDims) as TensorFunction;

/** `logSoftmax` of a tensor along its last axis, or `axis`. */
export const logSoftmax = /* @__PURE__ */ onTensors(logSoftmaxOf, ["x"], sameDims) as TensorFunction;

/** `logSumExp` of a tensor along its last axis, or `axis`, which the result lacks. */
export const logSumExp = /* @__PURE__ */ onTensors(logSumExpOf, ["x"], withoutAxis) as TensorFunction;

/** `crossEntropy` of a tensor of logits; the labels are a tensor of its other axes, or an array. */
export const crossEntropy = /* @__PURE__ */ onTensors(
  crossEntropyOf,
  ["logits", "labels"],
  withoutAxis,
) as TensorCrossEntropy;

/** `crossEntropyGrad` of a tensor of logits; the labels are a tensor of its other axes, or an array. */
export const crossEntropyGrad = /* @__PURE__ */ onTensors(
  crossEntropyGradOf,
  ["logits", "labels"],
  sameDims,
) as TensorCrossEntropyGrad;

/** `softmaxJacobian` of a tensor of one axis. */
export const softmaxJacobian = softmaxJacobianOf as TensorJacobian;
