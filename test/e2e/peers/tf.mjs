// The second peer: TensorFlow.js on its CPU backend, for gradients. It stores f32, and computes and sums in between in
// doubles. The rows are 2-dimensional, [positions, classes], whatever the layout: its softmax takes the last axis only.

import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

// Node gets a bundle without any gradient. They are in a module that only a loader such as tsx resolves.
createRequire(import.meta.url)("@tensorflow/tfjs-core/dist/register_all_gradients");

export const version = `tfjs-core ${tf.version_core}`;

/** The classes last, the positions flat. */
function toRows(x, axis) {
  const classes = x.shape[axis];
  const order = [...x.shape.keys()].filter((i) => i !== axis);
  return tf.reshape(tf.transpose(x, [...order, axis]), [-1, classes]);
}

function fromRows(rows, shape, axis) {
  const rest = shape.filter((_, i) => i !== axis);
  const order = [...shape.keys()].map((i) => (i === axis ? rest.length : i < axis ? i : i - 1));
  return tf.transpose(tf.reshape(rows, [...rest, shape[axis]]), order);
}

const positive = (axis, rank) => (axis < 0 ? axis + rank : axis);
const data = (compute) => tf.tidy(() => compute().dataSync());

const along = (rowFunction) => (shape, axis) => (x) =>
  fromRows(rowFunction(toRows(x, positive(axis, shape.length))), shape, positive(axis, shape.length));
const SOFTMAX = along((rows) => tf.softmax(rows));
const LOG_SOFTMAX = along((rows) => tf.logSoftmax(rows));

export const softmax = (x, shape, axis) => data(() => SOFTMAX(shape, axis)(tf.tensor(x, shape)));
export const logSoftmax = (x, shape, axis) => data(() => LOG_SOFTMAX(shape, axis)(tf.tensor(x, shape)));
export const logSumExp = (x, shape, axis) => data(() => tf.logSumExp(tf.tensor(x, shape), axis));

/** The vector-Jacobian products: what dy, the gradient with respect to the output, is with respect to x. */
const backward = (f) => (x, dy, shape, axis) =>
  data(() => tf.grad(f(shape, axis))(tf.tensor(x, shape), tf.tensor(dy, shape)));
export const softmaxBackward = backward(SOFTMAX);
export const logSoftmaxBackward = backward(LOG_SOFTMAX);

/** Labels as one-hot rows, or soft targets as rows; and which positions are not ignored. */
function targetRows({ labels, soft, shape, axis, ignoreIndex }) {
  if (soft) return { q: toRows(tf.tensor(soft, shape), axis), valid: undefined };
  const isValid = (label) => label !== ignoreIndex;
  const hot = labels.map((label) => (isValid(label) ? label : 0));
  return {
    q: tf.cast(tf.oneHot(tf.tensor1d(hot, "int32"), shape[axis]), "float32"),
    valid: tf.tensor1d(labels.map((label) => (isValid(label) ? 1 : 0))),
  };
}

function lossAndGrad(loss, point) {
  return tf.tidy(() => {
    const axis = positive(point.axis, point.shape.length);
    const ofLogits = (x) => {
      const l = loss(toRows(x, axis), { ...point, axis });
      return point.reduction === "none" ? l : tf.sum(l);
    };
    const x = tf.tensor(point.x, point.shape);
    return {
      loss: ofLogits(x).dataSync(),
      grad: tf
        .grad((at) => tf.sum(ofLogits(at)))(x)
        .dataSync(),
    };
  });
}

/**
 * Every option of the losses, composed of tf.logSoftmax, and differentiated by TensorFlow.js.
 *
 * An absent class gets a logit of −1e30: a probability of 0, and a finite logarithm for the coefficient 0 to cancel.
 */
export const composition = (point) =>
  lossAndGrad((rows, { soft, weight, labelSmoothing: smoothing, temperature, mask, zLoss, reduction, ...rest }) => {
    const { q, valid = tf.ones([rows.shape[0]]) } = targetRows({ soft, ...rest });
    const present = mask ? toRows(tf.tensor(Float32Array.from(mask), rest.shape), rest.axis) : tf.onesLike(rows);
    const x = tf.where(tf.cast(present, "bool"), tf.div(rows, Math.fround(temperature)), tf.fill(rows.shape, -1e30));
    const spread = tf.div(tf.mul(present, smoothing), tf.sum(present, -1, true));
    const smoothed = tf.mul(tf.add(tf.mul(q, 1 - smoothing), spread), present);
    const weights = tf.mul(tf.onesLike(rows), weight ? tf.tensor1d(weight) : 1);
    const perRow = (y) => tf.mul(tf.neg(tf.sum(y, -1)), valid);
    const losses = perRow(tf.mul(tf.mul(smoothed, weights), tf.logSoftmax(x)));
    const z = tf.mul(tf.mul(tf.square(tf.logSumExp(x, -1)), zLoss), valid);
    if (reduction !== "mean") return tf.add(losses, z);
    const divisor = soft ? tf.sum(valid) : tf.sum(tf.mul(tf.sum(tf.mul(q, weights), -1), valid));
    return tf.add(tf.div(losses, divisor), tf.div(z, tf.sum(valid)));
  }, point);

/**
 * tf.losses.softmaxCrossEntropy, whose weights are of positions. That covers class weights of hard labels without
 * smoothing, and ignored positions as those of weight 0.
 */
export const ownLoss = (point) =>
  lossAndGrad((rows, { weight, labelSmoothing, temperature, reduction, ...rest }) => {
    const { q, valid = tf.ones([rows.shape[0]]) } = targetRows(rest);
    const ofPositions = weight ? tf.mul(valid, tf.sum(tf.mul(q, tf.tensor1d(weight)), -1)) : valid;
    const how = { mean: tf.Reduction.MEAN, sum: tf.Reduction.SUM, none: tf.Reduction.NONE }[reduction];
    const x = tf.div(rows, Math.fround(temperature));
    return tf.losses.softmaxCrossEntropy(q, x, ofPositions, labelSmoothing, how);
  }, point);

/** tf.losses.softmaxCrossEntropy as it is called, for what it answers wrongly. */
export function rawLoss(targets, x, shape, { weights = 1, labelSmoothing = 0, reduction = tf.Reduction.MEAN } = {}) {
  return tf.tidy(() => {
    const loss = (at) =>
      tf.losses.softmaxCrossEntropy(tf.tensor(targets, shape), at, tf.tensor(weights), labelSmoothing, reduction);
    const logits = tf.tensor(x, shape);
    return { loss: loss(logits).dataSync(), grad: tf.grad(loss)(logits).dataSync() };
  });
}

export const oneHot = (labels, classes) =>
  data(() => tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes), "float32"));
