// The functions under search. Each is called with a problem's rows at once and reports the error of every element of every
// quantity that the call gives.

import type { FloatArray, Instance } from "../../../src/index.js";
import { softmaxJacobian } from "../../../src/index.js";
import { binaryGradientOf, binaryLossOf, sigmoidOf, termsOf } from "../../reference/oracle/binaryOracle.js";
import { logSoftmaxBackwardOf, softmaxBackwardOf } from "../../reference/oracle/backwardOracle.js";
import { add, type DD, dd, divide, ONE, subtract, ZERO } from "../../reference/oracle/doubleDouble.js";
import { FastRow } from "../../reference/oracle/fastRow.js";
import { type Factors, lossError, rowTruth } from "../../reference/oracle/lossOracle.js";
import * as oracle from "../../reference/oracle/softmaxOracle.js";
import { F32, F64, type Format, ulpError } from "../../reference/oracle/ulp.js";
import { axisOf, fromAxis, toAxis } from "../contract/axis.js";
import { gradientOf, hessianTimesOf } from "../contract/calls.js";
import type { Key, Quantity } from "./bounds.js";
import { type Problem, type Row, typeOf } from "./problem.js";

export const FORMATS: Readonly<Record<Key, Format>> = { f32: F32, f64: F64 };

/** What may be asked about a row: FastRow's questions. */
type Look = Pick<FastRow, "set" | "softmax" | "logSoftmax" | "gradient">;

/** The same in double-double. */
class ExactRow implements Look {
  private truth: oracle.RowOracle = oracle.rowOracle([0]);
  private temperature: DD = ONE;

  constructor(private readonly format: Format) {}

  set(x: ArrayLike<number>, temperature: number): void {
    this.truth = oracle.rowOracle(x, temperature);
    this.temperature = dd(temperature);
  }

  softmax(c: number, p: number): number {
    return ulpError(p, oracle.softmaxOf(this.truth, c), this.format);
  }

  logSoftmax(c: number, value: number): number {
    return ulpError(value, oracle.logSoftmaxOf(this.truth, c), this.format);
  }

  gradient(c: number, label: number, value: number): number {
    const factor = divide(ONE, this.temperature);
    const truth = oracle.gradientOf(this.truth, label, c, factor);
    const error = ulpError(value, truth, this.format);
    if (error < 1) return error;
    // Where softmax is 0 its multiples may be, in the label's sum of the others too: of some of those classes, the smallest.
    let least = error;
    let vanished = ZERO;
    for (const other of this.ascending()) {
      const isPart = (c === label) !== (c === other);
      if (!isPart) continue;
      if (oracle.softmaxOf(this.truth, other).hi >= 2 ** this.format.lowest) break;
      // Its multiple by itself: a probability that has underflown has none.
      vanished = add(vanished, oracle.gradientOf(this.truth, label, other, factor));
      const rest = c === label ? add(truth, vanished) : subtract(truth, vanished);
      least = Math.min(least, ulpError(value, rest, this.format));
    }
    return least;
  }

  /** The classes, those of the smallest terms first. */
  private ascending(): number[] {
    const { terms } = this.truth;
    return Array.from(terms.keys()).sort((a, b) => terms[a].hi - terms[b].hi);
  }
}

const LONGEST = 2 ** 16;
const fast: Readonly<Record<Key, Look>> = { f32: new FastRow(LONGEST, F32), f64: new FastRow(LONGEST, F64) };
const exact: Readonly<Record<Key, Look>> = { f32: new ExactRow(F32), f64: new ExactRow(F64) };

/** How closely errors are looked at: searches take the first, and measure again by the second what they find. */
export const LOOKS = { fast, exact } as const;
export type LookName = keyof typeof LOOKS;

/** Takes the error of an element of a row. */
export type Report = (quantity: Quantity, error: number, row: number) => void;

export interface Subject {
  readonly quantities: readonly Quantity[];
  /** Whether it has a direction, and whether it has the options of the losses. */
  readonly takesV?: boolean;
  readonly takesOptions?: boolean;
  /** A row costs C² elements. */
  readonly isSquare?: boolean;
  /** It has no temperature. */
  readonly isUntempered?: boolean;
  /** @param axis 0: the rows are columns of what is passed. */
  readonly measure: (instance: Instance, problem: Problem, look: LookName, axis: 0 | 1, report: Report) => void;
}

