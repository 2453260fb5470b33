// Every option of the losses with every other, on every axis of shapes of rank 1 to 5, with adversarial rows: no
// combination is left out, each has a few rows of its own. What else there is to vary is drawn: sizes, zLoss, temperature,
// upstream, the kinds of the arrays. Seeded.

import { F32, F64, type FloatArray, type KernelType } from "../../../src/floatType.js";
import { adversarialRows, adversarialRowsF64 } from "../../reference/adversarialRows.js";
import type { LossBatch } from "../../reference/oracle/lossBatch.js";
import * as formats from "../../reference/oracle/ulp.js";
import { mulberry32 } from "../../reference/random.js";
import { type Axis, axisOf, toAxis } from "./axis.js";
import type { Options } from "./calls.js";

/** A precision and what goes with it in tests. */
export interface Precision {
  readonly type: KernelType;
  readonly format: formats.Format;
  readonly rows: (seed: number, lengths: readonly number[]) => Iterable<{ kind: string; x: FloatArray }>;
}

export const PRECISIONS: Readonly<Record<"f32" | "f64", Precision>> = {
  f32: { type: F32, format: formats.F32, rows: adversarialRows },
  f64: { type: F64, format: formats.F64, rows: adversarialRowsF64 },
};

export interface GridCase {
  readonly name: string;
  readonly axis: Axis;
  /** As the functions take them. */
  readonly logits: FloatArray;
  readonly targets: unknown;
  readonly options: Options;
  /** Only of the gradient. */
  readonly upstream: number | FloatArray | readonly number[] | undefined;
  /** The same for the oracle. */
  readonly batch: LossBatch;
  /** No weights, smoothing or zLoss, and labels: the gradient is the textbook's. */
  readonly plain: boolean;
}

export const SEED = 20261128;

const TARGETS = ["hard", "soft"] as const;
const WEIGHTS = ["none", "positive", "with zeros"] as const;
const IGNORED = ["default", "null", "a class"] as const;
const SMOOTHINGS = [0, 0.1, 1] as const;
const REDUCTIONS = ["mean", "sum", "none"] as const;
const MASKED = [false, true] as const;
const PLACES = [1, 2, 3, 4, 5].flatMap((rank) => Array.from({ length: rank }, (_, axis) => ({ rank, axis })));

/** Mostly few classes: every length of a tail, now and then rows of several vectors and blocks. */
const CLASSES = [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 13, 15, 16, 17, 24, 31, 33, 40, 65, 130];
const ZLOSSES = [0, 0, 0, 1e-4, 0.1];
const TEMPERATURES = [1, 1, 1, 0.7, 3, 100];
/** Positions of a case, at most. */
const MOST_ROWS = 8;

export const CASES_PER_PRECISION =
  TARGETS.length *
  WEIGHTS.length *
  IGNORED.length *
  SMOOTHINGS.length *
  REDUCTIONS.length *
  MASKED.length *
  PLACES.length;

