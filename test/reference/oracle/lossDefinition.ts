// The loss of one position, written down from its definition on any arithmetic: on double-doubles it is the loss, on
// duals its derivatives. The closed forms of lossOracle.ts are held against it.

import { type DD, dd, divide, multiply, twoSum } from "./doubleDouble.js";
import type { Arithmetic } from "./dual.js";
import { largestOf, type LossRow, presentClasses } from "./lossRow.js";

/** The loss with logits `x`, which have the values of row.x: finite, or −∞ where the row says so. */
export function lossByDefinition<T>(on: Arithmetic<T>, row: LossRow, x: readonly T[]): T {
  const classes = presentClasses(row);
  const top = largestOf(row.x, classes);
  // logsumexp = max + log1p(Σ of the others): keeps the digits of confident rows, and of their derivatives.
  let others = on.constant(dd(0));
  for (const c of classes) if (c !== top) others = on.add(others, on.exp(on.subtract(x[c], x[top])));
  const logSum = on.log1p(others);
  /** −log p_c = (max − x_c) + log Σ */
  const minusLogP = (c: number) => on.add(on.subtract(x[top], x[c]), logSum);

  let loss = on.constant(dd(0));
  const addTerm = (coefficient: DD, c: number) => {
    if (coefficient.hi !== 0) loss = on.add(loss, on.multiply(on.constant(coefficient), minusLogP(c)));
  };
  const { target, labelSmoothing } = row;
  const weightOf = (c: number) => dd(row.weight === undefined ? 1 : row.weight[c]);
  const rest = twoSum(1, -labelSmoothing);
  const share = divide(dd(labelSmoothing), dd(classes.length));
  if (typeof target === "number") {
    addTerm(multiply(rest, weightOf(target)), target);
    for (const c of classes) addTerm(multiply(share, weightOf(c)), c);
  } else {
    for (const c of classes) {
      addTerm(multiply(weightOf(c), multiply(rest, dd(target[c]))), c);
      addTerm(multiply(weightOf(c), share), c);
    }
  }
  if (row.zLoss !== 0) {
    const logSumExp = on.add(x[top], logSum);
    loss = on.add(loss, on.multiply(on.constant(dd(row.zLoss)), on.multiply(logSumExp, logSumExp)));
  }
  return loss;
}
