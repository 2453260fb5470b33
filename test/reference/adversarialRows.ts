// Rows that break softmaxes: seeded, so that every run sees the same ones.

import { F32, F64, type FloatArray, type KernelType } from "../../src/floatType.js";
import { mulberry32, normals } from "./random.js";

export interface AdversarialRow<Elements extends FloatArray = Float32Array> {
  readonly kind: string;
  readonly x: Elements;
}

/** Where a precision's dangers lie. */
interface Dangers {
  /** From this maximum on the kernels subtract it. */
  readonly shift: number;
  /** −log of the smallest normal number. */
  readonly normal: number;
  readonly largest: number;
  readonly smallest: number;
}

const DANGERS: Readonly<Record<KernelType["key"], Dangers>> = {
  f32: { shift: 208, normal: 85, largest: 3e38, smallest: 1e-38 },
  f64: { shift: 1500, normal: 708, largest: 1.7e308, smallest: 1e-308 },
};

/** Every tail of every vector and block length, and rows of real vocabularies. */
export const LENGTHS = [
  ...Array.from({ length: 41 }, (_, i) => i + 1),
  ...[47, 48, 63, 64, 65, 95, 96, 97, 127, 128, 129, 130, 255, 256, 257, 1000, 1001, 4099],
];

type Fill = (random: () => number, cols: number, dangers: Dangers) => (i: number) => number;

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
  "offset at the shift":
    (random, _, { shift }) =>
    () =>
      shift + 2 * (random() - 0.5),
  "negative offset at the shift":
    (random, _, { shift }) =>
    () =>
      -shift + 2 * (random() - 0.5),
  "subnormal tails": (random, cols, { normal }) => {
    const winner = at(random, cols);
    return (i) => (i === winner ? 0 : -normal - 20 * random());
  },
  "wide, below the domain": (random, cols, { shift }) => {
    const winner = at(random, cols);
    return (i) => (i === winner ? 0.72 * shift : 0.72 * shift - 1.44 * shift * random());
  },
  "near the largest float":
    (random, _, { largest }) =>
    () =>
      largest * Math.sign(random() - 0.5),
  "with minus infinity": (random, cols) => {
    const finite = at(random, cols);
    const normal = normals(random);
    return (i) => (i === finite || random() < 0.7 ? normal() : -Infinity);
  },
  tiny:
    (random, _, { smallest }) =>
    () =>
      smallest * (random() - 0.5),
};

/** One row of every kind, or of those named, at every length. */
export function adversarialRows(
  seed: number,
  lengths: readonly number[] = LENGTHS,
  kinds: readonly string[] = Object.keys(KINDS),
): Generator<AdversarialRow> {
  return rowsOf(F32, seed, lengths, kinds) as Generator<AdversarialRow>;
}

/** The same in f64, with the dangers of f64. */
export function adversarialRowsF64(
  seed: number,
  lengths: readonly number[] = LENGTHS,
  kinds: readonly string[] = Object.keys(KINDS),
): Generator<AdversarialRow<Float64Array>> {
  return rowsOf(F64, seed, lengths, kinds) as Generator<AdversarialRow<Float64Array>>;
}

function* rowsOf(
  type: KernelType,
  seed: number,
  lengths: readonly number[],
  kinds: readonly string[],
): Generator<AdversarialRow<FloatArray>> {
  const random = mulberry32(seed);
  for (const cols of lengths) {
    for (const kind of kinds) {
      const value = KINDS[kind](random, cols, DANGERS[type.key]);
      const x = type.create(cols);
      for (let i = 0; i < cols; i++) x[i] = value(i);
      yield { kind: `${kind}, ${cols} classes`, x };
    }
  }
}