export function* lossGrid({ type, rows: rowsOf }: Precision): Generator<GridCase> {
  const random = mulberry32(SEED);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const pools = new Map<number, { kind: string; x: FloatArray }[]>();
  const rowOf = (cols: number) => {
    const pool = pools.get(cols) ?? [...rowsOf(SEED, [cols]), ...rowsOf(SEED + 1, [cols])];
    pools.set(cols, pool);
    return pick(pool);
  };

  for (const targets of TARGETS)
    for (const weights of WEIGHTS)
      for (const ignored of IGNORED)
        for (const labelSmoothing of SMOOTHINGS)
          for (const reduction of REDUCTIONS)
            for (const masked of MASKED)
              for (const place of PLACES) {
                const { shape, rank } = shapeOf(place.rank, place.axis);
                const axis = axisOf(shape, place.axis);
                const { rows, cols } = axis;
                const kinds: string[] = [];
                const x = type.create(rows * cols);
                for (let n = 0; n < rows; n++) {
                  const { kind, x: row } = rowOf(cols);
                  kinds.push(kind);
                  x.set(row, n * cols);
                }
                const zLoss = pick(ZLOSSES);
                const temperature = pick(TEMPERATURES);
                const mask = masked ? maskOf(rows, cols) : undefined;
                const weight = weights === "none" ? undefined : weightsOf(cols, weights === "with zeros");
                const ignoreIndex =
                  ignored === "default" ? -100 : ignored === "null" ? null : pick([...Array(cols).keys()]);
                const labels = targets === "hard" ? labelsOf(rows, cols, mask, ignoreIndex) : undefined;
                const soft = targets === "soft" ? softOf(rows, cols, mask) : undefined;
                const upstream = upstreamOf(reduction, rows);

                const options: Record<string, unknown> = {
                  shape,
                  axis: pick([place.axis, place.axis - rank]),
                  reduction,
                };
                if (weight !== undefined) options.weight = weight;
                if (ignored !== "default" && soft === undefined) options.ignoreIndex = ignoreIndex;
                if (labelSmoothing !== 0) options.labelSmoothing = labelSmoothing;
                if (mask !== undefined) options.mask = toAxis(axis, mask);
                if (zLoss !== 0) options.zLoss = zLoss;
                if (temperature !== 1) options.temperature = temperature;
                const said = { targets, weights, ignoreIndex, labelSmoothing, reduction, masked, zLoss, temperature };
                const about = Object.entries(said).map(([option, value]) => `${option} ${String(value)}`);

                const part = <A extends { subarray(from: number, to: number): A }>(array: A, n: number): A =>
                  array.subarray(n * cols, (n + 1) * cols);
                yield {
                  name: `${type.key} [${shape.join()}] axis ${place.axis}, ${about.join(", ")}; ${kinds.join("; ")}`,
                  axis,
                  logits: toAxis(axis, x),
                  targets: labels ?? toAxis(axis, soft as FloatArray),
                  options,
                  upstream,
                  batch: {
                    rows: kinds.map((_, n) => ({
                      x: part(x, n),
                      target: labels !== undefined ? Number(labels[n]) : part(soft as FloatArray, n),
                      weight,
                      mask: mask && part(mask, n),
                      labelSmoothing,
                      zLoss,
                    })),
                    ignoreIndex,
                    reduction,
                    temperature,
                    upstream: upstream ?? 1,
                  },
                  plain: targets === "hard" && weights === "none" && labelSmoothing === 0 && zLoss === 0,
                };
              }

  function shapeOf(rank: number, axis: number): { shape: number[]; rank: number } {
    let left = MOST_ROWS;
    const shape = Array.from({ length: rank }, (_, i) => {
      if (i === axis) return pick(CLASSES);
      const size = 1 + Math.floor(random() * Math.min(3, left));
      left = Math.floor(left / size);
      return size;
    });
    return { shape, rank };
  }

  /** A third of the classes is absent, and now and then a whole row. */
  function maskOf(rows: number, cols: number): Uint8Array {
    const mask = new Uint8Array(rows * cols).map(() => (random() < 0.33 ? 0 : 1 + Math.floor(255 * random())));
    for (let n = 0; n < rows; n++) if (random() < 0.1) mask.fill(0, n * cols, (n + 1) * cols);
    return mask;
  }

  function weightsOf(cols: number, zeros: boolean): FloatArray | number[] {
    const values = Array.from({ length: cols }, () => (zeros && random() < 0.4 ? 0 : 0.05 + 3 * random()));
    return pick([() => Float32Array.from(values), () => Float64Array.from(values), () => values])();
  }

  /** Classes that are present; some positions ignored, where there is a label for it. */
  function labelsOf(rows: number, cols: number, mask: Uint8Array | undefined, ignoreIndex: number | null) {
    const labels = Array.from({ length: rows }, (_, n) => {
      if (ignoreIndex !== null && random() < 0.2) return ignoreIndex;
      const present = [...Array(cols).keys()].filter((c) => mask?.[n * cols + c] !== 0);
      return present.length > 0 ? pick(present) : Math.floor(random() * cols);
    });
    const kinds = [
      () => labels,
      () => Int32Array.from(labels),
      () => Int16Array.from(labels),
      () => BigInt64Array.from(labels, BigInt),
    ];
    return pick(kinds)();
  }

  /** One-hot, a distribution, one with holes, and weights that sum to anything. */
  function softOf(rows: number, cols: number, mask: Uint8Array | undefined): FloatArray {
    const soft = type.create(rows * cols);
    for (let n = 0; n < rows; n++) {
      const kind = pick(["one-hot", "distribution", "holes", "anything"]);
      const row = Array.from({ length: cols }, () => (kind === "holes" && random() < 0.5 ? 0 : random()));
      const sum = kind === "anything" ? 1 : row.reduce((a, b) => a + b, 0) || 1;
      const hit = Math.floor(random() * cols);
      row.forEach((value, c) => (soft[n * cols + c] = kind === "one-hot" ? Number(c === hit) : value / sum));
    }
    // Nothing of an absent class may be a target, but where no class is present.
    mask?.forEach((present, k) => {
      const first = k - (k % cols);
      if (present === 0 && mask.subarray(first, first + cols).some((other) => other !== 0)) soft[k] = 0;
    });
    return soft;
  }

  function upstreamOf(reduction: string, rows: number): GridCase["upstream"] {
    const value = () => 4 * (random() - 0.4);
    if (random() < 0.5) return undefined;
    if (reduction !== "none" || random() < 0.3) return value();
    const values = Array.from({ length: rows }, value);
    return pick([() => type.create(rows).map((_, n) => values[n]), () => Float32Array.from(values), () => values])();
  }
}
