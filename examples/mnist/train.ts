import { SingleBar } from "cli-progress";
import { mulberry32 } from "../../test/reference/random.js";
import { CLASSES, type Digits } from "./digits.js";
import type { LossMethod } from "./lossMethod.js";
import { shuffle } from "./shuffle.js";
import { accuracy, computeLogits, descend, type Model, untrained } from "./softmaxRegression.js";

/** The parameters that all trainings share. */
export interface Schedule {
  readonly epochs: number;
  /** Images per step. */
  readonly batch: number;
  /** The learning rate. */
  readonly rate: number;
  /** Determines the order of the images. */
  readonly seed: number;
}

/** The result of a training. */
export interface Training {
  readonly name: string;
  readonly model: Model;
  /** On the test digits, after the last epoch. */
  readonly accuracy: number;
  /** The time in `crossEntropyGrad`, and the total time. */
  readonly lossSeconds: number;
  readonly seconds: number;
  /** How many logits went through `crossEntropyGrad`. */
  readonly elements: number;
}

/** Trains a model by stochastic gradient descent. Prints a line per epoch, and on a terminal a bar while it runs. */
export function train(method: LossMethod, training: Digits, test: Digits, schedule: Schedule): Training {
  const { epochs, batch, rate, seed } = schedule;
  const started = performance.now();
  const model = untrained();
  const random = mulberry32(seed);
  const order = Uint32Array.from({ length: training.count }, (_, i) => i);
  let right = 0;
  let lossMs = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const title = `${method.name.padEnd(16)}  epoch ${String(epoch).padStart(2)}/${epochs}`;
    const bar = startBar(title, training.count);
    shuffle(order, random);
    let lossSum = 0;
    for (let first = 0; first < training.count; first += batch) {
      const images = order.subarray(first, first + batch);
      const labels = Uint8Array.from(images, (image) => training.labels[image]);
      const logits = method.logits(images.length);
      computeLogits(model, training, images, logits);
      const before = performance.now();
      const loss = method.crossEntropyGrad(logits, labels);
      lossMs += performance.now() - before;
      lossSum += loss * images.length;
      descend(model, training, images, logits, rate);
      bar.update(first + images.length);
    }
    right = accuracy(model, test);
    bar.stop();
    const loss = (lossSum / training.count).toFixed(4);
    console.log(`${title}  mean loss ${loss}  test accuracy ${(100 * right).toFixed(2)} %`);
  }
  return {
    name: method.name,
    model,
    accuracy: right,
    lossSeconds: lossMs / 1000,
    seconds: (performance.now() - started) / 1000,
    elements: epochs * training.count * CLASSES,
  };
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
