import { DuckDBInstance } from "@duckdb/node-api";

export const CLASSES = 128;

// In integers, so that every machine writes the same numbers: a multiplicative hash, whose upper bits are then mixed into its lower.
const MACROS = `
  CREATE MACRO hash32(k) AS (k::UBIGINT * 2654435761) % 4294967296;
  CREATE MACRO mixed(h) AS (xor(h, h >> 15) * 2246822519) % 4294967296;
  CREATE MACRO uniform(k) AS mixed(hash32(k)) / 4294967296`;

/** Writes rows of logits and labels. Most labels have the largest logit; one row in a thousand is very sure of its label. */
export async function writeLogits(file, rows) {
  const connection = await connect();
  await connection.run(MACROS);
  await connection.run(`
    COPY (
      SELECT label, list_transform(range(${CLASSES}), lambda c:
        (12 * uniform(i * ${CLASSES} + c) + CASE WHEN c = label THEN lead ELSE 0 END)::FLOAT) AS logits
      FROM (
        SELECT i, floor(${CLASSES} * uniform(i + 3000000001))::INTEGER AS label,
          CASE WHEN i % 1000 = 0 THEN 40 ELSE 16 * uniform(i + 4000000007) END AS lead
        FROM range(${rows}) AS numbers(i)
      )
    ) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 8192)`);
  connection.closeSync();
}

/** A connection to an empty database in memory. */
export async function connect() {
  const instance = await DuckDBInstance.create(":memory:");
  return instance.connect();
}

/** The rows of a file, as many at a time as DuckDB has in a chunk. */
export async function* readChunks(file) {
  const connection = await connect();
  const result = await connection.stream(`SELECT logits, label FROM '${file}'`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    yield columnsOf(chunk);
  }
  connection.closeSync();
}

/** The logits and labels of a chunk: DuckDB's own memory, which lasts as long as the chunk. */
export function columnsOf(chunk) {
  const { rowCount } = chunk;
  return { logits: logitsOf(chunk.getColumnVector(0), rowCount), labels: chunk.getColumnVector(1).items };
}

/** The elements of lists, which DuckDB gives one after another, after a filter too. */
function logitsOf(lists, rows) {
  const start = lists.getEntryOffset(0);
  for (let row = 0; row < rows; row++) {
    const isNext = lists.getEntryOffset(row) === start + row * CLASSES;
    if (!isNext || lists.getEntryLength(row) !== CLASSES) throw new Error(`expected lists of ${CLASSES} logits`);
  }
  return lists.childVector.items.subarray(start, start + rows * CLASSES);
}
