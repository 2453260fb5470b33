// What pipelines of transformers.js do with a model's logits before they look for the best: its own softmax, one call a row,
// and the library's, one call for the tensor.
//
//   npm run bench -- pipelines [--quick]

import { parseArgs } from "node:util";
import * as interop from "../../dist/interop.js";
import { softmax } from "../../dist/index.js";
import { mulberry32 } from "../../test/reference/random.ts";
import { showSetting } from "../report/report.ts";
import { settingOf } from "../report/setting.ts";
import { FULL, QUICK, roundRobin } from "../timing/roundRobin.ts";
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

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const effort = values.quick ? QUICK : FULL;
console.log(showSetting(settingOf(), effort));
for (const [pipeline, dims] of Object.entries(PIPELINES)) {
  const { competitors, last } = competitorsOf(dims);
  for (const { run } of competitors) run();
  checkAlike(last);
  const timings = await roundRobin(competitors, dims[0] * dims[1], effort);
  const base = timings.find(({ name }) => name === THEIRS).median;
  console.log(`\n${pipeline}, ${dims.join(" x ")}: us a call, times as fast (lowest and highest round, us)`);
  for (const { name, median, min, max } of timings) {
    const us = (ns) => (ns / 1000).toFixed(2);
    console.log(
      `${name.padEnd(40)}${us(median).padStart(10)}${(base / median).toFixed(1).padStart(8)}x   ${us(min)}..${us(max)}`,
    );
  }
}
