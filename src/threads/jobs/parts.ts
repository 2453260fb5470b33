// How a job is cut into parts. A worker that has finished a part takes the next one, so a thread that is slowed down
// does fewer. Every position belongs to one part, and no bit depends on which.

import type { Layout } from "../../arguments/shape.js";
import type { Part } from "../../call.js";

/** Parts per thread: the last ones to be done leave the other threads idle for half of one on average, a 64th of all. */
const PARTS = 32;
/** Where input is copied part by part, after each of which workers are woken: a wake costs as much as a part of 100 kB. */
const COPIED_PARTS = 8;
/** The least elements of a part: a part costs microseconds besides its work. */
export const SMALLEST_PART = 16_384;
/**
 * Parts have multiples of this many rows, or adjacent positions: a multiple of every vector's lanes, and a cache line
 * of f32.
 */
const MULTIPLE = 16;

/** Parts, each of some rows and in them of some positions. All of the same size but the last ones. */
export interface Cut {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

export function cut({ rows, cols, inner }: Layout, threads: number, isCopied: boolean): Cut {
  const parts = threads * (isCopied ? COPIED_PARTS : PARTS);
  const wanted = Math.max(1, Math.min(parts, Math.floor((rows * cols * inner) / SMALLEST_PART)));
  if (inner === 1 || rows >= wanted) {
    const each = Math.ceil(rows / wanted);
    const whole = each < MULTIPLE ? each : Math.ceil(each / MULTIPLE) * MULTIPLE;
    return { count: Math.ceil(rows / whole), rows: whole, columns: inner };
  }
  const columns = Math.ceil(inner / Math.ceil(wanted / rows) / MULTIPLE) * MULTIPLE;
  return { count: rows * partsOf(inner, columns), rows: 1, columns };
}

/**
 * The number of parts of a row. A single position left over is not a part of its own, but belongs to the part before
 * it, so that it shares a vector.
 */
const partsOf = (inner: number, columns: number): number => Math.max(1, Math.ceil((inner - 1) / columns));

export function partAt(rows: number, inner: number, cut: Cut, index: number): Part {
  const perRow = partsOf(inner, cut.columns);
  const row = Math.floor(index / perRow) * cut.rows;
  const first = (index % perRow) * cut.columns;
  const end = first + cut.columns;
  return { row, endRow: Math.min(rows, row + cut.rows), first, end: end + 1 >= inner ? inner : end };
}
