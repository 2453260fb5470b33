// How workers divide a linear layer. Each chunk of rows has these steps: the logits, divided by classes, or by rows
// where W is packed; their loss and gradient, divided by rows; and what they add to the gradients, that of x divided by
// features and that of W by classes. A worker that has finished a part takes the next one, and waits if it needs
// results that others have not finished. No bit depends on which worker does what.

import { packsWeight, type Chunk, type Sizes } from "../sizes.js";

export interface Steps {
  /** Of all chunks, and of each. */
  readonly count: number;
  readonly perChunk: number;
  /** Parts of a chunk up to the end of its logits, of its loss, and of the gradient of x. */
  readonly logitsEnd: number;
  readonly lossEnd: number;
  readonly gradXEnd: number;
  /** Rows of a part of the logits; 0 where it is of classes. */
  readonly logitRows: number;
  readonly lossRows: number;
  readonly gradXRows: number;
  readonly gradXFeatures: number;
  /** Of a part of the logits, and of the gradient of W. */
  readonly classes: number;
  readonly gradWeightFeatures: number;
}

/** Parts per thread: the last ones to be done leave other threads idle. */
const PARTS = 4;
/** The gradient of x has fewer, as each reads all of the gradient of the logits; those of W that follow even it out. */
const GRAD_X_PARTS = 2;
/**
 * A part costs a microsecond besides its work, so it has at least this many logits, or features that are multiplied
 * with all of them.
 */
const LEAST_LOGITS = 4096;
const LEAST_FEATURES = 16;
const LEAST_GRAD_WEIGHT_FEATURES = 32;
/** Columns of a panel of f32, and so a whole number of panels of f64. */
const PANEL = 8;
const TILE = 4;

const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** `rows`: those that are not ignored. */
export function stepsOf(
  sizes: Sizes,
  rows: number,
  chunk: Chunk,
  threads: number,
  has: { readonly loss: boolean; readonly gradX: boolean; readonly gradients: boolean },
): Steps {
  const { features, classes } = sizes;
  const ofChunk = Math.min(rows, chunk.rows);
  const parts = PARTS * threads;
  const eachClasses = Math.min(chunk.classes, upTo(classes / parts, PANEL));
  const classRanges = Math.ceil(classes / eachClasses);
  const logitRows = packsWeight(sizes, chunk) ? upTo(ofChunk / parts, TILE) : 0;
  const logitsEnd = logitRows > 0 ? Math.ceil(ofChunk / logitRows) : classRanges;
  const lossRows = Math.ceil(Math.max(ofChunk / parts, LEAST_LOGITS / classes));
  const lossEnd = logitsEnd + (has.loss ? Math.ceil(ofChunk / lossRows) : 0);
  const wanted = GRAD_X_PARTS * threads;
  const gradXFeatures = Math.max(LEAST_FEATURES, upTo(features / wanted, PANEL));
  const gradXRanges = Math.ceil(features / gradXFeatures);
  const gradXRows = upTo(Math.max(ofChunk / Math.ceil(wanted / gradXRanges), 2 * TILE), TILE);
  const gradXEnd = lossEnd + (has.gradX ? gradXRanges * Math.ceil(ofChunk / gradXRows) : 0);
  const gradWeightFeatures = Math.max(
    LEAST_GRAD_WEIGHT_FEATURES,
    upTo(features / Math.ceil(wanted / classRanges), PANEL),
  );
  const perChunk = gradXEnd + (has.gradients ? classRanges * Math.ceil(features / gradWeightFeatures) : 0);
  return {
    count: Math.ceil(rows / chunk.rows) * perChunk,
    perChunk,
    logitsEnd,
    lossEnd,
    gradXEnd,
    logitRows,
    lossRows,
    gradXRows,
    gradXFeatures,
    classes: eachClasses,
    gradWeightFeatures,
  };
}
