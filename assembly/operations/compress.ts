// Rows without the chunks of MASK_CHUNK elements of which the mask has none. A kernel sees each element that is left in the
// lane, and in the place of its sums, that it has in the whole row, so the bits of a result are those of the row with ABSENT
// for what is absent. What is left at the end of a row, less than a chunk, always stays.

import { ABSENT, COLS, LENGTHS, MASK, MASK_CHUNK, OUT, ROWS, WIDTH, X } from "../abi";
import { address, count, number } from "../call";
import { fill } from "./fillAbsent";
import { selectChunk, selectTail } from "./pointwise";

/** Stores in LENGTHS how many elements of each row stay. */
export function countChunks<T>(call: usize): void {
  const cols = count(call, COLS);
  const tail = cols % MASK_CHUNK;
  let mask = address(call, MASK);
  let lengths = address(call, LENGTHS);
  for (let rows = count(call, ROWS); rows > 0; --rows, mask += tail, lengths += 4) {
    let length = tail;
    for (const end = mask + (cols - tail); mask < end; mask += MASK_CHUNK) {
      length += v128.any_true(v128.load(mask)) ? MASK_CHUNK : 0;
    }
    store<i32>(lengths, length);
  }
}

/**
 * What stays of each row, with ABSENT for what is absent in it, in rows of WIDTH elements that end with ABSENT; and in LENGTHS
 * how many elements that are.
 *
 * `out` is `x` or disjoint from it. WIDTH is at most COLS, and at least each length.
 */
export function compress<T>(call: usize): void {
  let x = address(call, X);
  let out = address(call, OUT);
  let mask = address(call, MASK);
  let lengths = address(call, LENGTHS);
  const cols = count(call, COLS);
  const absent = <T>number(call, ABSENT);
  const absents = v128.splat<T>(absent);
  const tail = cols % MASK_CHUNK;
  const chunk = (<usize>MASK_CHUNK) << alignof<T>();
  const width = (<usize>count(call, WIDTH)) << alignof<T>();
  for (let rows = count(call, ROWS); rows > 0; --rows, lengths += 4) {
    let to = out;
    for (const end = mask + (cols - tail); mask < end; mask += MASK_CHUNK, x += chunk) {
      const isAbsent = i8x16.eq(v128.load(mask), i8x16.splat(0));
      if (i8x16.all_true(isAbsent)) continue;
      selectChunk<T>(x, isAbsent, to, absents);
      to += chunk;
    }
    selectTail<T>(x, mask, to, tail, absent);
    mask += tail;
    x += (<usize>tail) << alignof<T>();
    to += (<usize>tail) << alignof<T>();
    store<i32>(lengths, <i32>((to - out) >>> alignof<T>()));
    out += width;
    fill<T>(to, out, absent);
  }
}

/**
 * What `compress` left out, and what is absent, comes back as ABSENT: rows of COLS elements, of which those of x are WIDTH
 * elements apart and hold LENGTHS.
 *
 * `out` is `x` or disjoint from it.
 */
export function expand<T>(call: usize): void {
  const rows = count(call, ROWS);
  const cols = count(call, COLS);
  const absent = <T>number(call, ABSENT);
  const absents = v128.splat<T>(absent);
  const tail = cols % MASK_CHUNK;
  const chunk = (<usize>MASK_CHUNK) << alignof<T>();
  const width = (<usize>count(call, WIDTH)) << alignof<T>();
  // From the last element to the first: in place, none is overwritten before it is read.
  let x = address(call, X) + width * rows;
  let out = address(call, OUT) + ((<usize>(rows * cols)) << alignof<T>());
  let mask = address(call, MASK) + <usize>(rows * cols);
  let lengths = address(call, LENGTHS) + ((<usize>rows) << 2);
  for (let row = rows; row > 0; --row) {
    x -= width;
    lengths -= 4;
    let from = x + ((<usize>(load<i32>(lengths) - tail)) << alignof<T>());
    const begin = mask - cols;
    mask -= tail;
    out -= (<usize>tail) << alignof<T>();
    selectTail<T>(from, mask, out, tail, absent);
    while (mask > begin) {
      mask -= MASK_CHUNK;
      out -= chunk;
      const isAbsent = i8x16.eq(v128.load(mask), i8x16.splat(0));
      if (i8x16.all_true(isAbsent)) {
        for (let i: usize = 0; i < chunk; i += 16) v128.store(out + i, absents);
      } else {
        from -= chunk;
        selectChunk<T>(from, isAbsent, out, absents);
      }
    }
  }
}
