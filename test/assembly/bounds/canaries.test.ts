import { describe, expect, it } from "vitest";
import { mulberry32 } from "../../reference/random.js";
import { expectCanariesAlive } from "./canaries.js";

const SEED = 20261203;

describe(`arrays in linear memory, NaN all round them (seed ${SEED}; all of it: test/slow)`, () => {
  it.each([Float32Array, Float64Array])("$name: 0 to 130 classes, rows and places by turns", (Type) => {
    const random = mulberry32(SEED);
    for (let cols = 0; cols <= 130; cols++) {
      for (const turn of [0, 1]) {
        const rows = 1 + ((cols + 5 * turn) % 9);
        const bytes = ((7 * cols + turn) % (64 / Type.BYTES_PER_ELEMENT)) * Type.BYTES_PER_ELEMENT;
        expect(() => expectCanariesAlive(Type, rows, cols, bytes, random)).not.toThrow();
      }
    }
  });
});
