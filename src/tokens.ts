// Rows that no token can be drawn from.

import { NO_TOKEN } from "../assembly/abi.js";
import type { Call, More } from "./call.js";
import { rangeError, show } from "./errors.js";
import type { Memory } from "./memory/linearMemory.js";
import { elementsOf } from "./memory/placed.js";

/** Refuses a call whose kernel has found a position without a token. */
export function checkTokens(call: Call, indices: Int32Array, memory: Memory): void {
  const position = indices.indexOf(NO_TOKEN);
  if (position >= 0) throw noToken(call, position, memory);
}

/** Refuses a call before it is executed: by the classes of the largest logits, as argmax gives them. */
export function checkLargest(call: Call, largest: Int32Array, memory: Memory): void {
  const x = elementsOf(call.x, memory);
  const { mask, lengths } = call.more as More;
  for (let position = 0; position < largest.length; position++) {
    const at = position * call.cols + largest[position];
    const isEmpty = call.cols === 0 || lengths?.[position] === 0;
    if (isEmpty || !Number.isFinite(x[at]) || mask?.[at] === 0) throw noToken(call, position, memory);
  }
}

/** The same without its kernel, for a caller that cannot wait for one. */
export function checkRows(call: Call, memory: Memory): void {
  const x = elementsOf(call.x, memory);
  const { mask, lengths } = call.more as More;
  const { rows, cols } = call;
  for (let position = 0; position < rows; position++) {
    let isDrawable = false;
    const from = position * cols;
    const end = from + (lengths === null ? cols : lengths[position]);
    for (let at = from; at < end; at++) {
      if (mask?.[at] === 0 || x[at] === -Infinity) continue;
      isDrawable = x[at] < Infinity;
      if (!isDrawable) break;
    }
    if (!isDrawable) throw noToken(call, position, memory);
  }
}

/** Of a position along the last axis. */
function noToken(call: Call, position: number, memory: Memory): Error {
  const x = elementsOf(call.x, memory);
  const { mask, lengths } = call.more as More;
  const { cols } = call;
  let found = "none";
  const from = position * cols;
  const end = from + (lengths === null ? cols : lengths[position]);
  for (let at = from; at < end; at++) {
    if (mask?.[at] === 0) continue;
    if (x[at] === Infinity) found = show(Infinity);
    if (x[at] !== x[at]) {
      found = show(NaN);
      break;
    }
  }
  const expected = found === "none" ? "a finite one" : "finite numbers or −∞";
  return rangeError("ERR_VALUE", `logits: expected ${expected} at position ${position}, got ${found}`);
}
