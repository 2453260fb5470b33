// Products of matrices, in tiles of 4 rows and two vectors whose sums stay in registers.

import { canonical, lanes, madd } from "../lanes";
import { ADDS, PANEL_ROW, TILE_ROWS, TURNED } from "./abi";

/**
 * s[i, j] = Σ_k a[i, k]·b[k, j], each one sum in the order of k that starts from 0, plus bias[j]; or, with ADDS, from what
 * `out` holds. Into out[i, j]; with TURNED instead into out[j, i], plus bias[i].
 *
 * Element (i, k) of a is at a + i·aRow + k·aStep. b is panels (pack.ts). A row of `out` takes `outRow` bytes. `bias` is 0 for
 * none; with TURNED it is there, and else readable up to a whole panel. `edge`: scratch of a tile. NaN is canonical.
 *
 * A tile loads 6 values for 64 multiplications and additions. The order of the tiles keeps in L1 whichever is read
 * repeatedly and larger, the panel or the rows. If `out` is transposed, all rows are swept for each panel: the tiles of
 * four rows would lie in as many cache lines as there are columns, which compete for a few sets if a row's size is a
 * power of two (C = 4096: 20 against 53 GFLOP/s).
 */
export function multiply<T>(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  b: usize,
  cols: i32,
  depth: i32,
  out: usize,
  outRow: usize,
  bias: usize,
  mode: i32,
  edge: usize,
): void {
  const width = 2 * lanes<T>();
  const panel = <usize>depth * PANEL_ROW;
  const turned = (mode & TURNED) != 0;
  const adds = (mode & ADDS) != 0;
  const sweep = turned ? width : max(cols, 1);
  for (let first = 0; first < cols; first += sweep) {
    const end = min(first + sweep, cols);
    for (let i = 0; i < rows; i += TILE_ROWS) {
      const height = min(rows - i, TILE_ROWS);
      // Rows that are not there are computed as the first one, and not stored.
      const row0 = a + <usize>i * aRow;
      const row1 = height > 1 ? row0 + aRow : row0;
      const row2 = height > 2 ? row1 + aRow : row0;
      const row3 = height > 3 ? row2 + aRow : row0;
      for (let j = first; j < end; j += width) {
        const count = min(end - j, width);
        const isWhole = height == TILE_ROWS && count == width;
        const to = turned
          ? out + <usize>j * outRow + <usize>i * sizeof<T>()
          : out + <usize>i * outRow + <usize>j * sizeof<T>();
        const isApart = turned || !isWhole;
        const tileRow: usize = isApart ? <usize>PANEL_ROW : outRow;
        let tile = isApart ? edge : to;

        let c00 = v128.splat<T>(0);
        let c01 = c00;
        let c10 = c00;
        let c11 = c00;
        let c20 = c00;
        let c21 = c00;
        let c30 = c00;
        let c31 = c00;
        if (adds) {
          if (isApart) copyTile<T>(to, outRow, edge, PANEL_ROW, height, count);
          c00 = v128.load(tile);
          c01 = v128.load(tile, 16);
          c10 = v128.load(tile + tileRow);
          c11 = v128.load(tile + tileRow, 16);
          c20 = v128.load(tile + 2 * tileRow);
          c21 = v128.load(tile + 2 * tileRow, 16);
          c30 = v128.load(tile + 3 * tileRow);
          c31 = v128.load(tile + 3 * tileRow, 16);
        }

        let at = b + <usize>(j / width) * panel;
        const stop = at + panel;
        let p0 = row0;
        let p1 = row1;
        let p2 = row2;
        let p3 = row3;
        if (count > lanes<T>()) {
          for (; at != stop; at += PANEL_ROW) {
            const b0 = v128.load(at);
            const b1 = v128.load(at, 16);
            let v = splatAt<T>(p0);
            c00 = madd<T>(v, b0, c00);
            c01 = madd<T>(v, b1, c01);
            v = splatAt<T>(p1);
            c10 = madd<T>(v, b0, c10);
            c11 = madd<T>(v, b1, c11);
            v = splatAt<T>(p2);
            c20 = madd<T>(v, b0, c20);
            c21 = madd<T>(v, b1, c21);
            v = splatAt<T>(p3);
            c30 = madd<T>(v, b0, c30);
            c31 = madd<T>(v, b1, c31);
            p0 += aStep;
            p1 += aStep;
            p2 += aStep;
            p3 += aStep;
          }
        } else {
          for (; at != stop; at += PANEL_ROW) {
            const b0 = v128.load(at);
            c00 = madd<T>(splatAt<T>(p0), b0, c00);
            c10 = madd<T>(splatAt<T>(p1), b0, c10);
            c20 = madd<T>(splatAt<T>(p2), b0, c20);
            c30 = madd<T>(splatAt<T>(p3), b0, c30);
            p0 += aStep;
            p1 += aStep;
            p2 += aStep;
            p3 += aStep;
          }
        }

        if (turned && isWhole) {
          const offsets = bias + <usize>i * sizeof<T>();
          storeTurned<T>(to, outRow, c00, c10, c20, c30, offsets);
          storeTurned<T>(to + <usize>lanes<T>() * outRow, outRow, c01, c11, c21, c31, offsets);
          continue;
        }
        if (bias && !turned) {
          const bias0 = v128.load(bias + <usize>j * sizeof<T>());
          const bias1 = v128.load(bias + <usize>j * sizeof<T>(), 16);
          c00 = v128.add<T>(c00, bias0);
          c01 = v128.add<T>(c01, bias1);
          c10 = v128.add<T>(c10, bias0);
          c11 = v128.add<T>(c11, bias1);
          c20 = v128.add<T>(c20, bias0);
          c21 = v128.add<T>(c21, bias1);
          c30 = v128.add<T>(c30, bias0);
          c31 = v128.add<T>(c31, bias1);
        }
        v128.store(tile, canonical<T>(c00));
        v128.store(tile, canonical<T>(c01), 16);
        tile += tileRow;
        v128.store(tile, canonical<T>(c10));
        v128.store(tile, canonical<T>(c11), 16);
        tile += tileRow;
        v128.store(tile, canonical<T>(c20));
        v128.store(tile, canonical<T>(c21), 16);
        tile += tileRow;
        v128.store(tile, canonical<T>(c30));
        v128.store(tile, canonical<T>(c31), 16);
        if (turned) copyTurned<T>(edge, to, outRow, height, count, bias + <usize>i * sizeof<T>());
        else if (isApart) copyTile<T>(edge, PANEL_ROW, to, outRow, height, count);
      }
    }
  }
}


