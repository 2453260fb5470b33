// Logits of a language model's vocabulary, made on the spot: any piece of any row, always the same.

const TOKENS = 50_257;
/** The classes, padded to a multiple of 64, as models do it. */
export const CLASSES = 50_304;
const PADDING = -3.4028234663852886e38; // The lowest float.

export const ROWS_OF_BATCH = 16;

/** Where the pieces of the vocabulary begin, and where the last one ends. They need not be of one size; the last is all padding. */
export const BOUNDS = [0, 10_000, 25_000, 40_000, TOKENS, CLASSES];

/** In [0, 1). */
function uniform(seed) {
  let hash = Math.imul(seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export function labelsOf(batch) {
  return Int32Array.from({ length: ROWS_OF_BATCH }, (_, row) => TOKENS * uniform(-1 - batch * ROWS_OF_BATCH - row));
}

/** The logits of classes [from, to). Those of the labels lead by up to 20. */
export function logitsOf(batch, from, to) {
  const labels = labelsOf(batch);
  const cols = to - from;
  return Float32Array.from({ length: ROWS_OF_BATCH * cols }, (_, i) => {
    const row = Math.floor(i / cols);
    const token = from + (i % cols);
    if (token >= TOKENS) return PADDING;
    const seed = (batch * ROWS_OF_BATCH + row) * TOKENS + token;
    return 8 * uniform(seed) + (token === labels[row] ? 20 * uniform(token) : 0);
  });
}
