// Times the ways in turns: each round runs each of them briefly, in a rotating order, and the median counts.

import { median } from "../../bench/timing/median.js";
import type { Effort } from "./effort.js";
import type { Way } from "./ways.js";

/** Losses are added here, so that the engine cannot remove the work of a run. */
let sink = 0;

function runTimes(run: () => number, times: number): void {
  for (let i = 0; i < times; i++) sink += run();
}

/** How long engines take to compile a way with full optimization. */
const WARM_UP_MS = 50;

/** How many runs to do between two readings of the clock, found while the code warms up. */
function batchFor(run: () => number, sliceMs: number): number {
  const end = performance.now() + WARM_UP_MS;
  let batch = 1;
  for (;;) {
    const start = performance.now();
    runTimes(run, batch);
    const now = performance.now();
    // The first batch is slow, so one slow batch does not end the search.
    if (now - start < sliceMs / 8) batch *= 2;
    else if (now >= end) return batch;
  }
}

/** Nanoseconds per run, over a slice of time or one batch, whichever is longer. */
function nanoseconds(run: () => number, batch: number, sliceMs: number): number {
  const start = performance.now();
  let runs = 0;
  let ms = 0;
  while (ms < sliceMs) {
    runTimes(run, batch);
    runs += batch;
    ms = performance.now() - start;
  }
  return (1e6 * ms) / runs;
}

/** The median over the rounds of each way, in nanoseconds per run. */
export function timeInTurns(
  ways: readonly Way[],
  { rounds, sliceMs }: Pick<Effort, "rounds" | "sliceMs">,
  onRound: () => void,
): number[] {
  const turns = ways.map(({ run }) => ({ run, batch: batchFor(run, sliceMs), times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < turns.length; turn++) {
      const { run, batch, times } = turns[(turn + round) % turns.length];
      times.push(nanoseconds(run, batch, sliceMs));
    }
    onRound();
  }
  if (!Number.isFinite(sink)) throw new Error("a timed run returned a loss that is not finite");
  return turns.map(({ times }) => median(times));
}

/** The smallest observed step of the clock, which browsers make coarse for pages that are not isolated. */
export function clockStep(): number {
  let smallest = Infinity;
  for (let seen = 0; seen < 5; seen++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    smallest = Math.min(smallest, now - start);
  }
  return smallest;
}