/** The rows' arrays one after the other, along the axis. */
function call({ key, rows, shared }: Problem, axis: 0 | 1) {
  const cols = rows[0].x.length;
  const shape = axis === 1 ? [rows.length, cols] : [cols, rows.length];
  const layout = axisOf(shape, axis);
  const joined = (of: (row: Row) => FloatArray) => {
    const all = typeOf(key).create(rows.length * cols);
    rows.forEach((row, n) => all.set(of(row), n * cols));
    return toAxis(layout, all);
  };
  let mask: Uint8Array | undefined;
  if (rows[0].mask !== undefined) {
    const all = new Uint8Array(rows.length * cols);
    rows.forEach((row, n) => row.mask && all.set(row.mask, n * cols));
    mask = toAxis(layout, all);
  }
  const { temperature } = shared;
  return {
    x: joined(({ x }) => x),
    joined,
    options: { shape, axis, ...(temperature !== 1 && { temperature }), ...(mask && { mask }) },
    rowsOf: (laid: FloatArray) => {
      const all = fromAxis(layout, laid);
      return rows.map((_, n) => all.subarray(n * cols, (n + 1) * cols));
    },
  };
}

/** Hands each row over as those of its classes that are present, with their values of some results. */
function eachPresent(
  { key, rows, shared }: Problem,
  look: LookName,
  visit: (row: Look, n: number, classes: readonly number[] | null, row_: Row) => void,
): void {
  const asked = LOOKS[look][key];
  rows.forEach((row, n) => {
    const { mask, x } = row;
    if (mask === undefined) {
      asked.set(x, shared.temperature);
      visit(asked, n, null, row);
      return;
    }
    const classes = Array.from(x.keys()).filter((c) => mask[c] !== 0);
    asked.set(
      classes.map((c) => x[c]),
      shared.temperature,
    );
    visit(asked, n, classes, row);
  });
}

const softmax: Subject = {
  quantities: ["softmax", "sum of softmax"],
  measure(instance, problem, look, axis, report) {
    const { x, options, rowsOf } = call(problem, axis);
    const results = rowsOf(instance.softmax(x, options));
    const { precision } = FORMATS[problem.key];
    eachPresent(problem, look, (row, n, classes) => {
      const p = results[n];
      const count = classes === null ? p.length : classes.length;
      let total = 0;
      let lost = 0;
      for (let i = 0; i < count; i++) {
        const value = p[classes === null ? i : classes[i]];
        report("softmax", row.softmax(i, value), n);
        // Values of one sign: two-sum's errors are far below 2^-53 of the sum.
        const next = total + value;
        const back = next - total;
        lost += total - (next - back) + (value - back);
        total = next;
      }
      report("sum of softmax", Math.abs(total - 1 + lost) * 2 ** precision, n);
    });
  },
};

const logSoftmax: Subject = {
  quantities: ["log-softmax"],
  measure(instance, problem, look, axis, report) {
    const { x, options, rowsOf } = call(problem, axis);
    const results = rowsOf(instance.logSoftmax(x, options));
    eachPresent(problem, look, (row, n, classes) => {
      const count = classes === null ? results[n].length : classes.length;
      for (let i = 0; i < count; i++) {
        report("log-softmax", row.logSoftmax(i, results[n][classes === null ? i : classes[i]]), n);
      }
    });
  },
};

const logSumExp: Subject = {
  quantities: ["logSumExp"],
  measure(instance, problem, _, axis, report) {
    const { x, options } = call(problem, axis);
    const results = instance.logSumExp(x, options);
    problem.rows.forEach((row, n) => {
      const present = row.mask === undefined ? row.x : row.x.filter((_, c) => row.mask?.[c] !== 0);
      const truth = oracle.rowOracle(present, problem.shared.temperature);
      const format = FORMATS[problem.key];
      const size = oracle.logSumExpSize(truth);
      report("logSumExp", ulpError(results[n], oracle.logSumExpOf(truth), format, size), n);
    });
  },
};

const labels: Subject = {
  quantities: ["loss", "gradient, label", "gradient, others"],
  measure(instance, problem, look, axis, report) {
    const { x, options, rowsOf } = call(problem, axis);
    const targets = problem.rows.map(({ label }) => label);
    const { loss, grad } = gradientOf(instance, x, targets, { ...options, reduction: "none" });
    const results = rowsOf(grad);
    const losses = loss as FloatArray;
    eachPresent(problem, look, (row, n, classes, { label: hit }) => {
      const label = classes === null ? hit : classes.indexOf(hit);
      report("loss", row.logSoftmax(label, -losses[n]), n);
      const count = classes === null ? results[n].length : classes.length;
      for (let i = 0; i < count; i++) {
        const value = results[n][classes === null ? i : classes[i]];
        report(i === label ? "gradient, label" : "gradient, others", row.gradient(i, label, value), n);
      }
    });
  },
};

