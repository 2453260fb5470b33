// The memory in which calls compute. That of small calls is kept, and so is its division, for the next call of the same
// sizes: training makes many such calls in a row, and allocating takes as long as multiplying 8 x 8 x 4.

import type { Engine } from "../backend/engine.js";
import type { Output } from "../memory/placed.js";
import type { Problem } from "./layer.js";
import { moveBy, type Places, placesOf } from "./places.js";
import type { Gradients } from "./run.js";
import { type Chunk, chunkOf } from "./sizes.js";

export interface Workspace {
  readonly chunk: Chunk;
  readonly places: Places;
  /** The address to free; −1 for memory that is kept. */
  readonly start: number;
}

/** Larger calls compute so long that an allocation does not matter. */
const KEPT_BYTES = 64 * 1024;

/** The memory that an engine keeps, and the call for which it was divided. */
interface Kept {
  readonly start: number;
  rows: number;
  features: number;
  classes: number;
  kind: number;
  workspace: Workspace | null;
}

const kept = /* @__PURE__ */ new WeakMap<Engine, Kept>();

/** Throws where there is no room, before anything is written. */
export function workspaceOf(
  engine: Engine,
  problem: Problem,
  order: Int32Array | null,
  gradients: Gradients | null,
  logits: Output | null,
  given: Chunk | undefined,
): Workspace {
  const { rows, features, classes } = problem;
  const kind = kindOf(problem, order, gradients, logits);
  let own = kept.get(engine);
  if (
    own !== undefined &&
    own.workspace !== null &&
    given === undefined &&
    own.kind === kind &&
    own.rows === rows &&
    own.features === features &&
    own.classes === classes
  ) {
    return own.workspace;
  }
  const { memory } = engine;
  const chunk = given ?? chunkOf(problem, problem.x.type.kernel.bytes);
  const { places, size } = placesOf(problem, chunk, order, gradients, logits);
  if (given !== undefined || size > KEPT_BYTES) {
    const start = memory.allocate(size);
    moveBy(places, start);
    return { chunk, places, start };
  }
  if (own === undefined) {
    own = { start: memory.allocate(KEPT_BYTES), rows, features, classes, kind, workspace: null };
    kept.set(engine, own);
  }
  moveBy(places, own.start);
  own.rows = rows;
  own.features = features;
  own.classes = classes;
  own.kind = kind;
  own.workspace = { chunk, places, start: -1 };
  return own.workspace;
}

/** What `placesOf` depends on besides sizes. */
function kindOf(
  { x, weight }: Problem,
  order: Int32Array | null,
  gradients: Gradients | null,
  logits: Output | null,
): number {
  let kind = (x.type.bytes >> 3) | (x.address < 0 ? 2 : 0) | (weight.address < 0 ? 4 : 0) | (order === null ? 0 : 8);
  if (gradients !== null) {
    kind |= 16 | (gradients.weight.output.address < 0 ? 32 : 0);
    if (gradients.x !== null) kind |= 64 | (gradients.x.output.address < 0 ? 128 : 0);
  }
  return logits === null ? kind : kind | 256 | (logits.address < 0 ? 512 : 0);
}
