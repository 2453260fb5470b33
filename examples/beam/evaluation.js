import { requireForSerialization } from "apache-beam/serialization";
import { argmaxOf, crossEntropyOf, merge, partial } from "softmax-wasm/shards";
import { BOUNDS, labelsOf, logitsOf, ROWS_OF_BATCH } from "./logits.js";

/**
 * The work on one piece of the vocabulary. The states go into an object, because Beam sends objects as BSON, which
 * keeps every double. It sends the numbers of an array one by one, and keeps only 32 bits of whole numbers.
 */
export function statesOf({ batch, piece }) {
  const [from, to] = BOUNDS.slice(piece, piece + 2);
  const options = { shape: [ROWS_OF_BATCH, to - from], labels: labelsOf(batch), offset: from };
  return { batch, states: Array.from(partial(logitsOf(batch, from, to), options)) };
}

/** The states of a batch, from those of its pieces. */
export const mergeStates = {
  createAccumulator: () => ({ states: [] }),
  addInput: (accumulator, shard) => mergeStates.mergeAccumulators([accumulator, shard]),
  mergeAccumulators: (accumulators) => {
    const [first = [], ...others] = Array.from(accumulators, ({ states }) => states).filter(({ length }) => length > 0);
    return { states: others.reduce((a, b) => Array.from(merge(a, b)), first) };
  },
  extractOutput: ({ states }) => states,
};

/** The figures of all batches, from their states: sums, which add up in any order. */
export const evaluate = {
  createAccumulator: () => ({ sum: 0, weight: 0, correct: 0 }),
  addInput: (accumulator, { batch, states }) => {
    const { sum, weight } = crossEntropyOf(states, { reduction: "parts" });
    const predicted = argmaxOf(states);
    const correct = labelsOf(batch).filter((label, row) => label === predicted[row]).length;
    return evaluate.mergeAccumulators([accumulator, { sum, weight, correct }]);
  },
  mergeAccumulators: (accumulators) =>
    [...accumulators].reduce((a, b) => ({
      sum: a.sum + b.sum,
      weight: a.weight + b.weight,
      correct: a.correct + b.correct,
    })),
  extractOutput: ({ sum, weight, correct }) => ({ loss: sum / weight, accuracy: correct / weight }),
};

export const itself = (element) => element;

// Beam sends functions to its workers as text. These are sent by name, because they use what this module imports.
requireForSerialization("evaluation", { statesOf, mergeStates, evaluate, itself });
