// The points that are tried: every combination of the options, with inputs that only the point's number seeds.

import { mulberry32, normals } from "../../reference/random.js";

/** Every combination of one value of each list. */
export function product(lists) {
  return Object.entries(lists).reduce(
    (points, [name, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}

/** Where class c of position n lies in an array of this shape. */
export function layout(shape, axis) {
  const at = axis < 0 ? axis + shape.length : axis;
  const size = (sizes) => sizes.reduce((a, b) => a * b, 1);
  const classes = shape[at];
  const inner = size(shape.slice(at + 1));
  const positions = size(shape.slice(0, at)) * inner;
  const index = (n, c) => (Math.floor(n / inner) * classes + c) * inner + (n % inner);
  return { classes, positions, length: positions * classes, index };
}

const filled = (make) => (random, length) => {
  const normal = normals(random);
  return Array.from({ length }, () => make(normal, random));
};

/** Logits, by what is hard about them. */
const KINDS = {
  "spread 1": filled((normal) => normal()),
  "spread 10": filled((normal) => 10 * normal()),
  "offset 1e4": filled((normal) => 1e4 + 5 * normal()),
  "far ahead": filled((normal, random) => (random() < 0.1 ? 40 : 0) + normal()),
  ties: filled((_, random) => Math.floor(3 * random())),
  "-Infinity": filled((normal, random) => (random() < 0.2 ? -Infinity : 3 * normal())),
};
export const KIND_NAMES = Object.keys(KINDS);

const ARRAYS = { f32: Float32Array, f64: Float64Array };

/** The arrays of a point: logits, upstream gradient, labels, class weights, soft targets, mask. */
export function inputs(seed, { shape, axis, kind, dtype, weight, ignoreIndex, ignoring, targets, mask }) {
  const random = mulberry32(seed);
  const Type = ARRAYS[dtype];
  const { classes, positions, length, index } = layout(shape, axis);
  const x = Type.from(KINDS[kind](random, length));
  // A row of nothing but −∞ is among the known wrong answers.
  for (let n = 0; n < positions; n++) if (x[index(n, 0)] === -Infinity) x[index(n, 0)] = 0;
  const dy = Type.from(KINDS["spread 1"](random, length));
  const below = (n) => Math.floor(n * random());

  // Labels that may be ignored; where a mean needs a divisor, the first one takes part.
  const labels = Array.from({ length: positions }, () => below(classes));
  if (ignoring) {
    if (labels[0] === ignoreIndex) labels[0] = 0;
    for (let n = 1; n < positions; n++) if (random() < 0.3) labels[n] = ignoreIndex;
  }
  const weights = Type.from({ length: classes }, () => 0.25 + 2 * random());
  if (weight === "with zeros") weights.forEach((_, c) => random() < 0.3 && (weights[c] = 0));

  // Soft targets that do not sum to 1: 0.5 to 1.5, and zeros among them.
  const soft = Type.from({ length }, () => (random() < 0.2 ? 0 : (0.5 + random()) / classes));

  // A third of the classes is absent, never a label nor the first.
  const present = Uint8Array.from({ length }, () => (random() < 0.33 ? 0 : 1));
  for (let n = 0; n < positions; n++) {
    present[index(n, 0)] = 1;
    if (labels[n] !== ignoreIndex) present[index(n, labels[n])] = 1;
  }
  // Nothing of an absent class may be a target.
  if (mask) present.forEach((isPresent, k) => isPresent === 0 && (soft[k] = 0));
  return {
    x,
    dy,
    labels,
    weight: weight ? weights : undefined,
    soft: targets === "soft" ? soft : undefined,
    mask: mask ? present : undefined,
  };
}
