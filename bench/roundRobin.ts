import type { Competitor } from "./competitors.js";
import { median } from "./median.js";
import { BenchmarkJs, timeByLoop } from "./timers.js";

/** How long competitors are timed. */
export interface Effort {
  readonly rounds: number;
  /** Of benchmark.js, for a competitor in a round. */
  readonly sliceSeconds: number;
  /** Of the plain loop, likewise. */
  readonly loopSeconds: number;
}

export const FULL: Effort = { rounds: 11, sliceSeconds: 0.08, loopSeconds: 0.03 };
export const QUICK: Effort = { rounds: 2, sliceSeconds: 0.01, loopSeconds: 0.005 };

/** What a competitor took, in nanoseconds a run. */
export interface Timing {
  readonly name: string;
  /** Over the rounds, of benchmark.js's figures. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
  /** The median of the plain loop's figures. */
  readonly loop: number;
}

/** Losses go here, so that no run's work can be dropped. */
let sink = 0;

/**
 * A timed body does this many elements at least: benchmark.js adds 6 to 10 ns to a body, a tenth of the time of a row of
 * ten and nothing of two thousand of them.
 */
const ELEMENTS_PER_BODY = 20_000;

/**
 * Times competitors in turns: each round runs each for a short while, in an order that rotates. A shared machine's moods
 * hit all alike then, and the median over the rounds is what counts.
 */
export function roundRobin(competitors: readonly Competitor[], elements: number, effort: Effort): Timing[] {
  const repeats = Math.ceil(ELEMENTS_PER_BODY / elements);
  const turns = competitors.map(({ name, run }) => {
    const body = () => {
      for (let i = 0; i < repeats; i++) sink += run();
    };
    const benchmark = new BenchmarkJs(name, body, effort.sliceSeconds);
    return { name, body, benchmark, rounds: [] as number[], loops: [] as number[] };
  });
  for (let round = 0; round < effort.rounds; round++) {
    for (let turn = 0; turn < turns.length; turn++) {
      const { body, benchmark, rounds, loops } = turns[(turn + round) % turns.length];
      rounds.push(benchmark.time() / repeats);
      loops.push(timeByLoop(body, effort.loopSeconds) / repeats);
    }
  }
  if (!Number.isFinite(sink)) throw new Error("a timed run gave a loss that is not finite");
  return turns.map(({ name, rounds, loops }) => ({
    name,
    median: median(rounds),
    min: Math.min(...rounds),
    max: Math.max(...rounds),
    rounds,
    loop: median(loops),
  }));
}
