// A sample of src for Stryker, which takes places and no numbers of mutants: every n-th line of code, of all files in a row.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Nothing in these can be mutated, or is run by these tests: comments, imports, types, and what the build writes. */
const NO_CODE = /^\s*(?:$|\/\/|\/?\*|import\b|export (?:type|interface)\b|readonly\b|[}\])]+[;,]?$)/;
const NO_MUTANTS = /^src\/backend\/source\/|\.d\.ts$/;
const OF_THREADS = /^src\/threads\//;

/** Places as the option `mutate` has them, of every n-th line from the `first` of them on (counted from 1): in src/threads/, or in all else. */
export function sampledLines(n, first, ofThreads) {
  const files = readdirSync("src", { recursive: true })
    .map((name) => join("src", name).replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts") && !NO_MUTANTS.test(name) && OF_THREADS.test(name) === ofThreads)
    .sort();
  const lines = files.flatMap((name) =>
    readFileSync(name, "utf8")
      .split("\n")
      .flatMap((text, i) => (NO_CODE.test(text) ? [] : [{ name, at: i + 1, length: text.length }])),
  );
  return lines.filter((_, i) => i % n === first - 1).map(({ name, at, length }) => `${name}:${at}:0-${at}:${length}`);
}
