// Directed search: rows like the worst one, changed by ulps or by more; the worst of them is the next.

import { type FloatArray } from "../../../src/index.js";
import type { Key } from "./bounds.js";
import { type Problem, type Row, type Shared } from "./problem.js";
import type { Random } from "./randomProblems.js";

const INTEGERS = { f32: Int32Array, f64: BigInt64Array } as const;

/** The value some floats further, of the same sign. */
function moved(key: Key, value: number, by: number): number {
  // Beside 0 there is nothing but subnormal numbers.
  if (value === 0) return 0;
  if (key === "f32") {
    const [float, bits] = pairOf(INTEGERS.f32, Float32Array);
    float[0] = value;
    bits[0] += by;
    return Number.isFinite(float[0]) ? float[0] : value;
  }
  const [float, bits] = pairOf(INTEGERS.f64, Float64Array);
  float[0] = value;
  bits[0] += BigInt(by);
  return Number.isFinite(float[0]) ? float[0] : value;
}

function pairOf<F extends FloatArray, I>(
  Integers: new (buffer: ArrayBuffer) => I,
  Floats: new (length: number) => F,
): [F, I] {
  const float = new Floats(1);
  return [float, new Integers(float.buffer as ArrayBuffer)];
}

/** A copy with some entries changed, by ulps or by some part of a spread. */
function nudged(random: Random, key: Key, values: FloatArray, spread: number): FloatArray {
  const result = values.slice();
  const n = result.length;
  const kind = random.below(6);
  const many = random.chance(0.5) ? 1 : 1 + random.below(Math.min(n, 8));
  const size = spread * 10 ** random.between(-4, 0.5);
  if (kind === 0) {
    // Ties: one entry's value to others.
    const value = result[random.below(n)];
    const copies = 1 + random.below(n);
    for (let k = 0; k < copies; k++) result[random.below(n)] = value;
  } else if (kind === 1) {
    const shift = size * random.normal();
    for (let i = 0; i < n; i++) result[i] += shift;
  } else if (kind <= 3) {
    for (let k = 0; k < many; k++) {
      const i = random.below(n);
      result[i] = moved(key, result[i], Math.round(2 ** random.between(0, 8)) * (random.chance(0.5) ? 1 : -1));
    }
  } else {
    for (let k = 0; k < many; k++) result[random.below(n)] += size * random.normal();
  }
  return result.every(Number.isFinite) ? result : values;
}

function mutant(random: Random, { key, shared }: Problem, row: Row, takesV: boolean): Row {
  const spread = 3 * shared.temperature;
  const { soft, mask } = row;
  const turn = random.uniform();
  if (takesV && turn < 0.3) return { ...row, v: nudged(random, key, row.v, 1) };
  if (soft !== undefined && turn < 0.4) {
    const changed = nudged(random, key, soft, 0.3);
    return { ...row, soft: changed.map((q, c) => (mask?.[c] === 0 ? 0 : Math.abs(q))) };
  }
  if (turn < 0.5) {
    const label = random.below(row.x.length);
    if (mask?.[label] !== 0) return { ...row, label };
  }
  return { ...row, x: nudged(random, key, row.x, spread) };
}

function mutantOfShared(random: Random, shared: Shared): Shared {
  const { temperature, weight, zLoss } = shared;
  return {
    ...shared,
    temperature:
      temperature === 1 ? 1 : moved("f64", temperature, Math.round(2 ** random.between(0, 40)) * random.pick([1, -1])),
    weight: weight?.map((w) => (random.chance(0.3) ? w * random.between(0.9, 1.1) : w)),
    zLoss: zLoss * random.between(0.9, 1.1),
  };
}

/** So many rows like one. */
export function mutantsOf(random: Random, problem: Problem, count: number, takesV: boolean): Problem {
  const shared = random.chance(0.2) ? mutantOfShared(random, problem.shared) : problem.shared;
  const [row] = problem.rows;
  return {
    ...problem,
    shared,
    rows: Array.from({ length: count }, () => {
      let next = mutant(random, problem, row, takesV);
      if (random.chance(0.4)) next = mutant(random, problem, next, takesV);
      return next;
    }),
  };
}
