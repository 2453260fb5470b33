// IDX, the format of the MNIST files: two zero bytes, a byte for the type of the elements, a byte for the number of
// dimensions, the size of each as a big-endian u32, and then the elements, the last dimension fastest.

import { readFileSync } from "node:fs";

/** An array of bytes and its sizes, slowest first. */
export interface IdxBytes {
  readonly sizes: readonly number[];
  readonly elements: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/** Reads a file of unsigned bytes with the given number of dimensions; throws if it is anything else. */
export function readIdx(path: string, dimensions: number): IdxBytes {
  const file = readFileSync(path);
  const header = 4 + 4 * dimensions;
  if (file.length < header) throw new Error(`${path}: expected a header of ${header} bytes, got ${file.length} bytes`);
  const magic = file.readUInt32BE(0);
  const expected = (UNSIGNED_BYTE << 8) | dimensions;
  if (magic !== expected) throw new Error(`${path}: expected the magic number ${expected}, got ${magic}`);
  const sizes = Array.from({ length: dimensions }, (_, i) => file.readUInt32BE(4 + 4 * i));
  const length = sizes.reduce((product, size) => product * size, 1);
  if (file.length - header !== length) {
    throw new Error(`${path}: expected ${length} bytes for ${sizes.join(" × ")}, got ${file.length - header}`);
  }
  return { sizes, elements: file.subarray(header) };
}
