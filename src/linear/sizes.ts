// How much of a call is computed at once: how many rows of x, since only their logits exist at a time; and how many
// classes, whose rows of W are staged and packed together. The bits of a result do not depend on it.

import { PANEL_ROW } from "../../assembly/linear/abi.js";

/** N × D is x, C × D is W. */
export interface Sizes {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
}

/** Rows of x and classes that are computed at once. */
export interface Chunk {
  readonly rows: number;
  readonly classes: number;
}

const KIB = 1024;
/**
 * The size of a chunk's rows of x and logits that a common L2 of 1 MiB can hold, so that every pass finds them there.
 */
const CACHED_X = 256 * KIB;
const CACHED_LOGITS = 512 * KIB;
/**
 * W is read twice per chunk, and its gradient is read and written. With at least this many rows, that takes less than a
 * tenth of the time.
 */
const ENOUGH_ROWS = 64;
/** The most that a chunk's logits may take, so that a process needs less than 16 MiB more for 50,257 classes. */
const MOST_LOGITS = 10 * 1024 * KIB;
const MOST_X = 2 * 1024 * KIB;
/** Rows of W that are packed together stay in L2, along with the chunk of x and the block of the gradient. */
const CACHED_WEIGHT = 128 * KIB;
/**
 * For a block of this many classes, loading and storing the sums of gradX is an eighth of the work; for a longer one it
 * is less.
 */
const ENOUGH_CLASSES = 32;
const MOST_WEIGHT = 1024 * KIB;

/** At most this many, preferably whole panels, and at least one. */
const fitting = (limit: number, most: number): number => {
  const count = Math.max(Math.floor(limit), 1);
  return Math.min(count < 8 ? count : count - (count % 8), most);
};

export function chunkOf({ rows, features, classes }: Sizes, bytes: number): Chunk {
  const ofX = features * bytes;
  const ofLogits = classes * bytes;
  const cached = Math.min(CACHED_X / ofX, CACHED_LOGITS / ofLogits);
  const wanted = Math.max(cached, ENOUGH_ROWS);
  const most = fitting(Math.min(wanted, MOST_LOGITS / ofLogits, MOST_X / ofX), Math.max(rows, 1));
  // As even as can be: a short chunk at the end would read W for few rows.
  const even = Math.ceil(rows / Math.ceil(rows / most) / 8) * 8;
  const block = fitting(Math.min(Math.max(CACHED_WEIGHT / ofX, ENOUGH_CLASSES), MOST_WEIGHT / ofX), classes);
  return { rows: rows > most ? Math.min(most, even) : most, classes: block };
}

/** Bytes of panels of so many rows and columns. */
export const panelBytes = (rows: number, cols: number, bytes: number): number =>
  Math.ceil((cols * bytes) / PANEL_ROW) * PANEL_ROW * rows;

/** Whether all classes are one block, so that what is done with W is done once. */
export const isOneBlock = ({ classes }: Sizes, chunk: Chunk): boolean => chunk.classes >= classes;

/** Whether W, and not x, is packed for the logits: the smaller one. */
export const packsWeight = (sizes: Sizes, chunk: Chunk): boolean =>
  isOneBlock(sizes, chunk) && sizes.classes < chunk.rows;
