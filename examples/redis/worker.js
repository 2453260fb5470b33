// A worker process: makes states of pieces, and merges those of a job's children. With the argument "mortal" it hangs in its
// third piece, for main.js to kill it there.

import { Worker } from "bullmq";
import { argmaxOf, crossEntropyOf, merge, partial, STATE_LENGTH } from "softmax-wasm/shards";
import { CLASSES, labelsOf, logitsOf } from "./evaluation.js";

const [port, isMortal] = [Number(process.argv[2]), process.argv[3] === "mortal"];
// A job whose worker is silent for a second is given to another.
const options = {
  connection: { host: "127.0.0.1", port },
  concurrency: 1,
  lockDuration: 1000,
  stalledInterval: 500,
  drainDelay: 1,
};
let pieces = 0;

/** States, which JSON keeps as they are. */
async function partialOfPiece({ data: { row, rows, offset, classes } }) {
  if (isMortal && ++pieces === 3) {
    process.send("hanging");
    // Block the thread. While a promise was pending, BullMQ would keep renewing the job's lock.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  const x = logitsOf(row, rows, offset, classes);
  return [...partial(x, { shape: [rows, classes], labels: labelsOf(row, rows), offset })];
}

async function mergeOfPieces(job) {
  const { row, rows } = job.data;
  const children = Object.values(await job.getChildrenValues());
  const states = children.reduce((a, b) => merge(a, b), new Float64Array(rows * STATE_LENGTH));
  const labels = labelsOf(row, rows);
  // Every row that is not ignored must have seen each class exactly once.
  for (let r = 0; r < rows; r++) {
    const seen = states[r * STATE_LENGTH + 7];
    if (labels[r] >= 0 && seen !== CLASSES) throw new Error(`row ${row + r}: ${seen} of ${CLASSES} classes`);
  }
  const correct = argmaxOf(states).filter((best, r) => best === labels[r]).length;
  return { ...crossEntropyOf(states, { reduction: "parts" }), correct, pieces: children.length };
}

new Worker("pieces", partialOfPiece, options);
new Worker("rows", mergeOfPieces, options);
