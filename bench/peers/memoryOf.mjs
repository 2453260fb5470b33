// The child of memory.mjs: loss and gradient, three times in a row as a program would, by one competitor, and what of
// memory that took at its peak.
//
//   node --import tsx bench/peers/memoryOf.mjs <competitor> <rows>x<cols>

import { problemOf } from "../competitors/inputs.ts";
import { PEERS } from "./libraries/peers.mjs";

const WORK = "crossEntropyGrad";
const [, , name, shape] = process.argv;

const peak = () => process.resourceUsage().maxRSS / 1024;

async function competitorNamed(problem) {
  const peer = PEERS.filter((known) => name.startsWith(known.name)).at(0);
  let competitors;
  if (peer) {
    const { copying } = await peer.load();
    ({ competitors } = await copying(WORK, problem));
  } else {
    const { ownOn } = await import("./field.mjs");
    competitors = ownOn(WORK, problem, name);
  }
  const found = competitors.find((competitor) => competitor.name === name);
  if (!found) throw new RangeError(`no competitor is called "${name}"`);
  return found;
}

const before = peak();
const problem = problemOf(shape);
const competitor = await competitorNamed(problem);
for (let i = 0; i < 3; i++) await (competitor.run ?? competitor.runAsync)();
console.log(JSON.stringify({ peakMiB: peak() - before }));
process.exit(0);
