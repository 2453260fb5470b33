// Workers that die when a test wants them to.

import { Worker } from "node:worker_threads";
import text from "../../build/workerNode.js";

// Beside its work the worker does what the test tells it to.
const OBEDIENT = `${text};
require("node:worker_threads").parentPort.on("message", ({ run, after }) => {
  if (run) setTimeout(() => new Function("process", run)(process), after);
});`;

export const obedientWorker = (): Worker => new Worker(OBEDIENT, { eval: true, execArgv: [] });

/** How it dies, after so many ms, and what the errors of its calls say. */
export const WAYS: readonly [string, (worker: Worker, after: number) => void, RegExp][] = [
  ["exits", (worker, after) => worker.postMessage({ run: "process.exit(3)", after }), /it exited with code \d/],
  ["throws", (worker, after) => worker.postMessage({ run: "throw new Error('boom')", after }), /it threw boom/],
  ["is terminated", (worker, after) => setTimeout(() => void worker.terminate(), after), /it exited with code 1/],
];
