import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Work, WORKS } from "./competitors.js";
import { checkShape, SHAPES } from "./inputs.js";
import { type Effort, FULL, QUICK } from "./roundRobin.js";

export interface Flags {
  readonly works: readonly Work[];
  readonly shapes: readonly string[];
  readonly effort: Effort;
  readonly json: string;
}

/** Reads --quick, --shapes, --work and --json; see README.md. */
export function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      shapes: { type: "string", default: SHAPES.join() },
      work: { type: "string", default: WORKS.join() },
      json: { type: "string" },
    },
  });
  const shapes = values.shapes.split(",");
  shapes.forEach(checkShape);
  // Figures of a quick run prove nothing, so they never take the place of a full one's.
  const file = values.quick ? "results/latest-quick.json" : "results/latest.json";
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
