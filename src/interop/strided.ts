import { rangeError, showSizes } from "../errors.js";
import { lengthOf } from "../typedArray.js";
import { type Indexed, newElements, partOf } from "./newElements.js";
import { productOf } from "./sizes.js";

/** Where the elements of an array stand: element i, j, … at offset + i·strides[0] + j·strides[1] + … */
export interface Layout {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Refuses a layout that reaches beyond the data. */
export function checkInside(name: string, { sizes, strides, offset }: Layout, length: number): void {
  if (strides.length !== sizes.length) {
    const message = `${name}: expected a stride for each of ${sizes.length} sizes, got ${strides.length}`;
    throw rangeError("ERR_SHAPE", message);
  }
  if (sizes.includes(0)) return;
  let lowest = offset;
  let highest = offset;
  sizes.forEach((size, i) => {
    const reach = (size - 1) * strides[i];
    if (reach < 0) lowest += reach;
    else highest += reach;
  });
  if (lowest >= 0 && highest < length) return;
  const expected = `expected a shape within the ${length} elements of its data`;
  const message = `${name}: ${expected}, got ${showSizes(sizes)} from element ${lowest} to ${highest}`;
  throw rangeError("ERR_SHAPE", message);
}

/** The elements row by row: where they are, if they stand so without gaps, else in a copy. */
export function inOrder(name: string, data: ArrayBufferView | readonly unknown[], layout: Layout): unknown {
  const count = productOf(layout.sizes);
  if (!isInOrder(layout)) return gathered(data as Indexed, layout, newElements(name, data, count));
  const start = count === 0 ? 0 : layout.offset;
  if (!ArrayBuffer.isView(data)) return data.slice(start, start + count);
  return start === 0 && count === lengthOf(data) ? data : partOf(data, start, count);
}

function isInOrder({ sizes, strides }: Layout): boolean {
  if (sizes.includes(0)) return true;
  let stride = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (sizes[i] !== 1 && strides[i] !== stride) return false;
    stride *= sizes[i];
  }
  return true;
}

/** Counts the indices up like an odometer, the last one fastest. No size is 0. */
function gathered<To extends Indexed>(from: Indexed, { sizes, strides, offset }: Layout, to: To): To {
  const index = sizes.map(() => 0);
  const count = productOf(sizes);
  let at = offset;
  for (let i = 0; i < count; i++) {
    to[i] = from[at];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      at -= strides[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return to;
}
