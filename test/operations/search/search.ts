// The searches: what they have found, how hard they looked.

import type { Instance } from "../../../src/index.js";
import { add, dd, type DD, divide, ZERO } from "../../reference/oracle/doubleDouble.js";
import { ulpError } from "../../reference/oracle/ulp.js";
import { CONTRACT, type Key, type Quantity, type Temperatures } from "./bounds.js";
import { mutantsOf } from "./climb.js";
import { type Problem, typeOf } from "./problem.js";
import { type Draw, type Random, randomProblem } from "./randomProblems.js";
import { FORMATS, type SubjectName, SUBJECTS } from "./subjects.js";

export interface Found {
  readonly quantity: Quantity;
  readonly key: Key;
  readonly temperatures: Temperatures;
  /** The function that gave the worst. */
  subject: SubjectName;
  /** As the double-double oracle has it. */
  error: number;
  /** How many elements were measured. */
  elements: number;
  /** How many of them of random rows, and the sum of their errors. */
  random: number;
  sum: number;
  /** The worst row. */
  problem: Problem | undefined;
}

/** What has been found, by quantity, precision and whether there was a temperature. */
export class Finds {
  private readonly all = new Map<string, Found>();

  of(quantity: Quantity, key: Key, temperatures: Temperatures, subject: SubjectName): Found {
    const name = `${quantity} ${key} ${temperatures}`;
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const fresh = {
      quantity,
      key,
      temperatures,
      subject,
      error: 0,
      elements: 0,
      random: 0,
      sum: 0,
      problem: undefined,
    };
    this.all.set(name, fresh);
    return fresh;
  }

  [Symbol.iterator](): IterableIterator<Found> {
    return this.all.values();
  }
}

export class Search {
  constructor(
    private readonly instance: Instance,
    private readonly random: Random,
    private readonly finds: Finds,
  ) {}

  /** The worst error of each row in a quantity, as the first look has it. What is worse than ever is looked at closely. */
  measure(
    subject: SubjectName,
    problem: Problem,
    temperatures: Temperatures,
    quantity: Quantity,
    axis: 0 | 1,
    isRandom: boolean,
  ): Float64Array {
    const worst = new Float64Array(problem.rows.length);
    const { key } = problem;
    const rowsOf = new Map<Quantity, { error: number; row: number; count: number; sum: number }>();
    const report = (reported: Quantity, error: number, row: number) => {
      let entry = rowsOf.get(reported);
      if (entry === undefined) rowsOf.set(reported, (entry = { error: -1, row: 0, count: 0, sum: 0 }));
      const number = Number.isNaN(error) ? Infinity : error;
      entry.count++;
      entry.sum += number;
      if (number > entry.error) {
        entry.error = number;
        entry.row = row;
      }
      if (reported === quantity && number > worst[row]) worst[row] = number;
    };
    try {
      SUBJECTS[subject].measure(this.instance, problem, "fast", axis, report);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A call that is refused has no right digit.
      for (const each of SUBJECTS[subject].quantities) report(each, Infinity, 0);
    }
    for (const [reported, { error, row, count, sum }] of rowsOf) {
      const found = this.finds.of(reported, key, temperatures, subject);
      found.elements += count;
      if (isRandom) {
        found.random += count;
        found.sum += sum;
      }
      if (error > found.error) this.confirm(subject, reported, { ...problem, rows: [problem.rows[row]] }, found);
    }
    return worst;
  }

  /** Measures a row by the oracle, and keeps it if it is the worst. */
  private confirm(subject: SubjectName, quantity: Quantity, problem: Problem, found: Found): void {
    const error = errorOf(this.instance, subject, quantity, problem);
    if (!(error > found.error)) return;
    found.subject = subject;
    found.error = error;
    found.problem = problem;
  }

  private draw(subject: SubjectName, key: Key, temperatures: Temperatures, elements: number): Problem {
    const draw: Draw = { key, subject: SUBJECTS[subject], temperatures, elements };
    return randomProblem(this.random, draw);
  }

