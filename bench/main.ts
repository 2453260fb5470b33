// The benchmark: npm run bench [-- --quick --shapes=1x10,64x1000 --work=softmax --json=path]. See README.md here.

import { parseArgs } from "node:util";
import { checkAll } from "./check.js";
import { fieldOf, type Work } from "./competitors.js";
import { type Flags, flagsOf, OPTIONS } from "./flags.js";
import { problemOf } from "./inputs.js";
import { type Row, showAgreement, showHeader, showRow, showSetting, showSpreads, writeJson } from "./report.js";
import { type Effort, roundRobin } from "./roundRobin.js";
import { settingOf } from "./setting.js";

async function measure(work: Work, shape: string, effort: Effort): Promise<Row> {
  const problem = problemOf(shape);
  const { competitors, free } = fieldOf(work, problem);
  await checkAll(work, problem, competitors);
  const elements = problem.x.length;
  const timings = await roundRobin(competitors, elements, effort);
  free();
  return { shape, elements, timings };
}

async function run({ works, shapes, effort, json }: Flags): Promise<void> {
  const setting = settingOf();
  console.log(showSetting(setting, effort));
  const results: Partial<Record<Work, Row[]>> = {};
  for (const work of works) {
    const rows: Row[] = [];
    for (const shape of shapes) {
      const row = await measure(work, shape, effort);
      if (rows.length === 0) {
        const names = row.timings.map(({ name }) => name);
        console.log(showHeader(work, names));
      }
      console.log(showRow(row));
      rows.push(row);
    }
    console.log(showSpreads(work, rows));
    console.log(`\n${showAgreement(rows)}`);
    results[work] = rows;
  }
  writeJson(json, { setting, effort, unit: "ns a run", works: results });
  console.log(`\nEvery result was checked against the formula in f64. All figures: ${json}`);
}

try {
  await run(flagsOf(parseArgs({ options: OPTIONS }).values, "latest"));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`bench: ${error.message}`);
  if (error.cause !== undefined) console.error(error.cause);
  process.exitCode = 1;
}
