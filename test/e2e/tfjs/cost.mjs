// What an epoch of model.fit costs with labels and with one-hot rows: time, of ways that take turns in one process, and the
// peak of memory, as TensorFlow.js counts its tensors and as the system sees a process of each way.
//
//   node test/e2e/tfjs/cost.mjs [backend way]   the table, or one way's memory

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { compileWithLabels, sparseSoftmaxCrossEntropy } from "../../../dist/tfjs.js";
import { batchOf, modelOf, oneHotLoss } from "./problem.mjs";

const ROWS = 1024;
const BATCH = 256;
const CLASSES = 5000;
const WIDTH = 16;
const ROUNDS = 3;

const WAYS = {
  "softmax-wasm/tfjs": { takesLabels: true, lossOf: () => sparseSoftmaxCrossEntropy(tf) },
  "one-hot rows of a batch, made by the loss": { takesLabels: true, lossOf: () => oneHotLoss(CLASSES) },
  "one-hot rows of all, given to model.fit": {
    takesLabels: false,
    lossOf: () => (rows, logits) => tf.losses.softmaxCrossEntropy(rows, logits),
  },
};

/** A model of a way's loss, and what trains it for an epoch. */
function prepared({ takesLabels, lossOf }) {
  const model = modelOf(CLASSES, WIDTH);
  const args = { optimizer: tf.train.sgd(0.5), loss: lossOf() };
  if (takesLabels) compileWithLabels(model, args);
  else model.compile(args);
  return {
    async train({ x, labels }) {
      const y = takesLabels ? labels : tf.oneHot(labels, CLASSES);
      const options = { epochs: 1, batchSize: BATCH, shuffle: false, verbose: 0, yieldEvery: "never" };
      const { history } = await model.fit(x, y, options);
      if (y !== labels) y.dispose();
      return history.loss[0];
    },
    weights: () => model.getWeights().map((one) => one.dataSync()),
  };
}

const MiB = (bytes) => bytes / 2 ** 20;
const residentMiB = () => process.resourceUsage().maxRSS / 1024;

async function memoryOf(backend, way) {
  await tf.setBackend(backend);
  const { train } = prepared(WAYS[way]);
  // What is compiled and allocated once is not what a way costs.
  const few = batchOf(8, CLASSES, WIDTH);
  await train(few);
  const data = batchOf(ROWS, CLASSES, WIDTH);
  const [before, resident] = [tf.memory().numBytes, residentMiB()];
  const { peakBytes } = await tf.profile(() => train(data));
  return { tensors: MiB(peakBytes - before), process: residentMiB() - resident };
}

function memoryInAProcess(backend, way) {
  const args = [fileURLToPath(import.meta.url), backend, way];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** The least time of each way, in ms, and what each has learned. */
async function race(backend) {
  await tf.setBackend(backend);
  const data = batchOf(ROWS, CLASSES, WIDTH);
  const racers = Object.entries(WAYS).map(([way, of]) => ({ way, ...prepared(of), time: Infinity, losses: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const racer of racers) {
      const start = performance.now();
      racer.losses.push(await racer.train(data));
      racer.time = Math.min(racer.time, performance.now() - start);
    }
  }
  return racers;
}

function assertNear(actual, expected, tolerance) {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  assert.ok(actual.every((value, i) => Math.abs(value - expected[i]) <= tolerance * scale));
}

const [, , backend, way] = process.argv;
if (way !== undefined) {
  console.log(JSON.stringify(await memoryOf(backend, way)));
} else {
  console.log(`An epoch of model.fit: ${ROWS} rows of ${WIDTH} in batches of ${BATCH}, ${CLASSES} classes`);
  console.log(`A batch's logits: ${MiB(4 * BATCH * CLASSES).toFixed(1)} MiB`);
  for (const name of ["cpu", "wasm"]) {
    const racers = await race(name);
    const [ours, ...theirs] = racers.map((racer) => ({ ...racer, ...memoryInAProcess(name, racer.way) }));
    for (const { way, time, tensors, process } of [ours, ...theirs]) {
      const figures = [
        `${time.toFixed(0)} ms`,
        `${(time / ours.time).toFixed(2)}x`,
        tensors.toFixed(1),
        process.toFixed(1),
      ];
      console.log(`${name.padEnd(5)}${way.padEnd(42)}${figures.map((each) => each.padStart(9)).join("")}`);
    }
    console.log("     (least time; times ours; peak of tensors and of the process above what was there before, MiB)");
    for (const other of theirs) {
      assertNear(ours.losses, other.losses, 1e-4);
      ours.weights().forEach((values, i) => assertNear(values, other.weights()[i], 1e-3));
      assert.ok(ours.tensors < 0.8 * other.tensors, "tensors take less memory");
    }
  }
}
