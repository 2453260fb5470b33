import { SingleBar } from "cli-progress";
import { mulberry32 } from "../../test/random.js";
import { CLASSES, type Digits } from "./digits.js";
import type { LossMethod } from "./lossMethod.js";
import { shuffle } from "./shuffle.js";
import { accuracy, computeLogits, descend, type Model, untrained } from "./softmaxRegression.js";

/** What every training is run with. */
export interface Schedule {
  readonly epochs: number;
  /** Images a step. */
  readonly batch: number;
  /** How far a step goes along the gradient. */
  readonly rate: number;
  /** The order of the images follows from it, and from nothing else. */
  readonly seed: number;
}

/** What came of a training. */
export interface Training {
  readonly name: string;
  readonly model: Model;
  /** Of the test digits, after the last epoch. */
  readonly accuracy: number;
  /** Time in `crossEntropyGrad`, and in all. */
  readonly lossSeconds: number;
  readonly seconds: number;
  /** Logits that went through `crossEntropyGrad`. */
  readonly elements: number;
}

/** Trains a model by stochastic gradient descent, and prints a line an epoch (with a bar while it runs, on a terminal). */
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

/** A bar that its epoch's line will take the place of; none where the output is no terminal. */
function startBar(title: string, total: number): SingleBar {
  const bar = new SingleBar({
    format: `${title}  {bar} {percentage} %`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 32,
    stream: process.stdout,
    fps: 20,
    clearOnComplete: true,
    linewrap: true, // Else the terminal's setting changes, and Ctrl+C would leave it so.
  });
  bar.start(total, 0);
  return bar;
}
