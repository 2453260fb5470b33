// Rows along an axis against the same rows along the last, and the sizes that are worth it.

import { expect } from "vitest";
import type { FloatArray, Instance } from "../../../src/index.js";
import { bitsOf } from "../../reference/backends.js";
import { type Axis, axisOf, fromAxis, toAxis } from "./axis.js";
import { gradientOf, hessianTimesOf, lossesOf, lossOf, type Options } from "./calls.js";

export type FloatArrayType = typeof Float32Array | typeof Float64Array;

export const TYPES: readonly (readonly [string, FloatArrayType])[] = [
  ["f32", Float32Array],
  ["f64", Float64Array],
];

type Extent = "everything" | "each function once";

/** What a call needs, rows one after the other. */
interface Rows {
  readonly x: FloatArray;
  readonly soft: FloatArray;
  readonly v: FloatArray;
  readonly mask: Uint8Array;
  readonly labels: Int32Array;
  readonly weight: FloatArray;
  readonly upstream: FloatArray;
}

export function rowsOf(Type: FloatArrayType, rows: number, cols: number, random: () => number): Rows {
  const filled = (length: number, value: (i: number) => number): FloatArray =>
    new Type(length).map((_: number, i: number) => value(i));
  const x = filled(rows * cols, () => 30 * (random() - 0.5));
  // Some rows that are confident, far off or hold what makes them NaN.
  for (let n = 0; n < rows; n++) {
    const at = n * cols + Math.floor(random() * cols);
    const kind = random();
    if (kind < 0.1) x[at] += 60;
    else if (kind < 0.15) x.fill(x[at] + 3000, n * cols, (n + 1) * cols);
    else if (kind < 0.2) x[at] = -Infinity;
    else if (kind < 0.23) x[at] = NaN;
  }
  const mask = new Uint8Array(rows * cols).map(() => Number(random() < 0.7));
  const labels = new Int32Array(rows).map((_, n) => {
    const present = Array.from({ length: cols }, (_, c) => c).filter((c) => mask[n * cols + c] !== 0);
    return random() < 0.1 || present.length === 0 ? -100 : present[Math.floor(random() * present.length)];
  });
  return {
    x,
    soft: filled(rows * cols, (k) => (random() < 0.2 || mask[k] === 0 ? 0 : random())),
    v: filled(rows * cols, () => random() - 0.5),
    mask,
    labels,
    weight: filled(cols, () => (random() < 0.2 ? 0 : 2 * random())),
    upstream: filled(rows, () => random() - 0.5),
  };
}

/**
 * What the library computes of rows along an axis, as bits in the order of the rows: everything, or every function once,
 * which is what there is time for in large sizes.
 */
function everything(
  instance: Instance,
  rows: Rows,
  axis: Axis,
  place: Options,
  extent: Extent,
): Record<string, string> {
  const { labels, weight, upstream } = rows;
  const [x, soft, v] = [rows.x, rows.soft, rows.v].map((array) => toAxis(axis, array));
  const mask = toAxis(axis, rows.mask);
  const none = { ...place, reduction: "none" };
  const results: Record<string, string> = {};
  const rowByRow = (array: FloatArray) => bitsOf(fromAxis(axis, array));
  const addRows = (name: string, options: Options) => {
    results[`softmax${name}`] = rowByRow(instance.softmax(x, options));
    results[`logSoftmax${name}`] = rowByRow(instance.logSoftmax(x, options));
    results[`logSumExp${name}`] = bitsOf(lossesOf(instance.logSumExp(x, options)));
  };
  const addLoss = (name: string, targets: unknown, options: Options, moreOfGradient: Options = {}) => {
    const { loss, grad } = gradientOf(instance, x, targets, { ...options, ...moreOfGradient });
    results[`loss with its gradient, ${name}`] = bitsOf(lossesOf(loss));
    results[`gradient, ${name}`] = rowByRow(grad);
    results[`loss, ${name}`] = bitsOf(lossesOf(lossOf(instance, x, targets, options)));
  };
  addRows("", place);
  addLoss("plain", labels, none);
  const all = { weight, labelSmoothing: 0.1, zLoss: 0.01, mask };
  addLoss("labels with everything", labels, { ...none, ...all }, { upstream });
  if (extent === "everything") {
    addRows(", masked", { ...place, mask, temperature: 0.7 });
    addLoss("mean", labels, { ...place, temperature: 3 });
    addLoss("mean of labels with everything", labels, { ...place, ...all }, { upstream: -0.3 });
    addLoss("soft targets", soft, none);
    addLoss("soft targets with everything", soft, { ...place, ...all, temperature: 0.7, reduction: "sum" });
  }
  results.hessian = rowByRow(hessianTimesOf(instance, x, labels, v, { ...place, ...all }));
  const y = instance.softmax(x, place);
  results.softmaxBackward = rowByRow(instance.softmaxBackward(y, v, place));
  results.logSoftmaxBackward = rowByRow(instance.logSoftmaxBackward(y, v, { ...place, temperature: 3 }));
  return results;
}

export function expectBitsOfTransposed(
  instance: Instance,
  Type: FloatArrayType,
  shape: readonly number[],
  axis: number,
  random: () => number,
  extent: Extent = "everything",
): void {
  const layout = axisOf(shape, axis);
  const { rows, cols } = layout;
  const data = rowsOf(Type, rows, cols, random);
  const along = everything(instance, data, layout, { shape, axis }, extent);
  const transposed = everything(instance, data, axisOf([rows, cols], 1), { shape: [rows, cols] }, extent);
  // Names alone: expect would show megabytes of bits.
  const different = Object.keys(transposed).filter((name) => along[name] !== transposed[name]);
  expect(different, `other bits in [${shape.join()}] along ${axis}`).toEqual([]);
}

/** Elements between neighbours of a row: each may have a loop of its own. */
export const INNER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 33, 49];

/** Classes, likewise. */
export const CLASSES = [...Array.from({ length: 40 }, (_, i) => i + 1), 130];

/** A little more than staging's 64 Ki numbers of f32: its seam lies between rows, in lines of them, and in a row. */
export const BLOCKS = [
  { shape: [3, 300, 80], axis: 1 },
  { shape: [5, 100, 150], axis: 1 },
  { shape: [1, 23_000, 3], axis: 1 },
  // Strips of 16 positions, of which one or two are left over.
  { shape: [7_800, 18], axis: 0 },
  { shape: [2, 35_000], axis: 0 },
];

/** More of them, which the slow suite tries. */
export const MORE_BLOCKS = [
  { shape: [40, 33, 52], axis: 1 },
  { shape: [1, 3, 23_000], axis: 1 },
  { shape: [7_800, 17], axis: 0 },
  { shape: [35_000, 2], axis: 0 },
  { shape: [1, 2, 12, 3000], axis: 1 },
];
