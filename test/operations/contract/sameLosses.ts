// Both backends on every option of the losses with every other.

import { expect } from "vitest";
import { BACKENDS, bitsOf } from "../../reference/backends.js";
import { gradientOf, hessianTimesOf, lossesOf, lossOf } from "./calls.js";
import { lossGrid, PRECISIONS } from "./lossGrid.js";

/** Holds the cases of the grid against each other of which `isTaken` takes the number; gives how many. */
export function compareLosses(key: "f32" | "f64", isTaken: (n: number) => boolean): number {
  const precision = PRECISIONS[key];
  let n = 0;
  let cases = 0;
  for (const { name, logits, targets, options, upstream } of lossGrid(precision)) {
    if (!isTaken(n++)) continue;
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
  return cases;
}
