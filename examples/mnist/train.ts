import { SingleBar } from "cli-progress";
import { mulberry32 } from "../../test/reference/random.js";
import { CLASSES, type Digits, PIXELS } from "./digits.js";
import type { Method } from "./method.js";
import { shuffle } from "./shuffle.js";
import type { Model } from "./softmaxRegression.js";

/** The parameters that all trainings share. */
export interface Schedule {
  /** After so many epochs their models are compared. */
  readonly compared: number;
  /** Images per step. */
  readonly batch: number;
  /** The learning rate. */
  readonly rate: number;
  /** Determines the order of the images. */
  readonly seed: number;
}

/** Where the seconds of a training went. */
export interface Seconds {
  /** Grey values of the batches' images to floats. */
  images: number;
  /** Logits, loss, gradients and the steps down: all that is trained. */
  steps: number;
  /** Logits of the test images. */
  tests: number;
}

/** The result of a training. */
export interface Training {
  readonly name: string;
  readonly epochs: number;
  /** The model after as many epochs as all trainings have. */
  readonly compared: Model;
  /** On the test digits, after the last epoch. */
  readonly accuracy: number;
  readonly seconds: Seconds;
}

/** Trains a model by stochastic gradient descent. Prints a line per epoch, and on a terminal a bar while it runs. */
export function train(
  method: Method,
  epochs: number,
  training: Digits,
  test: Digits,
  { compared, batch, rate, seed }: Schedule,
): Training {
  const random = mulberry32(seed);
  const order = Uint32Array.from({ length: training.count }, (_, i) => i);
  const seconds: Seconds = { images: 0, steps: 0, tests: 0 };
  let right = 0;
  let model = method.model();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const title = `${method.name.padEnd(16)}  epoch ${String(epoch).padStart(2)}/${epochs}`;
    const bar = startBar(title, training.count);
    shuffle(order, random);
    let lossSum = 0;
    for (let first = 0; first < training.count; first += batch) {
      const chosen = order.subarray(first, first + batch);
      const images = timed(seconds, "images", () => gather(training, chosen, method.images(chosen.length)));
      const labels = Uint8Array.from(chosen, (image) => training.labels[image]);
      lossSum += chosen.length * timed(seconds, "steps", () => method.step(images, labels, rate));
      bar.update(first + chosen.length);
    }
    right = accuracy(method, test, batch, seconds);
    bar.stop();
    if (epoch === compared) model = method.model();
    const loss = (lossSum / training.count).toFixed(4);
    console.log(`${title}  mean loss ${loss}  test accuracy ${(100 * right).toFixed(2)} %`);
  }
  return { name: method.name, epochs, compared: model, accuracy: right, seconds };
}

/** Writes the grey values of images as floats, one image after the other. */
function gather({ pixels }: Digits, chosen: Uint32Array, to: Float32Array): Float32Array {
  chosen.forEach((image, n) => {
    to.set(pixels.subarray(image * PIXELS, (image + 1) * PIXELS), n * PIXELS);
  });
  return to;
}

/** The fraction of the digits whose largest logit is the one of their label. */
function accuracy(method: Method, digits: Digits, batch: number, seconds: Seconds): number {
  let right = 0;
  for (let first = 0; first < digits.count; first += batch) {
    const chosen = Uint32Array.from({ length: Math.min(batch, digits.count - first) }, (_, i) => first + i);
    const images = timed(seconds, "images", () => gather(digits, chosen, method.images(chosen.length)));
    const logits = timed(seconds, "tests", () => method.logits(images));
    for (let n = 0; n < chosen.length; n++) {
      const row = logits.subarray(n * CLASSES, (n + 1) * CLASSES);
      if (row.indexOf(Math.max(...row)) === digits.labels[first + n]) right++;
    }
  }
  return right / digits.count;
}

/** Does something, and adds the time that it takes. */
function timed<Result>(seconds: Seconds, what: keyof Seconds, action: () => Result): Result {
  const begin = performance.now();
  const result = action();
  seconds[what] += (performance.now() - begin) / 1000;
  return result;
}

/** A bar that the epoch's line replaces; none where the output is not a terminal. */
function startBar(title: string, total: number): SingleBar {
  const bar = new SingleBar({
    format: `${title}  {bar} {percentage} %`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 32,
    stream: process.stdout,
    fps: 20,
    clearOnComplete: true,
    linewrap: true, // Otherwise the terminal's setting changes, and Ctrl+C leaves it changed.
  });
  bar.start(total, 0);
  return bar;
}
