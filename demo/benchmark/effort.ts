/** How much is measured, and how long. */
export interface Effort {
  readonly classes: readonly number[];
  readonly rounds: number;
  /** For one way in one round. */
  readonly sliceMs: number;
}

export const EFFORTS = {
  full: { classes: [10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000], rounds: 9, sliceMs: 30 },
  // Enough to see that all works.
  quick: { classes: [10, 100, 1_000], rounds: 3, sliceMs: 4 },
} as const satisfies Record<string, Effort>;

export type EffortName = keyof typeof EFFORTS;

/** Elements of one call: more, and its arrays are a burden on a phone. */
const MOST_ELEMENTS = 1_000_000;

/** What is measured with this many rows a call. */
export function classesFor(effort: EffortName, rows: number): number[] {
  return EFFORTS[effort].classes.filter((classes) => rows * classes <= MOST_ELEMENTS);
}

/** By the page's address: `?effort=quick` or the full one. */
export function effortOfAddress(): EffortName {
  return new URLSearchParams(location.search).get("effort") === "quick" ? "quick" : "full";
}
