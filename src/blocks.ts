// Which positions go through the window at once, and how they lie in it.

import type { Layout } from "./shape.js";

/** What the window may grow to for positions along another axis than the last: their classes are far apart. */
const STRIP_BYTES = 1024 * 1024;
/** Positions of a strip: a cache line of f32. */
const STRIP = 16;

/** Positions that are computed at once. Elements of the block lie as `Layout` says, `stride` for its `inner`. */
export interface Block {
  readonly rows: number;
  readonly inner: number;
  readonly stride: number;
  /** The first of its positions, and how many there are. */
  readonly position: number;
  readonly positions: number;
  /** Where its first element is in the arrays. */
  readonly first: number;
  /** Elements in the window. */
  readonly length: number;
  /** Whether its elements are adjacent in the arrays, and lie in the window as they do there. */
  readonly whole: boolean;
}

/** How a layout is cut. */
export interface Plan {
  /** Rows in a block, where blocks are whole rows; else each row is cut into strips. */
  readonly rows: number;
  /** Positions beside each other in a block. */
  readonly width: number;
  /** Elements and positions of the largest block. */
  readonly length: number;
  readonly positions: number;
}

/**
 * @param window bytes that it has for whole rows
 * @param bytes that an element takes there
 * @param positionBytes that a position takes besides
 * @param lanes of a vector: so many positions lie beside each other at least
 */
export function planOf(
  { rows, cols, inner }: Layout,
  window: number,
  bytes: number,
  positionBytes: number,
  lanes: number,
): Plan {
  const stride = inner === 1 ? 1 : Math.max(inner, lanes);
  if (inner === 1 || cols * stride * bytes <= STRIP_BYTES) {
    const fitting = Math.floor(window / (cols * stride * bytes + inner * positionBytes));
    const atOnce = Math.min(rows, Math.max(fitting, 1));
    return { rows: atOnce, width: inner, length: atOnce * cols * stride, positions: atOnce * inner };
  }
  const fitting = Math.floor(STRIP_BYTES / (cols * bytes * STRIP)) * STRIP;
  const width = Math.min(inner, Math.max(fitting, STRIP));
  return { rows: 1, width, length: cols * Math.max(width, lanes), positions: width };
}

/** The block of a plan that begins with a row, and with the position `at` of it, before a row and a position of it. */
export function blockAt(
  { cols, inner }: Layout,
  plan: Plan,
  lanes: number,
  row: number,
  at: number,
  endRow: number,
  end: number,
): Block {
  const n = Math.min(plan.rows, endRow - row);
  const width = Math.min(plan.width, end - at);
  // Also what a strip leaves over: a position alone is a row, with its classes side by side.
  const stride = width === 1 ? 1 : Math.max(width, lanes);
  return {
    rows: n,
    inner: width,
    stride,
    position: row * inner + at,
    positions: n * width,
    first: row * cols * inner + at,
    length: n * cols * stride,
    whole: stride === inner,
  };
}
