import { describe, expect, it } from "vitest";
import { Measured } from "../../src/threads/jobs/measured.js";
import { mulberry32 } from "../reference/random.js";

const ELEMENTS = 500_000;
/** Milliseconds: of a call on the calling thread, and to a worker and back. */
const ALONE = 0.5;
const ROUND_TRIP = 0.05;

type Noise = (random: () => number) => number;

/** What a call takes beyond its time, as a factor: nothing, what a busy machine adds, or two threads that share a core. */
const NOISES: Readonly<Record<string, Noise>> = {
  none: () => 1,
  "of a tenth": (random) => 0.9 + 0.2 * random(),
  "that triples one call of ten": (random) => (random() < 0.1 ? 3 : 1) * (0.9 + 0.2 * random()),
  "that makes one call of fifty 20 times as long": (random) => (random() < 0.02 ? 20 : 1),
  "of two speeds": (random) => (random() < 0.4 ? 2 : 1),
};

interface Run {
  /** How long all calls took, and how long they would have taken alone. */
  readonly time: number;
  readonly alone: number;
  /** Which of them went to workers. */
  readonly withWorkers: boolean[];
}

/** Calls that take ALONE, or `ratioAt(call)` times as long with workers. */
function run(calls: number, ratioAt: (call: number) => number, noise: Noise = () => 1, seed = 3): Run {
  const random = mulberry32(seed);
  const measured = new Measured();
  const withWorkers: boolean[] = [];
  let time = 0;
  let alone = 0;
  for (let call = 0; call < calls; call++) {
    const prefers = measured.prefersWorkers("softmax", ELEMENTS, ROUND_TRIP);
    // What disturbs a call disturbs it whichever way it goes, so that luck is no part of the comparison.
    const single = ALONE * noise(random);
    const several = ratioAt(call) * single;
    measured.note("softmax", ELEMENTS, prefers, prefers ? several : single);
    withWorkers.push(prefers);
    time += prefers ? several : single;
    alone += single;
  }
  return { time, alone, withWorkers };
}

const count = (choices: readonly boolean[]) => choices.filter(Boolean).length;

describe("without noise", () => {
  it("the calling thread goes first, then workers, and then whoever is faster", () => {
    const [here, workers] = [false, true];
    const first = [here, here, workers, workers, workers];
    expect(run(8, () => 0.6).withWorkers).toEqual([...first, workers, workers, workers]);
    expect(run(8, () => 1.5).withWorkers).toEqual([...first, here, here, here]);
    // Whether they are faster shows when they are warm.
    const warm = [here, here, ...Array.from({ length: 16 }, () => workers)];
    expect(run(21, () => 1.4).withWorkers).toEqual([...warm, here, here, here]);
    const warmer = [...warm, ...Array.from({ length: 16 }, () => workers)];
    expect(run(37, () => 0.97).withWorkers, "by less than a twentieth").toEqual([...warmer, here, here, here]);
  });

  it("workers that get faster, as their code is compiled, are used", () => {
    const { withWorkers } = run(1000, (call) => (call < 12 ? 1.4 : 0.6));
    expect(count(withWorkers)).toBeGreaterThan(980);
  });

  it.each([1.5, 2, 5, 20])("where workers take %d times as long, trying them costs a hundredth", (ratio) => {
    const first = run(5, () => ratio);
    const all = run(20_005, () => ratio);
    const tries = count(all.withWorkers) - count(first.withWorkers);
    const cost = (all.time - first.time) / (all.alone - first.alone);
    expect(tries).toBeGreaterThan(0);
    expect(cost).toBeLessThan(1.0105);
  });

  it("ways that take as long as each other are not tried in turns", () => {
    expect(count(run(3300, () => 1).withWorkers)).toBeLessThanOrEqual(32 + 100);
  });

  it("first calls that are slow, as memory is touched and code compiled, decide nothing", () => {
    const { withWorkers } = run(100, (call) => (call < 4 ? 8 : 0.6));
    expect(count(withWorkers.slice(5)), "but for tries of the calling thread").toBeGreaterThan(90);
  });

  it("follows the machine: workers that stop to pay, and pay again", () => {
    const { withWorkers } = run(3000, (call) => (call < 1000 || call >= 2000 ? 0.6 : 1.4));
    expect(count(withWorkers.slice(5, 1000))).toBeGreaterThan(970);
    expect(count(withWorkers.slice(1010, 2000))).toBeLessThan(40);
    expect(count(withWorkers.slice(2300))).toBeGreaterThan(680);
  });
});

describe.each(Object.entries(NOISES))("with noise: %s", (_name, noise) => {
  const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
  const costs = (ratio: number) =>
    SEEDS.map((seed) => run(5000, () => ratio, noise, seed)).map(({ time, alone }) => time / alone);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

  it.each([0.3, 0.6, 0.9, 0.97, 1.03, 1.1, 1.3, 2, 5])("%d times the time is never 5 %% slower than alone", (ratio) => {
    const all = costs(ratio);
    expect(mean(all)).toBeLessThan(1.03);
    expect(Math.max(...all)).toBeLessThan(1.05);
  });

  it("workers that pay are used", () => {
    expect(mean(costs(0.6))).toBeLessThan(0.68);
  });
});

describe("what workers cannot make faster", () => {
  const prefersAfter = (elements: number, alone: number, roundTrip: number) => {
    const measured = new Measured();
    const choices = [];
    for (let call = 0; call < 200; call++) {
      choices.push(measured.prefersWorkers("softmax", elements, roundTrip));
      measured.note("softmax", elements, choices[call], alone);
    }
    return count(choices);
  };

  it("as it takes less than three answers of theirs, is never theirs", () => {
    expect(prefersAfter(ELEMENTS, 0.29, 0.1)).toBe(0);
    expect(prefersAfter(ELEMENTS, 0.31, 0.1)).toBeGreaterThan(0);
  });

  it("kinds and sizes are apart", () => {
    const measured = new Measured();
    const choice = (kind: string, elements: number) => measured.prefersWorkers(kind, elements, 0);
    for (let call = 0; call < 2; call++) {
      expect(choice("softmax", ELEMENTS)).toBe(false);
      measured.note("softmax", ELEMENTS, false, ALONE);
    }
    expect([choice("softmax", ELEMENTS), choice("softmax", 1.1 * ELEMENTS)]).toEqual([true, true]);
    expect([choice("logSumExp", ELEMENTS), choice("softmax", 4 * ELEMENTS)]).toEqual([false, false]);
  });
});
