// Mutation testing of the kernels: `npm run test:mutation -- kernels [count] [seed]`, all mutants without a count. Each is
// built from the changed text and has to be told from the kernels in JavaScript by test/assembly/bounds/kernelBits.ts, or to touch
// what is not its own (test/assembly/bounds/kernelCase.ts), or to trap, or not to come to an end. VERBOSE=1 says of each what killed
// it. Survivors are listed; README.md says what they are.

import { Worker } from "node:worker_threads";
import { BUILD } from "../../assembly/bounds/kernelCase.js";
import { type Mutant, mutantsOf, reachedFrom, sampleOf } from "./mutants.js";

/** The promise: of those that are valid. */
const KILLED = 0.95;
/** Many times what a test of one kernel takes, half a second: the worker gives a sign of life after each. */
const TIMEOUT = 20_000;

const [count = "Infinity", seed = "1"] = process.argv.slice(2);
const all = mutantsOf(BUILD.text);
const reaching = reachedFrom(BUILD.text);
const sample = sampleOf(all, Number(count), Number(seed));

let worker: Worker | undefined;

function killerOf(mutant: Mutant): Promise<string | null> {
  worker ??= new Worker(new URL("tryMutant.mjs", import.meta.url));
  const current = worker;
  return new Promise((resolve, reject) => {
    const done = (killer: string | null) => {
      clearTimeout(timer);
      current.off("message", onMessage).off("error", reject);
      resolve(killer);
    };
    const onMessage = ({ killer }: { killer?: string | null }) => {
      if (killer === undefined) timer.refresh();
      else done(killer);
    };
    const timer = setTimeout(() => {
      worker = undefined;
      void current.terminate();
      done("no end");
    }, TIMEOUT);
    current.on("message", onMessage).on("error", reject);
    current.postMessage(mutant);
  });
}

let invalid = 0;
const survivors: Mutant[] = [];
for (const mutant of sample) {
  const start = performance.now();
  const killer = await killerOf(mutant);
  if (process.env.VERBOSE !== undefined) {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${seconds} s: ${mutant.from} → ${mutant.to.trim()}: ${killer ?? "survived"}`);
  }
  if (killer === "invalid") invalid++;
  else if (killer === null) {
    survivors.push(mutant);
    const kernels = reaching.get(mutant.function)?.join(", ");
    console.log(`survived: line ${mutant.line + 1}: ${mutant.from} → ${mutant.to.trim()}: in ${kernels}`);
  }
}
await worker?.terminate();

const valid = sample.length - invalid;
const killed = valid - survivors.length;
console.log(
  `${killed} of ${valid} mutants killed, ${((100 * killed) / valid).toFixed(1)} % (${all.length} in all, seed ${seed}; ${invalid} were no modules)`,
);
if (killed < KILLED * valid) process.exitCode = 1;
