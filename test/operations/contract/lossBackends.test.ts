import { describe, expect, it } from "vitest";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { gradientOf, hessianTimesOf, lossesOf, lossOf } from "./calls.js";
import { lossGrid, PRECISIONS, SEED } from "./lossGrid.js";

describe(`both backends, every option with every other (seed ${SEED})`, () => {
  it.each(["f32", "f64"] as const)(
    "%s: give the same bits of losses, gradients and Hessians times a vector",
    (key) => {
      const precision = PRECISIONS[key];
      let cases = 0;
      for (const { name, logits, targets, options, upstream } of lossGrid(precision)) {
        const v = precision.type.create(logits.length).map((_, i) => ((i * 37) % 11) - 5);
        const withUpstream = upstream === undefined ? options : { ...options, upstream };
        const [wasm, js] = BACKENDS.map(([, instance]) => {
          const { loss, grad } = gradientOf(instance, logits, targets, withUpstream);
          const alone = lossOf(instance, logits, targets, options);
          const product = hessianTimesOf(instance, logits, targets, v, options);
          return [lossesOf(loss), grad, lossesOf(alone), product].map(bitsOf);
        });
        // Compared before expect: a grid of calls to it would take longer than the grid.
        if (wasm.join() !== js.join()) expect(js, name).toEqual(wasm);
        cases++;
      }
      expect(cases).toBeGreaterThan(1000);
    },
    60_000,
  );
});
