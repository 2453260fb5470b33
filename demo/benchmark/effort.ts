/** What is measured, and for how long. */
export interface Effort {
  readonly classes: readonly number[];
  readonly rounds: number;
  /** For one way in one round. */
  readonly sliceMs: number;
}

export const EFFORTS = {
  full: { classes: [10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000], rounds: 9, sliceMs: 30 },
  // Enough to see that everything works.
  quick: { classes: [10, 100, 1_000], rounds: 3, sliceMs: 4 },
} as const satisfies Record<string, Effort>;

export type EffortName = keyof typeof EFFORTS;

/** The most elements in one call: larger arrays are too much for a phone. */
const MOST_ELEMENTS = 1_000_000;

/** The numbers of classes to measure with this many rows per call. */
export function classesFor(effort: EffortName, rows: number): number[] {
  return EFFORTS[effort].classes.filter((classes) => rows * classes <= MOST_ELEMENTS);
}

/** `?effort=quick` in the page's address, or the full effort. */
export function effortOfAddress(): EffortName {
  return new URLSearchParams(location.search).get("effort") === "quick" ? "quick" : "full";
}