  /** The mean and the sum of the losses of many rows, against those of the losses one by one. */
  reduce(key: Key, temperatures: Temperatures, rows: number): void {
    const { random } = this;
    const type = typeOf(key);
    const cols = 2 + random.below(3);
    const spread = random.pick([0.1, 1, 10, 1e4]);
    const x = type.create(rows * cols).map(() => spread * random.normal());
    const labels = new Uint8Array(rows).map(() => random.below(cols));
    const weight = Array.from({ length: cols }, () => random.between(0.1, 3));
    const temperature = temperatures === "none" ? 1 : random.between(0.1, 5);
    const found = this.finds.of("mean and sum", key, temperatures, "labels");
    for (const options of [{ temperature }, { temperature, weight }, { temperature, labelSmoothing: 0.1 }]) {
      const sum = sumOf(this.instance.crossEntropy(x, labels, { ...options, reduction: "none" }));
      const divisor = sumOf("weight" in options ? Array.from(labels, (label) => weight[label]) : [rows]);
      for (const [reduction, truth] of [
        ["sum", sum],
        ["mean", divide(sum, divisor)],
      ] as const) {
        const error = ulpError(this.instance.crossEntropy(x, labels, { ...options, reduction }), truth, FORMATS[key]);
        found.elements += rows;
        found.random += rows;
        found.sum += error * rows;
        found.error = Math.max(found.error, error);
      }
    }
  }

  /** Random rows, about so many elements of them. */
  scatter(subject: SubjectName, key: Key, temperatures: Temperatures, elements: number): void {
    const { quantities } = SUBJECTS[subject];
    for (let done = 0; done < elements;) {
      const problem = this.draw(subject, key, temperatures, 2048);
      this.measure(subject, problem, temperatures, quantities[0], this.random.chance(0.3) ? 0 : 1, true);
      const [{ x }] = problem.rows;
      done += problem.rows.length * x.length * (SUBJECTS[subject].isSquare ? x.length : 1);
    }
  }

  /** The worst of some random rows. */
  private start(subject: SubjectName, quantity: Quantity, key: Key, temperatures: Temperatures) {
    const problem = this.draw(subject, key, temperatures, 2048);
    const errors = this.measure(subject, problem, temperatures, quantity, 1, true);
    const at = errors.indexOf(Math.max(...errors));
    return { error: errors[at], problem: { ...problem, rows: [problem.rows[at]] } };
  }

  /**
   * From the worst of some random rows uphill: so many steps, each to the worst of some rows like it, or to one almost as
   * bad, until nothing has become worse for long.
   */
  climb(subject: SubjectName, quantity: Quantity, key: Key, temperatures: Temperatures, steps: number): void {
    const { takesV = false, takesOptions = false } = SUBJECTS[subject];
    let best = this.start(subject, quantity, key, temperatures);
    for (let i = takesOptions ? 2 : 12; i > 0; i--) {
      const other = this.start(subject, quantity, key, temperatures);
      if (other.error > best.error) best = other;
    }
    const cols = best.problem.rows[0].x.length;
    const count = Math.max(4, Math.min(24, Math.floor((takesOptions ? 600 : 1500) / cols)));
    let idle = 0;
    for (let step = 0; step < steps && idle < 60; step++) {
      if (best.error === Infinity) return;
      const mutants = mutantsOf(this.random, best.problem, count, takesV);
      const errors = this.measure(subject, mutants, temperatures, quantity, 1, false);
      const at = errors.indexOf(Math.max(...errors));
      idle = errors[at] > best.error ? 0 : idle + 1;
      if (errors[at] >= best.error) best = { error: errors[at], problem: { ...mutants, rows: [mutants.rows[at]] } };
    }
  }
}

const sumOf = (values: ArrayLike<number>): DD =>
  Array.from(values).reduce<DD>((sum, value) => add(sum, dd(value)), ZERO);

/** The error of one row in a quantity, as the double-double oracle has it. */
export function errorOf(instance: Instance, subject: SubjectName, quantity: Quantity, problem: Problem): number {
  let worst = 0;
  try {
    SUBJECTS[subject].measure(instance, problem, "exact", 1, (reported, error) => {
      if (reported === quantity && !(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Infinity;
  }
  return worst;
}

/** For tables: worst, bound, mean and how many. */
export function lineOf({ quantity, key, temperatures, error, elements, random, sum }: Found): string {
  const at = { none: "", usual: ", τ 0.1 to 5", any: ", any τ" }[temperatures];
  const mean = (sum / random).toFixed(3);
  return `${key} ${quantity}${at}: worst ${error.toFixed(3)} of ${elements}, mean ${mean}, contract ${CONTRACT[quantity][key]}`;
}