@inline
function splatAt<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(at) : v128.load64_splat(at);
}

/** Four rows of a vector each as columns of `out`, plus the bias of each row. */
@inline
function storeTurned<T>(to: usize, outRow: usize, a: v128, b: v128, c: v128, d: v128, bias: usize): void {
  if (sizeof<T>() == 4) {
    const offset = v128.load(bias);
    const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
    v128.store(to, canonical<T>(v128.add<T>(i64x2.shuffle(ab0, cd0, 0, 2), offset)));
    v128.store(to + outRow, canonical<T>(v128.add<T>(i64x2.shuffle(ab0, cd0, 1, 3), offset)));
    v128.store(to + 2 * outRow, canonical<T>(v128.add<T>(i64x2.shuffle(ab1, cd1, 0, 2), offset)));
    v128.store(to + 3 * outRow, canonical<T>(v128.add<T>(i64x2.shuffle(ab1, cd1, 1, 3), offset)));
  } else {
    const offset0 = v128.load(bias);
    const offset1 = v128.load(bias, 16);
    v128.store(to, canonical<T>(v128.add<T>(i64x2.shuffle(a, b, 0, 2), offset0)));
    v128.store(to, canonical<T>(v128.add<T>(i64x2.shuffle(c, d, 0, 2), offset1)), 16);
    v128.store(to + outRow, canonical<T>(v128.add<T>(i64x2.shuffle(a, b, 1, 3), offset0)));
    v128.store(to + outRow, canonical<T>(v128.add<T>(i64x2.shuffle(c, d, 1, 3), offset1)), 16);
  }
}

/** A part of a tile as columns of `out`, plus the bias of each of its rows. */
function copyTurned<T>(edge: usize, to: usize, outRow: usize, height: i32, count: i32, bias: usize): void {
  for (let j = 0; j < count; j++, edge += sizeof<T>(), to += outRow) {
    for (let i: usize = 0; i < <usize>height; i++) {
      const value = load<T>(edge + i * PANEL_ROW) + load<T>(bias + i * sizeof<T>());
      store<T>(to + i * sizeof<T>(), value == value ? value : <T>NaN);
    }
  }
}

function copyTile<T>(from: usize, fromRow: usize, to: usize, toRow: usize, height: i32, count: i32): void {
  for (; height > 0; --height, from += fromRow, to += toRow) {
    for (let j: usize = 0; j < <usize>count; j++) {
      store<T>(to + j * sizeof<T>(), load<T>(from + j * sizeof<T>()));
    }
  }
}

/** out[c] += Σ_n x[n, c], in the order of n. A row of x takes `xRow` bytes. NaN is canonical. */
export function addRows<T>(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  for (; cols >= lanes<T>(); cols -= lanes<T>(), x += 16, out += 16) {
    let sum = v128.load(out);
    let at = x;
    for (let n = 0; n < rows; n++, at += xRow) sum = v128.add<T>(sum, v128.load(at));
    v128.store(out, canonical<T>(sum));
  }
  for (; cols > 0; --cols, x += sizeof<T>(), out += sizeof<T>()) {
    let sum = load<T>(out);
    let at = x;
    for (let n = 0; n < rows; n++, at += xRow) sum += load<T>(at);
    store<T>(out, sum == sum ? sum : <T>NaN);
  }
}
