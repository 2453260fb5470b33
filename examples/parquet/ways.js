// Ways to evaluate the logits of a file. Each returns the mean loss; most also count the rows whose largest logit is at
// their label, or find more.

import { DuckDBScalarFunction, FLOAT, INTEGER, LIST } from "@duckdb/node-api";
import { argmax, crossEntropy } from "softmax-wasm";
import { CLASSES, columnsOf, connect, readChunks } from "./parquet.js";

/** With all rows in one array, as one process would without Parquet. The others have to agree with this. */
async function atOnce(file, rows) {
  const logits = new Float32Array(rows * CLASSES);
  const labels = new Int32Array(rows);
  let read = 0;
  for await (const chunk of readChunks(file)) {
    logits.set(chunk.logits, read * CLASSES);
    labels.set(chunk.labels, read);
    read += chunk.labels.length;
  }
  const shape = [rows, CLASSES];
  return { loss: crossEntropy(logits, labels, { shape }), correct: countCorrect(logits, labels) };
}

/** Chunk by chunk. The sums and divisors of the chunks add up to those of the whole, in whatever process each was computed. */
async function inChunks(file) {
  const total = { sum: 0, weight: 0 };
  let correct = 0;
  for await (const { logits, labels } of readChunks(file)) {
    const { sum, weight } = crossEntropy(logits, labels, { shape: [labels.length, CLASSES], reduction: "parts" });
    total.sum += sum;
    total.weight += weight;
    correct += countCorrect(logits, labels);
  }
  return { loss: total.sum / total.weight, correct };
}

function countCorrect(logits, labels) {
  const predicted = argmax(logits, { shape: [labels.length, CLASSES] });
  return labels.reduce((count, label, row) => count + (label === predicted[row] ? 1 : 0), 0);
}

/** As a function in SQL, which may then group and filter by other columns. DuckDB calls it in this thread, chunk by chunk. */
async function asFunction(file) {
  const connection = await connect();
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: "cross_entropy",
      parameterTypes: [LIST(FLOAT), INTEGER],
      returnType: FLOAT,
      mainFunction: (_, chunk, losses) => {
        const { logits, labels } = columnsOf(chunk);
        crossEntropy(logits, labels, { shape: [labels.length, CLASSES], reduction: "none", out: losses.items });
        losses.flush();
      },
    }),
  );
  return firstRow(
    connection,
    `SELECT avg(loss) AS loss, min(loss) AS least, avg(loss) FILTER (label < 64) AS below64
     FROM (SELECT label, cross_entropy(logits, label) AS loss FROM '${file}')`,
  );
}

/** The same formula without a library. It is stable, but 1 + 1e-17 rounds to 1, so the loss of a confident row is 0. */
async function inSql(file) {
  return firstRow(
    await connect(),
    `SELECT avg(loss) AS loss, min(loss) AS least, avg(loss) FILTER (label < 64) AS below64,
       count(*) FILTER (is_correct) AS correct
     FROM (
       SELECT label, logits[label + 1] = m AS is_correct,
         m + ln(list_sum(list_transform(logits, lambda x: exp(x - m)))) - logits[label + 1] AS loss
       FROM (SELECT logits, label, list_max(logits) AS m FROM '${file}')
     )`,
  );
}

async function firstRow(connection, sql) {
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  connection.closeSync();
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
}

export const WAYS = { atOnce, inChunks, asFunction, inSql };
