// Evaluates a file of logits that does not fit into memory: `node main.js 4` makes 4 GiB of them, `npm start` 1/16.

import { createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SingleBar } from "cli-progress";
import { argmaxOf, crossEntropyOf, partialOf } from "softmax-wasm/shards";

const CLASSES = 32_768;
const ROW_BYTES = 4 * CLASSES;
const GIB = Number(process.argv[2] ?? 1 / 16);
const rows = Math.round((GIB * 2 ** 30) / ROW_BYTES);

const folder = mkdtempSync(join(tmpdir(), "logits-"));
const file = join(folder, "logits.f32");
const labels = new Int32Array(rows);
try {
  makeLogits();
  console.log(`${rows} rows of ${CLASSES} classes, ${statSync(file).size / 2 ** 20} MiB`);
  await evaluate();
} finally {
  rmSync(folder, { recursive: true });
}

/** Logits in [−8, 8), from a generator that gives the same numbers on every machine; every other label leads by 4. */
function makeLogits() {
  const out = openSync(file, "w");
  const row = new Float32Array(CLASSES);
  let seed = 1;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < CLASSES; c++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      row[c] = (seed >> 8) / 2 ** 20;
    }
    labels[r] = (r * 7919) % CLASSES;
    if (r % 2 === 0) row[labels[r]] = 12;
    writeSync(out, new Uint8Array(row.buffer));
  }
}

async function evaluate() {
  // Only on a terminal, and apart from the printed results.
  const bar = new SingleBar({ format: "{bar} {percentage} %, {eta} s left", stream: process.stderr });
  bar.start(rows, 0);
  let [done, sum, correct, most] = [0, 0, 0, 0];
  const before = process.memoryUsage().rss;
  const start = performance.now();
  for await (const states of partialOf(createReadStream(file, { highWaterMark: 2 ** 20 }), {
    type: "float32",
    classes: CLASSES,
    labels,
  })) {
    sum += crossEntropyOf(states, { reduction: "sum" });
    for (const best of argmaxOf(states)) if (best === labels[done++]) correct++;
    most = Math.max(most, process.memoryUsage().rss - before);
    bar.update(done);
  }
  bar.stop();
  const seconds = (performance.now() - start) / 1000;
  console.error(`${seconds.toFixed(1)} s, at most ${Math.round(most / 2 ** 20)} MiB more memory than before`);
  console.log(`mean loss   ${(sum / rows).toFixed(6)}`);
  console.log(`perplexity  ${Math.exp(sum / rows).toFixed(2)}`);
  console.log(`accuracy    ${(correct / rows).toFixed(4)}`);
  console.log(`memory      ${most < 128 * 2 ** 20 ? "constant" : "growing"}`);
}
