// Another axis has the bits of the transposed copy: at every number of classes, and at more sizes of several blocks than
// test/operations/contract/axes.test.ts has.

import { describe, it } from "vitest";
import {
  BLOCKS,
  CLASSES,
  expectBitsOfTransposed,
  INNER,
  MORE_BLOCKS,
  TYPES,
} from "../operations/contract/transposed.js";
import { BACKENDS } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261130;

describe.each(BACKENDS)("%s: another axis has the bits of the transposed copy", (_, instance) => {
  it.each(TYPES)("%s: every number of classes up to 40", (_, Type) => {
    const random = mulberry32(SEED);
    for (const inner of INNER) {
      for (const cols of CLASSES) expectBitsOfTransposed(instance, Type, [2, cols, inner], 1, random);
    }
  });

  it.each(TYPES)("%s: of sizes that go through linear memory in several blocks", (_, Type) => {
    const random = mulberry32(SEED + 2);
    for (const { shape, axis } of [...BLOCKS, ...MORE_BLOCKS]) {
      expectBitsOfTransposed(instance, Type, shape, axis, random, "each function once");
    }
  });
});