/**
 * What an error of a derivative is measured in, at least: an ulp of the smallest normal number times what multiplies
 * probabilities. Subnormal ones have fewer digits, which a large factor makes visible.
 */
function leastSize({ key, rows, shared }: Problem, power: 1 | 2): number {
  const { lowest, precision } = FORMATS[key];
  const { temperature, zLoss } = shared;
  const normal = 2 ** (lowest + precision - 1);
  const largestOf = (of: (row: Row) => FloatArray) =>
    Math.max(...rows.map((row) => Math.max(...of(row).map(Math.abs))));
  const ofV = Math.max(
    1,
    largestOf(({ v }) => v),
  );
  // 2λ·s, which is no larger than the logits.
  const ofZLoss = zLoss === 0 ? 1 : Math.max(1, (2 * zLoss * largestOf(({ x }) => x)) / temperature);
  return normal * ofV * ofZLoss * Math.max(1, temperature ** -power);
}

/** How the options of the losses are passed, and what the oracle is told. */
function lossCall(problem: Problem, axis: 0 | 1) {
  const { rows, shared } = problem;
  const made = call(problem, axis);
  const { temperature, weight, labelSmoothing, zLoss } = shared;
  const isSoft = rows[0].soft !== undefined;
  const factor = divide(ONE, dd(temperature));
  const factors: Factors = { crossEntropy: factor, penalty: factor };
  return {
    ...made,
    factors,
    targets: isSoft ? made.joined(({ soft, x }) => soft ?? x) : rows.map(({ label }) => label),
    options: { ...made.options, ...(weight && { weight }), labelSmoothing, zLoss },
    truths: rows.map(({ x, label, soft, mask }) =>
      rowTruth({ x, temperature, target: soft ?? label, weight, mask, labelSmoothing, zLoss }, false),
    ),
  };
}

const options: Subject = {
  quantities: ["loss", "loss with zLoss", "gradient with options"],
  takesOptions: true,
  measure(instance, problem, _, axis, report) {
    const { x, targets, options, rowsOf, truths, factors } = lossCall(problem, axis);
    const { loss, grad } = gradientOf(instance, x, targets, { ...options, reduction: "none" });
    const losses = loss as FloatArray;
    const format = FORMATS[problem.key];
    const least = leastSize(problem, 1);
    const quantity = problem.shared.zLoss === 0 ? "loss" : "loss with zLoss";
    rowsOf(grad).forEach((row, n) => {
      report(quantity, lossError(losses[n], truths[n], format), n);
      row.forEach((value, c) => {
        const { truth, size } = truths[n].gradient(c, factors);
        const of = Math.max(size, least);
        report("gradient with options", of < format.overflow ? ulpError(value, truth, format, of) : 0, n);
      });
    });
  },
};

const hessian: Subject = {
  quantities: ["Hessian", "Hessian with zLoss"],
  takesV: true,
  takesOptions: true,
  measure(instance, problem, _, axis, report) {
    const { x, targets, options, rowsOf, joined, truths } = lossCall(problem, axis);
    const tau = dd(problem.shared.temperature);
    const factor = divide(divide(ONE, tau), tau);
    const v = joined((row) => row.v);
    const results = rowsOf(hessianTimesOf(instance, x, targets, v, { ...options, reduction: "sum" }));
    const format = FORMATS[problem.key];
    const least = leastSize(problem, 2);
    const quantity = problem.shared.zLoss === 0 ? "Hessian" : "Hessian with zLoss";
    results.forEach((row, n) => {
      const entries = truths[n].hessianTimes(problem.rows[n].v, { crossEntropy: factor, penalty: factor });
      row.forEach((value, c) => {
        const { truth, size } = entries[c];
        const of = Math.max(size, least);
        report(quantity, of < format.overflow ? ulpError(value, truth, format, of) : 0, n);
      });
    });
  },
};

const BACKWARD = {
  softmaxBackward: { forward: "softmax", truth: softmaxBackwardOf },
  logSoftmaxBackward: { forward: "logSoftmax", truth: logSoftmaxBackwardOf },
} as const;

