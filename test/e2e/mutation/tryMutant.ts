// In a worker, which is ended where a mutant does not come to an end: the tests of kernels on one mutant after another.

import { parentPort } from "node:worker_threads";
import { assemble } from "../../assembly/bounds/instrument.js";
import { BOUNDS_SEED, BUILD, type Pair, pairOf, problemsIn } from "../../assembly/bounds/kernelCase.js";
import { differenceIn, SEEDS } from "../../assembly/bounds/kernelBits.js";
import { KERNELS } from "../../assembly/bounds/kernelList.js";
import { applied, type Mutant, reachedFrom } from "./mutants.js";

const UNCHANGED = Buffer.from(assemble(BUILD.text));
const REACHED_FROM = reachedFrom(BUILD.text);

/** What a mutant is killed by; undefined where nothing does. */
function killerOf(mutant: Mutant): string | undefined {
  const text = applied(BUILD.text, mutant);
  let pair: Pair;
  try {
    const wasm = assemble(text);
    if (UNCHANGED.equals(wasm)) return "invalid";
    pair = pairOf({ text, wasm });
  } catch {
    return "invalid";
  }
  const reaching = REACHED_FROM.get(mutant.function) ?? [];
  const kernels = KERNELS.filter(({ name }) => reaching.includes(name));
  const tests = [
    ...SEEDS.flatMap((seed) => kernels.map((kernel) => () => differenceIn(pair.shipped, kernel, seed))),
    ...kernels.map((kernel) => () => problemsIn(pair, kernel, BOUNDS_SEED).at(0)),
  ];
  try {
    for (const test of tests) {
      const difference = test();
      if (difference !== undefined) return difference;
      parentPort?.postMessage({}); // It came to an end.
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

parentPort?.on("message", (mutant: Mutant) => {
  parentPort?.postMessage({ killer: killerOf(mutant) ?? null });
});
