// The addresses in linear memory of what a thread computes with.

import { PANEL_ROW, TILE_ROWS } from "../../assembly/linear/abi.js";
import type { Output } from "../memory/placed.js";
import type { Problem } from "./layer.js";
import type { Gradients } from "./run.js";
import { type Chunk, isOneBlock, packsWeight, panelBytes } from "./sizes.js";

/** Addresses. Whatever a call does not need takes no bytes. */
export interface Places {
  /** Scratch of a tile (assembly/linear/multiply.ts). */
  edge: number;
  /** The bias: zeros for none, and up to a whole panel. */
  bias: number;
  /** The sums of the bias's gradient. */
  gradBias: number;
  /** Rows of x, where they are not used in place, and panels of them. */
  x: number;
  xPanels: number;
  /** Rows of W, where they are not used in place, panels of its columns, and panels of its rows. */
  weight: number;
  turnedWeight: number;
  weightPanels: number;
  /** A block of the gradient of the logits. */
  block: number;
  /** Gradients, where they are not written in place. */
  gradX: number;
  gradWeight: number;
  /** Of a chunk. */
  logits: number;
}

const CACHE_LINE = 64;

/** The offsets of a thread's own data, and their total size in bytes. */
export function placesOf(
  problem: Problem,
  chunk: Chunk,
  order: Int32Array | null,
  gradients: Gradients | null,
  logits: Output | null,
): { readonly places: Places; readonly size: number } {
  const { x, weight, features, classes } = problem;
  const { bytes } = x.type.kernel;
  const hasGradX = gradients !== null && gradients.x !== null;
  const ofRows = chunk.rows * features * bytes;
  const ofBlock = chunk.classes * features * bytes;
  const turnsWeight = packsWeight(problem, chunk);
  let size = 0;
  const take = (isNeeded: boolean, needed: number): number => {
    const at = size;
    if (isNeeded) size += needed + (-needed & (CACHE_LINE - 1));
    return at;
  };
  const places = {
    edge: take(true, TILE_ROWS * PANEL_ROW),
    bias: take(true, panelBytes(1, classes, bytes)),
    gradBias: take(gradients !== null, classes * bytes),
    x: take(x.address < 0 || order !== null, ofRows),
    xPanels: take(
      true,
      Math.max(
        turnsWeight ? 0 : panelBytes(features, chunk.rows, bytes),
        gradients === null ? 0 : panelBytes(chunk.rows, features, bytes),
      ),
    ),
    weight: take(weight.address < 0, ofBlock),
    turnedWeight: take(turnsWeight, panelBytes(features, classes, bytes)),
    weightPanels: take(hasGradX, panelBytes(chunk.classes, features, bytes)),
    block: take(gradients !== null && !isOneBlock(problem, chunk), chunk.rows * chunk.classes * bytes),
    gradX: take(hasGradX && (order !== null || gradients.x.output.address < 0), ofRows),
    gradWeight: take(gradients !== null && gradients.weight.output.address < 0, ofBlock),
    logits: take(logits === null || logits.address < 0, chunk.rows * classes * bytes),
  };
  return { places, size };
}

/** Turns offsets into addresses. */
export function moveBy(places: Places, start: number): void {
  places.edge += start;
  places.bias += start;
  places.gradBias += start;
  places.x += start;
  places.xPanels += start;
  places.weight += start;
  places.turnedWeight += start;
  places.weightPanels += start;
  places.block += start;
  places.gradX += start;
  places.gradWeight += start;
  places.logits += start;
}
