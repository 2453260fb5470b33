// The searches of test/operations/search/ for as long as is wanted, each time with another seed:
//
//   SEARCH_SECONDS=3600 npm run test:slow -- search
//   SEARCH_SECONDS=3600 npm run test:runtimes -- relaxed test/slow/search    (the kernels with relaxed SIMD)
//
// With SEARCH_SAVE=1 the worst rows become cases of `npm test` (test/operations/search/found.json), and the table of
// docs/numerics.md is written anew.

import { describe, expect, it } from "vitest";
import { BACKENDS } from "../reference/backends.js";
import { KEYS, limitOf, TEMPERATURES, temperaturesOf } from "../operations/search/bounds.js";
import { save } from "../operations/search/found.js";
import { stored } from "../operations/search/problem.js";
import { Random } from "../operations/search/randomProblems.js";
import { Finds, lineOf, Search } from "../operations/search/search.js";
import { SUBJECT_NAMES, SUBJECTS } from "../operations/search/subjects.js";

const SECONDS = Number(process.env.SEARCH_SECONDS ?? 180);
const SEED = Number(process.env.SEARCH_SEED ?? Date.now() % 2 ** 31);
/** Which tasks, as a regular expression: all by default. "f32 none" are those without a temperature in f32. */
const ONLY = new RegExp(process.env.SEARCH_ONLY ?? "");
const [[, instance]] = BACKENDS;

/** One quantity of one function, for a while. */
interface Task {
  readonly run: (search: Search) => void;
  milliseconds: number;
}

function tasks(): Task[] {
  const all: Task[] = [];
  const add = (name: string, run: (search: Search) => void) => {
    if (ONLY.test(name)) all.push({ run, milliseconds: 0 });
  };
  for (const key of KEYS) {
    for (const temperatures of TEMPERATURES) {
      for (const subject of SUBJECT_NAMES) {
        const { quantities } = SUBJECTS[subject];
        if (!temperaturesOf(SUBJECTS[subject]).includes(temperatures)) continue;
        for (const quantity of quantities) {
          add(`${key} ${temperatures} ${quantity}`, (search) =>
            search.climb(subject, quantity, key, temperatures, 400),
          );
        }
        add(`${key} ${temperatures} ${subject}`, (search) => search.scatter(subject, key, temperatures, 20_000));
      }
      if (temperatures !== "any")
        add(`${key} ${temperatures} mean and sum`, (search) => search.reduce(key, temperatures, 1e6));
    }
  }
  return all;
}

describe(`searches for ${SECONDS} seconds (SEARCH_SEED=${SEED})`, () => {
  it(
    "keep the contract",
    async () => {
      const finds = new Finds();
      const search = new Search(instance, new Random(SEED), finds);
      const all = tasks();
      const end = performance.now() + 1000 * SECONDS;
      // The task that has had the least time is next: all have as much, however long one turn of them takes.
      while (performance.now() < end) {
        const next = all.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
        const start = performance.now();
        next.run(search);
        next.milliseconds += performance.now() - start;
      }
      for (const found of finds) console.log(lineOf(found));
      if (process.env.SEARCH_SAVE === "1") await save(finds, instance);
      const broken = [...finds].filter(
        ({ quantity, key, temperatures, error }) => error > limitOf(quantity, key, temperatures),
      );
      for (const found of broken)
        console.log(lineOf(found), JSON.stringify(found.problem && stored(found.problem, true)));
      expect(broken.map(lineOf)).toEqual([]);
    },
    1000 * SECONDS + 600_000,
  );
});
