// Not run: that TensorFlow.js has what the entry asks for, and takes what it gives.

import * as tf from "@tensorflow/tfjs";
import * as core from "@tensorflow/tfjs-core";
import { compileWithLabels, sparseSoftmaxCrossEntropy } from "../../../dist/tfjs.js";

/** Compiles where the two types are one. */
function same<Expected>(): <Given>(
  value: Given & ([Given] extends [Expected] ? ([Expected] extends [Given] ? unknown : never) : never),
) => void {
  return () => undefined;
}

export async function training(x: tf.Tensor2D, labels: tf.Tensor1D): Promise<tf.History> {
  const loss = sparseSoftmaxCrossEntropy(tf, { ignoreIndex: -1, labelSmoothing: 0.1, weight: tf.tensor1d([1, 2]) });
  same<tf.Scalar>()(loss(labels, x));
  tf.train.sgd(0.1).minimize(() => loss(labels, x));
  same<tf.Scalar>()(tf.variableGrads(() => loss(labels, x)).value);
  const gradient: tf.Tensor = tf.grad((z: tf.Tensor) => loss(labels, z))(x);
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] });
  model.compile({ loss, optimizer: "sgd" });
  compileWithLabels(model, { loss, optimizer: tf.train.adam(), metrics: ["accuracy"] });
  // @ts-expect-error: no optimizer
  compileWithLabels(model, { loss });
  const functional = tf.model({ inputs: tf.input({ shape: [4] }), outputs: model.outputs });
  compileWithLabels(functional, { loss: [loss, "meanSquaredError"] as never, optimizer: "sgd" });
  return model.fit(gradient, labels);
}

export function losses(x: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor[] {
  const each = sparseSoftmaxCrossEntropy(tf, { reduction: "none" });
  const ofCore = sparseSoftmaxCrossEntropy(core);
  // As much of it as is used, for bundlers that leave out the rest.
  const { customGrad, engine, getBackend, scalar, tensor } = core;
  const ofParts = sparseSoftmaxCrossEntropy({ customGrad, engine, getBackend, scalar, tensor }, { allowGpu: true });
  // @ts-expect-error: no such option
  sparseSoftmaxCrossEntropy(tf, { axis: 1 });
  // @ts-expect-error: labels in an array
  each([0, 1], x);
  return [each(labels, x), ofCore(labels, x), ofParts(labels, x)];
}
