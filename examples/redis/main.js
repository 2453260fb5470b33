// Evaluates rows whose classes lie in pieces, on worker processes that get their jobs from a Redis server (BullMQ). One
// of them is killed in the middle of a job.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { FlowProducer, QueueEvents } from "bullmq";
import { argmax, crossEntropy } from "softmax-wasm";
import { CLASSES, labelsOf, logitsOf, PIECES, ROWS, ROWS_OF_JOB } from "./evaluation.js";

const port = await freePort();
const server = spawn("redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"], {
  stdio: "ignore",
});
const connection = { host: "127.0.0.1", port };
const startWorker = (kind) => fork("worker.js", [String(port), kind]);
const mortal = startWorker("mortal");
const workers = [mortal];
const flows = new FlowProducer({ connection });
const events = new QueueEvents("rows", { connection });
try {
  await events.waitUntilReady();
  const [hangs, exits] = [once(mortal, "message"), once(mortal, "exit")];
  const trees = await Promise.all(jobs().map((job) => flows.add(job)));
  // Until then it is the only worker: others might leave it no third piece to hang in.
  await hangs;
  mortal.kill("SIGKILL");
  const [, signal] = await exits;
  workers.push(startWorker(""), startWorker(""));
  const results = await Promise.all(trees.map(({ job }) => job.waitUntilFinished(events)));
  console.log(`a worker was killed with ${signal}; ${workers.length - 1} went on`);
  report(results);
} finally {
  for (const worker of workers) worker.kill("SIGKILL");
  await flows.close();
  await events.close();
  server.kill();
}

/** A job that merges the pieces of some rows. They are its children: it runs once all of them are done. */
function jobs() {
  const keep = { attempts: 3 };
  return Array.from({ length: ROWS / ROWS_OF_JOB }, (_, j) => {
    const own = { row: j * ROWS_OF_JOB, rows: ROWS_OF_JOB };
    const classes = CLASSES / PIECES;
    const children = Array.from({ length: PIECES }, (_, p) => ({
      name: "piece",
      queueName: "pieces",
      data: { ...own, offset: p * classes, classes },
      opts: keep,
    }));
    return { name: "rows", queueName: "rows", data: own, children, opts: keep };
  });
}

function report(results) {
  const total = (name) => results.reduce((sum, result) => sum + result[name], 0);
  const x = logitsOf(0, ROWS, 0, CLASSES);
  const labels = labelsOf(0, ROWS);
  const best = argmax(x, { shape: [ROWS, CLASSES] });
  const whole = {
    loss: crossEntropy(x, labels),
    accuracy: best.filter((c, r) => c === labels[r]).length / labels.filter((y) => y >= 0).length,
  };
  const merged = { loss: total("sum") / total("weight"), accuracy: total("correct") / total("weight") };
  console.log(`${total("pieces")} pieces of ${ROWS} rows, ${total("weight")} of which take part`);
  for (const [name, { loss, accuracy }] of Object.entries({ merged, whole })) {
    const perplexity = Math.exp(loss).toFixed(4);
    console.log(`${name.padEnd(7)} loss ${loss.toFixed(6)}  perplexity ${perplexity}  accuracy ${accuracy.toFixed(4)}`);
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
