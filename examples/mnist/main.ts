// Trains softmax regression on the MNIST digits three times, on the same images in the same order: with the library's
// WebAssembly backend, with its JavaScript backend, and with naive JavaScript. `npm start` runs it.

import { cpus } from "node:os";
import { instantiate } from "softmax-wasm";
import { readTestDigits, readTrainingDigits } from "./digits.js";
import { libraryMethod, type Method, naiveMethod } from "./method.js";
import { speedTable, total } from "./speedTable.js";
import { type Schedule, train, type Training } from "./train.js";
import { bytesOf, largestDifference, sha256 } from "./weights.js";

const SCHEDULE: Schedule = { compared: 3, batch: 250, rate: 0.5, seed: 1 };
/** Of the first training. The others stop where all are compared. */
const EPOCHS = 12;
const REQUIRED_ACCURACY = 0.92;

const training = readTrainingDigits();
const test = readTestDigits();
const { compared, batch, rate, seed } = SCHEDULE;
console.log(`MNIST: ${training.count} digits to train on, ${test.count} to test on`);
console.log(
  `softmax regression: ${EPOCHS} epochs, for comparison ${compared}; batches of ${batch}, learning rate ${rate}, seed ${seed}`,
);
console.log(`Node ${process.version}, ${cpus().at(0)?.model ?? "unknown CPU"}\n`);

const wasmMethod = tryWasm();
const wasm = wasmMethod && run(wasmMethod, EPOCHS);
const js = run(libraryMethod("JS backend", instantiate({ backend: "js" }), batch), wasm ? compared : EPOCHS);
const naive = run(naiveMethod(batch), compared);
const trainings = wasm ? [wasm, js, naive] : [js, naive];

for (const line of speedTable(trainings, naive)) console.log(line);
printWhatItShows(trainings[0]);
compareWeights();
for (const { name, accuracy } of trainings) {
  const percent = (100 * accuracy).toFixed(2);
  if (accuracy < REQUIRED_ACCURACY) {
    fail(`${name}: expected ${100 * REQUIRED_ACCURACY} % of the test digits or more, got ${percent} %`);
  }
}

/** Null without WebAssembly, after printing the reason. */
function tryWasm(): Method | null {
  try {
    return libraryMethod("WASM backend", instantiate({ backend: "wasm" }), batch);
  } catch (error) {
    console.log(
      `WebAssembly is not available, so only JavaScript is measured. ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return null;
  }
}

function run(method: Method, epochs: number): Training {
  const result = train(method, epochs, training, test, SCHEDULE);
  console.log();
  return result;
}

function printWhatItShows({ name, seconds }: Training): void {
  console.log(`
"images" turns grey values into floats, "steps" are logits, loss, gradients and the steps down, which
the library computes in one call, "tests" are the logits of the test images after each epoch. The
${name} trained in ${total(seconds).toFixed(2)} s. The JS backend follows the steps of WASM one by one, to get the same bits.
`);
}

function compareWeights(): void {
  const hash = sha256(bytesOf(js.compared));
  if (wasm === null) {
    console.log(`weights: only the JS backend ran, so there is nothing to compare (SHA-256 ${hash})`);
  } else if (bytesOf(wasm.compared).equals(bytesOf(js.compared))) {
    console.log(`weights after ${compared} epochs: WASM and JS backend agree bit for bit (SHA-256 ${hash})`);
  } else {
    const apart = largestDifference(wasm.compared, js.compared);
    fail(`weights: expected WASM and JS backend to agree bit for bit, got a difference of up to ${apart}`);
  }
  const apart = largestDifference(naive.compared, js.compared).toExponential(1);
  console.log(`weights: naive JavaScript rounds differently; its weights differ by up to ${apart}`);
}

function fail(message: string): void {
  console.error(`FAILED  ${message}`);
  process.exitCode = 1;
}
