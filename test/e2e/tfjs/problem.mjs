// What is learned: points about one center for each class.

import * as tf from "@tensorflow/tfjs";

export const FEATURES = 8;

/** Rows and their labels, always the same. */
export function batchOf(rows, classes, features = FEATURES) {
  const labels = Int32Array.from({ length: rows }, (_, n) => (n * 7) % classes);
  const x = Float32Array.from({ length: rows * features }, (_, i) => {
    const [row, feature] = [Math.floor(i / features), i % features];
    return Math.sin(labels[row] * 3 + feature) + 0.3 * Math.sin(12.9898 * i);
  });
  return { x: tf.tensor2d(x, [rows, features]), labels: tf.tensor1d(labels, "int32") };
}

/** A layer without a softmax, which begins at zero. */
export const modelOf = (classes, features = FEATURES) =>
  tf.sequential({
    layers: [tf.layers.dense({ units: classes, inputShape: [features], kernelInitializer: "zeros" })],
  });

/** What is written without softmax-wasm/tfjs. */
export const oneHotLoss = (classes) => (labels, logits) =>
  tf.losses.softmaxCrossEntropy(tf.oneHot(tf.cast(labels, "int32").flatten(), classes), logits);
