// Evaluates logits in a Parquet file, which DuckDB reads in row groups: `node main.js 1000000` of a million rows, `npm start` of
// 20,000. SQL alone computes the same for comparison; the seconds go to standard error.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { argmax, crossEntropy } from "softmax-wasm";

const CLASSES = 128;
const rows = Number(process.argv[2] ?? 20_000);

const folder = mkdtempSync(join(tmpdir(), "parquet-"));
const file = join(folder, "logits.parquet");
const connection = await (await DuckDBInstance.create(":memory:")).connect();
try {
  await makeLogits();
  report("softmax-wasm", await timed("softmax-wasm", byChunks));
  report("SQL", await timed("SQL", bySql));
} finally {
  connection.closeSync();
  rmSync(folder, { recursive: true });
}

/** Logits of up to 16 that depend on row and class alone, the label's a little ahead. */
function makeLogits() {
  const logit = `(hash(r * ${CLASSES} + c) % 1048576) / 65536.0`;
  const ahead = "CASE WHEN c = (r * 79) % 128 THEN 6 ELSE 0 END";
  return connection.run(`
    COPY (
      SELECT ((r * 79) % ${CLASSES})::INTEGER AS label,
        list_transform(range(${CLASSES}), lambda c: (${logit} + ${ahead})::FLOAT)::FLOAT[${CLASSES}] AS logits
      FROM range(${rows}) t(r)
    ) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 20480)`);
}

/** A chunk of up to 2048 rows at a time: the elements of the vector are a Float32Array already. */
async function byChunks() {
  let [sum, weight, correct] = [0, 0, 0];
  const result = await connection.stream(`SELECT label, logits::FLOAT[${CLASSES}] FROM '${file}'`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const labels = Int32Array.from(chunk.getColumnValues(0));
    const logits = chunk.getColumnVector(1).childData.items.subarray(0, labels.length * CLASSES);
    const parts = crossEntropy(logits, labels, { reduction: "parts" });
    sum += parts.sum;
    weight += parts.weight;
    argmax(logits, { shape: [labels.length, CLASSES] }).forEach((best, r) => (correct += best === labels[r] ? 1 : 0));
  }
  return { loss: sum / weight, accuracy: correct / weight };
}

async function bySql() {
  const reader = await connection.runAndReadAll(`
    WITH x AS (SELECT label, logits::DOUBLE[] AS l, list_max(logits::DOUBLE[]) AS m FROM '${file}')
    SELECT avg(ln(list_sum(list_transform(l, lambda v: exp(v - m)))) + m - l[label + 1]),
      avg(CASE WHEN list_position(l, m) = label + 1 THEN 1 ELSE 0 END)
    FROM x`);
  const [[loss, accuracy]] = reader.getRows();
  return { loss, accuracy };
}

async function timed(name, run) {
  const start = performance.now();
  const before = process.memoryUsage().rss;
  const result = await run();
  const memory = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(2)} s, ${memory} MiB more memory`);
  return result;
}

function report(name, { loss, accuracy }) {
  console.log(`${name.padEnd(12)} loss ${loss.toFixed(5)}  accuracy ${accuracy.toFixed(4)}`);
}
