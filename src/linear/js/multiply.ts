// Products of matrices: assembly/linear/multiply.ts in plain TypeScript, in tiles of two rows and four columns. Addresses and
// sizes of rows are in bytes there and here.

import { ADDS, PANEL_ROW, TURNED } from "../../../assembly/linear/abi.js";
import type { Heap } from "../../backend/js/call.js";
import { canonical } from "../../backend/js/rows/elementwise.js";
import type { KernelType } from "../../floatType.js";

const TILE_ROWS = 2;
const TILE_COLS = 4;

/** The sums of a tile, row after row. */
const tile = /* @__PURE__ */ new Float64Array(TILE_ROWS * TILE_COLS);

export function multiply(
  memory: Heap,
  type: KernelType,
  a: number,
  aRow: number,
  aStep: number,
  rows: number,
  b: number,
  cols: number,
  depth: number,
  out: number,
  outRow: number,
  bias: number,
  mode: number,
): void {
  const heap = memory[type.key];
  const { bytes, round } = type;
  const width = PANEL_ROW / bytes;
  const turned = (mode & TURNED) !== 0;
  const adds = (mode & ADDS) !== 0;
  // From a row of the product to the next in `out`, and from a column to the next.
  const down = turned ? 1 : outRow / bytes;
  const across = turned ? outRow / bytes : 1;
  for (let j = 0; j < cols; j += TILE_COLS) {
    const count = Math.min(cols - j, TILE_COLS);
    const panel = b / bytes + (j - (j % width)) * depth + (j % width);
    for (let i = 0; i < rows; i += TILE_ROWS) {
      const height = Math.min(rows - i, TILE_ROWS);
      const row0 = (a + i * aRow) / bytes;
      const row1 = height > 1 ? row0 + aRow / bytes : row0;
      const to = out / bytes + i * down + j * across;
      tile.fill(0);
      if (adds) {
        for (let r = 0; r < height; r++) {
          for (let c = 0; c < count; c++) tile[r * TILE_COLS + c] = heap[to + r * down + c * across];
        }
      }
      if (type.key === "f32") addProductsF32(memory.f32, row0, row1, aStep / bytes, panel, width, depth);
      else addProductsF64(memory.f64, row0, row1, aStep / bytes, panel, width, depth);
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < count; c++) {
          const sum = tile[r * TILE_COLS + c];
          const value = bias === 0 ? sum : round(sum + heap[bias / bytes + (turned ? i + r : j + c)]);
          heap[to + r * down + c * across] = canonical(value);
        }
      }
    }
  }
}

/** Adds to each sum of the tile its products, one after the other. */
function addProductsF32(
  heap: Float32Array,
  a0: number,
  a1: number,
  aStep: number,
  b: number,
  width: number,
  depth: number,
): void {
  const { fround } = Math;
  let s00 = fround(tile[0]);
  let s01 = fround(tile[1]);
  let s02 = fround(tile[2]);
  let s03 = fround(tile[3]);
  let s10 = fround(tile[4]);
  let s11 = fround(tile[5]);
  let s12 = fround(tile[6]);
  let s13 = fround(tile[7]);
  for (let k = 0; k < depth; k++) {
    const x0 = heap[a0];
    const x1 = heap[a1];
    const b0 = heap[b];
    const b1 = heap[b + 1];
    const b2 = heap[b + 2];
    const b3 = heap[b + 3];
    s00 = fround(s00 + fround(x0 * b0));
    s01 = fround(s01 + fround(x0 * b1));
    s02 = fround(s02 + fround(x0 * b2));
    s03 = fround(s03 + fround(x0 * b3));
    s10 = fround(s10 + fround(x1 * b0));
    s11 = fround(s11 + fround(x1 * b1));
    s12 = fround(s12 + fround(x1 * b2));
    s13 = fround(s13 + fround(x1 * b3));
    a0 += aStep;
    a1 += aStep;
    b += width;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
}

/** The same in f64: apart, because V8 compiles a function that meets both kinds of heap to slower code for either. */
function addProductsF64(
  heap: Float64Array,
  a0: number,
  a1: number,
  aStep: number,
  b: number,
  width: number,
  depth: number,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = tile;
  for (let k = 0; k < depth; k++) {
    const x0 = heap[a0];
    const x1 = heap[a1];
    const b0 = heap[b];
    const b1 = heap[b + 1];
    const b2 = heap[b + 2];
    const b3 = heap[b + 3];
    s00 += x0 * b0;
    s01 += x0 * b1;
    s02 += x0 * b2;
    s03 += x0 * b3;
    s10 += x1 * b0;
    s11 += x1 * b1;
    s12 += x1 * b2;
    s13 += x1 * b3;
    a0 += aStep;
    a1 += aStep;
    b += width;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
}

export function addRows(
  memory: Heap,
  type: KernelType,
  x: number,
  xRow: number,
  rows: number,
  cols: number,
  out: number,
): void {
  const heap = memory[type.key];
  const { bytes, round } = type;
  for (let c = 0; c < cols; c++) {
    const to = out / bytes + c;
    let sum = heap[to];
    for (let n = 0; n < rows; n++) sum = round(sum + heap[(x + n * xRow) / bytes + c]);
    heap[to] = canonical(sum);
  }
}
