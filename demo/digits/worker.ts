// The worker that trains: fetches the digits, and reports its progress with the weights.

import { backend } from "softmax-wasm";
import { shuffle } from "../../examples/mnist/shuffle.js";
import { mulberry32 } from "../../test/reference/random.js";
import { countRight, Learner } from "./classifier.js";
import { type Digits, fetchDigits } from "./digits.js";
import type { Order, Reading, Report } from "./messages.js";

/** Digits a step. */
const BATCH = 100;
/** Steps whose mean is one reading of the loss: that of a single batch jumps too much to be read. */
const STEPS_A_READING = 10;

let digits: Promise<{ readonly training: Digits; readonly test: Digits }> | undefined;

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  run(data).catch((error: unknown) => {
    report({ kind: "failure", message: error instanceof Error ? error.message : String(error) });
  });
});

function report(message: Report): void {
  postMessage(message);
}

async function run(order: Order): Promise<void> {
  digits ??= load();
  const { training, test } = await digits;
  report({ kind: "loaded", backend: backend(), training: training.count });
  const learner = new Learner(BATCH);
  const start = performance.now();
  train(learner, training, order);
  const seconds = (performance.now() - start) / 1000;
  report({ kind: "end", seconds, tested: test.count, right: countRight(test, learner.parameters) });
  learner.free();
}

async function load() {
  const [training, test] = await Promise.all([fetchDigits("training"), fetchDigits("test")]);
  return { training, test };
}

function train(learner: Learner, training: Digits, { rate, epochs, reportMs }: Order): void {
  const random = mulberry32(1);
  const order = Uint32Array.from({ length: training.count }, (_, i) => i);
  const stepsAnEpoch = Math.floor(training.count / BATCH);
  const steps = epochs * stepsAnEpoch;
  let readings: Reading[] = [];
  let sum = 0;
  let reportedAt = performance.now();
  for (let step = 0; step < steps; step++) {
    const first = (step % stepsAnEpoch) * BATCH;
    if (first === 0) shuffle(order, random);
    sum += learner.step(training, order.subarray(first, first + BATCH), rate);
    const done = step + 1;
    if (done % STEPS_A_READING === 0) {
      readings.push([done * BATCH, sum / STEPS_A_READING]);
      sum = 0;
    }
    if (done === steps || performance.now() - reportedAt >= reportMs) {
      report({ kind: "progress", done: done / steps, readings, parameters: learner.parameters });
      readings = [];
      reportedAt = performance.now();
    }
  }
}
