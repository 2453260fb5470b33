import * as tf from "@tensorflow/tfjs";
import { crossEntropyGrad } from "softmax-wasm/interop";

/** The mean cross entropy as a TensorFlow.js operation, whose value and gradient the library computes. */
function crossEntropy(labels) {
  return tf.customGrad((logits, save) => {
    const { loss, grad } = crossEntropyGrad(logits, labels);
    save([tf.tensor(grad.data, grad.dims)]);
    return { value: tf.scalar(loss), gradFunc: (dy, [gradient]) => gradient.mul(dy) };
  });
}

const labels = Int32Array.of(0, 1, 2, 0);
const x = tf.tensor2d([5, 1, 1, 4, -4, -3, 4, -1], [4, 2]);

const ours = crossEntropy(labels);
const theirs = (logits) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(labels, "int32"), 3), logits);

const logits = tf.tensor2d([2, 1, 0.1, 0, 3, 1, 0, 0, 40, 30, 0, 0], [4, 3]);
const difference = tf.grad(ours)(logits).sub(tf.grad(theirs)(logits)).abs().max().dataSync()[0];
console.log(`gradients differ by ${difference < 1e-6 ? "less than 1e-6" : difference}`);

// It can train a model like any other operation.
const weights = tf.variable(tf.zeros([2, 3]));
const optimizer = tf.train.sgd(0.2);
for (let step = 0; step <= 40; step++) {
  const loss = optimizer.minimize(() => ours(x.matMul(weights)), true);
  if (step % 20 === 0) console.log(`step ${step}  loss ${loss.dataSync()[0].toFixed(4)}`);
}
console.log(`classes ${x.matMul(weights).argMax(1).dataSync().join(" ")}`);
