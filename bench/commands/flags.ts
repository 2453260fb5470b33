import { fileURLToPath } from "node:url";
import { type Work, WORKS } from "../competitors/competitors.js";
import { checkShape, SHAPES } from "../competitors/inputs.js";
import { type Effort, FULL, QUICK } from "../timing/roundRobin.js";

export interface Flags {
  readonly works: readonly Work[];
  readonly shapes: readonly string[];
  readonly effort: Effort;
  readonly json: string;
}

/** What every flag of any command means, for the help. */
export const FLAGS = {
  quick: "a short run that proves that everything runs and is right; its figures prove nothing",
  subnormal: "logits of which all results but a row's largest are subnormal",
  shapes: "rows x classes, any: --shapes=1x10,64x1000",
  work: `what to do: --work=${WORKS.join()}`,
  json: "the file that all figures go to",
  threads: "how many threads: --threads=4",
  node: "the major version of another Node, which comes by npm: --node=24",
  times: "peers: only the times",
  memory: "peers: only the peaks of memory",
  download: "peers: only what is downloaded",
} as const;

/** The flags that most commands take. */
export const OPTIONS = {
  quick: { type: "boolean", default: false },
  shapes: { type: "string", default: SHAPES.join() },
  work: { type: "string", default: WORKS.join() },
  json: { type: "string" },
} as const;

/** What parseArgs made of them. `name` is the file's where figures go unless a flag says where. */
export function flagsOf(
  values: { readonly quick: boolean; readonly shapes: string; readonly work: string; readonly json?: string },
  name: string,
): Flags {
  const shapes = values.shapes.split(",");
  shapes.forEach(checkShape);
  // Figures of a quick run prove nothing, so they never take the place of a full one's.
  const file = `../results/${name}${values.quick ? "-quick" : ""}.json`;
  return {
    works: values.work.split(",").map(workOf),
    shapes,
    effort: values.quick ? QUICK : FULL,
    json: values.json ?? fileURLToPath(new URL(file, import.meta.url)),
  };
}

function workOf(name: string): Work {
  const work = WORKS.find((known) => known === name);
  if (work === undefined) throw new RangeError(`--work: expected ${WORKS.join(" or ")}, got "${name}"`);
  return work;
}
