import fc from "fast-check";
import { describe, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { runSequence, sequences } from "../reference/sequences.js";

// A new seed each time: fast-check prints it where it finds something, and it goes into FOUND of test/reference/sequences.ts.
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 100_000);

describe(`sequences of calls (SEED=${SEED}, RUNS=${RUNS})`, () => {
  it("each array holds what the model says: WebAssembly", () => {
    fc.assert(
      fc.property(sequences, (steps) => runSequence(instantiate({ backend: "wasm" }), steps)),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("each array holds what the model says: JavaScript, a tenth of them", () => {
    fc.assert(
      fc.property(sequences, (steps) => runSequence(instantiate({ backend: "js" }), steps)),
      { seed: SEED, numRuns: RUNS / 10 },
    );
  });
});
