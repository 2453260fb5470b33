// Numbers that carry their derivative along: f computed on value + slope·ε, ε² = 0, is f + f′·slope·ε. Exact rules and no
// difference quotient, so that a derivative has all the digits of its formula. Duals of duals have second derivatives.

import * as doubleDouble from "./doubleDouble.js";
import type { DD } from "./doubleDouble.js";

/** What the definition of the loss computes with. */
export interface Arithmetic<T> {
  constant(value: DD): T;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  exp(a: T): T;
  /** log(1 + a), a ≥ 0 */
  log1p(a: T): T;
}

export const DOUBLE_DOUBLE: Arithmetic<DD> = {
  constant: (value) => value,
  add: doubleDouble.add,
  subtract: doubleDouble.subtract,
  multiply: doubleDouble.multiply,
  divide: doubleDouble.divide,
  exp: (a) => doubleDouble.exp(a),
  log1p: doubleDouble.log1p,
};

export interface Dual<T> {
  readonly value: T;
  readonly slope: T;
}

/** The arithmetic of duals over another. */
export function duals<T>(on: Arithmetic<T>): Arithmetic<Dual<T>> {
  const zero = on.constant(doubleDouble.ZERO);
  const one = on.constant(doubleDouble.ONE);
  return {
    constant: (value) => ({ value: on.constant(value), slope: zero }),
    add: (a, b) => ({ value: on.add(a.value, b.value), slope: on.add(a.slope, b.slope) }),
    subtract: (a, b) => ({ value: on.subtract(a.value, b.value), slope: on.subtract(a.slope, b.slope) }),
    multiply: (a, b) => ({
      value: on.multiply(a.value, b.value),
      slope: on.add(on.multiply(a.slope, b.value), on.multiply(a.value, b.slope)),
    }),
    divide: (a, b) => {
      const value = on.divide(a.value, b.value);
      return { value, slope: on.divide(on.subtract(a.slope, on.multiply(value, b.slope)), b.value) };
    },
    exp: (a) => {
      const value = on.exp(a.value);
      return { value, slope: on.multiply(value, a.slope) };
    },
    log1p: (a) => ({ value: on.log1p(a.value), slope: on.divide(a.slope, on.add(one, a.value)) }),
  };
}
