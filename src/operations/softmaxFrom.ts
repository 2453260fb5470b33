// A piece of the probabilities, or of a gradient, of positions whose other classes lie elsewhere. `softmax-wasm/shards`
// calls it, after working out from states the divisor and the factor of each position's exponentials.

import { FROM_LENGTH } from "../../assembly/abi.js";
import { readableWhileWriting, readOutput } from "../arguments/arrays.js";
import type { GivenOptions } from "../arguments/options.js";
import type { Engine } from "../backend/engine.js";
import { softmaxFrom as js } from "../backend/js/softmaxFrom.js";
import type { Kernel } from "../backend/kernel.js";
import { newCall, newMore } from "../call.js";
import { execute } from "../execute.js";
import type { FloatArray } from "../floatType.js";
import { elementsOf, resultOf } from "../memory/placed.js";
import { rangeError } from "../errors.js";
import { type PieceArguments, readPiece } from "./partial.js";
import { kernel as softmax } from "./softmax.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.softmaxFrom(call), js, keepsAbsent: true };

/** A piece whose arguments have been checked, before anything is written. */
export interface Piece extends PieceArguments {
  /** The current view of the logits. */
  readonly elements: FloatArray;
  /**
   * Computes the piece from FROM_LENGTH doubles per position (assembly/abi.ts); for null, as softmax computes a whole
   * row. Returns the elements, so that the caller can change those that differ.
   */
  readonly compute: (parts: Float64Array | null, temperature: number) => FloatArray;
  /** What the caller gets. */
  readonly result: () => unknown;
}

/** Opens a piece for as many positions as there are states. */
export function openPiece(engine: Engine, x: unknown, given: GivenOptions, states: number): Piece {
  const { memory } = engine;
  const piece = readPiece(engine, x, given, states);
  if (piece.positions !== states) {
    throw rangeError("ERR_SHAPE", `states: expected those of ${piece.positions} positions, as x has, got ${states}`);
  }
  const { type, length, form } = piece.x;
  const output = readOutput(memory, given.out, type, length, form, false);
  const logits = readableWhileWriting("x", piece.x, output);
  return {
    ...piece,
    elements: elementsOf(logits, memory),
    compute: (parts, temperature) => {
      const call = newCall(parts === null ? softmax : kernel, logits, piece.layout, 0, temperature);
      call.more = newMore(piece.presence);
      if (parts !== null)
        call.more.parts = { array: parts, length: FROM_LENGTH, isRead: true, withEntropy: false, offset: 0 };
      call.out = output;
      if (piece.layout.cols > 0) execute(engine, call);
      return elementsOf(output, memory);
    },
    result: () => resultOf(output, memory),
  };
}
