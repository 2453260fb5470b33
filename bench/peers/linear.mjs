// Linear layers with their loss and gradients: npm run bench -- linear [--quick] [--shapes=NxDxC]. Each result is checked, then all
// take turns in rounds. Figures are of the fastest run.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { showSetting } from "../report/report.ts";
import { settingOf } from "../report/setting.ts";
import { FULL, QUICK } from "../timing/roundRobin.ts";
import { competitorsOn, problemOf } from "./linear/competitors.mjs";

const SHAPES = ["8x8x2", "256x784x10", "128x768x1000", "128x48x50258", "512x768x50257"];
const OF_MEMORY = "512x768x50257";
const IN_MEMORY = ["softmax-wasm resident", "softmax-wasm copying", "tfjs-wasm"];

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    shapes: { type: "string", default: SHAPES.join() },
    peak: { type: "string" },
  },
});

const numbersOf = (shape) => shape.split("x").map(Number);

/** A turn lasts so many milliseconds at least. */
const TURN_MS = values.quick ? 1 : 60;
/** Of runs that take seconds fewer. */
const roundsOf = (product) => (values.quick ? 1 : product > 1e9 ? 3 : 7);

/** Milliseconds of the fastest run of a turn: on a machine that others use, medians say how much they do. */
async function turn(competitor, work) {
  let total = 0;
  let least = Infinity;
  do {
    const time = await competitor[work]();
    total += time;
    least = Math.min(least, time);
  } while (total < TURN_MS);
  return least;
}

async function measure(shape) {
  const [rows, features, classes] = numbersOf(shape);
  const problem = problemOf(rows, features, classes);
  const competitors = await competitorsOn(problem);
  const expected = await competitors[0].check();
  for (const competitor of competitors) {
    const got = await competitor.check();
    const isRight = got.every((value, i) => Math.abs(value - expected[i]) <= 2e-3 * Math.abs(expected[i]) + 1e-6);
    if (!isRight) throw new Error(`${competitor.name}, ${shape}: expected ${expected.join()}, got ${got.join()}`);
  }
  const product = 2 * rows * features * classes;
  console.log(`\n${shape}: ${rows} rows, ${features} features, ${classes} classes`);
  console.log(
    `${"".padEnd(24)}${"logits, ms".padStart(12)}${"GFLOP/s".padStart(9)}${"step, ms".padStart(12)}${"GFLOP/s".padStart(9)}   this ÷ softmax-wasm resident: logits, step (least and most)`,
  );
  const times = competitors.map(() => ({ logits: [], step: [] }));
  for (let round = 0; round < roundsOf(product); round++) {
    for (const work of ["logits", "step"]) {
      for (const [i, competitor] of competitors.entries()) times[i][work].push(await turn(competitor, work));
    }
  }
  for (const [i, competitor] of competitors.entries()) {
    const cells = ["logits", "step"].map((work) => {
      const ms = Math.min(...times[i][work]);
      const ratios = times[i][work].map((time, round) => time / times[0][work][round]);
      const flops = product * (work === "step" ? 3 : 1);
      return {
        ms,
        speed: flops / ms / 1e6,
        ratio: ms / Math.min(...times[0][work]),
        least: Math.min(...ratios),
        most: Math.max(...ratios),
      };
    });
    const shown = cells.map(({ ms, speed }) => ms.toFixed(ms < 1 ? 4 : 2).padStart(12) + speed.toFixed(1).padStart(9));
    const ratios = cells.map(
      ({ ratio, least, most }) => `${ratio.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
    );
    console.log(`${competitor.name.padEnd(24)}${shown.join("")}   ${ratios.join(", ")}`);
    competitor.free?.();
  }
}

/** The peak of a process beyond what it had with the arguments and the results, in MiB. */
async function printPeak(name) {
  const [rows, features, classes] = numbersOf(OF_MEMORY);
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const before = peak();
  const problem = problemOf(rows, features, classes);
  const [competitor] = await competitorsOn(problem, name);
  await competitor.step();
  const arrays = (2 * 4 * (rows * features + classes * features + classes)) / 2 ** 20;
  // What a library keeps of the problem in memory of its own counts once.
  const copies = name === "softmax-wasm copying" ? 0 : arrays / 2;
  console.log(JSON.stringify(peak() - before - arrays - copies));
}

function measureMemory() {
  console.log(`\nMemory of a step at its peak, beyond arguments and results, ${OF_MEMORY}:`);
  for (const name of IN_MEMORY) {
    const args = ["--import", "tsx", fileURLToPath(import.meta.url), `--peak=${name}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const failure = /\w*Error: .*/.exec(stderr)?.[0] ?? `ended with ${status}`;
    console.log(`${name.padEnd(24)}${status === 0 ? `${Number(stdout).toFixed(0).padStart(8)} MiB` : failure}`);
  }
}

if (values.peak !== undefined) await printPeak(values.peak);
else {
  console.log(showSetting(settingOf(), values.quick ? QUICK : FULL));
  if (!values.quick && values.shapes === SHAPES.join()) measureMemory();
  for (const shape of values.shapes.split(",")) await measure(shape);
  process.exit(0);
}
