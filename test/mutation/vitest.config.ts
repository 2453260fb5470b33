import { defineConfig } from "vitest/config";

// What Stryker runs for every mutant: the tests of behaviour that end within seconds and start no other process.
export default defineConfig({
  test: {
    include: [
      "errors/{messages,contractOptions,options,labels,shape,arrays,overlap,lifetime,reentry}",
      "bits",
      "edgeCases",
      "textbook",
      "log1p",
      "exp",
      "sequences",
      "vectors",
      "interop",
      "contract/{edgeRows,targets,unread,gradientOut,rowFunctions}",
    ].map((name) => `test/${name}.test.ts`),
    testTimeout: 20_000,
  },
});
