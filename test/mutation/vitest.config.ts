import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** The tests of behaviour that end within seconds and start no other process: those first that see most in least time. */
const NAMES = [
  "edgeCases",
  "textbook",
  "vectors",
  "contract/edgeRows",
  "errors/messages",
  "errors/shape",
  "errors/options",
  "errors/contractOptions",
  "errors/labels",
  "errors/arrays",
  "contract/targets",
  "contract/rowFunctions",
  "errors/lifetime",
  "errors/overlap",
  "contract/unread",
  "interop",
  "contract/gradientOut",
  "contract/smallCalls",
  "contract/strips",
  "errors/reentry",
  "log1p",
  "jacobian",
  "compensatedSum",
  "bounds/kernelBits",
  "bits",
  "sequences",
  "memory",
  "exp",
];

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
    testTimeout: 20_000,
    isolate: false,
    setupFiles: "test/mutation/onlyCovering.mjs",
    sequence: { sequencer: InOrder },
  },
});
