// Stands in for the embeddings of a frozen image model: unit vectors, near the one of their class. They are made here, of
// random numbers that are the same at every start.

export const CLASSES = 4;
export const IMAGES = 600;
export const FEATURES = 256;

/** How far images lie from their class, relative to the distance of classes from 0. */
const NOISE = 2.5;

/** Writes the embeddings, IMAGES × FEATURES, and returns the class of each image. */
export function embed(embeddings) {
  const random = seeded(1);
  const vector = () => Float64Array.from({ length: FEATURES }, () => random() + random() + random() - 1.5);
  const centres = Array.from({ length: CLASSES }, vector);
  return Int32Array.from({ length: IMAGES }, (_, image) => {
    const label = Math.floor(CLASSES * random());
    const noise = vector();
    const values = centres[label].map((value, i) => value + NOISE * noise[i]);
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    values.forEach((value, i) => (embeddings[image * FEATURES + i] = value / norm));
    return label;
  });
}

/** Numbers in [0, 1) (mulberry32). */
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
