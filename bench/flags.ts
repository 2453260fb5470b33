import { fileURLToPath } from "node:url";
import { type Work, WORKS } from "./competitors.js";
import { checkShape, SHAPES } from "./inputs.js";
import { type Effort, FULL, QUICK } from "./roundRobin.js";

export interface Flags {
  readonly works: readonly Work[];
  readonly shapes: readonly string[];
  readonly effort: Effort;
  readonly json: string;
}

/** The flags of every benchmark; see README.md. */
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
  const file = `results/${name}${values.quick ? "-quick" : ""}.json`;
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
