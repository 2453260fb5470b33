// Pieces of rows, and the trees in which their states can be merged.

import { merge, partial, type PartialOptions } from "../../src/shards/index.js";
import type { FloatArray } from "../../src/floatType.js";

/** The states of a row's pieces, cut at `cuts`, in their order. */
export function piecesOf(
  x: FloatArray | readonly number[],
  cuts: readonly number[],
  options: PartialOptions = {},
): Float64Array[] {
  const ends = [...cuts, x.length];
  return ends.map((end, i) => {
    const offset = i === 0 ? 0 : ends[i - 1];
    return partial(x.slice(offset, end), { ...options, offset });
  });
}

/** A tree's leaves are numbers of pieces. */
export type Tree = number | readonly [Tree, Tree];

/** Every binary tree over so many leaves in their order: 1, 1, 2, 5, 14 of them. */
export function treesOver(first: number, count: number): Tree[] {
  if (count === 1) return [first];
  return Array.from({ length: count - 1 }, (_, i) => i + 1).flatMap((left) =>
    treesOver(first, left).flatMap((a) => treesOver(first + left, count - left).map((b): Tree => [a, b])),
  );
}

/** Every order of so many things. */
export function ordersOf(count: number): number[][] {
  if (count === 0) return [[]];
  return ordersOf(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count - 1, ...order.slice(at)]),
  );
}

/** Merges pieces as a tree says, in an order. */
export function mergeTree(tree: Tree, pieces: readonly Float64Array[], order?: readonly number[]): Float64Array {
  if (typeof tree === "number") return pieces[order === undefined ? tree : order[tree]];
  return merge(mergeTree(tree[0], pieces, order), mergeTree(tree[1], pieces, order));
}

/** One after the other. */
export const mergeAll = (pieces: readonly Float64Array[]): Float64Array => pieces.reduce((a, b) => merge(a, b));

/** Cuts of a row of so many classes into so many pieces, empty ones too. */
export function* cutsOf(cols: number, pieces: number, from = 0): Generator<number[]> {
  if (pieces === 1) yield [];
  else for (let at = from; at <= cols; at++) for (const rest of cutsOf(cols, pieces - 1, at)) yield [at, ...rest];
}
