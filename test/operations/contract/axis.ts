// Rows along any axis: row n = (outer, inner) of the shape without the axis, in that order.

import type { FloatArray } from "../../../src/index.js";

export interface Axis {
  readonly rows: number;
  readonly cols: number;
  /** Where element c of row n lies: at places[n·cols + c]. */
  readonly places: Int32Array;
}

export function axisOf(shape: readonly number[], axis: number): Axis {
  const at = axis < 0 ? axis + shape.length : axis;
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const outer = product(shape.slice(0, at));
  const inner = product(shape.slice(at + 1));
  const cols = shape[at];
  const places = new Int32Array(outer * inner * cols);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let c = 0; c < cols; c++) places[(o * inner + i) * cols + c] = (o * cols + c) * inner + i;
    }
  }
  return { rows: outer * inner, cols, places };
}

/** Rows, one after the other, to where the axis has them: in a copy. */
export function toAxis(axis: Axis, rows: Uint8Array): Uint8Array;
export function toAxis(axis: Axis, rows: FloatArray): FloatArray;
export function toAxis({ places }: Axis, rows: Uint8Array | FloatArray): Uint8Array | FloatArray {
  const laid = rows.slice();
  for (let k = 0; k < places.length; k++) laid[places[k]] = rows[k];
  return laid;
}

/** What lies along the axis, as rows one after the other: in a copy. */
export function fromAxis({ places }: Axis, laid: FloatArray): FloatArray {
  const rows = laid.slice();
  for (let k = 0; k < places.length; k++) rows[k] = laid[places[k]];
  return rows;
}

/** Every shape with every axis of it. */
export function axesOf(shape: readonly number[]): { shape: readonly number[]; axis: number }[] {
  return shape.map((_, axis) => ({ shape, axis }));
}
