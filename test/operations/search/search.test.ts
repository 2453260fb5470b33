// Searches for rows that break the accuracy contract, in seconds. test/slow/search.test.ts is the same for as long as is
// wanted.

import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../reference/backends.js";
import { CONTRACT, KEYS, limitOf, PENDING, QUANTITIES, temperaturesOf } from "./bounds.js";
import { stored } from "./problem.js";
import { Random } from "./randomProblems.js";
import { errorOf, Finds, type Found, lineOf, Search } from "./search.js";
import { type Subject, SUBJECT_NAMES, SUBJECTS } from "./subjects.js";

const SEED = Number(process.env.SEARCH_SEED ?? 20261208);
const [[, wasm], [, js]] = BACKENDS;

/** Of each function, precision and kind of temperature: random elements, those of losses with options, steps uphill. */
const ELEMENTS = 10_000;
const ELEMENTS_WITH_OPTIONS = 2500;
const STEPS = 25;
const STEPS_WITH_OPTIONS = 10;
const REDUCED_ROWS = 20_000;

function expectWithin(found: Found): void {
  const { quantity, key, temperatures, error, subject, problem } = found;
  const row = problem && JSON.stringify(stored(problem, true));
  const where = `SEARCH_SEED=${SEED}: ${quantity}, ${key}, τ: ${temperatures}, by ${subject}: ${row ?? ""}`;
  expect(error, where).toBeLessThanOrEqual(limitOf(quantity, key, temperatures));
}

describe(`searches keep the contract (SEARCH_SEED=${SEED})`, () => {
  const finds = new Finds();
  const random = new Random(SEED);
  const search = new Search(wasm, random, finds);

  for (const subject of SUBJECT_NAMES) {
    const subjectOf: Subject = SUBJECTS[subject];
    const { quantities, takesOptions = false } = subjectOf;
    for (const key of KEYS) {
      for (const temperatures of temperaturesOf(subjectOf)) {
        it(`${subject}, ${key}, τ: ${temperatures}`, () => {
          search.scatter(subject, key, temperatures, takesOptions ? ELEMENTS_WITH_OPTIONS : ELEMENTS);
          const steps = takesOptions ? STEPS_WITH_OPTIONS : STEPS;
          for (const quantity of quantities) search.climb(subject, quantity, key, temperatures, steps);
          for (const quantity of quantities) expectWithin(finds.of(quantity, key, temperatures, subject));
        });
      }
    }
  }

  it.each(KEYS)("mean and sum, %s", (key) => {
    for (const temperatures of ["none", "usual"] as const) search.reduce(key, temperatures, REDUCED_ROWS);
    for (const found of finds) if (found.quantity === "mean and sum") expectWithin(found);
  });

  it("softmax is within its mean", () => {
    for (const { quantity, key, temperatures, sum, random } of finds) {
      if (quantity !== "softmax" || temperatures !== "none") continue;
      expect(sum / random, key).toBeLessThanOrEqual(limitOf("softmax, mean", key, temperatures));
    }
  });

  it("both backends give the same bits on what was found, by its errors", () => {
    for (const { subject, quantity, problem, error } of finds) {
      if (problem !== undefined) expect(errorOf(js, subject, quantity, problem), quantity).toBe(error);
    }
  });

  it("looked at every quantity of the contract, and says what it found", () => {
    const seen = new Set([...finds].map(({ quantity }) => quantity));
    expect(QUANTITIES.filter((quantity) => !seen.has(quantity))).toEqual(["softmax, mean"]);
    for (const found of finds) console.info(`search, ${lineOf(found)}`);
  });
});

describe("what the kernels do not keep yet", () => {
  it("is a list of quantities that are allowed more than the contract has", () => {
    for (const [quantity, key, temperatures, today] of PENDING) {
      const name = `${quantity}, ${key}, τ: ${temperatures}`;
      console.info(`pending: ${name}: contract ${CONTRACT[quantity][key]}, allowed ${today}`);
      expect(today, name).toBeGreaterThan(CONTRACT[quantity][key]);
    }
    const names = PENDING.map(([quantity, key, temperatures]) => `${quantity} ${key} ${temperatures}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
