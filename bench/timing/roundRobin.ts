import { mulberry32 } from "../../test/reference/random.js";
import type { AnyCompetitor } from "../competitors/competitor.js";
import { median } from "./median.js";
import { BenchmarkJs, DeferredBenchmarkJs, timeByAsyncLoop, timeByLoop } from "./timers.js";

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

/** Less where that would take longer: other libraries need up to a millisecond for ten elements. In nanoseconds. */
const LONGEST_BODY = 2e7;

/**
 * Times competitors in turns: each round runs each for a short while. A shared machine's moods hit all alike then, and
 * the median over the rounds is what counts. The order is another one in each round: who comes after a competitor that
 * makes a lot of garbage may have to wait for its collection, and is not to be the same one always.
 */
export async function roundRobin(
  competitors: readonly AnyCompetitor[],
  elements: number,
  effort: Effort,
): Promise<Timing[]> {
  const turns: Turn[] = [];
  for (const competitor of competitors) {
    const most = Math.ceil(ELEMENTS_PER_BODY / elements);
    const repeats = Math.min(most, Math.ceil(LONGEST_BODY / (await onceOf(competitor))));
    turns.push({
      name: competitor.name,
      repeats,
      timers: timersOf(competitor, repeats, effort),
      rounds: [],
      loops: [],
    });
  }
  const random = mulberry32(turns.length);
  for (let round = 0; round < effort.rounds; round++) {
    for (const { repeats, timers, rounds, loops } of shuffled(turns, random)) {
      rounds.push((await timers.headline()) / repeats);
      loops.push((await timers.witness()) / repeats);
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

/** The items in an order of chance (Fisher–Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [order[last], order[at]] = [order[at], order[last]];
  }
  return order;
}

interface Turn {
  readonly name: string;
  readonly repeats: number;
  readonly timers: Timers;
  readonly rounds: number[];
  readonly loops: number[];
}

/** Nanoseconds of one run, about. */
async function onceOf(competitor: AnyCompetitor): Promise<number> {
  const start = process.hrtime.bigint();
  sink += "run" in competitor ? competitor.run() : await competitor.runAsync();
  return Number(process.hrtime.bigint() - start);
}

/** What gives the nanoseconds that a body of `repeats` runs takes, by benchmark.js and by a plain loop. */
interface Timers {
  readonly headline: () => number | Promise<number>;
  readonly witness: () => number | Promise<number>;
}

function timersOf(competitor: AnyCompetitor, repeats: number, { sliceSeconds, loopSeconds }: Effort): Timers {
  const { name } = competitor;
  if ("run" in competitor) {
    const { run } = competitor;
    const body = () => {
      for (let i = 0; i < repeats; i++) sink += run();
    };
    const benchmark = new BenchmarkJs(name, body, sliceSeconds);
    return { headline: () => benchmark.time(), witness: () => timeByLoop(body, loopSeconds) };
  }
  const { runAsync, clock } = competitor;
  if (clock) {
    const body = async (seconds: number) => repeats * (await clock(seconds, repeats));
    return { headline: () => body(sliceSeconds), witness: () => body(loopSeconds) };
  }
  const body = async () => {
    for (let i = 0; i < repeats; i++) sink += await runAsync();
  };
  const benchmark = new DeferredBenchmarkJs(name, body, sliceSeconds);
  return { headline: () => benchmark.time(), witness: () => timeByAsyncLoop(body, loopSeconds) };
}
