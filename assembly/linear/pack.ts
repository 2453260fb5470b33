// Panels: two vectors of adjacent columns of a matrix, row after row. A product reads a panel from its beginning to its end.
//
//   panel p, row k:  b[k, w·p] … b[k, w·p + w − 1]      w: the elements of two vectors
//
// The last panel has zeros for columns that are not there.

import { lanes } from "../lanes";
import { PANEL_ROW } from "./abi";

/** The panels of b[k, j] = x[k, j], `rows` × `cols`. A row of x takes `xRow` bytes. */
export function pack<T>(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  const width = 2 * lanes<T>();
  const panel = <usize>rows * PANEL_ROW;
  const whole = cols / width;
  let left = rows;
  // Four rows at a time fill two cache lines of each panel: panels are a power of two apart where rows are.
  for (; left >= 4; left -= 4, x += 4 * xRow, out += 4 * PANEL_ROW) {
    let from = x;
    let to = out;
    for (let p = 0; p < whole; p++, from += PANEL_ROW, to += panel) {
      copyRow(from, to);
      copyRow(from + xRow, to + PANEL_ROW);
      copyRow(from + 2 * xRow, to + 2 * PANEL_ROW);
      copyRow(from + 3 * xRow, to + 3 * PANEL_ROW);
    }
    if (whole * width == cols) continue;
    for (let k: usize = 0; k < 4; k++) copyPart<T>(from + k * xRow, to + k * PANEL_ROW, cols - whole * width);
  }
  for (; left > 0; --left, x += xRow, out += PANEL_ROW) {
    let from = x;
    let to = out;
    for (let p = 0; p < whole; p++, from += PANEL_ROW, to += panel) copyRow(from, to);
    if (whole * width < cols) copyPart<T>(from, to, cols - whole * width);
  }
}

/** The panels of b[k, j] = x[j, k]: `cols` rows of x become columns, `rows` long. A row of x takes `xRow` bytes. */
export function packTurned<T>(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  const width = 2 * lanes<T>();
  for (; cols >= width; cols -= width, x += <usize>width * xRow) {
    turn<T>(x, xRow, rows, out);
    turn<T>(x + <usize>lanes<T>() * xRow, xRow, rows, out + 16);
    out += <usize>rows * PANEL_ROW;
  }
  if (cols == 0) return;
  for (let k = 0; k < rows; k++, x += sizeof<T>(), out += PANEL_ROW) {
    let from = x;
    for (let j: usize = 0; j < <usize>width; j++, from += xRow) {
      store<T>(out + j * sizeof<T>(), j < <usize>cols ? load<T>(from) : <T>0);
    }
  }
}

/** As many rows of x as a vector has lanes become one vector in each row of a panel. */
@inline
function turn<T>(x: usize, xRow: usize, rows: i32, out: usize): void {
  let left = rows;
  if (sizeof<T>() == 4) {
    for (; left >= 4; left -= 4, x += 16, out += 4 * PANEL_ROW) {
      const a = v128.load(x);
      const b = v128.load(x + xRow);
      const c = v128.load(x + 2 * xRow);
      const d = v128.load(x + 3 * xRow);
      const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
      const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
      v128.store(out, i64x2.shuffle(ab0, cd0, 0, 2));
      v128.store(out, i64x2.shuffle(ab0, cd0, 1, 3), PANEL_ROW);
      v128.store(out, i64x2.shuffle(ab1, cd1, 0, 2), 2 * PANEL_ROW);
      v128.store(out, i64x2.shuffle(ab1, cd1, 1, 3), 3 * PANEL_ROW);
    }
  } else {
    for (; left >= 2; left -= 2, x += 16, out += 2 * PANEL_ROW) {
      const a = v128.load(x);
      const b = v128.load(x + xRow);
      v128.store(out, i64x2.shuffle(a, b, 0, 2));
      v128.store(out, i64x2.shuffle(a, b, 1, 3), PANEL_ROW);
    }
  }
  for (; left > 0; --left, x += sizeof<T>(), out += PANEL_ROW) {
    for (let j: usize = 0; j < <usize>lanes<T>(); j++) store<T>(out + j * sizeof<T>(), load<T>(x + j * xRow));
  }
}


@inline
function copyRow(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/** The first `count` elements of a row of a panel, and zeros. */
function copyPart<T>(from: usize, to: usize, count: i32): void {
  const width = 2 * lanes<T>();
  for (let j: usize = 0; j < <usize>width; j++) {
    store<T>(to + j * sizeof<T>(), j < <usize>count ? load<T>(from + j * sizeof<T>()) : <T>0);
  }
}

/** out[n, c] = x[n, c]: a range of the columns of a matrix, as a matrix of its own. */
export function copyColumns<T>(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  for (; rows > 0; --rows, x += xRow) {
    let from = x;
    let left = cols;
    for (; left >= lanes<T>(); left -= lanes<T>(), from += 16, out += 16) v128.store(out, v128.load(from));
    for (; left > 0; --left, from += sizeof<T>(), out += sizeof<T>()) store<T>(out, load<T>(from));
  }
}
