// Linear layers in chunks: test/linear/products.test.ts has each size in one of the places.

import { describe, it } from "vitest";
import { CHUNKED, expectBitsOfChunks } from "../linear/chunkSizes.js";
import { TYPES } from "../linear/layers.js";

describe.each(TYPES)("in %s", (_, T) => {
  it.each(CHUNKED)("bits do not depend on the sizes of chunks, nor on the place: %i × %i × %i", (...sizes) => {
    expectBitsOfChunks(T, ...sizes, "each");
  });
});
