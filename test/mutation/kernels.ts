// Mutation testing of the kernels: `npm run test:mutation -- kernels [count] [seed]`, all mutants without a count. Each is
// built from the changed text and has to be told from the kernels in JavaScript by test/bounds/kernelBits.ts, or to trap,
// or not to come to an end. Survivors are listed; those that have been read are in README.md.

import { Worker } from "node:worker_threads";
import { BUILD } from "../bounds/kernelCase.js";
import { type Mutant, mutantsOf, sampleOf } from "./mutants.js";

/** The promise: of those that are valid. */
const KILLED = 0.95;
/** The longest that the tests take, twenty times over. */
const TIMEOUT = 60_000;

const [count = "Infinity", seed = "1"] = process.argv.slice(2);
const all = mutantsOf(BUILD.text);
const sample = sampleOf(all, Number(count), Number(seed));

let worker: Worker | undefined;

function killerOf(mutant: Mutant): Promise<string | null> {
  worker ??= new Worker(new URL("worker.mjs", import.meta.url));
  const current = worker;
  return new Promise((resolve, reject) => {
    const done = (killer: string | null) => {
      clearTimeout(timer);
      current.removeAllListeners();
      resolve(killer);
    };
    const timer = setTimeout(() => {
      worker = undefined;
      void current.terminate();
      done("no end");
    }, TIMEOUT);
    current.once("message", ({ killer }: { killer: string | null }) => done(killer));
    current.once("error", reject);
    current.postMessage(mutant);
  });
}

let invalid = 0;
const survivors: Mutant[] = [];
for (const mutant of sample) {
  const killer = await killerOf(mutant);
  if (killer === "invalid") invalid++;
  else if (killer === null) {
    survivors.push(mutant);
    console.log(`survived: ${mutant.function}, line ${mutant.line + 1}: ${mutant.from} → ${mutant.to.trim()}`);
  }
}
await worker?.terminate();

const valid = sample.length - invalid;
const killed = valid - survivors.length;
console.log(
  `${killed} of ${valid} mutants killed, ${((100 * killed) / valid).toFixed(1)} % (${all.length} in all, seed ${seed}; ${invalid} were no modules)`,
);
if (killed < KILLED * valid) process.exitCode = 1;
