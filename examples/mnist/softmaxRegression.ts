// Softmax regression: the probabilities of an image's digit are softmax(W·x + b), where x are its pixels.

import { CLASSES, PIXELS } from "./digits.js";

/** The largest grey value. */
const INK = 255;

export interface Model {
  /** W: CLASSES × PIXELS. */
  readonly weight: Float32Array;
  /** b: CLASSES. */
  readonly bias: Float32Array;
}

/** The model before training: zeros, so that every digit is equally likely. The loss is convex, so any start works. */
export const untrained = (): Model => ({
  weight: new Float32Array(CLASSES * PIXELS),
  bias: new Float32Array(CLASSES),
});

/**
 * The learning rate of W. It is that of a model of grey values from 0 to 1: the pixels are 255 times as large, so the weights
 * are a 255th, and their gradient is 255 times as large.
 */
export const rateOfWeight = (rate: number): number => rate / INK ** 2;

/** One step down the gradient, w −= rate·g. */
export function descend(w: Float32Array, g: Float32Array, rate: number): void {
  for (let i = 0; i < w.length; i++) w[i] -= rate * g[i];
}
