// Reads a kernel's one argument, the address of its call block. abi.ts lists the words and numbers of a block.

/** The address at a word of the block; 0 stands for an array that is not there. */
@inline
export function address(call: usize, word: i32): usize {
  return load<u32>(call + ((<usize>word) << 2));
}

/** The count at a word of the block. */
@inline
export function count(call: usize, word: i32): i32 {
  return load<i32>(call + ((<usize>word) << 2));
}

/** The double at an index of the block. */
@inline
export function number(call: usize, index: i32): f64 {
  return load<f64>(call + ((<usize>index) << 3));
}

/** How many leading classes of a row are present; all where there are no lengths. */
@inline
export function lengthOf(lengths: usize, row: i32, cols: i32): i32 {
  return lengths ? load<i32>(lengths + ((<usize>row) << 2)) : cols;
}
