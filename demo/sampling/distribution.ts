import { sample, softmax } from "softmax-wasm";
import { type Cut, cutsOf, type Filters } from "./filters.js";

export interface Distribution {
  /** The probabilities at the temperature, before any filter. */
  readonly before: ArrayLike<number>;
  readonly cuts: readonly Cut[];
  /** The probabilities of what is left; of tokens that are cut, 0. */
  readonly after: ArrayLike<number>;
  /** How often each token was drawn. */
  readonly drawn: ArrayLike<number>;
}

/** The distribution that `sample` draws from, and what it draws with these random numbers. */
export function distributionOf(logits: Float32Array, filters: Filters, random: Float64Array): Distribution {
  const { temperature } = filters;
  const before =
    temperature === 0 ? Float32Array.from(logits, (_, i) => (i === 0 ? 1 : 0)) : softmax(logits, { temperature });
  const cuts = cutsOf(before, filters);
  const mask = Uint8Array.from(cuts, (cut) => (cut === undefined ? 1 : 0));
  const after = temperature === 0 ? before : softmax(logits, { temperature, mask });
  return { before, cuts, after, drawn: countsOf(logits, filters, random) };
}

/** How often each token is drawn from the same row: all draws are one call. */
function countsOf(logits: Float32Array, filters: Filters, random: Float64Array): Uint32Array {
  const rows = new Float32Array(random.length * logits.length);
  for (let at = 0; at < rows.length; at += logits.length) rows.set(logits, at);
  const { tokens } = sample(rows, { ...filters, shape: [random.length, logits.length], random });
  const counts = new Uint32Array(logits.length);
  for (const token of tokens) counts[token]++;
  return counts;
}
