// What the filters of `sample` do to a row of probabilities, step by step, for the page to show. The draws are the library's.

export interface Filters {
  /** Divides the logits; 0 takes the largest. */
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/** What cuts a token, in the order in which the filters run; undefined for a token that can be drawn. */
export type Cut = "temperature" | "top-k" | "top-p" | "min-p" | undefined;

/** What cuts each token. `p` are the probabilities at the temperature, the largest first. */
export function cutsOf(p: ArrayLike<number>, { temperature, topK, topP, minP }: Filters): Cut[] {
  const cuts: Cut[] = Array.from(p, () => undefined);
  const cut = (by: Cut, goes: (i: number) => boolean) => {
    for (let i = 0; i < p.length; i++) if (cuts[i] === undefined && goes(i)) cuts[i] = by;
  };
  const left = () => Array.from(p, (value, i) => (cuts[i] === undefined ? value : 0));

  if (temperature === 0) cut("temperature", (i) => i > 0);
  cut("top-k", (i) => i >= topK);
  if (topP < 1) {
    const before = runningSums(left());
    cut("top-p", (i) => before[i] >= topP * before[p.length]);
  }
  cut("min-p", (i) => p[i] < minP * p[0]);
  return cuts;
}

/** The sum of the values before each, and of all. */
function runningSums(values: readonly number[]): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return sums;
}
