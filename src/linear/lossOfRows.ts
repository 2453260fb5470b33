import { type Call, newCall } from "../call.js";
import { newOutput, NOT_YET, type Placed } from "../memory/placed.js";
import type { LossCall } from "../operations/loss.js";

/**
 * The part of a loss for some rows. Their logits are at `place`, and are replaced by their gradient if one is computed.
 */
export function lossOfRows(
  all: LossCall,
  row: number,
  rows: number,
  { address, offset, array }: Pick<Placed, "address" | "offset" | "array">,
  hasGradient: boolean,
): Call {
  const { kernel, cols, scale, sum, values, more, loss } = all;
  const { type } = all.x;
  const length = rows * cols;
  // Field by field: spread, the objects of a small call would take a tenth of its time.
  const x: Placed = { type, length, offset, address, array, form: null };
  const call = newCall(kernel, x, { rows, cols, inner: 1 }, 0);
  const { labels, reduction, divisor, more: terms } = loss;
  call.loss = { labels, at: row, reduction, divisor, more: null };
  call.scale = scale;
  call.sum = sum;
  if (hasGradient) call.out = { type, length, offset, address, array, form: null, given: NOT_YET, made: undefined };
  if (values !== null) call.values = newOutput(type, rows, values.array.subarray(row, row + rows), null);
  if (more !== null) {
    call.more = { ...more, upstream: more.upstream && more.upstream.subarray(row, row + rows) };
  }
  if (terms !== null) {
    call.loss.more = { ...terms, probabilities: partOf(terms.probabilities, row * cols, length) };
  }
  return call;
}

function partOf(place: Placed | null, first: number, length: number): Placed | null {
  if (place === null) return null;
  const { type, address, array } = place;
  const offset = place.offset + first * type.bytes;
  const part = array.subarray(first, first + length);
  return { ...place, length, offset, address: address < 0 ? -1 : address + first * type.bytes, array: part };
}
