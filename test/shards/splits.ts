// Rows of many kinds, and all ways to split them: what merging gives, against the oracle and the whole row.

import { argmax } from "../../src/index.js";
import { argmaxOf, crossEntropyOf, entropyOf, logSumExpOf, partial } from "../../src/shards/index.js";
import {
  entropyOf as trueEntropy,
  lossOf,
  logSumExpOf as trueLogSumExp,
  logSumExpSize,
  rowOracle,
} from "../reference/oracle/softmaxOracle.js";
import { F64, ulpAt, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32, normals } from "../reference/random.js";
import { cutsOf, mergeTree, type Tree } from "./trees.js";

type Fill = (random: () => number, cols: number) => (c: number) => number;

/** Rows of which merging takes different ways: far apart, near each other, equal, rising, in one piece or in the other. */
export const KINDS: Readonly<Record<string, Fill>> = {
  normal: (random) => normals(random),
  "spread 100": (random) => () => 100 * random(),
  rising: () => (c) => c / 3,
  "rising slowly": () => (c) => c * 1e-9,
  falling: () => (c) => -7 * c,
  equal: () => () => 3.25,
  "offset 1e4": (random) => () => 1e4 + 30 * random(),
  "offset 1e8": (random) => () => 1e8 + Math.floor(50 * random()),
  confident: (random, cols) => {
    const winner = Math.floor(random() * cols);
    return (c) => (c === winner ? 40 : random());
  },
  "with −∞": (random) => () => (random() < 0.4 ? -Infinity : random()),
  "subnormal terms": (random) => (c) => (c === 0 ? 0 : -700 - 45 * random()),
};

export const rowOf = (kind: string, cols: number, seed: number): Float64Array => {
  const value = KINDS[kind](mulberry32(seed), cols);
  const x = Float64Array.from({ length: cols }, (_, c) => value(c));
  if (x.every((v) => v === -Infinity)) x[0] = 0;
  return x;
};

/** How far two results are apart, in ulp of f64 at a size. */
export function apart(a: number, b: number, size: number): number {
  return Object.is(a, b) ? 0 : Math.abs(a - b) / ulpAt(size, F64);
}

/** What splits of rows have shown. */
export class SplitErrors {
  readonly loss = new UlpErrors();
  readonly logSumExp = new UlpErrors();
  readonly entropy = new UlpErrors();
  /** How far a loss or logSumExp was from that of the whole row. */
  fromWhole = 0;
  /** Trees whose argmax was not that of the row. */
  wrongClasses = 0;

  /** Merges every split of a row into so many pieces, empty ones too, in each of the trees. */
  take(kind: string, cols: number, pieces: number, trees: readonly Tree[], seed: number): void {
    const x = rowOf(kind, cols, seed + cols);
    const row = rowOracle(x);
    let label = (cols * 7) % cols;
    while (x[label] === -Infinity) label = (label + 1) % cols;
    const size = logSumExpSize(row);
    const [loss, logSumExp, entropy] = [lossOf(row, label), trueLogSumExp(row), trueEntropy(row)];
    const [options, largest] = [{ labels: label, entropy: true }, argmax(x)];
    const whole = partial(x, options);
    const [lossOfWhole, logOfWhole] = [crossEntropyOf(whole), logSumExpOf(whole)[0]];
    const states = Array.from({ length: cols + 1 }, (_, from) =>
      Array.from({ length: cols + 1 }, (__, to) =>
        to < from ? whole : partial(x.slice(from, to), { ...options, offset: from }),
      ),
    );
    for (const cuts of cutsOf(cols, pieces)) {
      const leaves = [...cuts, cols].map((end, i) => states[i === 0 ? 0 : cuts[i - 1]][end]);
      const where = `${kind}: ${cols} at ${cuts.join()}`;
      for (const tree of trees) {
        const merged = mergeTree(tree, leaves);
        const [own, log] = [crossEntropyOf(merged), logSumExpOf(merged)[0]];
        this.loss.add(ulpError(own, loss, F64), where);
        this.logSumExp.add(ulpError(log, logSumExp, F64, size), where);
        this.entropy.add(ulpError(entropyOf(merged)[0], entropy, F64), where);
        this.fromWhole = Math.max(this.fromWhole, apart(own, lossOfWhole, own), apart(log, logOfWhole, size));
        if (argmaxOf(merged)[0] !== largest) this.wrongClasses++;
      }
    }
  }
}
