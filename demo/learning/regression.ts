// Softmax regression, p = softmax(φ·W). The two products are plain loops; the library computes the loss and its gradient.

import { crossEntropyGrad } from "softmax-wasm";

/** The training data: φ of each place, places × features, and its class. */
export interface Lessons {
  readonly features: Float32Array;
  readonly labels: Uint8Array;
}

export class Regression {
  /** W, features × classes. It starts with zeros; the loss is convex, so any start works. */
  readonly weights: Float32Array;
  readonly #features: number;
  readonly #classes: number;

  constructor(features: number, classes: number) {
    this.#features = features;
    this.#classes = classes;
    this.weights = new Float32Array(features * classes);
  }

  /** Z = Φ·W, (places × features)·(features × classes), into `logits`. */
  logits(features: Float32Array, logits: Float32Array): Float32Array {
    const count = this.#classes;
    logits.fill(0);
    for (let i = 0; i < logits.length / count; i++) {
      for (let j = 0; j < this.#features; j++) {
        const feature = features[i * this.#features + j];
        for (let k = 0; k < count; k++) logits[i * count + k] += feature * this.weights[j * count + k];
      }
    }
    return logits;
  }

  /** The mean loss and its gradient with respect to the logits: G = (softmax(Z) − Y) / N. */
  lossAndGrad({ features, labels }: Lessons): { readonly loss: number; readonly grad: Float32Array } {
    const logits = this.logits(features, new Float32Array(labels.length * this.#classes));
    return crossEntropyGrad(logits, labels, { out: logits });
  }

  /** One step against the gradient, W −= η·Φᵀ·G. Returns the mean loss before it. */
  step(lessons: Lessons, rate: number): number {
    const { loss, grad } = this.lossAndGrad(lessons);
    const count = this.#classes;
    for (let i = 0; i < lessons.labels.length; i++) {
      for (let j = 0; j < this.#features; j++) {
        const feature = rate * lessons.features[i * this.#features + j];
        for (let k = 0; k < count; k++) this.weights[j * count + k] -= feature * grad[i * count + k];
      }
    }
    return loss;
  }
}

/** The fraction of the rows whose largest logit is the label's. */
export function partRight(logits: Float32Array, labels: Uint8Array): number {
  const classes = logits.length / labels.length;
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right / labels.length;
}
