// Before each test of a mutant's run: it is skipped unless it reaches the mutant (runner.mjs).

import { relative } from "node:path";
import { beforeEach, inject } from "vitest";

const covering = new Set(inject("covering"));

/** As StrykerJS names it: the file, and the names of the suites and the test. */
function idOf({ name, suite, file }) {
  const names = [name];
  for (let at = suite; at; at = at.suite) names.unshift(at.name);
  return `${relative(process.cwd(), file.filepath).replaceAll("\\", "/")}#${names.join(" ").trim()}`;
}

if (covering.size > 0) {
  beforeEach((context) => {
    if (!covering.has(idOf(context.task))) context.skip();
  });
}
