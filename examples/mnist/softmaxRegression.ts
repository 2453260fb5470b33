// Softmax regression: the probabilities of an image's digit are softmax(x·W + b), where x are its pixels. The products
// with the images are plain loops and do not use the library.

import { CLASSES, type Digits, PIXELS } from "./digits.js";

export interface Model {
  /** W: PIXELS × CLASSES. */
  readonly weights: Float32Array;
  /** b: CLASSES. */
  readonly bias: Float32Array;
}

/** The model before training: zeros, so that every digit is equally likely. The loss is convex, so any start works. */
export function untrained(): Model {
  return { weights: new Float32Array(PIXELS * CLASSES), bias: new Float32Array(CLASSES) };
}

/**
 * logits = X·W + b for the images of `batch`: (batch × PIXELS)·(PIXELS × CLASSES) → batch × CLASSES.
 *
 * X is the grey values divided by 255. Four pixels of five are white and are skipped.
 */
export function computeLogits(model: Model, { pixels }: Digits, batch: Uint32Array, logits: Float32Array): void {
  const { weights, bias } = model;
  for (let r = 0; r < batch.length; r++) {
    const image = batch[r] * PIXELS;
    const row = r * CLASSES;
    for (let k = 0; k < CLASSES; k++) logits[row + k] = bias[k];
    for (let i = 0; i < PIXELS; i++) {
      const grey = pixels[image + i];
      if (grey === 0) continue;
      const x = grey / 255;
      const w = i * CLASSES;
      for (let k = 0; k < CLASSES; k++) logits[row + k] += x * weights[w + k];
    }
  }
}

/**
 * One step down the gradient: W −= rate·∂W with ∂W = Xᵀ·G, (PIXELS × batch)·(batch × CLASSES) → PIXELS × CLASSES, and
 * b −= rate·∂b with ∂b = Σ_r G[r, :].
 *
 * G, batch × CLASSES, is the gradient of the loss with respect to the logits. Each image's part of the product is
 * subtracted from the weights immediately, so that ∂W is never stored.
 */
export function descend(model: Model, { pixels }: Digits, batch: Uint32Array, grad: Float32Array, rate: number): void {
  const { weights, bias } = model;
  const step = new Float64Array(CLASSES);
  for (let r = 0; r < batch.length; r++) {
    const image = batch[r] * PIXELS;
    for (let k = 0; k < CLASSES; k++) bias[k] -= step[k] = rate * grad[r * CLASSES + k];
    for (let i = 0; i < PIXELS; i++) {
      const grey = pixels[image + i];
      if (grey === 0) continue;
      const x = grey / 255;
      const w = i * CLASSES;
      for (let k = 0; k < CLASSES; k++) weights[w + k] -= x * step[k];
    }
  }
}

/** The fraction of the digits whose largest logit is the one of their label. */
export function accuracy(model: Model, digits: Digits): number {
  const logits = new Float32Array(digits.count * CLASSES);
  computeLogits(
    model,
    digits,
    Uint32Array.from({ length: digits.count }, (_, i) => i),
    logits,
  );
  let right = 0;
  for (let i = 0; i < digits.count; i++) {
    const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
    if (row.indexOf(Math.max(...row)) === digits.labels[i]) right++;
  }
  return right / digits.count;
}
