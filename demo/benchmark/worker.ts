// The benchmark's worker: measures what the page asks for and reports its progress.

import { instantiate } from "softmax-wasm";
import { problemOf } from "../../bench/competitors/inputs.js";
import { checkAll } from "./check.js";
import { classesFor, EFFORTS } from "./effort.js";
import type { Order, Report } from "./messages.js";
import { clockStep, timeInTurns } from "./timing.js";
import { waysOf } from "./ways.js";

/** The shortest slice, in steps of the clock. Its error is then below 4 %, and that of the median smaller. */
const STEPS_A_SLICE = 25;

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  try {
    measure(data);
  } catch (error) {
    report({ kind: "failure", message: error instanceof Error ? error.message : String(error) });
  }
});

function report(message: Report): void {
  postMessage(message);
}

function measure({ work, rows, effort }: Order): void {
  const library = instantiate();
  const { rounds, sliceMs } = EFFORTS[effort];
  const classes = classesFor(effort, rows);
  const clockStepMs = clockStep();
  report({ kind: "setting", backend: library.backend(), isolated: crossOriginIsolated, clockStepMs });
  const slices = { rounds, sliceMs: Math.max(sliceMs, STEPS_A_SLICE * clockStepMs) };

  classes.forEach((cols, i) => {
    const done = (rounds: number) => {
      report({ kind: "progress", done: (i + rounds) / classes.length, classes: cols });
    };
    done(0);
    const problem = problemOf(`${rows}x${cols}`);
    const { ways, free } = waysOf(work, problem, library);
    checkAll(work, problem, ways);
    let round = 0;
    const times = timeInTurns(ways, slices, () => done(++round / rounds));
    const nanoseconds = Object.fromEntries(ways.map(({ name }, w) => [name, times[w] / (rows * cols)]));
    free();
    report({ kind: "measurement", measurement: { classes: cols, nanoseconds } });
  });
  report({ kind: "end" });
}
