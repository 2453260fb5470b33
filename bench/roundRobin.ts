import Benchmark from "benchmark";
import type { Competitor } from "./competitors.js";

/** How long one competitor is timed in one round, and how many rounds there are. */
export interface Effort {
  readonly seconds: number;
  readonly rounds: number;
}

export const FULL: Effort = { seconds: 0.08, rounds: 9 };
export const QUICK: Effort = { seconds: 0.01, rounds: 2 };

/** Nanoseconds a run, over the rounds. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Losses and first elements go here, so that no run's work can be dropped. */
let sink = 0;
export const sunk = (): number => sink;

/** A timed body does this many elements at least: benchmark.js itself takes a tenth of a microsecond a body. */
const ELEMENTS_PER_BODY = 20_000;

/**
 * Times competitors in turns: every round runs each for a short while, in an order that rotates. The machine's moods then
 * hit all alike, and the median over the rounds is what counts.
 */
export function roundRobin(competitors: readonly Competitor[], elements: number, effort: Effort): Timing[] {
  const repeats = Math.ceil(ELEMENTS_PER_BODY / elements);
  const benchmarks = competitors.map(({ name, run }) => {
    const body = () => {
      for (let i = 0; i < repeats; i++) sink += run();
    };
    const onError = (event: Benchmark.Event) => {
      throw new Error(`${name} failed while it was timed`, { cause: (event.target as { error?: Error }).error });
    };
    return new Benchmark(name, body, {
      onError,
      async: false,
      minTime: effort.seconds / 4,
      maxTime: effort.seconds,
      minSamples: 3,
    });
  });
  const samples: number[][] = competitors.map(() => []);
  for (let round = 0; round < effort.rounds; round++) {
    for (let turn = 0; turn < benchmarks.length; turn++) {
      const i = (turn + round) % benchmarks.length;
      const benchmark = benchmarks[i].run();
      samples[i].push((median(benchmark.stats.sample) * 1e9) / repeats);
    }
  }
  return competitors.map(({ name }, i) => ({
    name,
    median: median(samples[i]),
    min: Math.min(...samples[i]),
    max: Math.max(...samples[i]),
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
