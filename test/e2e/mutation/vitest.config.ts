import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** Those of `src/threads/`. Real workers run what is built, without the mutant: what they do is seen where workers are played here. */
const OF_THREADS = [
  "threads/parts",
  "threads/memory",
  "threads/measured",
  "threads/refusals",
  "threads/loop",
  "threads/webChannel",
  "threads/workersHere",
  "threads/open",
  "threads/lifetime",
  "threads/bits",
  "threads/deaths",
];

/** The tests of behaviour that end within seconds and start no other process: those first that see most in least time. */
const OF_LIBRARY = [
  "operations/edgeCases",
  "reference/textbook",
  "operations/vectors",
  "operations/contract/edgeRows",
  "arguments/messages",
  "arguments/shape",
  "arguments/options",
  "arguments/contractOptions",
  "arguments/labels",
  "arguments/arrays",
  "arguments/noOptions",
  "operations/contract/targets",
  "operations/contract/rowFunctions",
  "memory/lifetime",
  "arguments/overlap",
  "operations/contract/unread",
  "interop/tensors",
  "interop/refusals",
  "interop/strided",
  "interop/float16",
  "operations/contract/gradientOut",
  "operations/smallCalls",
  "operations/contract/strips",
  "arguments/reentry",
  "assembly/log1p",
  "operations/jacobian",
  "operations/compensatedSum",
  "assembly/bounds/kernelBits",
  "operations/bits",
  "operations/sequences",
  "memory/linearMemory",
  "memory/growth",
  "assembly/expJs",
];

const ofThreads = process.env.MUTATED === "threads";
const NAMES = ofThreads ? OF_THREADS : OF_LIBRARY;

class InOrder extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) =>
      NAMES.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    return Promise.resolve([...files].sort((a, b) => placeOf(a) - placeOf(b)));
  }
}

// What Stryker runs for every mutant. In one worker: a worker a file takes as long again.
export default defineConfig({
  test: {
    include: NAMES.map((name) => `test/${name}.test.ts`),
    testTimeout: ofThreads ? 5_000 : 20_000,
    isolate: false,
    setupFiles: "test/e2e/mutation/onlyCovering.mjs",
    sequence: { sequencer: InOrder },
  },
});
