// Workers that die when a test wants them to.

import { Worker } from "node:worker_threads";
import text from "../../build/workerNode.js";

// Beside its work, and before it looks at a message, the worker does what the test tells it to: after some milliseconds, or
// when it is given its next task.
const OBEDIENT = `{
  let atTask;
  const { parentPort } = require("node:worker_threads");
  parentPort.on("message", ({ softmaxWasm, run, after }) => {
    const doIt = run && new Function("process", run);
    if (softmaxWasm === "task") atTask?.(process);
    else if (after === undefined) atTask = doIt;
    else setTimeout(() => doIt(process), after);
  });
}
${text}`;

export const obedientWorker = (): Worker => new Worker(OBEDIENT, { eval: true, execArgv: [] });

const terminate = (worker: Worker) => void worker.terminate();

/** How it dies, after so many ms or in its next task, and what the error of its call says. */
export const WAYS: readonly [string, (worker: Worker, after?: number) => void, RegExp][] = [
  ["exits", (worker, after) => worker.postMessage({ run: "process.exit(3)", after }), /it exited with code \d/],
  ["throws", (worker, after) => worker.postMessage({ run: "throw new Error('boom')", after }), /it threw boom/],
  [
    "is terminated",
    (worker, after) => {
      if (after === undefined) {
        const run = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)";
        worker.postMessage({ run, after });
      }
      setTimeout(terminate, after ?? 30, worker);
    },
    /it exited with code 1/,
  ],
];
