// The loss in the real TensorFlow.js, against one-hot rows and tf.losses.softmaxCrossEntropy, on the backends cpu and wasm.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import * as library from "../../../dist/index.js";
import { compileWithLabels, sparseSoftmaxCrossEntropy } from "../../../dist/tfjs.js";
import { FEATURES, batchOf, modelOf, oneHotLoss } from "./problem.mjs";

/** Relative to the largest of the expected values. */
function assertNear(actual, expected, tolerance) {
  const scale = Math.max(...expected.map(Math.abs));
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) <= tolerance * scale, `${value}, ${expected[i]}`),
  );
}

const LOGITS = [2, 1, -0.5, 0, 3, 1, 0.25, 0.5, -8, 7, -7, 0];
const CLASSES = [0, 1, 1, 2];

for (const backend of ["cpu", "wasm"]) {
  describe(`on the backend ${backend}`, () => {
    const on = (title, run) =>
      it(title, async () => {
        await tf.setBackend(backend);
        assert.equal(tf.getBackend(), backend);
        await run();
      });

    on("the loss and its gradient are those of one-hot rows", () => {
      const x = tf.tensor2d(LOGITS, [4, 3]);
      const loss = sparseSoftmaxCrossEntropy(tf);
      for (const labels of [
        tf.tensor1d(CLASSES, "int32"),
        tf.tensor1d(CLASSES),
        tf.tensor2d(CLASSES, [4, 1], "int32"),
        tf.tensor2d(CLASSES, [4, 1]),
      ]) {
        const ours = tf.valueAndGrad((z) => loss(labels, z))(x);
        const theirs = tf.valueAndGrad((z) => oneHotLoss(3)(labels, z))(x);
        assertNear(ours.value.dataSync(), theirs.value.dataSync(), 1e-6);
        assertNear(ours.grad.dataSync(), theirs.grad.dataSync(), 1e-6);
        assert.deepEqual(ours.grad.shape, [4, 3]);
        // The library's own, to the last bit.
        assert.deepEqual(ours.grad.dataSync(), library.crossEntropyGrad(Float32Array.from(LOGITS), CLASSES).grad);
      }
      assert.deepEqual(x.dataSync(), Float32Array.from(LOGITS), "the logits are as before");
    });

    on("a confident row keeps its digits, where the one-hot loss has none", () => {
      const x = tf.tensor2d([20, 0], [1, 2]);
      const loss = sparseSoftmaxCrossEntropy(tf)(tf.tensor1d([0], "int32"), x).dataSync()[0];
      assert.equal(loss.toPrecision(4), "2.061e-9");
      assert.equal(oneHotLoss(2)(tf.tensor1d([0], "int32"), x).dataSync()[0], 0);
    });

    on("the options are the library's", () => {
      const x = tf.tensor2d(LOGITS, [4, 3]);
      const weight = [1, 2, 0.5];
      const options = { ignoreIndex: 1, labelSmoothing: 0.1, weight };
      const loss = sparseSoftmaxCrossEntropy(tf, { ...options, weight: tf.tensor1d(weight) });
      const { value, grad } = tf.valueAndGrad((z) => loss(tf.tensor1d(CLASSES), z))(x);
      const expected = library.crossEntropyGrad(Float32Array.from(LOGITS), CLASSES, options);
      assert.deepEqual([value.dataSync()[0], grad.dataSync()], [Math.fround(expected.loss), expected.grad]);
    });

    on("one loss per position has its upstream gradient, and sums to the sum", () => {
      const x = tf.tensor2d(LOGITS, [4, 3]);
      const labels = tf.tensor1d(CLASSES, "int32");
      const upstream = tf.tensor1d([1, -2, 3, 0.5]);
      const each = sparseSoftmaxCrossEntropy(tf, { reduction: "none" });
      const theirs = (z) => tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 3), z, undefined, 0, tf.Reduction.NONE);
      assert.deepEqual(each(labels, x).shape, [4]);
      assertNear(
        tf
          .grad((z) => each(labels, z))(x, upstream)
          .dataSync(),
        tf
          .grad((z) => theirs(z).reshape([4]))(x, upstream)
          .dataSync(),
        1e-6,
      );
      const all = sparseSoftmaxCrossEntropy(tf, { reduction: "sum" });
      assertNear(all(labels, x).dataSync(), each(labels, x).sum().dataSync(), 1e-6);
    });

    on("the gradient of the gradient is the Hessian's", () => {
      const v = tf.tensor2d([1, -2, 0.5, 0, 4, -1, 3, 3, 3, 0.5, 0.25, -1], [4, 3]);
      const labels = tf.tensor1d(CLASSES, "int32");
      const loss = sparseSoftmaxCrossEntropy(tf);
      const x = tf.tensor2d(LOGITS, [4, 3]);
      const along = (f) => (z) => tf.grad(f)(z).mul(v).sum();
      const [ours, squared] = [(z) => loss(labels, z), (z) => loss(labels, z).square()].map((f) =>
        tf.grad(along(f))(x).dataSync(),
      );
      const hvp = library.crossEntropyHvp(Float32Array.from(LOGITS), CLASSES, v.dataSync());
      assert.deepEqual(ours, hvp);
      // (l²)″·v = 2·(∇l·⟨∇l, v⟩ + l·l″·v)
      const { loss: l, grad } = library.crossEntropyGrad(Float32Array.from(LOGITS), CLASSES);
      const dot = grad.reduce((sum, each, i) => sum + each * v.dataSync()[i], 0);
      assertNear(
        squared,
        Array.from(hvp, (each, i) => 2 * (grad[i] * dot + l * each)),
        1e-6,
      );
    });

    on("optimizer.minimize and tf.variableGrads take it", () => {
      const { x, labels } = batchOf(64, 5);
      const loss = sparseSoftmaxCrossEntropy(tf);
      const train = (lossOf) => {
        const weights = tf.variable(tf.zeros([FEATURES, 5]));
        const optimizer = tf.train.sgd(0.5);
        for (let step = 0; step < 20; step++)
          optimizer.minimize(() => lossOf(labels, x.matMul(weights)), false, [weights]);
        const { value, grads } = tf.variableGrads(() => lossOf(labels, x.matMul(weights)), [weights]);
        return [value.dataSync(), grads[weights.name].dataSync(), weights.dataSync()];
      };
      const theirs = train(oneHotLoss(5));
      train(loss).forEach((values, i) => assertNear(values, theirs[i], 1e-4));
      assert.ok(theirs[0][0] < 1.2, "it has learned something");
    });

    on("model.fit trains as with one-hot rows: losses, accuracies and weights", async () => {
      const { x, labels } = batchOf(128, 5);
      const fit = async (loss, y) => {
        const model = modelOf(5);
        const args = { optimizer: tf.train.sgd(0.5), loss, metrics: ["accuracy"] };
        if (y === labels) compileWithLabels(model, args);
        else model.compile(args);
        const { history } = await model.fit(x, y, { epochs: 5, batchSize: 32, shuffle: false, verbose: 0 });
        const [loss_, accuracy] = model.evaluate(x, y).map((one) => one.dataSync()[0]);
        return { history, evaluated: [loss_, accuracy], weights: model.getWeights().map((one) => one.dataSync()) };
      };
      const ours = await fit(sparseSoftmaxCrossEntropy(tf), labels);
      const theirs = await fit((y, z) => tf.losses.softmaxCrossEntropy(y, z), tf.oneHot(labels, 5));
      assertNear(ours.history.loss, theirs.history.loss, 1e-5);
      assert.deepEqual(ours.history.acc, theirs.history.acc);
      assertNear(ours.evaluated, theirs.evaluated, 1e-5);
      ours.weights.forEach((values, i) => assertNear(values, theirs.weights[i], 1e-4));
      assert.ok(ours.history.loss[4] < 0.7 * ours.history.loss[0], "it has learned something");
    });

    on("model.fit weighs classes, with one loss per position", async () => {
      const { x, labels } = batchOf(32, 3);
      const classWeight = { 0: 1, 1: 4, 2: 0.5 };
      const fit = async (loss, y) => {
        const model = modelOf(3);
        if (y === labels) compileWithLabels(model, { optimizer: "sgd", loss });
        else model.compile({ optimizer: "sgd", loss });
        await model.fit(x, y, { epochs: 2, batchSize: 32, shuffle: false, classWeight, verbose: 0 });
        return model.getWeights().map((one) => one.dataSync());
      };
      const none = (y, z) => tf.losses.softmaxCrossEntropy(y, z, undefined, 0, tf.Reduction.NONE).flatten();
      const theirs = await fit(none, tf.oneHot(labels, 3));
      const ours = await fit(sparseSoftmaxCrossEntropy(tf, { reduction: "none" }), labels);
      ours.forEach((values, i) => assertNear(values, theirs[i], 1e-5));
    });

    on("model.fitDataset takes labels after model.compile itself", async () => {
      const { x, labels } = batchOf(64, 5);
      const model = modelOf(5);
      model.compile({ optimizer: tf.train.sgd(0.5), loss: sparseSoftmaxCrossEntropy(tf) });
      const xs = tf.data.array(x.arraySync());
      const ys = tf.data.array(labels.arraySync());
      const data = tf.data.zip({ xs, ys }).batch(16);
      const { history } = await model.fitDataset(data, { epochs: 4, verbose: 0 });
      assert.ok(history.loss[3] < 0.8 * history.loss[0], history.loss.join());
    });

    on("a model of several outputs, of which one is not of labels, is trained and evaluated", async () => {
      const { x, labels } = batchOf(32, 3);
      const input = tf.input({ shape: [FEATURES] });
      const classes = tf.layers.dense({ units: 3, name: "classes" }).apply(input);
      const number = tf.layers.dense({ units: 1, name: "number" }).apply(input);
      const model = tf.model({ inputs: input, outputs: [classes, number] });
      const loss = { classes: sparseSoftmaxCrossEntropy(tf), number: "meanSquaredError" };
      compileWithLabels(model, { optimizer: tf.train.sgd(0.1), loss });
      const zeros = tf.zeros([32, 1]);
      const { history } = await model.fit(x, [labels, zeros], { epochs: 3, batchSize: 32, verbose: 0 });
      assert.ok(history.loss[2] < history.loss[0]);
      const evaluated = model.evaluate(x, [labels, zeros], { batchSize: 32 }).map((one) => one.dataSync()[0]);
      const [logits] = model.predict(x);
      const expected = oneHotLoss(3)(labels, logits).dataSync()[0];
      // The first loss, the sum of both, and each as a metric.
      assertNear([evaluated[0], evaluated[2], evaluated[1] - evaluated[3]], [expected, expected, expected], 1e-5);
    });

    on("nothing is left behind", async () => {
      const { x, labels } = batchOf(32, 5);
      const loss = sparseSoftmaxCrossEntropy(tf);
      const model = modelOf(5);
      compileWithLabels(model, { optimizer: tf.train.sgd(0.5), loss });
      await model.fit(x, labels, { epochs: 1, verbose: 0 });
      const before = tf.memory().numTensors;
      await model.fit(x, labels, { epochs: 2, verbose: 0 });
      model.evaluate(x, labels).dispose();
      assert.equal(tf.memory().numTensors, before);
    });
  });
}

it("model.fit refuses labels after model.compile itself, which is why compileWithLabels is there", async () => {
  const { x, labels } = batchOf(32, 5);
  const model = modelOf(5);
  model.compile({ optimizer: "sgd", loss: sparseSoftmaxCrossEntropy(tf) });
  await assert.rejects(model.fit(x, labels, { verbose: 0 }), /target expected a batch of elements/);
});

it("a model is not saved under the name of the loss that stood in", async () => {
  const model = modelOf(5);
  compileWithLabels(model, { optimizer: "sgd", loss: sparseSoftmaxCrossEntropy(tf) });
  let saved;
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: {} });
  });
  await model.save(handler, { includeOptimizer: true });
  // What TensorFlow.js saves of any loss that is a function.
  assert.deepEqual(saved.trainingConfig.loss, {});
});
