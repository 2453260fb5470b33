// Trains softmax regression on the MNIST digits three times, on the same images in the same order: with the library's
// WebAssembly backend, with its JavaScript backend, and with naive JavaScript. `npm start` runs it.

import { cpus } from "node:os";
import { instantiate } from "softmax-wasm";
import { readTestDigits, readTrainingDigits } from "./digits.js";
import { libraryMethod, type LossMethod, naiveMethod } from "./lossMethod.js";
import { speedTable } from "./speedTable.js";
import { type Schedule, train, type Training } from "./train.js";
import { bytesOf, largestDifference, sha256 } from "./weights.js";

const SCHEDULE: Schedule = { epochs: 12, batch: 250, rate: 0.5, seed: 1 };
const REQUIRED_ACCURACY = 0.92;

const training = readTrainingDigits();
const test = readTestDigits();
const { epochs, batch, rate, seed } = SCHEDULE;
console.log(`MNIST: ${training.count} digits to train on, ${test.count} to test on`);
console.log(`softmax regression: ${epochs} epochs, batches of ${batch}, learning rate ${rate}, seed ${seed}`);
console.log(`Node ${process.version}, ${cpus().at(0)?.model ?? "unknown CPU"}\n`);

const wasmMethod = tryWasm();
const wasm = wasmMethod && run(wasmMethod);
const js = run(libraryMethod("JS backend", instantiate({ backend: "js" }), batch));
const naive = run(naiveMethod(batch));
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
function tryWasm(): LossMethod | null {
  try {
    return libraryMethod("WASM backend", instantiate({ backend: "wasm" }), batch);
  } catch (error) {
    console.log(
      `WebAssembly is not available, so only JavaScript is measured. ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return null;
  }
}

function run(method: LossMethod): Training {
  const result = train(method, training, test, SCHEDULE);
  console.log();
  return result;
}

function printWhatItShows({ name, lossSeconds, seconds }: Training): void {
  const share = ((100 * lossSeconds) / seconds).toFixed(1);
  console.log(`
A row of 10 classes fills two and a half SIMD vectors, so most of the time is fixed cost per row and
per call; \`npm run bench\` measures longer rows. The JS backend follows the steps of WASM one by one,
to get the same bits. The loss is ${share} % of the ${seconds.toFixed(1)} s that the ${name} trained. Nearly all
of the rest goes to the products with the images.
`);
}

function compareWeights(): void {
  const hash = sha256(bytesOf(js.model));
  if (wasm === null) {
    console.log(`weights: only the JS backend ran, so there is nothing to compare (SHA-256 ${hash})`);
  } else if (bytesOf(wasm.model).equals(bytesOf(js.model))) {
    console.log(`weights: WASM and JS backend agree bit for bit (SHA-256 ${hash})`);
  } else {
    const apart = largestDifference(wasm.model, js.model);
    fail(`weights: expected WASM and JS backend to agree bit for bit, got a difference of up to ${apart}`);
  }
  const apart = largestDifference(naive.model, js.model).toExponential(1);
  console.log(`weights: naive JavaScript rounds differently; its weights differ by up to ${apart}`);
}

function fail(message: string): void {
  console.error(`FAILED  ${message}`);
  process.exitCode = 1;
}
