// What the arrays and numbers of a case hold: values that go every way through a kernel, and that let a result show what
// ordinary ones hide, as the order of a sum does where its large terms cancel.

import { FROM_LENGTH, FROM_SCALE, FROM_MAX, FROM_OTHERS, FROM_OTHERS_ERROR } from "../../../assembly/abi.js";
import type { Kernel, Parameter } from "./kernelList.js";

type Type = Kernel["type"];
type Random = () => number;

/** What the values of a row are made of. */
interface Draw {
  readonly random: Random;
  /** Two classes that stand out. */
  readonly hit: number;
  readonly other: number;
  /** One number in [−2, 2) for all classes. */
  readonly level: number;
  readonly type: Type;
}

/** The value of class c. */
type Kind = (draw: Draw, c: number) => number;

/** From where on a maximum is subtracted (assembly/exp.ts). */
const FAR = { f32: 208, f64: 1500 } as const;
/** Logits so far below the maximum have probabilities that are subnormal or 0. */
const GAP = { f32: 95, f64: 720 } as const;
/** Multiplied by it, or divided, much goes out of the range of the type. */
const EXTREME = { f32: 2 ** 120, f64: 2 ** 1000 } as const;

const ordinary: Kind = ({ random }) => 16 * (random() - 0.5);
const cancelling: Kind = ({ random, hit, other }, c) =>
  c === hit ? 2 ** 60 : c === other ? -(2 ** 60) : random() - 0.5;

const LOGITS: readonly Kind[] = [
  ...Array.from({ length: 6 }, () => ordinary),
  // Confident, far off, and just where the maximum begins to be subtracted.
  (draw, c) => ordinary(draw, c) + (c === draw.hit ? 60 : 0),
  (draw, c) => ordinary(draw, c) + 3000,
  ({ random, hit, type }, c) => FAR[type] - (c === hit ? 0 : 8 * random()),
  ({ random, hit, type }, c) => -FAR[type] - (c === hit ? 0 : 8 * random()),
  // What spoils the row, alone or with another that would.
  ({ random, hit }, c) => (c === hit ? NaN : random()),
  ({ random, hit }, c) => (c === hit ? Infinity : random()),
  ({ random, hit, other }, c) => (c === hit ? Infinity : c === other ? NaN : random()),
  ({ hit }, c) => (c === hit ? NaN : -Infinity),
  () => -Infinity,
  // Ties: of all, of all but one, of two that are all there is; and one that is.
  ({ level }) => level,
  ({ hit, level }, c) => (c === hit ? 3 : level),
  ({ hit, other }, c) => (c === hit || c === other ? 2 : -Infinity),
  ({ hit }, c) => (c === hit ? 1 : -Infinity),
  // Nearly a tie: what the logarithm loses shows beside such distances.
  ({ random }) => random() / 8,
  ({ random, hit, type }, c) => (c === hit ? 2 : 2 - GAP[type] * (0.9 + random() / 4)),
  cancelling,
  ({ random }, c) => (c % 3 === 0 ? -0 : random() < 0.5 ? 0 : random()),
];

/** What sample draws from: also sums that are not exact, and few classes with most of the sum. */
const DRAWN_FROM: readonly Kind[] = [
  ...LOGITS,
  ...Array.from(
    { length: 4 },
    (): Kind =>
      ({ random }) =>
        -30 * random(),
  ),
  ...Array.from(
    { length: 2 },
    (): Kind =>
      ({ random }) =>
        -800 * random(),
  ),
  // Logits that differ, of equal exponentials.
  ({ random, type }) => random() * (type === "f32" ? 1e-9 : 1e-18),
];

/** Smoothed targets, in f64. */
const TARGETS: readonly Kind[] = [
  ({ random }) => random(),
  ({ random }) => (random() < 0.3 ? 0 : random()),
  cancelling,
  ({ random }) => 2 ** (Math.floor(80 * random()) - 40) * (random() - 0.5),
  ({ random, hit }, c) => (c === hit ? [NaN, Infinity, -Infinity][Math.floor(3 * random())] : random()),
];

const KINDS = { logits: LOGITS, "logits to draw from": DRAWN_FROM, targets: TARGETS } as const;

const draw = <T>(kinds: readonly T[], random: Random): T => kinds[Math.floor(random() * kinds.length)];

