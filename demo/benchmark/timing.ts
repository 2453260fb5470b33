// Times ways in turns: each round runs each for a short while, in an order that rotates, and the medians count.

import { median } from "../../bench/median.js";
import type { Effort } from "./effort.js";
import type { Way } from "./ways.js";

/** Losses go here, so that no run's work can be dropped. */
let sink = 0;

/** Milliseconds that `repeats` runs take. */
function time(run: () => number, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) sink += run();
  return performance.now() - start;
}

/** How many runs fill a slice. Finding it warms the code up. */
function repeatsFor(run: () => number, sliceMs: number): number {
  let repeats = 1;
  let ms = time(run, repeats);
  while (ms < sliceMs / 2) {
    repeats *= 2;
    ms = time(run, repeats);
  }
  return Math.max(1, Math.round((repeats * sliceMs) / ms));
}

/** The median over the rounds, in nanoseconds a run, of each way. */
export function timeInTurns(
  ways: readonly Way[],
  { rounds, sliceMs }: Pick<Effort, "rounds" | "sliceMs">,
  onRound: () => void,
): number[] {
  const turns = ways.map(({ run }) => ({ run, repeats: repeatsFor(run, sliceMs), times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < turns.length; turn++) {
      const { run, repeats, times } = turns[(turn + round) % turns.length];
      times.push((1e6 * time(run, repeats)) / repeats);
    }
    onRound();
  }
  if (!Number.isFinite(sink)) throw new Error("a timed run gave a loss that is not finite");
  return turns.map(({ times }) => median(times));
}

/** The smallest step of the clock that was seen: browsers make it coarse where pages are not isolated. */
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
