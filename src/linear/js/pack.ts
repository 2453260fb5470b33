// Panels: assembly/linear/pack.ts in plain TypeScript. Addresses and sizes of rows are in bytes there and here.

import { PANEL_ROW } from "../../../assembly/linear/abi.js";
import type { Heap } from "../../backend/js/call.js";
import type { KernelType } from "../../floatType.js";

export function pack(
  memory: Heap,
  type: KernelType,
  x: number,
  xRow: number,
  rows: number,
  cols: number,
  out: number,
): void {
  packElements(memory, type, x, xRow / type.bytes, 1, rows, cols, out);
}

export function packTurned(
  memory: Heap,
  type: KernelType,
  x: number,
  xRow: number,
  rows: number,
  cols: number,
  out: number,
): void {
  packElements(memory, type, x, 1, xRow / type.bytes, rows, cols, out);
}

/** The panels of b[k, j] = x[k·step + j·across]. */
function packElements(
  memory: Heap,
  type: KernelType,
  x: number,
  step: number,
  across: number,
  rows: number,
  cols: number,
  out: number,
): void {
  const heap = memory[type.key];
  const width = PANEL_ROW / type.bytes;
  const from = x / type.bytes;
  let to = out / type.bytes;
  for (let first = 0; first < cols; first += width) {
    const count = Math.min(cols - first, width);
    for (let k = 0; k < rows; k++, to += width) {
      let at = from + k * step + first * across;
      for (let j = 0; j < width; j++, at += across) heap[to + j] = j < count ? heap[at] : 0;
    }
  }
}

export function copyColumns(
  memory: Heap,
  type: KernelType,
  x: number,
  xRow: number,
  rows: number,
  cols: number,
  out: number,
): void {
  const heap = memory[type.key];
  const from = x / type.bytes;
  const step = xRow / type.bytes;
  const to = out / type.bytes;
  for (let n = 0; n < rows; n++) {
    for (let c = 0; c < cols; c++) heap[to + n * cols + c] = heap[from + n * step + c];
  }
}