/** Fills rows of logits or of smoothed targets: each position is of one kind. */
export function fillRows(
  of: keyof typeof KINDS,
  values: Float64Array,
  type: Type,
  { rows, cols, inner }: { readonly rows: number; readonly cols: number; readonly inner: number },
  random: Random,
): void {
  const kinds = Array.from({ length: rows * inner }, () => draw(KINDS[of], random));
  const draws = kinds.map((): Draw => ({
    random,
    hit: Math.floor(random() * cols),
    other: Math.floor(random() * cols),
    level: 4 * random() - 2,
    type,
  }));
  for (let n = 0; n < values.length; n++) {
    const position = Math.floor(n / (cols * inner)) * inner + (n % inner);
    values[n] = kinds[position](draws[position], Math.floor(n / inner) % cols);
  }
}

/**
 * Fills the parts that softmaxFrom reads, whose maximum no logit exceeds: those of x itself or larger ones. Logits that no
 * position with a finite maximum has become −∞.
 */
export function fillParts(
  parts: Float64Array,
  x: Float64Array,
  type: Type,
  { cols, inner }: { readonly cols: number; readonly inner: number },
  random: Random,
): void {
  for (let n = 0; n < parts.length / FROM_LENGTH; n++) {
    const first = Math.floor(n / inner) * cols * inner + (n % inner);
    let max = -Infinity;
    for (let c = 0; c < cols; c++) {
      const at = first + c * inner;
      if (!(x[at] < Infinity)) x[at] = -Infinity;
      max = Math.max(max, x[at]);
    }
    const rounded = type === "f32" ? Math.fround(max) : max;
    const larger = random() < 0.5 ? rounded : Math.fround(rounded + 5 * random());
    parts[n * FROM_LENGTH + FROM_MAX] = max === -Infinity ? 0 : Math.max(rounded, larger);
    parts[n * FROM_LENGTH + FROM_OTHERS] = draw([0, 1e-9 * random(), random(), cols * random()], random);
    parts[n * FROM_LENGTH + FROM_OTHERS_ERROR] = 1e-17 * (random() - 0.5) * parts[n * FROM_LENGTH + FROM_OTHERS];
    parts[n * FROM_LENGTH + FROM_SCALE] = draw([0, 1, -random(), random(), positive(type, random)], random);
  }
}

/** A number ≥ 0 and finite. */
function positive(type: Type, random: Random): number {
  const kind = random();
  if (kind < 0.05) return EXTREME[type] * (1 + random());
  if (kind < 0.15) return (1 + random()) / EXTREME[type];
  return 0.25 + random();
}

/** Any number, as a gradient may be. */
function any(type: Type, random: Random): number {
  if (random() < 0.05) return draw([NaN, Infinity, -Infinity, 0], random);
  return (random() < 0.2 ? -1 : 1) * positive(type, random);
}

/** A value of an array of numbers in f64, as src/ lets it be: weights finite and ≥ 0, ε/C, an upstream gradient. */
export function numberOf(name: string, type: Type, random: Random): number {
  if (name === "RANDOM") return random() < 0.5 ? draw([0, 1 - 2 ** -53], random) : random();
  if (name === "WEIGHTS") return random() < 0.1 ? 0 : positive(type, random);
  return name === "UNIFORMS" ? random() : any(type, random);
}

/** Temperatures with which a kernel computes with multiples of the logits (assembly/temperature.ts). */
const BEYOND = [1e-300, 1e300];

/** A number that a kernel reads, as src/ lets it be; rounded where the kernel uses it in its own precision. */
export function argumentOf({ name }: Parameter, kernel: Kernel, random: Random): number {
  const { type } = kernel;
  switch (name) {
    case "ABSENT":
      return random() < 0.5 ? -Infinity : 0;
    case "TEMPERATURE":
      if (kernel.name.startsWith("sample") && random() < 0.1) return 0;
      return random() < 0.5 ? 1 : random() < 0.5 ? positive(type, random) : draw(BEYOND, random);
    case "TOP_P":
      return random() < 0.5 ? 1 : draw([random(), random(), 1 - 2 ** -53, 1e-9], random);
    case "MIN_P":
      return random() < 0.5 ? 0 : draw([random(), 1, 1e-9], random);
    case "CONFIDENCE":
    case "UNIFORM":
      return draw([0, 1, random()], random);
    case "Z_LOSS":
      return random() < 0.5 ? 0 : positive(type, random);
    default:
      return any(type, random);
  }
}
