// From logits to tokens, against plain JavaScript: npm run bench -- tokens. See ../README.md.

import { parseArgs } from "node:util";
import { argmax, sample, softmax, topK } from "softmax-wasm";
import { mulberry32 } from "../../test/reference/random.js";
import { arrayLoop, heap, recipeBefore, samplerOfTransformers, sortedSample } from "../competitors/plainTokens.js";
import { OPTIONS } from "./flags.js";
import { showSetting } from "../report/report.js";
import { settingOf } from "../report/setting.js";
import { median } from "../timing/median.js";
import { FULL, QUICK, roundRobin } from "../timing/roundRobin.js";

/** Rows and classes: one token of three vocabularies, and 27 sequences at once. */
const SHAPES = [
  [1, 32_000],
  [1, 50_257],
  [1, 128_256],
  [27, 50_257],
] as const;
const K = 50;
const SEED = 20261130;

/** Normal logits: with a standard deviation of 3 a nucleus of 0.9 has some thousands of tokens, with 6 a few. */
function normal(length: number, deviation: number): Float32Array {
  const random = mulberry32(SEED);
  const one = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return new Float32Array(length).map(() => deviation * one());
}

/** Checks the plain competitors once, so that all do the same. */
function check(row: Float32Array): void {
  const expected = heap(row, K);
  const { indices } = topK(row, { k: K });
  if (indices.some((c, i) => c !== expected[i])) throw new Error("topK and the heap differ");
  if (argmax(row) !== arrayLoop(row)) throw new Error("argmax and the loop differ");
}

export async function tokens(args: readonly string[]): Promise<void> {
  const { quick } = parseArgs({ args: [...args], options: { quick: OPTIONS.quick } }).values;
  const effort = quick ? QUICK : FULL;
  console.log(showSetting(settingOf(), effort));
  console.log(
    "\nMicroseconds a call: the median of the rounds (lowest..highest), and how many times the softmax: by both medians and lowest",
  );
  for (const [rows, cols] of SHAPES) {
    const shape = [rows, cols];
    const x = normal(rows * cols, 3);
    const peaked = normal(rows * cols, 6);
    const equal = new Float32Array(x.length);
    const out = new Float32Array(x.length);
    const each = (one: (row: Float32Array) => number) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += one(x.subarray(r * cols, (r + 1) * cols));
      return sum;
    };
    check(x.subarray(0, cols));
    const of = (name: string, run: () => unknown) => ({
      name,
      run: () => {
        run();
        return 0;
      },
      result: () => x,
    });
    const timings = await roundRobin(
      [
        of("softmax", () => softmax(x, { shape, out })),
        of("argmax", () => argmax(x, { shape })),
        of("argmax: a loop", () => each(arrayLoop)),
        of(`topK of ${K} logits`, () => topK(x, { shape, k: K, of: "logit" })),
        of(`topK of ${K} logits: a heap`, () => each((row) => heap(row, K)[0])),
        of(`topK of ${K} probabilities`, () => topK(x, { shape, k: K })),
        of(`sample, temperature 0.8, topK ${K}, topP 0.9`, () =>
          sample(x, { shape, temperature: 0.8, topK: K, topP: 0.9 }),
        ),
        of(`sample, temperature 0.8, topK ${K}: transformers.js's steps`, () =>
          each((row) => samplerOfTransformers(row, K, 0.8)),
        ),
        of(`sample, temperature 0.8, topK ${K}: the guide's recipe before`, () =>
          each((row) => recipeBefore(row, K, 0.8, softmax)),
        ),
        of("sample, topP 0.9", () => sample(x, { shape, topP: 0.9 })),
        of("sample, topP 0.9, peaked", () => sample(peaked, { shape, topP: 0.9 })),
        of("sample, topP 0.9, all equal", () => sample(equal, { shape, topP: 0.9 })),
        of("sample", () => sample(x, { shape })),
        of("sample, topP 0.9: a sort of the softmax", () => each((row) => sortedSample(softmax(row), 0.9))),
      ],
      x.length,
      effort,
    );
    console.log(`\n${rows} x ${cols}`);
    for (const { name, rounds, median: middle, min, max } of timings) {
      const ratio = median(rounds.map((time, round) => time / timings[0].rounds[round]));
      const lowest = min / timings[0].min;
      const cells = [middle, min, max].map((time) => (time / 1000).toFixed(1));
      console.log(
        `${name.padEnd(62)}${cells[0].padStart(10)} (${cells[1]}..${cells[2]})  ${ratio.toFixed(2)}x  ${lowest.toFixed(2)}x`,
      );
    }
  }
}
