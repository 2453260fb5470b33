// What people have against the library, on the same kind of input: npm run bench -- plain. See ../README.md.

import { parseArgs } from "node:util";
import { softmax } from "softmax-wasm";
import type { Competitor } from "../competitors/competitor.js";
import { loopSoftmax, spreadSoftmax } from "../competitors/handWritten.js";
import { problemOf } from "../competitors/inputs.js";
import { showSetting } from "../report/report.js";
import { settingOf } from "../report/setting.js";
import { median } from "../timing/median.js";
import { type Effort, FULL, QUICK, roundRobin } from "../timing/roundRobin.js";
import { OPTIONS } from "./flags.js";

const CLASSES = [2, 5, 10, 30, 100, 1000];
const MASKED = [
  [1, 128256],
  [64, 1000],
  [512, 512],
  [4096, 128],
] as const;

type Result = Float32Array | readonly number[] | readonly (readonly number[])[];

/** Checked against the first, and then timed in turns with it: times by its, as the median over the rounds. */
async function race(runs: Readonly<Record<string, () => Result>>, elements: number, effort: Effort): Promise<string[]> {
  const flat = (result: Result) => Array.from(result as readonly number[]).flat();
  const [expected] = Object.values(runs).map((run) => flat(run()));
  const competitors = Object.entries(runs).map(([name, run]): Competitor => {
    const off = flat(run()).findIndex((value, i) => Math.abs(value - expected[i]) > 1e-5);
    if (off >= 0) throw new Error(`${name}: element ${off} is another`);
    return { name, run: () => run().length, result: () => Float32Array.from(flat(run())) };
  });
  const [base, ...others] = await roundRobin(competitors, elements, effort);
  const ratios = others.map(({ rounds }) => median(rounds.map((time, round) => time / base.rounds[round])).toFixed(2));
  return [`${base.median.toFixed(0)} ns`, ...ratios];
}

const print = (cells: readonly string[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(16))).join(""));

export async function plain(args: readonly string[]): Promise<void> {
  const { quick } = parseArgs({ args: [...args], options: { quick: OPTIONS.quick } }).values;
  const effort = quick ? QUICK : FULL;
  console.log(showSetting(settingOf(), effort));

  console.log("\nSoftmax by what people write, divided by the library's time");
  print(["", "the library", "spread and map", "loop"]);
  for (const cols of CLASSES) {
    const typed = Float32Array.from(problemOf(`1x${cols}`).x);
    const x = Array.from(typed);
    const runs = { library: () => softmax(x), spread: () => spreadSoftmax(x), loop: () => loopSoftmax(x) };
    print([`numbers, 1 x ${cols}`, ...(await race(runs, cols, effort))]);
    const [time, ratio] = await race({ library: () => softmax(typed), loop: () => loopSoftmax(typed) }, cols, effort);
    print([`Float32Array, 1 x ${cols}`, time, "", ratio]);
  }
  for (const cols of CLASSES) {
    const { x } = problemOf(`64x${cols}`);
    const rows = Array.from({ length: 64 }, (_, n) => Array.from(x.subarray(n * cols, (n + 1) * cols)));
    const runs = {
      library: () => softmax(rows),
      spread: () => rows.map(spreadSoftmax),
      loop: () => rows.map(loopSoftmax),
    };
    print([`rows, 64 x ${cols}`, ...(await race(runs, 64 * cols, effort))]);
  }

  console.log("\nSoftmax with absent classes, divided by the time without, from array to array");
  print(["", "all present", "mask of all", "mask of half", "lengths of half", "other lengths"]);
  for (const [rows, cols] of MASKED) {
    const x = Float32Array.from(problemOf(`${rows}x${cols}`).x);
    const [out, shape] = [new Float32Array(x.length), [rows, cols]];
    const all = new Uint8Array(x.length).fill(1);
    const half = all.map((_, k) => Number(k % cols < cols / 2));
    const lengths = new Int32Array(rows).fill(cols / 2);
    // Half on average, spread evenly over all lengths: the fractions of the golden section's multiples.
    const others = lengths.map((_, n) => 1 + Math.floor(((0.5 + n * 0.618034) % 1) * cols));
    const masked = softmax(x, { shape, mask: half });
    if (!softmax(x, { shape, lengths }).every((p, k) => Math.abs(p - masked[k]) < 1e-6)) {
      throw new Error("lengths and a mask differ");
    }
    const run = (name: string, options: object): Competitor => ({
      name,
      run: () => softmax(x, { shape, out, ...options })[0],
      result: () => out,
    });
    const timings = await roundRobin(
      [
        run("all", {}),
        run("mask", { mask: all }),
        run("half", { mask: half }),
        run("lengths", { lengths }),
        run("others", { lengths: others }),
      ],
      x.length,
      effort,
    );
    const [base] = timings;
    const ratios = timings.slice(1).map((timing) => timing.rounds.map((time, round) => time / base.rounds[round]));
    print([`${rows} x ${cols}`, `${base.median.toFixed(0)} ns`, ...ratios.map((ratio) => median(ratio).toFixed(2))]);
  }
}
