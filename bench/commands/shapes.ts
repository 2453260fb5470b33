// The library against plain JavaScript: npm run bench. See ../README.md.

import { parseArgs } from "node:util";
import { checkAll } from "../competitors/check.js";
import { fieldOf, type Work } from "../competitors/competitors.js";
import { type Flags, flagsOf, OPTIONS } from "./flags.js";
import { problemOf, subnormalProblemOf } from "../competitors/inputs.js";
import { type Row, showAgreement, showHeader, showRow, showSetting, showSpreads, writeJson } from "../report/report.js";
import { type Effort, roundRobin } from "../timing/roundRobin.js";
import { settingOf } from "../report/setting.js";

async function measure(work: Work, shape: string, effort: Effort, isSubnormal: boolean): Promise<Row> {
  const problem = isSubnormal ? subnormalProblemOf(shape, work === "softmaxF64") : problemOf(shape);
  const { competitors, free } = fieldOf(work, problem);
  await checkAll(work, problem, competitors);
  const elements = problem.x.length;
  const timings = await roundRobin(competitors, elements, effort);
  free();
  return { shape, elements, timings };
}

async function run({ works, shapes, effort, json }: Flags, isSubnormal: boolean): Promise<void> {
  const setting = settingOf();
  console.log(showSetting(setting, effort));
  const results: Partial<Record<Work, Row[]>> = {};
  for (const work of works) {
    const rows: Row[] = [];
    for (const shape of shapes) {
      const row = await measure(work, shape, effort, isSubnormal);
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

export async function shapes(args: readonly string[]): Promise<void> {
  const options = { ...OPTIONS, subnormal: { type: "boolean", default: false } } as const;
  const { subnormal, ...values } = parseArgs({ args: [...args], options }).values;
  await run(flagsOf(values, subnormal ? "latest-subnormal" : "latest"), subnormal);
}
