// Whether the library has become faster or slower: npm run bench -- compare <revision>. See ../README.md.
//
// Both builds take turns in one process, on the same memory of inputs. Only their ratio is printed: it is all that a
// machine which others use, too, can tell.

import { parseArgs } from "node:util";
import * as current from "softmax-wasm";
import { checkAll } from "../competitors/check.js";
import { copyingOn, residentOn, type Work } from "../competitors/competitors.js";
import { type Flags, flagsOf, OPTIONS } from "./flags.js";
import { problemOf } from "../competitors/inputs.js";
import { median } from "../timing/median.js";
import { buildOf } from "./otherBuild.js";
import { roundRobin, type Timing } from "../timing/roundRobin.js";

const WAYS = ["copying", "fresh", "resident"] as const;

/** Each way's ratios, a round each: the time of this build by that of the other. */
type Ratios = ReadonlyMap<string, readonly number[]>;

async function measure(work: Work, shape: string, flags: Flags, builds: Builds): Promise<Ratios> {
  const problem = problemOf(shape);
  const fields = Object.entries(builds).map(([name, by]) => {
    const resident = residentOn(work, problem, by, name);
    return { competitors: [...copyingOn(work, problem, by, name), ...resident.competitors], free: resident.free };
  });
  const competitors = fields.flatMap((field) => field.competitors);
  await checkAll(work, problem, competitors);
  const timings = await roundRobin(competitors, problem.x.length, flags.effort);
  for (const { free } of fields) free();
  return ratiosOf(timings);
}

type Builds = Readonly<Record<"now" | "then", current.Instance>>;

function ratiosOf(timings: readonly Timing[]): Ratios {
  const named = (name: string) => timings.find((timing) => timing.name === name);
  return new Map(
    WAYS.flatMap((way) => {
      const now = named(`now ${way}`);
      const then = named(`then ${way}`);
      return now && then ? [[way, now.rounds.map((time, round) => time / then.rounds[round])] as const] : [];
    }),
  );
}

function show(ratios: readonly number[] | undefined): string {
  if (ratios === undefined) return "";
  const [low, middle, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((r) => r.toFixed(2));
  return `${middle}  (${low}..${high})`;
}

const line = (first: string, cells: readonly string[]) =>
  (first.padEnd(11) + cells.map((cell) => cell.padStart(22)).join("")).trimEnd();

async function run(revision: string, flags: Flags): Promise<void> {
  const other = await buildOf(revision);
  try {
    const builds = { now: current.instantiate(), then: other.library.instantiate() };
    console.log(`Time of the working tree's build / time of ${other.title}`);
    console.log("Median of the rounds (lowest..highest); below 1 the working tree is faster");
    for (const work of flags.works) {
      console.log(`\n${line(work, WAYS)}`);
      for (const shape of flags.shapes) {
        const ratios = await measure(work, shape, flags, builds);
        const cells = WAYS.map((way) => show(ratios.get(way)));
        console.log(line(shape, cells));
      }
    }
  } finally {
    other.remove();
  }
}

export async function compare(args: readonly string[]): Promise<void> {
  const { quick, shapes, work } = OPTIONS;
  const options = { quick, shapes, work };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (positionals.length !== 1) throw new RangeError("expected one revision: npm run bench -- compare HEAD~1");
  await run(positionals[0], flagsOf(values, "latest-compare"));
}
