// The benchmark: npm run bench [-- --quick --shapes=1x10,64x1000 --work=softmax --json=path]. See README.md here.

import { parseArgs } from "node:util";
import { checkAll } from "./check.js";
import { fieldOf, WORKS } from "./competitors.js";
import { SHAPES, shapeOf } from "./inputs.js";
import { header, type Row, settingOf, showRow, showSetting, writeJson } from "./report.js";
import { FULL, QUICK, roundRobin, sunk } from "./roundRobin.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    shapes: { type: "string", default: SHAPES.join() },
    work: { type: "string", default: WORKS.join() },
    json: { type: "string", default: "bench/results/latest.json" },
  },
});

const works = values.work.split(",").map((name) => {
  const work = WORKS.find((known) => known === name);
  if (work === undefined) throw new RangeError(`work: expected ${WORKS.join(" or ")}, got ${name}`);
  return work;
});

const setting = settingOf();
console.log(showSetting(setting));
const results: Record<string, Row[]> = {};
for (const work of works) {
  const rows: Row[] = [];
  results[work] = rows;
  for (const name of values.shapes.split(",")) {
    const shape = shapeOf(name);
    const elements = shape.rows * shape.cols;
    const field = fieldOf(work, shape);
    checkAll(work, shape, field.competitors);
    const timings = roundRobin(field.competitors, elements, values.quick ? QUICK : FULL);
    field.free();
    if (rows.length === 0)
      console.log(
        header(
          work,
          timings.map((timing) => timing.name),
        ),
      );
    const row = { shape: name, elements, timings };
    rows.push(row);
    console.log(showRow(row));
  }
}
if (!Number.isFinite(sunk())) throw new Error("a timed run gave a loss that is not finite");
writeJson(values.json, setting, results);
console.log(`\nEvery result was checked against the formula in f64. Medians and spreads: ${values.json}`);
