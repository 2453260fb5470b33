// What a mask does to the positions of a loss: which take part, and how many classes each has.

import { rangeError } from "../errors.js";
import { IGNORED } from "../../assembly/abi.js";
import { type Layout, positionsOf } from "./shape.js";

/** How many classes of each position are present. */
export function countPresent(mask: Uint8Array, layout: Layout): Int32Array {
  const { rows, cols, inner } = layout;
  const counts = new Int32Array(positionsOf(layout));
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) {
      for (let i = row * inner; i < (row + 1) * inner; i++, at++) if (mask[at] !== 0) counts[i]++;
    }
  }
  return counts;
}

/**
 * Marks the positions without any class as ignored, and gives how many are left. A label on an absent class of any other
 * is refused.
 */
export function ignoreMasked(labels: Int32Array, mask: Uint8Array, layout: Layout, counts: Int32Array): number {
  const { cols, inner } = layout;
  let valid = 0;
  for (let n = 0; n < counts.length; n++) {
    const label = labels[n];
    if (label === IGNORED) continue;
    if (counts[n] === 0) {
      labels[n] = IGNORED;
      continue;
    }
    valid++;
    const at = (Math.floor(n / inner) * cols + label) * inner + (n % inner);
    if (label >= 0 && mask[at] === 0) {
      throw rangeError("ERR_LABEL", `targets[${n}]: expected a present class, got ${label}`);
    }
  }
  return valid;
}
