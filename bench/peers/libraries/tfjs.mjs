// TensorFlow.js on its WebAssembly backend: XNNPACK's kernels, with SIMD. In Node it never starts threads.

import { createRequire } from "node:module";
import { RUNNING_SUM_IN_F32, SUM_IN_F32 } from "./tolerance.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
// Node gets a bundle without any gradient. They are in a module that only a loader such as tsx resolves.
require("@tensorflow/tfjs-core/dist/register_all_gradients");
const { getThreadsCount } = require("@tensorflow/tfjs-backend-wasm");

export async function load() {
  await tf.setBackend("wasm");
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) ? "SIMD" : "no SIMD";
  return {
    version: `${tf.version_core}, ${tf.getBackend()}, ${simd}, threads ${getThreadsCount()}`,
    copying,
    resident,
  };
}

const softmaxOf = (x) => [tf.softmax(x)];

/** Its own loss, differentiated by itself. It takes labels as one-hot rows: tf.oneHot makes floats of the wrong bits. */
const oneHot = (labels, cols) => tf.cast(tf.oneHot(labels, cols), "float32");
const ownLossOf = (x, hot) => {
  const { value, grad } = tf.valueAndGrad((at) => tf.losses.softmaxCrossEntropy(hot, at))(x);
  return [grad, value];
};

/** The same put together by hand from what is fast in it: one exponential per element, and no one-hot rows. */
const composedLossOf = (rows) => (x, at) => {
  const p = tf.softmax(x);
  const ofLabels = tf.gatherND(p, at);
  const loss = tf.neg(tf.mean(tf.log(ofLabels)));
  const shares = tf.mul(p, 1 / rows);
  return [tf.tensorScatterUpdate(shares, at, tf.mul(tf.sub(ofLabels, 1), 1 / rows)), loss];
};

/** Where the labels are, as tf.gatherND takes it: a row and a column each. */
function placesOf(labels) {
  const places = new Int32Array(2 * labels.length);
  for (let r = 0; r < labels.length; r++) {
    places[2 * r] = r;
    places[2 * r + 1] = labels[r];
  }
  return places;
}

/** What computes a work, from a tensor of logits and what `targets` makes of the labels. */
function waysOn(work, { rows, cols, labels }) {
  if (work === "softmax") {
    return [{ name: "tfjs-wasm", compute: softmaxOf, targets: () => undefined, tolerance: SUM_IN_F32 }];
  }
  return [
    {
      name: "tfjs-wasm",
      compute: ownLossOf,
      targets: () => oneHot(tf.tensor1d(labels, "int32"), cols),
      tolerance: RUNNING_SUM_IN_F32,
    },
    {
      name: "tfjs-wasm composed",
      compute: composedLossOf(rows),
      targets: () => tf.tensor2d(placesOf(labels), [rows, 2], "int32"),
      tolerance: SUM_IN_F32,
    },
  ];
}

/** From a typed array to a typed array: tensors made, data fetched, tensors disposed of. */
function copying(work, problem) {
  const { rows, cols, x } = problem;
  const competitors = waysOn(work, problem).map(({ name, compute, targets, tolerance }) => {
    let out;
    const run = () => {
      const [array, loss] = tf.tidy(() => compute(tf.tensor2d(x, [rows, cols]), targets()));
      out = array.dataSync();
      array.dispose();
      return valueOf(loss);
    };
    return { name: `${name} copying`, run, result: () => out, tolerance };
  });
  return { competitors, free: () => {} };
}

/** From a tensor to a tensor. The labels are a tensor already, too, in the form that each takes. */
function resident(work, problem) {
  const { rows, cols, x } = problem;
  const logits = tf.tensor2d(x, [rows, cols]);
  const held = [logits];
  const competitors = waysOn(work, problem).map(({ name, compute, targets, tolerance }) => {
    const about = tf.tidy(targets);
    if (about) held.push(about);
    let out;
    const run = () => {
      out?.dispose();
      const [array, loss] = tf.tidy(() => compute(logits, about));
      out = array;
      return valueOf(loss);
    };
    held.push({ dispose: () => out?.dispose() });
    return { name: `${name} resident`, run, result: () => out.dataSync(), tolerance };
  });
  return { competitors, free: () => held.forEach((tensor) => tensor.dispose()) };
}

/** A scalar's number, after which the tensor goes; 0 where there is no loss. */
function valueOf(scalar) {
  if (!scalar) return 0;
  const [value] = scalar.dataSync();
  scalar.dispose();
  return value;
}
