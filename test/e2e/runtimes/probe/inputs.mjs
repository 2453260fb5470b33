// Logits and labels that are the same in every engine: seeded, and made by exact arithmetic alone. `Math.log` and
// `Math.cos` are not, which rules Box–Muller out.

/** A stream of numbers in [0, 1): mulberry32. */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Nearly normal, of mean 0 and deviation 1: the sum of twelve uniform numbers, which has no rounding at all. */
function bell(random) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** By their elements: near the largest, and the logit from which on e^x is subnormal. */
const EXTREMES = new Map([
  [Float32Array, { large: 3e38, subnormal: -85 }],
  [Float64Array, { large: 1.5e308, subnormal: -706 }],
]);

/** By what they try: each gives a logit, from a stream of numbers and its place in the row. */
const KINDS = [
  (random) => bell(random),
  (random) => 10 * bell(random),
  (random, i) => (i === 0 ? 40 : bell(random)), // confident: the loss of label 0 is far below 1
  (random) => 1e4 + 5 * bell(random),
  (random, i, { subnormal }) => (i === 0 ? 0 : subnormal - 20 * random()),
  (random, _, { large }) => large * (random() < 0.5 ? -1 : 1),
  (random) => Math.floor(3 * random()), // ties
  (random, i) => (i === 0 || random() < 0.7 ? bell(random) : -Infinity),
  (random, i) => (i === 1 ? Infinity : bell(random)),
  (random, i) => (i === 1 ? NaN : bell(random)),
  () => -Infinity,
];

/** One row of every kind, `cols` classes wide, and a label for each: every third one is ignored. */
export function batch(Elements, cols) {
  const random = mulberry32(cols);
  const extremes = EXTREMES.get(Elements);
  const logits = new Elements(KINDS.length * cols);
  KINDS.forEach((value, row) => {
    for (let i = 0; i < cols; i++) logits[row * cols + i] = value(random, i, extremes);
  });
  const labels = Int32Array.from(KINDS, (_, row) =>
    row % 3 === 2 ? -100 : row === 0 ? 0 : Math.floor(cols * random()),
  );
  return { logits, labels, shape: [KINDS.length, cols] };
}

/** As many rows of these kinds as a pool gives to its workers: 1.7 MB. */
export function large(Elements) {
  const cols = 1001;
  const rows = 1720 / Elements.BYTES_PER_ELEMENT;
  const some = batch(Elements, cols);
  const logits = new Elements(rows * cols);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const kind = row % KINDS.length;
    logits.set(some.logits.subarray(kind * cols, (kind + 1) * cols), row * cols);
    labels[row] = some.labels[kind];
  }
  return { logits, labels, shape: [rows, cols] };
}

/** One row of finite logits. */
export function row(Elements, cols) {
  const random = mulberry32(cols);
  return new Elements(cols).map(() => 4 * bell(random));
}
