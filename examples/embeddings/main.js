import { alloc, argmax, entropy } from "softmax-wasm";
import { linear, linearCrossEntropyGrad } from "softmax-wasm/linear";
import { CLASSES, embed, FEATURES, IMAGES } from "./embeddings.js";

const UNLABELLED = -100; // The default `ignoreIndex`: such rows are ignored by the loss, and not even read.
const MOMENTUM = 0.9;
const RATE = 0.1;

// The features stay in WebAssembly memory, where no step copies them.
const features = alloc(Float32Array, IMAGES * FEATURES);
const truth = embed(features.view);
const labels = new Int32Array(IMAGES).fill(UNLABELLED);

const zeros = () => ({ weight: new Float32Array(CLASSES * FEATURES), bias: new Float32Array(CLASSES) });
const head = zeros();
const velocity = zeros();

function train(steps) {
  let loss;
  for (let step = 0; step < steps; step++) {
    for (const values of Object.values(velocity)) values.forEach((value, i) => (values[i] = MOMENTUM * value));
    // `accumulate` adds the gradients to the velocity. Nothing lies below the features, so no gradient of them is needed.
    const options = { accumulate: true, out: velocity, gradX: false };
    ({ loss } = linearCrossEntropyGrad(features, head, labels, options));
    for (const name in head) velocity[name].forEach((value, i) => (head[name][i] -= RATE * value));
  }
  return loss;
}

const shape = [IMAGES, CLASSES];
const isUnlabelled = (image) => labels[image] === UNLABELLED;

/** The unlabelled images about which the head is least certain, and whose labels it can learn most from. */
function leastCertain(count) {
  const doubt = entropy(linear(features, head), { shape });
  const images = Array.from(labels.keys()).filter(isUnlabelled);
  return images.sort((a, b) => doubt[b] - doubt[a]).slice(0, count);
}

/** The part of the unlabelled images whose class the head finds. */
function accuracy() {
  const images = Array.from(labels.keys()).filter(isUnlabelled);
  const found = argmax(linear(features, head), { shape });
  return images.filter((image) => found[image] === truth[image]).length / images.length;
}

// Someone labels eight images at a time, and the head goes on from where it is.
for (let round = 1; round <= 6; round++) {
  for (const image of leastCertain(8)) labels[image] = truth[image];
  const loss = train(60);
  const count = labels.filter((label) => label !== UNLABELLED).length;
  const right = (100 * accuracy()).toFixed(1);
  console.log(`${String(count).padStart(2)} labels  loss ${loss.toFixed(4)}  ${right} % of the others right`);
}

features.free();