const backward = (name: keyof typeof BACKWARD): Subject => ({
  quantities: [name],
  takesV: true,
  measure(instance, problem, _, axis, report) {
    const { forward, truth: truthOf } = BACKWARD[name];
    const { x, options, rowsOf, joined } = call(problem, axis);
    const { shape, temperature } = options as { shape: number[]; temperature?: number };
    const y = instance[forward](x, { shape, axis });
    const dx = rowsOf(
      instance[name](
        y,
        joined(({ v }) => v),
        { shape, axis, ...(temperature && { temperature }) },
      ),
    );
    const ys = rowsOf(y);
    const format = FORMATS[problem.key];
    const least = leastSize(problem, 1);
    dx.forEach((row, n) => {
      const truths = truthOf(ys[n], problem.rows[n].v, problem.shared.temperature);
      row.forEach((value, c) => {
        const { truth, size } = truths[c];
        const of = Math.max(size, least);
        report(name, of < format.overflow ? ulpError(value, truth, format, of) : 0, n);
      });
    });
  },
});

const jacobian: Subject = {
  quantities: ["Jacobian"],
  isSquare: true,
  isUntempered: true,
  measure(_instance, { key, rows }, _look, _axis, report) {
    rows.forEach(({ x }, n) => {
      const truth = oracle.rowOracle(x);
      const entries = softmaxJacobian(x);
      for (let i = 0; i < x.length; i++) {
        for (let j = 0; j < x.length; j++) {
          const error = ulpError(entries[i * x.length + j], oracle.jacobianOf(truth, i, j), FORMATS[key]);
          report("Jacobian", error, n);
        }
      }
    });
  },
};

const sigmoid: Subject = {
  quantities: ["sigmoid"],
  isUntempered: true,
  measure(instance, problem, _look, axis, report) {
    const { x, rowsOf } = call(problem, axis);
    const format = FORMATS[problem.key];
    rowsOf(instance.sigmoid(x)).forEach((row, n) => {
      row.forEach((value, i) => report("sigmoid", ulpError(value, sigmoidOf(problem.rows[n].x[i]), format), n));
    });
  },
};

const entropy: Subject = {
  quantities: ["entropy"],
  measure(instance, problem, _look, axis, report) {
    const { x, options } = call(problem, axis);
    const results = instance.entropy(x, options);
    problem.rows.forEach((row, n) => {
      const present = row.mask === undefined ? row.x : row.x.filter((_, c) => row.mask?.[c] !== 0);
      const truth = oracle.entropyOf(oracle.rowOracle(present, problem.shared.temperature));
      report("entropy", ulpError(results[n], truth, FORMATS[problem.key]), n);
    });
  },
};

/** The weights that the losses have; the same turned around for what is present. */
const binary: Subject = {
  quantities: ["binary", "binary, general"],
  isUntempered: true,
  takesOptions: true,
  measure(instance, { key, rows, shared }, _look, _axis, report) {
    const format = FORMATS[key];
    const { weight } = shared;
    const posWeight = weight?.slice().reverse();
    rows.forEach(({ x, label, soft }, n) => {
      const targets = soft?.map(Math.abs) ?? x.map((_, c) => Number((c + label) % 2 === 0));
      const options = { reduction: "none", ...(weight && { weight, posWeight }) } as const;
      const { loss, grad } = instance.binaryCrossEntropyGrad(x, targets, options);
      // Subnormal numbers have fewer digits, which a factor makes visible.
      const least = 2 ** (format.lowest + format.precision - 1) * 16;
      x.forEach((logit, c) => {
        const terms = termsOf(targets[c], weight?.[c] ?? 1, posWeight?.[c] ?? 1);
        const isPlain = weight === undefined && targets[c] <= 1;
        const measured = binaryLossOf(logit, terms);
        const slope = binaryGradientOf(logit, terms);
        const of = (size: number) => Math.max(size, weight ? least : 0);
        report(isPlain ? "binary" : "binary, general", ulpError(loss[c], measured.truth, format, of(measured.size)), n);
        const isHard = isPlain && (targets[c] === 0 || targets[c] === 1);
        report(isHard ? "binary" : "binary, general", ulpError(grad[c], slope.truth, format, of(slope.size)), n);
      });
    });
  },
};

export const SUBJECTS = {
  softmax,
  logSoftmax,
  logSumExp,
  labels,
  options,
  hessian,
  softmaxBackward: backward("softmaxBackward"),
  logSoftmaxBackward: backward("logSoftmaxBackward"),
  jacobian,
  sigmoid,
  binary,
  entropy,
} as const satisfies Readonly<Record<string, Subject>>;

export type SubjectName = keyof typeof SUBJECTS;
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];
