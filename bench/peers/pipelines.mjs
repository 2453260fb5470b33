// What pipelines of transformers.js do with a model's logits before they look for the best: its own softmax, one call a row,
// and the library's, one call for the tensor.
//
//   npm run bench -- pipelines [--quick]

import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import * as interop from "../../dist/interop.js";
import { softmax } from "../../dist/index.js";
import { mulberry32 } from "../../test/reference/random.ts";
import { settingOf } from "../report/setting.ts";
import { median } from "../timing/median.ts";
import { softmax as theirSoftmax } from "./node_modules/@huggingface/transformers/src/utils/maths.js";

const THEIRS = "transformers.js's softmax, row by row";

/** The logits of a model's answer, rows x classes. */
const PIPELINES = {
  "token-classification": [512, 9],
  "image-classification": [1, 1000],
  "fill-mask": [1, 30522],
};

const random = mulberry32(7);

/** As models give them: normal, with a deviation of 3. */
const logitsOf = (length) =>
  Float32Array.from({ length }, () => 3 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

/** Each leaves its last result in `last`: rows, or all rows in one array. */
function competitorsOf(dims) {
  const [rows, cols] = dims;
  const data = logitsOf(rows * cols);
  const tensor = { type: "float32", data, dims };
  const last = {};
  // A pipeline takes the row out of the tensor first, which costs it more than is counted here.
  const parts = Array.from({ length: rows }, (_, row) => data.subarray(row * cols, (row + 1) * cols));
  const keep = (name, run) => ({ name, run: () => ((last[name] = run()), 0) });
  const competitors = [
    keep(THEIRS, () => parts.map((row) => theirSoftmax(row))),
    keep("softmax-wasm/interop, the tensor", () => interop.softmax(tensor).data),
    keep("softmax-wasm, the array", () => softmax(data, { shape: dims })),
  ];
  return { competitors, last };
}

/** Theirs rounds to f32 twice, before and after the division, and its exponentials are within an ulp of a double. */
function checkAlike(last) {
  const [theirs, ...ours] = Object.values(last).map((result) =>
    Array.isArray(result) ? result.flatMap((row) => [...row]) : result,
  );
  for (const each of ours) {
    const isWrong =
      theirs.length !== each.length || theirs.some((p, i) => Math.abs(p - each[i]) > 4 * 2 ** -23 * p + 2 ** -149);
    if (isWrong) throw new Error("the results differ");
  }
}

/** The time of each call, in us, of competitors that take turns call by call. */
function timesOf(competitors, calls) {
  const times = competitors.map(() => []);
  for (let call = -calls / 4; call < calls; call++) {
    competitors.forEach(({ run }, i) => {
      const start = performance.now();
      run();
      // The first ones compile.
      if (call >= 0) times[i].push(1000 * (performance.now() - start));
    });
  }
  return times.map((all) => ({ least: Math.min(...all), median: median(all) }));
}

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const calls = values.quick ? 40 : 4000;
const { cpu, cores, load, node, version, revision } = settingOf();
console.log(
  `${cpu}, ${cores} cores, load ${load}; Node ${node}; softmax-wasm ${version} (${revision}); ${calls} calls in turns`,
);
for (const [pipeline, dims] of Object.entries(PIPELINES)) {
  const { competitors, last } = competitorsOf(dims);
  for (const { run } of competitors) run();
  checkAlike(last);
  const [theirs, ...ours] = timesOf(competitors, calls);
  console.log(`\n${pipeline}, ${dims.join(" x ")}: shortest call and median, us; times as fast, by the shortest`);
  [theirs, ...ours].forEach(({ least, median }, i) => {
    const figures = [least.toFixed(2), median.toFixed(2), `${(theirs.least / least).toFixed(1)}x`];
    console.log(competitors[i].name.padEnd(40) + figures.map((figure) => figure.padStart(10)).join(""));
  });
}
