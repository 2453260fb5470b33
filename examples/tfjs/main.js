import * as tf from "@tensorflow/tfjs";
import { compileWithLabels, sparseSoftmaxCrossEntropy } from "softmax-wasm/tfjs";

const loss = sparseSoftmaxCrossEntropy(tf);

// Labels, where the loss of TensorFlow.js itself wants one-hot rows.
const labels = tf.tensor1d([0, 1, 2, 0], "int32");
const theirs = (logits) => tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 3), logits);

const logits = tf.tensor2d([2, 1, 0.1, 0, 3, 1, 0, 0, 40, 30, 0, 0], [4, 3]);
const ours = (logits) => loss(labels, logits);
const difference = tf.grad(ours)(logits).sub(tf.grad(theirs)(logits)).abs().max().dataSync()[0];
console.log(`gradients differ by ${difference < 1e-6 ? "less than 1e-6" : difference}`);

// The loss trains a model. The last layer has no softmax, because the loss computes it.
const x = tf.tensor2d([5, 1, 1, 4, -4, -3, 4, -1], [4, 2]);
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: "zeros" })],
});
compileWithLabels(model, { optimizer: tf.train.sgd(0.2), loss, metrics: ["accuracy"] });
const { history } = await model.fit(x, labels, { epochs: 41, verbose: 0 });
for (const step of [0, 20, 40]) {
  console.log(`step ${step}  loss ${history.loss[step].toFixed(4)}  accuracy ${history.acc[step]}`);
}
console.log(`classes ${model.predict(x).argMax(1).dataSync().join(" ")}`);
