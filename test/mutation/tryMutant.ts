// In a worker, which is ended where a mutant does not come to an end: the fast tests of kernels on one mutant after another.

import { parentPort } from "node:worker_threads";
import { assemble } from "../bounds/instrument.js";
import { BUILD, type Subject } from "../bounds/kernelCase.js";
import { differenceIn } from "../bounds/kernelBits.js";
import { KERNELS } from "../bounds/kernelList.js";
import { applied, type Mutant } from "./mutants.js";

/** The seed of test/bounds/kernelBits.test.ts, and another, as what the whole suite has is many more rows. */
const SEEDS = [20261207, 1];

const UNCHANGED = Buffer.from(BUILD.wasm);

/** What a mutant is killed by; undefined where nothing does. */
function killerOf(mutant: Mutant): string | undefined {
  let wasm: Uint8Array<ArrayBuffer>;
  try {
    wasm = assemble(applied(BUILD.text, mutant));
  } catch {
    return "invalid";
  }
  if (UNCHANGED.equals(wasm)) return "invalid";
  let subject: Subject;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    subject = { exports: exports as Subject["exports"], memory: exports.memory as WebAssembly.Memory };
  } catch {
    return "invalid";
  }
  try {
    for (const seed of SEEDS) {
      for (const kernel of KERNELS) {
        const difference = differenceIn(subject, kernel, seed);
        if (difference !== undefined) return difference;
      }
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

parentPort?.on("message", (mutant: Mutant) => {
  parentPort?.postMessage({ killer: killerOf(mutant) ?? null });
});
