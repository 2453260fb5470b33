// Random rows to search among: of every length, spread, offset and temperature, with options by chance.

import { mulberry32, normals } from "../../reference/random.js";
import type { FloatArray } from "../../../src/index.js";
import type { Key, Temperatures } from "./bounds.js";
import { type Problem, type Row, type Shared, typeOf } from "./problem.js";
import { type Subject } from "./subjects.js";

export interface Draw {
  readonly key: Key;
  readonly subject: Subject;
  readonly temperatures: Temperatures;
  /** Elements of a problem, about. */
  readonly elements: number;
}

export class Random {
  readonly uniform: () => number;
  readonly normal: () => number;

  constructor(seed: number) {
    this.uniform = mulberry32(seed);
    this.normal = normals(this.uniform);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
}

/** Where rows have another path in the kernels: from there on the maximum is subtracted. */
const SHIFT_FROM = { f32: 208, f64: 1500 } as const;
const LARGEST = { f32: 3e38, f64: 1.7e308 } as const;

function colsOf(random: Random, { isSquare }: Subject): number {
  if (isSquare) return 1 + random.below(24);
  const [low, high] = random.pick([
    [2, 10],
    [2, 10],
    [11, 256],
    [11, 256],
    [257, 1100],
  ]);
  return low + random.below(high - low + 1);
}

function temperatureOf(random: Random, which: Temperatures, subject: Subject): number {
  if (which === "none") return 1;
  if (which === "usual")
    return random.chance(0.2) ? random.pick([0.1, 0.2, 0.3, 0.5, 0.7, 2, 3, 5]) : random.between(0.1, 5);
  // Derivatives are divided by τ: below, they are beyond f32 where anything is left of p.
  const hasGradient = subject.quantities.some((quantity) => /gradient|Hessian|Backward/.test(quantity));
  return hasGradient ? 10 ** random.between(-8, 8) : 10 ** random.between(-300, 300);
}

type Fill = (i: number) => number;

/** x/τ less a common offset. */
function shapeOf(random: Random, cols: number): Fill {
  const { normal } = random;
  const kind = random.below(8);
  const deviation = random.pick([0.1, 0.3, 1, 3, 5, 10, 30]);
  if (kind <= 2) return () => deviation * normal();
  if (kind === 3) {
    const width = random.pick([1, 10, 100, 200]);
    return () => width * random.uniform();
  }
  if (kind === 4) {
    const values = Array.from({ length: 1 + random.below(3) }, () => deviation * normal());
    return () => random.pick(values);
  }
  if (kind === 5) {
    const [winner, gap] = [random.below(cols), 5 + 60 * random.uniform()];
    return (i) => (i === winner ? gap : normal());
  }
  if (kind === 6) {
    const exponent = random.between(-6, 3);
    return () => 10 ** random.between(exponent - 3, exponent) * Math.sign(random.uniform() - 0.5);
  }
  const isAbsent = random.chance(0.5);
  return () => (isAbsent && random.chance(0.2) ? -100 : 0.4 * deviation * normal());
}

function offsetOf(random: Random, key: Key): number {
  const kind = random.below(8);
  const sign = random.chance(0.5) ? 1 : -1;
  if (kind <= 3) return 0;
  if (kind <= 5) return sign * 10 ** random.between(-1, 5);
  if (kind === 6) return sign * (SHIFT_FROM[key] + random.normal());
  return sign * 10 ** random.between(5, 9);
}

function rowOf(
  random: Random,
  { key, subject, temperatures }: Draw,
  cols: number,
  shared: Shared,
  isSoft: boolean,
  isMasked: boolean,
): Row {
  const type = typeOf(key);
  const shape = shapeOf(random, cols);
  const offset = offsetOf(random, key);
  // Logits that leave x/τ as drawn where they can, or as at τ = 1.
  const factor = random.chance(0.8) ? shared.temperature : 1;
  const most = LARGEST[key];
  let x: FloatArray = type.create(cols).map((_, i) => Math.max(-most, Math.min(most, (offset + shape(i)) * factor)));
  // Where 2λ·s overflows, as it may there, so does what it multiplies.
  if (temperatures !== "usual" && shared.zLoss === 0 && random.chance(0.02))
    x = x.map(() => most * Math.sign(random.uniform() - 0.5));
  const mask = isMasked ? new Uint8Array(cols).map(() => Number(random.chance(0.7))) : undefined;
  const max = Math.max(...x);
  const label = random.chance(0.3) ? x.indexOf(max) : random.below(cols);
  if (mask) mask[label] = 1;
  const isHoled = random.chance(0.5);
  const scale = random.chance(0.3) ? 1e3 : 1;
  return {
    x,
    label,
    mask,
    soft: isSoft
      ? type.create(cols).map((_, c) => (mask?.[c] === 0 || (isHoled && random.chance(0.5)) ? 0 : random.uniform()))
      : undefined,
    v: subject.takesV
      ? type.create(cols).map(() => (isHoled && random.chance(0.3) ? 0 : scale * random.normal()))
      : type.create(cols),
  };
}

/** A problem of rows as long as each other. */
export function randomProblem(random: Random, draw: Draw): Problem {
  const { key, subject, temperatures, elements } = draw;
  const cols = colsOf(random, subject);
  const hasOptions = subject.takesOptions === true;
  const shared: Shared = {
    temperature: temperatureOf(random, temperatures, subject),
    weight:
      hasOptions && random.chance(0.5) ? Array.from({ length: cols }, () => 0.05 + 3 * random.uniform()) : undefined,
    labelSmoothing: hasOptions ? random.pick([0, 0.1, 0.1, random.uniform(), 1]) : 0,
    zLoss: hasOptions ? random.pick([0, 0, 1e-4, 0.1, 1]) : 0,
  };
  const isSoft = hasOptions && random.chance(0.5);
  const isMasked = subject.isSquare !== true && !/Backward/.test(subject.quantities[0]) && random.chance(0.15);
  const count = Math.max(1, Math.floor(elements / (subject.isSquare ? cols * cols : cols)));
  return {
    key,
    shared,
    rows: Array.from({ length: count }, () => rowOf(random, draw, cols, shared, isSoft, isMasked)),
  };
}
