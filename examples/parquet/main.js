// `node main.js [ROWS] [--measure]`

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CLASSES, writeLogits } from "./parquet.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { measure: { type: "boolean" } } });
const rows = Number(positionals[0] ?? 20_000);

const folder = mkdtempSync(join(tmpdir(), "logits-"));
try {
  const file = join(folder, "logits.parquet");
  await writeLogits(file, rows);
  const results = evaluateAll(file);
  print(results);
  check(results);
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * The results of each way. For measurements, all ways take turns, and the shortest time and the largest memory count.
 */
function evaluateAll(file) {
  const program = fileURLToPath(new URL("evaluate.js", import.meta.url));
  const result = (way) => JSON.parse(execFileSync(process.execPath, [program, way, file, String(rows)]));
  const rounds = Array.from({ length: values.measure ? 5 : 1 }, () => ({
    "all at once": result("atOnce"),
    "in chunks": result("inChunks"),
    "as a function": result("asFunction"),
    "SQL alone": result("inSql"),
  }));
  return Object.fromEntries(
    Object.entries(rounds[0]).map(([name, first]) => {
      const seconds = Math.min(...rounds.map((round) => round[name].seconds));
      const megabytes = Math.max(...rounds.map((round) => round[name].megabytes));
      return [name, { ...first, seconds, megabytes }];
    }),
  );
}

function print(results) {
  const padded = (cell, column) => (column === 0 ? cell.padEnd(14) : cell.padStart(11));
  const line = (...cells) => console.log(cells.map(padded).join("").trimEnd());
  const spent = values.measure ? ["seconds", "MB"] : [];
  console.log(`${rows} rows of ${CLASSES} logits`);
  line("", "mean loss", "perplexity", "accuracy", "label < 64", "least loss", ...spent);
  for (const [name, { loss, correct, below64, least, seconds, megabytes }] of Object.entries(results)) {
    line(
      name,
      loss.toFixed(6),
      Math.exp(loss).toFixed(4),
      correct === undefined ? "" : `${((100 * correct) / rows).toFixed(2)} %`,
      below64?.toFixed(6) ?? "",
      least?.toExponential(3) ?? "",
      ...(values.measure ? [seconds.toFixed(2), megabytes.toFixed(0)] : []),
    );
  }
}

function check({ "all at once": whole, "in chunks": chunks, "as a function": ofFunction, "SQL alone": sql }) {
  // The library's ways give each row's loss the same bits. Adding losses, which are all ≥ 0, rounds at most once per row.
  expectClose(chunks.loss, whole.loss, rows * 2 ** -53);
  expectClose(ofFunction.loss, whole.loss, rows * 2 ** -53);
  // Losses of f32 logits are within 4 ulp, which are at most 2^-21 of them.
  expectClose(ofFunction.below64, sql.below64, 2 ** -21);
  expectClose(chunks.correct, whole.correct, 0);
  expectClose(sql.correct, whole.correct, 0);
  console.log("all agree");
}

function expectClose(actual, expected, bound) {
  if (!(Math.abs(actual - expected) <= bound * expected)) throw new Error(`expected ${expected}, got ${actual}`);
}
