// Rows that break softmaxes: seeded, so that every run sees the same ones.

import { mulberry32, normals } from "./random.js";

export interface AdversarialRow {
  readonly kind: string;
  readonly x: Float32Array;
}

/** Every tail of every vector and block length, and rows of real vocabularies. */
export const LENGTHS = [
  ...Array.from({ length: 41 }, (_, i) => i + 1),
  ...[47, 48, 63, 64, 65, 95, 96, 97, 127, 128, 129, 130, 255, 256, 257, 1000, 1001, 4099],
];

type Fill = (random: () => number, cols: number) => (i: number) => number;

const at = (random: () => number, cols: number): number => Math.floor(random() * cols);

/** By what it attacks. */
const KINDS: Readonly<Record<string, Fill>> = {
  "spread 1": (random) => normals(random),
  "spread 10": (random) => {
    const normal = normals(random);
    return () => 10 * normal();
  },
  "uniform 100": (random) => () => 100 * (random() - 0.5),
  confident: (random, cols) => {
    const winner = at(random, cols);
    const gap = 5 + 60 * random();
    const normal = normals(random);
    return (i) => (i === winner ? gap : normal());
  },
  "two ahead": (random, cols) => {
    const [first, second] = [at(random, cols), at(random, cols)];
    const normal = normals(random);
    return (i) => (i === first ? 30 : i === second ? 29.5 : normal());
  },
  "one large, the rest equal": (random, cols) => {
    const winner = at(random, cols);
    return (i) => (i === winner ? 12 : -2.7);
  },
  ties: (random) => () => Math.floor(3 * random()),
  "all equal": (random) => {
    const value = 300 * (random() - 0.5);
    return () => value;
  },
  "offset 1e4": (random) => {
    const normal = normals(random);
    return () => 1e4 + 5 * normal();
  },
  "offset -1e8": (random) => () => -1e8 + 40 * random(),
  "offset at the shift": (random) => () => 208 + 2 * (random() - 0.5),
  "negative offset at the shift": (random) => () => -208 + 2 * (random() - 0.5),
  "subnormal tails": (random, cols) => {
    const winner = at(random, cols);
    return (i) => (i === winner ? 0 : -85 - 20 * random());
  },
  "wide, below the domain": (random, cols) => {
    const winner = at(random, cols);
    return (i) => (i === winner ? 150 : 150 - 300 * random());
  },
  "near the largest float": (random) => () => 3e38 * Math.sign(random() - 0.5),
  "with minus infinity": (random, cols) => {
    const finite = at(random, cols);
    const normal = normals(random);
    return (i) => (i === finite || random() < 0.7 ? normal() : -Infinity);
  },
  tiny: (random) => () => 1e-38 * (random() - 0.5),
};

/** One row of every kind, or of those named, at every length. */
export function* adversarialRows(
  seed: number,
  lengths: readonly number[] = LENGTHS,
  kinds: readonly string[] = Object.keys(KINDS),
): Generator<AdversarialRow> {
  const random = mulberry32(seed);
  for (const cols of lengths) {
    for (const kind of kinds) {
      const value = KINDS[kind](random, cols);
      yield { kind: `${kind}, ${cols} classes`, x: new Float32Array(cols).map((_, i) => value(i)) };
    }
  }
}
