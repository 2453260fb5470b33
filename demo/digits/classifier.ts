// The classifier: softmax of one linear layer from pixels to digits. The library computes the loss and its gradients.

import { alloc, argmax, softmax } from "softmax-wasm";
import { linear, linearCrossEntropyGrad } from "softmax-wasm/linear";
import { CLASSES, type Digits, PIXELS } from "./digits.js";

/** W, CLASSES × PIXELS, and b, CLASSES. */
export interface Parameters {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Zeros, with which every digit is as probable; the loss is convex, so any start works. */
export function untrained(): Parameters {
  return { weight: new Float32Array(CLASSES * PIXELS), bias: new Float32Array(CLASSES) };
}

/** What the classifier reads in one image: softmax(W·x + b). */
export function probabilitiesOf(image: Float32Array, parameters: Parameters): Float32Array {
  return softmax(linear(image, parameters));
}

/** How many of the digits have their label as the most probable class. */
export function countRight({ count, pixels, labels }: Digits, parameters: Parameters): number {
  const read = argmax(linear(pixels, parameters), { shape: [count, CLASSES] });
  return read.filter((label, i) => label === labels[i]).length;
}

/** A classifier that learns. All arrays of a step are in WebAssembly memory, where no call copies them. */
export class Learner {
  readonly #layer = roomFor();
  readonly #gradients = roomFor();
  readonly #images;
  readonly #labels: Uint8Array;

  /** `batch` is the number of digits a step. */
  constructor(batch: number) {
    this.#images = alloc(Float32Array, batch * PIXELS);
    this.#labels = new Uint8Array(batch);
  }

  get parameters(): Parameters {
    return { weight: this.#layer.weight.view.slice(), bias: this.#layer.bias.view.slice() };
  }

  /** One step against the gradient of the mean loss of these digits. Returns that loss. */
  step({ pixels, labels }: Digits, batch: Uint32Array, rate: number): number {
    const images = this.#images.view;
    batch.forEach((digit, i) => {
      images.set(pixels.subarray(digit * PIXELS, (digit + 1) * PIXELS), i * PIXELS);
      this.#labels[i] = labels[digit];
    });
    const options = { out: this.#gradients, gradX: false };
    const { loss } = linearCrossEntropyGrad(this.#images, this.#layer, this.#labels, options);
    for (const name of NAMES) {
      const [values, gradient] = [this.#layer[name].view, this.#gradients[name].view];
      for (let i = 0; i < values.length; i++) values[i] -= rate * gradient[i];
    }
    return loss;
  }

  free(): void {
    for (const name of NAMES) {
      this.#layer[name].free();
      this.#gradients[name].free();
    }
    this.#images.free();
  }
}

const NAMES = ["weight", "bias"] as const;

const roomFor = () => ({ weight: alloc(Float32Array, CLASSES * PIXELS), bias: alloc(Float32Array, CLASSES) });
