import { type Instance } from "softmax-wasm";
import { linearOn } from "softmax-wasm/linear";
import { crossEntropyGrad } from "../../test/reference/textbook.js";
import { CLASSES, PIXELS } from "./digits.js";
import { descend, type Model, rateOfWeight } from "./softmaxRegression.js";

/** A way to train. Arrays that it gives are valid until its next call. */
export interface Method {
  readonly name: string;
  /** Where the method expects the images of a batch. */
  images(rows: number): Float32Array;
  /** Takes a step down the gradient of a batch's mean cross entropy, and returns that loss. */
  step(images: Float32Array, labels: Uint8Array, rate: number): number;
  /** The logits of images, rows × CLASSES. */
  logits(images: Float32Array): Float32Array;
  /** A copy of the model. */
  model(): Model;
}

/** The library, with all arrays in its own memory, so that no call copies them. */
export function libraryMethod(name: string, instance: Instance, maxRows: number): Method {
  const { linear, linearCrossEntropyGrad } = linearOn(instance);
  const alloc = (length: number) => instance.alloc(Float32Array, length);
  const x = alloc(maxRows * PIXELS);
  const logits = alloc(maxRows * CLASSES);
  const layer = { weight: alloc(CLASSES * PIXELS), bias: alloc(CLASSES) };
  const gradient = { weight: alloc(CLASSES * PIXELS), bias: alloc(CLASSES) };
  return {
    name,
    images: (rows) => x.view.subarray(0, rows * PIXELS),
    step: (images, labels, rate) => {
      const { loss } = linearCrossEntropyGrad(images, layer, labels, { gradX: false, out: gradient });
      descend(layer.weight.view, gradient.weight.view, rateOfWeight(rate));
      descend(layer.bias.view, gradient.bias.view, rate);
      return loss;
    },
    logits: (images) => linear(images, layer, { out: logits.view.subarray(0, (images.length / PIXELS) * CLASSES) }),
    model: () => ({ weight: layer.weight.view.slice(), bias: layer.bias.view.slice() }),
  };
}

/**
 * The formulas as loops, with Math.exp: what most programs would write. Four pixels of five are white and are skipped, and W
 * is PIXELS × CLASSES, so that the inner loops read adjacent weights.
 */
export function naiveMethod(maxRows: number): Method {
  const x = new Float32Array(maxRows * PIXELS);
  const room = new Float32Array(maxRows * CLASSES);
  const weights = new Float32Array(PIXELS * CLASSES);
  const bias = new Float32Array(CLASSES);
  const step = new Float64Array(CLASSES);
  const logits = (images: Float32Array): Float32Array => {
    const rows = images.length / PIXELS;
    for (let n = 0; n < rows; n++) {
      const row = n * CLASSES;
      for (let c = 0; c < CLASSES; c++) room[row + c] = bias[c];
      for (let d = 0; d < PIXELS; d++) {
        const grey = images[n * PIXELS + d];
        if (grey === 0) continue;
        for (let c = 0; c < CLASSES; c++) room[row + c] += grey * weights[d * CLASSES + c];
      }
    }
    return room.subarray(0, rows * CLASSES);
  };
  return {
    name: "naive JavaScript",
    images: (rows) => x.subarray(0, rows * PIXELS),
    step: (images, labels, rate) => {
      const grad = logits(images);
      const loss = crossEntropyGrad(grad, labels, grad, labels.length, CLASSES);
      // Each image's part of the gradient is subtracted at once, so that it is never stored.
      for (let n = 0; n < labels.length; n++) {
        for (let c = 0; c < CLASSES; c++) {
          const g = grad[n * CLASSES + c];
          bias[c] -= rate * g;
          step[c] = rateOfWeight(rate) * g;
        }
        for (let d = 0; d < PIXELS; d++) {
          const grey = images[n * PIXELS + d];
          if (grey === 0) continue;
          for (let c = 0; c < CLASSES; c++) weights[d * CLASSES + c] -= grey * step[c];
        }
      }
      return loss;
    },
    logits,
    model: () => ({
      weight: Float32Array.from({ length: CLASSES * PIXELS }, (_, i) => {
        return weights[(i % PIXELS) * CLASSES + Math.floor(i / PIXELS)];
      }),
      bias: bias.slice(),
    }),
  };
}
