import type { FloatArray } from "softmax-wasm";

/** Does the work on the problem that it was made for, once whenever it is asked to, into memory that outlives it. */
export interface Competitor {
  readonly name: string;
  /** The mean loss, or 0 for softmax. */
  readonly run: () => number;
  /** What the last run wrote. */
  readonly result: () => FloatArray;
  /** Relative, where a result may be further off the formula than check.ts lets all be. */
  readonly tolerance?: number;
}

/** One whose library answers by promise, or that runs elsewhere. */
export interface AsyncCompetitor extends Omit<Competitor, "run"> {
  readonly runAsync: () => Promise<number>;
  /**
   * Nanoseconds a run, over so many seconds in bodies of so many runs, by a clock of its own: for code of another
   * process, where a message takes longer than a short run.
   */
  readonly clock?: (seconds: number, repeats: number) => Promise<number>;
}

export type AnyCompetitor = Competitor | AsyncCompetitor;
